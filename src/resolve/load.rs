//! A runbook and all it uses: each library read once, cycles named.
//!
//! A path in a `use` is relative to the file that says so, and stays inside the root: the folder
//! above the one that the runbook is in. `std.NAME` is embedded, so it is found from any place.
//! In: the runbook's path. Out: [`Loaded`] files with the runbook first, and an order in which
//! each file comes after all that it uses. Must not know: what is in the files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::embedded::{std_library, std_names};
use super::files::{normal, steps_up};
use super::intake::{Intake, Taken};
use crate::finding::{Finding, nearest};
use crate::ids::ModuleId;
use crate::source::Span;
use crate::syntax::ast;

/// Libraries that use libraries that use libraries: no deeper than this.
const MAX_DEPTH: usize = 32;

/// A file of a runbook and what its `use`s are.
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) taken: Taken,
    pub(super) uses: IndexMap<String, ModuleId>,
}

/// All files of a runbook: the runbook is the first.
pub(super) struct Graph {
    pub(super) files: Vec<Loaded>,
    /// Each file after all that it uses.
    pub(super) order: Vec<ModuleId>,
}

/// Which file a `use` means. Disk paths are normal, and relative to the runbook's folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Origin {
    Std(String),
    Disk(PathBuf),
}

impl Origin {
    fn name(&self) -> String {
        match self {
            Origin::Std(name) => format!("std.{name}"),
            Origin::Disk(path) => path.display().to_string(),
        }
    }
}

struct Loading<'i, 'l> {
    intake: &'i mut Intake<'l>,
    /// The runbook's folder.
    folder: PathBuf,
    /// `None`: it could not be loaded, which was said.
    known: HashMap<Origin, Option<ModuleId>>,
    slots: Vec<Option<Loaded>>,
    order: Vec<ModuleId>,
    /// From the runbook to the file at hand.
    under_way: Vec<Origin>,
}

/// Loads the libraries of `entry`, which stands at `path`. `None` when one of them can't be
/// loaded; the findings are in `intake`.
pub(super) fn load(path: &Path, entry: Taken, intake: &mut Intake<'_>) -> Option<Graph> {
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let origin = Origin::Disk(path.file_name().map(PathBuf::from).unwrap_or_default());
    let mut loading = Loading {
        intake,
        folder,
        known: HashMap::new(),
        slots: Vec::new(),
        order: Vec::new(),
        under_way: Vec::new(),
    };
    loading.add(origin, path.to_path_buf(), entry);
    let files: Option<Vec<Loaded>> = loading.slots.into_iter().collect();
    let order = loading.order;
    files.filter(|_| loading.known.values().all(Option::is_some)).map(|files| Graph { files, order })
}

impl Loading<'_, '_> {
    /// Gives a file its id, then loads what it uses.
    fn add(&mut self, origin: Origin, path: PathBuf, taken: Taken) -> ModuleId {
        let id = ModuleId(self.slots.len() as u32);
        self.slots.push(None);
        self.known.insert(origin.clone(), Some(id));
        self.under_way.push(origin.clone());
        let uses = self.uses(&taken.file, &origin);
        self.under_way.pop();
        self.order.push(id);
        self.slots[id.0 as usize] = Some(Loaded { name: origin.name(), path, taken, uses });
        id
    }

    fn uses(&mut self, file: &ast::File, from: &Origin) -> IndexMap<String, ModuleId> {
        let mut uses = IndexMap::new();
        for item in &file.items {
            if let ast::ItemKind::Use(item) = &item.kind
                && let Some((origin, span)) = self.origin(item, from)
                && let Some(id) = self.find(origin, span)
                && let Some(name) = local_name(item)
            {
                uses.entry(name.value.clone()).or_insert(id);
            }
        }
        uses
    }

    /// The file that a `use` means, and where it says so.
    fn origin(&mut self, item: &ast::Use, from: &Origin) -> Option<(Origin, Span)> {
        match &item.path {
            ast::UsePath::Std(name) => {
                self.known_std(name).then(|| (Origin::Std(name.value.clone()), name.span))
            }
            ast::UsePath::File(text) => {
                let found = relative(text, from);
                let path = found.map_err(|finding| self.refuse(finding)).ok()?;
                Some((Origin::Disk(path), text.span))
            }
        }
    }

    fn refuse(&mut self, finding: Finding) {
        self.intake.findings.push(finding);
    }

    fn known_std(&mut self, name: &ast::Name) -> bool {
        if std_library(&name.value).is_some() {
            return true;
        }
        let title = format!("there is no library `std.{}`", name.value);
        let finding = Finding::error("unknown-library", title, name.span, "not one that rutter ships");
        self.refuse(match nearest(&name.value, std_names()) {
            Some(near) => finding.meant(near).help(format!("did you mean `std.{near}`?")),
            None => finding
                .help(format!("rutter ships {}", list(std_names().map(|name| format!("`std.{name}`"))))),
        });
        false
    }

