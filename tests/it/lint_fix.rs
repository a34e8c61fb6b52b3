//! `rutter lint --fix` with the real binary on real files: what it writes, what it leaves, and that a second time nothing is left to write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// What `rutter lint` prints to stdout and stderr in a folder, and its exit code.
fn lint(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .arg("lint")
        .args(args)
        .current_dir(folder)
        .env_remove("RUTTER_LOG")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

fn read(folder: &TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

const FORCED: &str = r#"runbook "Restart"

param force: bool

stage "Restart" {
  assert force == true
}
"#;

#[test]
fn what_is_sure_is_written_and_nothing_is_left() {
    let at = folder(&[("a.runbook", FORCED)]);
    let expected = ("no findings in 1 file\n".to_owned(), "fixed 1 finding in 1 file\n".to_owned(), 0);
    assert_eq!(lint(at.path(), &["--fix", "a.runbook"]), expected);
    assert_eq!(read(&at, "a.runbook"), FORCED.replace(" == true", ""));
    let expected = ("no findings in 1 file\n".to_owned(), String::new(), 0);
    assert_eq!(lint(at.path(), &["--fix", "a.runbook"]), expected);
}

const LINUX: &str = r#"runbook "Look"

target host = ssh "web1"

stage "Look" {
  let seen = check on host $ uname
  assert seen.stdout == "Linux"
}
"#;

#[test]
fn what_is_not_sure_is_counted_and_left() {
    let text = LINUX;
    let at = folder(&[("a.runbook", text)]);
    let (out, err, code) = lint(at.path(), &["--fix", "a.runbook"]);
    assert!(
        out.ends_with("1 warning in 1 file\n1 can be fixed by `rutter lint --fix --unsafe-fixes`\n"),
        "{out}"
    );
    assert_eq!((err.as_str(), code), ("", 2));
    assert_eq!(read(&at, "a.runbook"), text);
    let (_, err, code) = lint(at.path(), &["--fix", "--unsafe-fixes", "a.runbook"]);
    assert_eq!((err.as_str(), code), ("fixed 1 finding in 1 file\n", 0));
    assert_eq!(read(&at, "a.runbook"), text.replace("seen.stdout", "seen.text"));
}

#[test]
fn line_breaks_and_the_byte_order_mark_stay() {
    let text = format!("\u{feff}{}", FORCED.replace('\n', "\r\n"));
    let at = folder(&[("a.runbook", &text)]);
    assert_eq!(lint(at.path(), &["--fix", "a.runbook"]).2, 0);
    assert_eq!(read(&at, "a.runbook"), text.replace(" == true", ""));
}

const LIBRARY: &str = r#"library "Greetings"

action greet(loud: bool) {
  if loud == true {
    note "HELLO"
  }
}
"#;

const GREETING: &str = r#"runbook "Greet"

use "./greetings.runbook" as greetings

param loud: bool

stage "Greet" {
  greetings.greet(loud=loud)
}
"#;

#[test]
fn only_the_files_that_are_named_are_written() {
    let at = folder(&[("greet.runbook", GREETING), ("greetings.runbook", LIBRARY)]);
    assert_eq!(lint(at.path(), &["--fix", "greet.runbook"]).2, 0);
    assert_eq!(read(&at, "greetings.runbook"), LIBRARY);
    assert_eq!(lint(at.path(), &["--fix", "."]).2, 0);
    assert_eq!(read(&at, "greetings.runbook"), LIBRARY.replace(" == true", ""));
}

#[test]
fn an_error_in_a_library_that_is_not_named_can_not_be_fixed() {
    let broken = LIBRARY.replace("if loud", "if luod");
    let at = folder(&[("greet.runbook", GREETING), ("greetings.runbook", &broken)]);
    let (out, err, code) = lint(at.path(), &["--fix", "--unsafe-fixes", "greet.runbook"]);
    assert!(out.contains("did you mean `loud`?") && !out.contains("can be fixed"), "{out}");
    assert_eq!((err.as_str(), code), ("", 2));
    assert_eq!(read(&at, "greetings.runbook"), broken);
    assert_eq!(lint(at.path(), &["--fix", "--unsafe-fixes", "."]).2, 0);
}

#[test]
fn a_difference_is_shown_and_nothing_is_written() {
    let at = folder(&[("a.runbook", FORCED)]);
    let (out, err, code) = lint(at.path(), &["--fix", "--diff", "a.runbook"]);
    assert!(out.contains("-  assert force == true\n+  assert force\n"), "{out}");
    assert_eq!((err.as_str(), code), ("", 2));
    assert_eq!(read(&at, "a.runbook"), FORCED);
}

#[test]
fn programs_are_told_of_fixes_with_their_places() {
    let at = folder(&[("a.runbook", FORCED)]);
    let (out, ..) = lint(at.path(), &["--format", "json", "a.runbook"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    let fix = &report["findings"][0]["fix"];
    assert_eq!(fix["applicability"], "safe");
    let edit = serde_json::json!({
        "path": "a.runbook", "line": 6, "column": 15, "end_line": 6, "end_column": 23, "text": "",
    });
    assert_eq!(fix["edits"], serde_json::json!([edit]));
}

#[test]
fn a_baseline_fits_from_every_folder() {
    let at = folder(&[("books/a.runbook", FORCED)]);
    let (out, err, code) = lint(at.path(), &["books", "--write-baseline", "books/left.json"]);
    assert_eq!(
        (out.as_str(), err.as_str(), code),
        ("1 finding left for later in `books/left.json`\n", "", 0)
    );
    let clean = ("no findings in 1 file\n".to_owned(), String::new(), 0);
    assert_eq!(lint(at.path(), &["books", "--baseline", "books/left.json"]), clean);
    assert_eq!(lint(&at.path().join("books"), &["a.runbook", "--baseline", "left.json"]), clean);
}

/// All fixtures of rules in a folder of their own.
fn fixtures() -> TempDir {
    let at = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lint"), at.path());
    at
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, name) = {
            let entry = entry.unwrap();
            (entry.path(), entry.file_name())
        };
        match path.is_dir() {
            true => copy(&path, &to.join(name)),
            false => drop(std::fs::copy(&path, to.join(name)).unwrap()),
        }
    }
}

/// The text of every runbook and world of a folder.
fn texts(folder: &Path) -> BTreeMap<PathBuf, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|end| end == "runbook" || end == "world"));
    files.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// How often each rule finds something in each file, and the findings.
