//! The real binary from outside: what it prints, where, and its exit code.

use assert_cmd::Command;

fn rutter() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rutter"));
    command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR")).env_remove("RUTTER_LOG");
    command
}

/// What `args` print to stdout and stderr, and the exit code.
fn run(args: &[&str]) -> (String, String, i32) {
    let output = rutter().args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

#[test]
fn version_and_help_go_to_stdout() {
    assert_eq!(run(&["--version"]), (format!("rutter {}\n", env!("CARGO_PKG_VERSION")), String::new(), 0));
    let (out, err, code) = run(&["--help"]);
    assert!(out.contains("Usage: rutter") && out.contains("Exit codes:"), "{out}");
    assert_eq!((err.as_str(), code), ("", 0));
}

#[test]
fn a_wrong_subcommand_is_corrected() {
    let (out, err, code) = run(&["lnit"]);
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("unrecognized subcommand 'lnit'") && err.contains("'lint'"), "{err}");
}

#[test]
fn no_subcommand_is_a_usage_error() {
    let (_, err, code) = run(&[]);
    assert_eq!(code, 2);
    assert!(err.contains("Usage: rutter"), "{err}");
}

#[test]
fn a_missing_file_is_named() {
    let expected = (String::new(), "error: there is no file `nowhere.runbook`\n".to_owned(), 2);
    assert_eq!(run(&["lint", "nowhere.runbook"]), expected);
}

#[test]
fn an_empty_folder_has_no_runbooks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let expected = format!("error: no *.runbook or *.world in `{path}`\n");
    assert_eq!(run(&["lint", path]), (String::new(), expected, 2));
}