    /// The module of an origin, loaded now if this is the first time.
    fn find(&mut self, origin: Origin, span: Span) -> Option<ModuleId> {
        if let Some(at) = self.under_way.iter().position(|known| *known == origin) {
            let finding = cycle(&self.under_way[at..], &origin, span);
            self.refuse(finding);
            return None;
        }
        if let Some(known) = self.known.get(&origin) {
            return *known;
        }
        let id = self.load(&origin, span);
        self.known.insert(origin, id);
        id
    }

    fn load(&mut self, origin: &Origin, span: Span) -> Option<ModuleId> {
        if self.under_way.len() > MAX_DEPTH {
            let title = format!("libraries use each other more than {MAX_DEPTH} deep");
            let finding = Finding::error("use-too-deep", title, span, "one too many");
            self.refuse(finding.help("move what the deepest ones do into the libraries that use them"));
            return None;
        }
        let path = match origin {
            Origin::Std(name) => PathBuf::from(format!("std/{name}.runbook")),
            Origin::Disk(relative) => normal(&self.folder.join(relative)),
        };
        let taken = self.read(origin, &path, span)?;
        if let Some(finding) = not_a_library(&taken.file, span, origin) {
            self.refuse(finding);
            return None;
        }
        Some(self.add(origin.clone(), path, taken))
    }

    fn read(&mut self, origin: &Origin, path: &Path, span: Span) -> Option<Taken> {
        match origin {
            Origin::Std(name) => self.intake.shipped(name),
            Origin::Disk(_) => match self.intake.named(path) {
                Ok(taken) => taken,
                Err(unreadable) => {
                    self.refuse(unreadable.at(span));
                    None
                }
            },
        }
    }
}

/// The name that a library has in the file that uses it.
pub(super) fn local_name(item: &ast::Use) -> Option<&ast::Name> {
    match (&item.alias, &item.path) {
        (Some(alias), _) => Some(alias),
        (None, ast::UsePath::Std(name)) => Some(name),
        (None, ast::UsePath::File(_)) => None,
    }
}

/// The path that `text` means in `from`, relative to the runbook's folder and inside the root.
pub(super) fn plain_path(text: &ast::Text) -> Result<String, Finding> {
    let plain = text.as_literal().ok_or_else(|| {
        Finding::error(
            "templated-path",
            "a path here can't have `{{ }}` in it",
            text.span,
            "not a plain path",
        )
        .help("files are read before any value is known: write the path out")
    })?;
    if Path::new(&plain).is_absolute() {
        let title = format!("`{plain}` is an absolute path");
        return Err(Finding::error("outside-root", title, text.span, "it starts at the disk's root")
            .help("write it relative to this file, as in `\"./lib/name.runbook\"`"));
    }
    Ok(plain)
}

fn relative(text: &ast::Text, from: &Origin) -> Result<PathBuf, Finding> {
    let plain = plain_path(text)?;
    let Origin::Disk(from) = from else {
        let title = "a library that rutter ships can't use a file";
        return Err(Finding::error(
            "outside-root",
            title,
            text.span,
            "only `std.` libraries can be used here",
        ));
    };
    let path = normal(&from.parent().unwrap_or(Path::new("")).join(&plain));
    inside_root(path, &plain, text.span)
}

/// Refuses a path, relative to the first file's folder, that leaves the folder above it.
pub(super) fn inside_root(path: PathBuf, written: &str, span: Span) -> Result<PathBuf, Finding> {
    if steps_up(&path) <= 1 {
        return Ok(path);
    }
    let title = format!("`{written}` lies outside the runbook's root");
    Err(Finding::error("outside-root", title, span, "this leaves the root")
        .help("the root is the folder above the runbook's own: move the file into it"))
}

fn not_a_library(file: &ast::File, span: Span, origin: &Origin) -> Option<Finding> {
    let what = match file.kind.value {
        ast::FileKind::Library => return None,
        ast::FileKind::Runbook => "runbook",
        ast::FileKind::World => "world",
    };
    let title = format!("`{}` is a {what}, and only a library can be used", origin.name());
    Some(
        Finding::error("not-a-library", title, span, format!("a {what}"))
            .also(file.kind.span, "it says so here")
            .help("move the actions to share into a file that begins with `library \"…\"`, and use that"),
    )
}

fn cycle(way: &[Origin], again: &Origin, span: Span) -> Finding {
    let title = match way {
        [_] => format!("`{}` uses itself", again.name()),
        _ => format!("`{}` uses itself, by way of others", again.name()),
    };
    let way: Vec<_> = way.iter().chain([again]).map(Origin::name).collect();
    Finding::error("cyclic-use", title, span, way.join(" -> "))
        .help("move what both need into a library of its own")
}

/// `a`, `b` and `c`
pub(super) fn list(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<_> = words.collect();
    match words.pop() {
        Some(last) if !words.is_empty() => format!("{} and {last}", words.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}
