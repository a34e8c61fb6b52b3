//! The shipped runbooks with a mistake in them: whether the checker or a lint rule finds it, and where.
//!
//! Each kind of mistake is made wherever a runbook has a place for it, evenly spread where there are many. What could not run
//! rightly must be found nearly always; what would run, only otherwise than it was meant, is printed beside it.
//! `cargo test --test it mutants -- --nocapture` shows the table, and with `MUTANTS=kind` each mistake of that kind that nobody finds.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use regex::{Captures, Regex};
use rutter::finding::Finding;
use rutter::lint::{Levels, lint};
use rutter::parallel::across;
use rutter::resolve::{Loader, Resolution, resolve};

use kinds::{KINDS, Kind, Place, Run};

mod kinds;

/// Of one kind in one runbook.
const MOST: usize = 8;
/// Of a hundred mistakes that keep a runbook from running rightly so many must be found.
const WANTED: usize = 90;

/// A runbook with one mistake.
struct Mutant<'k> {
    kind: &'k Kind,
    path: &'k Path,
    text: String,
    line: usize,
    /// What was replaced.
    was: String,
}

/// The shipped files, one of them with other text.
struct With<'m>(&'m Path, &'m str);

impl Loader for With<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        if path == self.0 { Ok(self.1.as_bytes().to_vec()) } else { fs::read(path) }
    }
}

fn runbooks() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut runbooks: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "runbook")).collect();
    runbooks.sort();
    runbooks
}

/// A mistake in a comment is none.
fn is_comment(text: &str, found: &Captures<'_>) -> bool {
    let line = text[..found.get(1).unwrap().start()].rsplit('\n').next().unwrap();
    line.trim_start().starts_with('#')
}

fn mutants<'k>(kind: &'k Kind, path: &'k Path) -> Vec<Mutant<'k>> {
    let text = fs::read_to_string(path).unwrap();
    let found: Vec<_> =
        Regex::new(kind.at).unwrap().captures_iter(&text).filter(|found| !is_comment(&text, found)).collect();
    let step = found.len().div_ceil(MOST).max(1);
    let mutant = |found: &Captures<'_>| {
        let at = found.get(1).unwrap();
        let mut text = text.clone();
        text.replace_range(at.range(), &(kind.by)(found));
        let line = text[..at.start()].matches('\n').count() + 1;
        Mutant { kind, path, text, line, was: found.get(found.len() - 1).unwrap().as_str().to_owned() }
    };
    found.iter().step_by(step).map(mutant).filter(|mutant| mutant.text != text).collect()
}

impl Mutant<'_> {
    /// Whether anything is found, and whether that is in its place.
    fn look(&self) -> (bool, bool) {
        let mut resolution = resolve(self.path, &With(self.path, &self.text));
        let more = lint(&resolution, &Levels::default(), self.path);
        resolution.findings.extend(more);
        let placed = resolution.findings.iter().any(|finding| self.is_in_place(finding, &resolution));
        (!resolution.findings.is_empty(), placed)
    }

    fn is_in_place(&self, finding: &Finding, resolution: &Resolution) -> bool {
        let file = |label: &rutter::finding::Label| resolution.sources.get(label.span.file);
        match self.kind.place {
            Place::Line => finding.labels.iter().any(|label| {
                let lines = file(label).line_column(label.span.start as usize).line
                    ..=file(label).line_column(label.span.end as usize).line;
                file(label).path == self.path && lines.contains(&self.line)
            }),
            Place::Uses => {
                finding.title.contains(&format!("`{}`", self.was)) || finding.title.contains(&self.was)
            }
            Place::Shape => finding.code == "syntax",
        }
    }
}

/// Of a kind: how many there are, are found, and are found in their place; and those that are not found.
#[derive(Default)]
struct Count {
    all: usize,
    found: usize,
    placed: usize,
    lost: BTreeSet<String>,
}

fn count(kind: &Kind, runbooks: &[PathBuf]) -> Count {
    let mutants: Vec<_> = runbooks.iter().flat_map(|path| mutants(kind, path)).collect();
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let looks = across(threads, &mutants, Mutant::look);
    let mut count = Count { all: mutants.len(), ..Count::default() };
    for (mutant, (found, placed)) in mutants.iter().zip(looks) {
        count.found += usize::from(found);
        count.placed += usize::from(placed);
        if !placed {
            let name = mutant.path.file_stem().unwrap().to_string_lossy();
            count.lost.insert(format!("{name}:{}: {}", mutant.line, mutant.was.trim()));
        }
    }
    count
}

#[test]
fn mistakes_in_the_shipped_runbooks_are_found() {
    let runbooks = runbooks();
    let shown = std::env::var("MUTANTS").ok();
    let (mut table, mut all, mut placed) = (String::new(), 0, 0);
    for kind in KINDS {
        let count = count(kind, &runbooks);
        assert!(count.all > 0, "no runbook has a place for: {}", kind.name);
        let counted = kind.run == Run::Wrong;
        all += if counted { count.all } else { 0 };
        placed += if counted { count.placed } else { 0 };
        let aside = if counted { "" } else { "   (it runs all the same)" };
        let Count { all, found, placed, lost } = count;
        writeln!(table, "{:40} {all:4} made {found:4} found {placed:4} in place{aside}", kind.name).unwrap();
        if shown.as_deref().is_some_and(|part| kind.name.contains(part)) {
            lost.iter().for_each(|lost| writeln!(table, "    {lost}").unwrap());
        }
    }
    println!("{table}{placed} of {all} that can't run rightly are found in their place");
    assert!(placed * 100 > all * WANTED, "{table}{placed} of {all}");
}