fn found(folder: &Path) -> (BTreeMap<(String, String), usize>, Vec<Value>) {
    let (out, ..) = lint(folder, &["--format", "json", "."]);
    let report: Value = serde_json::from_str(&out).unwrap();
    let findings = report["findings"].as_array().unwrap().clone();
    let mut counts = BTreeMap::new();
    for finding in &findings {
        let of = |value: &Value| value.as_str().unwrap().to_owned();
        *counts.entry((of(&finding["labels"][0]["path"]), of(&finding["code"]))).or_default() += 1;
    }
    (counts, findings)
}

/// The files that are not laid out in the one way.
fn untidy(folder: &Path) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .args(["fmt", "--check", "."])
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn safe_fixes_bring_nothing_new_and_leave_nothing_safe_to_fix() {
    let at = fixtures();
    let (before, _) = found(at.path());
    let was_untidy = untidy(at.path());
    let (_, err, _) = lint(at.path(), &["--fix", "."]);
    assert!(err.starts_with("fixed ") && err.lines().count() == 1, "{err}");
    let (after, findings) = found(at.path());
    let left: Vec<_> = findings.iter().filter(|one| one["fix"]["applicability"] == "safe").collect();
    assert!(left.is_empty(), "{left:#?}");
    let new: Vec<_> =
        after.iter().filter(|(of, times)| before.get(*of).is_none_or(|was| was < times)).collect();
    assert!(new.is_empty(), "{new:#?}");
    let newly: Vec<_> = untidy(at.path()).into_iter().filter(|line| !was_untidy.contains(line)).collect();
    assert!(newly.is_empty(), "{newly:#?}");
}

#[test]
fn fixes_of_any_kind_bring_no_error_and_are_made_once() {
    let at = fixtures();
    let (_, err, _) = lint(at.path(), &["--fix", "--unsafe-fixes", "."]);
    assert!(err.starts_with("fixed ") && err.lines().count() == 1, "{err}");
    let (_, findings) = found(at.path());
    let errors: Vec<_> = findings.iter().filter(|one| one["severity"] == "error").collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let left: Vec<_> = findings.iter().filter(|one| !one["fix"].is_null()).collect();
    assert!(left.is_empty(), "{left:#?}");
    let once = texts(at.path());
    lint(at.path(), &["--fix", "--unsafe-fixes", "."]);
    assert_eq!(texts(at.path()), once);
}

#[test]
fn the_page_of_a_rule_says_what_can_be_fixed() {
    let (_, findings) = found(fixtures().path());
    let has = |code: &str, kind: &str| {
        findings.iter().any(|one| one["code"] == code && one["fix"]["applicability"] == kind)
    };
    for rule in rutter::lint::RULES {
        let page = rule.page();
        assert_eq!(page.contains("`rutter lint --fix`"), has(rule.code, "safe"), "{}", rule.code);
        assert_eq!(page.contains("--unsafe-fixes"), has(rule.code, "unsafe"), "{}", rule.code);
    }
}

#[test]
fn every_fix_has_a_fixture_that_shows_it() {
    let (_, findings) = found(fixtures().path());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fix");
    for finding in findings.iter().filter(|one| !one["fix"].is_null()) {
        let code = finding["code"].as_str().unwrap();
        let shown = std::fs::read_to_string(folder.join(format!("{code}.out"))).unwrap_or_default();
        assert!(shown.contains("\n@@ "), "tests/fixtures/fix/{code}.runbook");
    }
}
