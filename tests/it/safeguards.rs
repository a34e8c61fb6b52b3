//! Each trap that a runbook's page warns of: with its safeguard taken out, the world shows the harm.
//!
//! `tests/fixtures/safeguards/NAME.txt` holds them for `runbooks/NAME.runbook`, parted by blank lines:
//!
//! ```text
//! trap: pressing swap twice
//! scenario: the title of the scenario that plays it
//! - lines of the runbook, without their indent
//! + lines in their place, if any
//! fails: what stands in the title of the broken `always`, or in the expectation that is not met
//! ```
//!
//! A second run of `-` lines after a line `...` is a second place. As it is shipped, the scenario passes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rutter::rehearse::{Pace, Played, Rehearsal};
use rutter::resolve::Loader;
use rutter::run::StopSignal;

const FOLDER: &str = "tests/fixtures/safeguards";

/// The files of the disk, and one runbook that is changed.
struct Changed {
    path: PathBuf,
    text: String,
}

impl Loader for Changed {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        if path.ends_with(&self.path) { Ok(self.text.clone().into_bytes()) } else { fs::read(path) }
    }
}

#[derive(Debug, Default)]
struct Safeguard {
    fields: BTreeMap<String, String>,
    /// What is taken out, and what is put in its place.
    places: Vec<(Vec<String>, Vec<String>)>,
}

impl Safeguard {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_else(|| panic!("no `{name}:` in {self:#?}"))
    }

    /// The runbook without it.
    fn taken_out(&self, text: &str) -> String {
        assert!(!self.places.is_empty(), "nothing is taken out: {self:#?}");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (old, new) in &self.places {
            assert!(!old.is_empty(), "nothing is taken out: {self:#?}");
            let fits = |window: &[String]| window.iter().zip(old).all(|(line, old)| line.trim() == old);
            let found: Vec<usize> =
                lines.windows(old.len()).enumerate().filter(|(_, w)| fits(w)).map(|(at, _)| at).collect();
            assert_eq!(found.len(), 1, "`{}` stands {} times in the runbook", old.join("\n"), found.len());
            lines.splice(found[0]..found[0] + old.len(), new.iter().cloned());
        }
        lines.join("\n") + "\n"
    }
}

fn read(text: &str) -> Vec<Safeguard> {
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    blocks.map(block).filter(|safeguard| !safeguard.fields.is_empty()).collect()
}

fn block(text: &str) -> Safeguard {
    let mut safeguard = Safeguard::default();
    let mut fresh = true;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line == "..." {
            fresh = true;
        } else if let Some(old) = line.strip_prefix('-') {
            if fresh {
                safeguard.places.push(Default::default());
            }
            fresh = false;
            safeguard.places.last_mut().unwrap().0.push(old.trim().to_owned());
        } else if let Some(new) = line.strip_prefix('+') {
            safeguard.places.last_mut().unwrap().1.push(new.trim().to_owned());
        } else {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("what is `{line}`?"));
            safeguard.fields.insert(name.to_owned(), value.trim().to_owned());
        }
    }
    safeguard
}

fn play(name: &str, scenario: &str, files: &dyn Loader) -> Played {
    let world = format!("runbooks/worlds/{name}.world");
    let rehearsal = Rehearsal::load(Path::new(&world), files)
        .unwrap_or_else(|why| panic!("{world}: {:#?}", why.findings));
    let played = rehearsal.play(Some(scenario), Pace::AtOnce, files, Arc::new(|_| ()), StopSignal::new());
    played.unwrap_or_else(|why| panic!("{scenario}: {why:#?}"))
}

/// What a rehearsal found wrong, as text.
fn harm(played: &Played) -> String {
    assert_eq!(played.error, None);
    let broken = played.broken.iter().map(|broken| format!("always {}: {}", broken.title, broken.said));
    let unmet = played.expectations.iter().filter(|expectation| !expectation.held);
    let unmet = unmet.map(|expectation| format!("{}: {}", expectation.what, expectation.detail));
    broken.chain(unmet).collect::<Vec<_>>().join("\n")
}

fn each_is_needed(name: &str) -> usize {
    let runbook = format!("{name}.runbook");
    let text = fs::read_to_string(format!("runbooks/{runbook}")).unwrap();
    let safeguards = read(&fs::read_to_string(format!("{FOLDER}/{name}.txt")).unwrap());
    for safeguard in &safeguards {
        let (trap, scenario) = (safeguard.field("trap"), safeguard.field("scenario"));
        let shipped = Changed { path: PathBuf::from(&runbook), text: text.clone() };
        assert!(play(name, scenario, &shipped).passed(), "{name}: {scenario} does not pass as it is");
        let without = Changed { text: safeguard.taken_out(&text), ..shipped };
        let played = play(name, scenario, &without);
        assert!(!played.passed(), "{name}: {trap}: nothing fails without its safeguard");
        let harm = harm(&played);
        assert!(harm.contains(safeguard.field("fails")), "{name}: {trap}: fails otherwise:\n{harm}");
    }
    safeguards.len()
}

#[test]
fn every_safeguard_is_needed() {
    for file in fs::read_dir(FOLDER).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(each_is_needed(&name) > 0, "{name}: no safeguards");
    }
}
