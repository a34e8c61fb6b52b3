//! Whether two names may be one thing.

use std::sync::LazyLock;

use regex::Regex;

use super::Name;
use crate::shell::Word;
use crate::shell::known::rows;
use crate::value::Shell;

/// Stands for a word that only the host knows; no row of a table has it.
pub(super) const UNKNOWN: &str = "\u{0}";

/// Services and processes that stand and fall together: kind and name, as in ("service", "docker").
type Family = Vec<(&'static str, String)>;

static FAMILIES: LazyLock<Vec<Family>> = LazyLock::new(|| read(include_str!("../known/families.txt")));

/// A family's name, then its members by kind; a name with blanks stands in quotes.
fn read(text: &'static str) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for line in rows(text) {
        match (line.starts_with(' '), families.last_mut()) {
            (true, Some(family)) => family.extend(members(line.trim())),
            (true | false, _) => families.push(Family::new()),
        }
    }
    families
}

/// The members of one kind, as in `service docker "Docker Engine"`.
fn members(line: &'static str) -> impl Iterator<Item = (&'static str, String)> {
    let (kind, names) = line.split_once(' ').unwrap_or((line, ""));
    crate::shell::words(names, Shell::Bash).into_iter().map(move |name| (kind, plain(&name)))
}

/// The names that a word gives; on Windows it may be a list.
pub(super) fn of(word: &Word, found: bool, shell: Shell) -> Vec<Name> {
    if !word.is_settled() {
        return vec![Name::Unknown];
    }
    if found {
        return vec![Name::Found(word.text.clone())];
    }
    let parted = matches!(shell, Shell::PowerShell | Shell::Pwsh);
    let names = if parted { word.split(',').collect() } else { vec![&**word] };
    names.into_iter().map(|name| Name::Called(name.trim().to_owned())).collect()
}

/// A name without what does not tell things apart: case, `.service`, `.exe`.
fn plain(name: &str) -> String {
    let name = name.to_lowercase();
    let cut = [".service", ".exe"].iter().find_map(|end| name.strip_suffix(end));
    cut.unwrap_or(&name).to_owned()
}

/// Whether something of one kind and name may be, or stand and fall with, that of another.
pub(super) fn may_meet(kind: &str, name: &Name, other_kind: &str, other: &Name) -> Meeting {
    if !of_one_sort(kind, other_kind) {
        return Meeting::Never;
    }
    let (Name::Called(protected), other) = (name, other) else { return Meeting::Maybe };
    match other {
        Name::Unknown => Meeting::Maybe,
        Name::Called(other) => called(kind, protected, other_kind, other),
        Name::Found(pattern) => found(kind, protected, pattern),
    }
}

/// How sure it is that two names are one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meeting {
    Never,
    Maybe,
    Surely,
}

/// Ending a service's process ends the service, and the other way round.
fn of_one_sort(kind: &str, other: &str) -> bool {
    let runs = |kind| matches!(kind, "service" | "process");
    kind == other || runs(kind) && runs(other)
}

fn called(kind: &str, protected: &str, other_kind: &str, other: &str) -> Meeting {
    let (protected, other) = (plain(protected), plain(other));
    let (own, others) = (Glob::new(&protected), Glob::new(&other));
    let relatives = relatives(kind, &own);
    let mut all = relatives.iter().filter(|(kind, _)| *kind == other_kind).map(|(_, name)| name.as_str());
    if all.any(|name| others.matches(name)) || others.matches(&protected) || own.matches(&other) {
        return Meeting::Surely;
    }
    if kind == "file" && may_be_one_file(&protected, &other) || !own.is_plain() && !others.is_plain() {
        return Meeting::Maybe;
    }
    Meeting::Never
}

/// Whether a path may lead to what another leads to, or lie above it: where relative ones begin is
/// only known on the host.
fn may_be_one_file(a: &str, b: &str) -> bool {
    let is_absolute = |path: &str| path.starts_with(['/', '\\']) || path.get(1..2) == Some(":");
    let parts = |path: &str| -> Vec<String> {
        path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect()
    };
    let (left, right) = (parts(a), parts(b));
    if left.iter().chain(&right).any(|part| part == "..") {
        return true;
    }
    match is_absolute(a) && is_absolute(b) {
        true => left.starts_with(&right) || right.starts_with(&left),
        false => left.last() == right.last() || left.is_empty() || right.is_empty(),
    }
}

fn found(kind: &str, protected: &str, pattern: &str) -> Meeting {
    let Ok(pattern) = Regex::new(&format!("(?i){pattern}")) else { return Meeting::Maybe };
    let protected = plain(protected);
    let relatives = relatives(kind, &Glob::new(&protected));
    let hit = relatives.iter().any(|(_, name)| pattern.is_match(name)) || pattern.is_match(&protected);
    if hit { Meeting::Surely } else { Meeting::Never }
}

/// All that a thing stands and falls with.
fn relatives(kind: &str, name: &Glob) -> Vec<(&'static str, String)> {
    let has =
        |family: &&Family| family.iter().any(|(of, member)| of_one_sort(of, kind) && name.matches(member));
    FAMILIES.iter().filter(has).flatten().cloned().collect()
}

/// A name that may stand for several.
enum Glob {
    Plain(String),
    Pattern(Regex),
    /// It can't be read, and so may be any name.
    Any,
}

impl Glob {
    fn new(name: &str) -> Self {
        match name.contains(['*', '?', '[']) {
            true => Regex::new(&as_regex(name)).map_or(Glob::Any, Glob::Pattern),
            false => Glob::Plain(name.to_owned()),
        }
    }

    fn is_plain(&self) -> bool {
        matches!(self, Glob::Plain(_))
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Glob::Plain(plain) => plain == name,
            Glob::Pattern(pattern) => pattern.is_match(name),
            Glob::Any => true,
        }
    }
}

/// A glob, with `*`, `?` and `[…]`, as a regular expression.
fn as_regex(glob: &str) -> String {
    let mut text = String::from("(?s)^");
    let mut brackets = false;
    for c in glob.chars() {
        match c {
            '[' | ']' => {
                brackets = c == '[';
                text.push(c);
            }
            '!' if brackets && text.ends_with('[') => text.push('^'),
            '*' if !brackets => text.push_str(".*"),
            '?' if !brackets => text.push('.'),
            _ if brackets => text.push(c),
            _ => text.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    text + "$"
}
