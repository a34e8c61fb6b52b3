//! The hook of git, in real repositories with real commits; and the hooks for pre-commit, line by line.

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use super::{FAULTY, ROOT, clean, command, faulty, recipe, said, yaml};

const CLEAN: &str = "runbook \"Clean\"\n\nstage \"Say\" { note \"n\" }\n";
const NAME: &str = "faulty one.runbook";

/// A repository with the hook and one commit of what is clean.
fn repository() -> TempDir {
    let folder = clean();
    git(&folder, &["init", "-q"]);
    let hook = folder.path().join(".git/hooks/pre-commit");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::copy(format!("{ROOT}/recipes/pre-commit"), hook).unwrap();
    git(&folder, &["add", "."]);
    let first = commit(&folder, &[]);
    assert!(first.status.success(), "{}", said(&first));
    folder
}

fn git(folder: &TempDir, args: &[&str]) -> Output {
    let mut git = command("git", folder.path());
    git.args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]);
    git.args(args).output().unwrap()
}

fn commit(folder: &TempDir, args: &[&str]) -> Output {
    git(folder, &[&["commit", "-q", "-m", "x"], args].concat())
}

fn write(folder: &TempDir, text: &str) {
    std::fs::write(folder.path().join(NAME), text).unwrap();
}

fn is_refused(output: &Output) {
    let said = said(output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("unused-name") && said.contains("would be laid out anew"), "{said}");
}

#[test]
fn a_clean_commit_passes_and_a_faulty_one_is_refused() {
    let folder = repository();
    write(&folder, FAULTY);
    git(&folder, &["add", "."]);
    is_refused(&commit(&folder, &[]));
    write(&folder, CLEAN);
    git(&folder, &["add", "."]);
    let passed = commit(&folder, &[]);
    assert!(passed.status.success(), "{}", said(&passed));
}

#[test]
fn a_fault_that_is_not_staged_is_ignored() {
    let folder = repository();
    write(&folder, CLEAN);
    git(&folder, &["add", "."]);
    write(&folder, FAULTY);
    let passed = commit(&folder, &[]);
    assert!(passed.status.success(), "{}", said(&passed));
}

#[test]
fn a_fault_that_is_staged_is_not_hidden_by_a_mend_that_is_not() {
    let folder = repository();
    write(&folder, FAULTY);
    git(&folder, &["add", "."]);
    write(&folder, CLEAN);
    is_refused(&commit(&folder, &[]));
}

#[test]
fn what_commit_takes_by_itself_is_looked_at() {
    let folder = repository();
    write(&folder, CLEAN);
    git(&folder, &["add", "."]);
    commit(&folder, &[]);
    write(&folder, FAULTY);
    is_refused(&commit(&folder, &["--all"]));
    is_refused(&commit(&folder, &[NAME]));
}

#[test]
fn without_staged_runbooks_nothing_is_looked_at() {
    let folder = repository();
    std::fs::write(folder.path().join("notes.txt"), "n").unwrap();
    git(&folder, &["add", "notes.txt"]);
    let passed = commit(&folder, &[]);
    assert!(passed.status.success() && said(&passed).is_empty(), "{}", said(&passed));
    let alone = command(&format!("{ROOT}/recipes/pre-commit"), folder.path()).output().unwrap();
    assert!(alone.status.success() && said(&alone).is_empty(), "{}", said(&alone));
}

#[test]
fn a_runbook_that_is_taken_away_is_not_looked_for() {
    let folder = repository();
    git(&folder, &["rm", "-rq", "worlds"]);
    let passed = commit(&folder, &[]);
    assert!(passed.status.success(), "{}", said(&passed));
}

/// The settings that are staged count as well.
#[test]
fn the_settings_are_those_that_are_staged() {
    let folder = repository();
    write(&folder, "runbook \"Faulty\"\n\nlet unused = 1\n\nstage \"Say\" { note \"n\" }\n");
    std::fs::write(folder.path().join("rutter.toml"), "[lint.levels]\nunused-name = \"off\"\n").unwrap();
    git(&folder, &["add", NAME]);
    assert!(!commit(&folder, &[]).status.success());
    git(&folder, &["add", "."]);
    let passed = commit(&folder, &[]);
    assert!(passed.status.success(), "{}", said(&passed));
}

/// What pre-commit would start for the files of a folder that a hook is for.
fn start(hook: &Value, folder: &Path) -> Output {
    let files = regex::Regex::new(hook["files"].as_str().unwrap()).unwrap();
    let all = ["pool-restart.runbook", "worlds/pool-restart.world", NAME, "notes.runbook.txt"];
    let named = all.iter().filter(|file| files.is_match(file) && folder.join(file).exists());
    let mut words = hook["entry"].as_str().unwrap().split(' ');
    command(words.next().unwrap(), folder).args(words).args(named).output().unwrap()
}

#[test]
fn the_hooks_for_pre_commit_find_and_lay_out() {
    let ours = std::fs::read_to_string(format!("{ROOT}/.pre-commit-hooks.yaml")).unwrap();
    let config = yaml::parse(&recipe("pre-commit-config.yaml"));
    for hooks in [&yaml::parse(&ours), &config["repos"][0]["hooks"]] {
        let folder = faulty();
        assert_eq!((&hooks[0]["id"], &hooks[1]["id"]), (&"rutter-lint".into(), &"rutter-fmt".into()));
        assert_eq!(start(&hooks[0], folder.path()).status.code(), Some(2));
        assert_eq!(start(&hooks[1], folder.path()).status.code(), Some(0));
        let laid = std::fs::read_to_string(folder.path().join(NAME)).unwrap();
        assert!(laid.starts_with("runbook \"Faulty\"\n\nlet"), "{laid}");
        assert_eq!(start(&hooks[0], clean().path()).status.code(), Some(0));
    }
}
