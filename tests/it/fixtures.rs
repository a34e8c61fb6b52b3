//! Fixtures by the pair: `tests/fixtures/GROUP/NAME.runbook` (or `.world`) and `NAME.out`.
//!
//! Each is run as `rutter lint NAME.runbook` inside its folder, or as its first line says:
//! `# $ rutter plan NAME.runbook --params NAME.yaml`. `NAME.out` is what it printed and `exit N`.
//! Files in deeper folders (`GROUP/lib/…`) are there for others to use, and are no fixtures.
//!
//! `BLESS=1 cargo test --test it fixtures` writes the `.out` files; `FIXTURES=part` picks some.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn fixtures() {
    let all = files_of(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")));
    let picked = picked(all.iter().filter(|path| is_input(path)));
    let wrong = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(path) = picked.get(next.fetch_add(1, Ordering::Relaxed)) {
                    wrong.lock().unwrap().extend(check(path));
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    wrong.extend(orphans(&all));
    assert!(wrong.is_empty(), "{} of {} fixtures differ:\n{}", wrong.len(), picked.len(), wrong.join("\n"));
}

fn files_of(root: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let found = std::fs::read_dir(folder).into_iter().flatten();
        let mut paths: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let groups = entries(root).into_iter().filter(|path| path.is_dir());
    groups.flat_map(|group| entries(&group)).filter(|path| path.is_file()).collect()
}

fn is_input(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "runbook" || end == "world")
}

fn picked<'a>(inputs: impl Iterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let part = std::env::var("FIXTURES").unwrap_or_default();
    inputs.filter(|path| path.to_string_lossy().contains(&part)).cloned().collect()
}

/// A `.out` without its input checks nothing, and nobody would notice.
fn orphans(all: &[PathBuf]) -> Vec<String> {
    let inputs: BTreeSet<_> =
        all.iter().filter(|path| is_input(path)).map(|path| path.with_extension("")).collect();
    let outs = all.iter().filter(|path| path.extension().is_some_and(|end| end == "out"));
    let lost = outs.filter(|path| !inputs.contains(&path.with_extension("")));
    lost.map(|path| format!("{} has no input", path.display())).collect()
}

/// What is wrong with a fixture, if anything is. With `BLESS` set, its `.out` is written instead.
fn check(path: &Path) -> Option<String> {
    let (shown, output) = run(path);
    let actual = written(&output);
    let expected_at = path.with_extension("out");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(expected_at, actual).unwrap();
        return None;
    }
    let expected = std::fs::read_to_string(&expected_at).unwrap_or_default();
    (actual != expected)
        .then(|| format!("--- {} ($ {shown})\n{}", path.display(), differing(&expected, &actual)))
}

fn run(path: &Path) -> (String, Output) {
    let line = command_line(path);
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("rutter"), "{}: the first line runs rutter", path.display());
    let output = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .args(words)
        .current_dir(path.parent().unwrap())
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("RUTTER_LOG")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    (line, output)
}

fn command_line(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let name = path.file_name().unwrap().to_string_lossy();
    first.strip_prefix("# $ ").map_or_else(|| format!("rutter lint {name}"), str::to_owned)
}

fn written(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(code) => writeln!(text, "exit {code}").unwrap(),
        None => writeln!(text, "ended by a signal: {}", output.status).unwrap(),
    }
    text
}

/// The lines from the first to the last that differ, expected ones with `-`, actual ones with `+`.
fn differing(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let minus = old[same..old.len() - tail].iter().map(|line| format!("-{line}\n"));
    let plus = new[same..new.len() - tail].iter().map(|line| format!("+{line}\n"));
    minus.chain(plus).collect()
}
