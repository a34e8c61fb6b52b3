//! `rutter fmt` with standard input, settings and many files. What it says of one file stands in `tests/fixtures/fmt`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const UNTIDY: &str = "runbook \"a\"\n\nstage \"s\" {\n note  \"one\"\n note  \"two\"\n}\n";
const LONG: &str =
    "runbook \"a\"\n\nstage \"s\" {\n  approve \"Shall it go on now?\", by 2, within 1h30m\n}\n";
const BROKEN: &str = "  approve \"Shall it go on now?\", by 2,\n    within 1h30m\n";

fn fmt(folder: &Path, args: &[&str], stdin: &str) -> Output {
    let mut rutter = Command::new(env!("CARGO_BIN_EXE_rutter"));
    rutter.arg("fmt").args(args).current_dir(folder);
    rutter.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = rutter.spawn().unwrap();
    // It may have ended before it reads anything.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn some_lines_of_standard_input_are_laid_out() {
    let folder = tempfile::tempdir().unwrap();
    let laid = fmt(folder.path(), &["-", "--range", "4-4"], UNTIDY);
    assert_eq!(out(&laid), UNTIDY.replace(" note  \"one\"", "  note \"one\""));
    let checked = |lines| fmt(folder.path(), &["-", "--check", "--range", lines], UNTIDY).status.code();
    assert_eq!((checked("1-3"), checked("5-5")), (Some(0), Some(2)));
    let past = fmt(folder.path(), &["-", "--range", "7-7"], UNTIDY);
    assert_eq!((past.status.code(), out(&past).as_str()), (Some(2), ""));
    assert!(err(&past).contains("`<stdin>` has 6 lines"), "{}", err(&past));
}

#[test]
fn the_settings_here_are_those_of_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(out(&fmt(folder.path(), &["-"], LONG)), LONG);
    std::fs::write(folder.path().join("rutter.toml"), "[format]\nline-width = 45\n").unwrap();
    assert!(out(&fmt(folder.path(), &["-"], LONG)).contains(BROKEN));
    assert_eq!(out(&fmt(folder.path(), &["-", "--line-width", "100"], LONG)), LONG);
}

#[test]
fn files_are_named_in_their_order_and_one_with_mistakes_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let name = |number: usize| format!("{number:03}.runbook");
    for number in 0..100 {
        let text = if number == 50 { "runbook \"a\"\nstage {\n" } else { UNTIDY };
        std::fs::write(folder.path().join(name(number)), text).unwrap();
    }
    let checked = fmt(folder.path(), &["--check", "."], "");
    let expected = (0..100).filter(|number| *number != 50);
    let expected: String =
        expected.map(|number| format!("{} would be laid out anew\n", name(number))).collect();
    assert_eq!(out(&checked), expected);
    assert!(err(&checked).contains("050.runbook"), "{}", err(&checked));
    assert_eq!(fmt(folder.path(), &["."], "").status.code(), Some(2));
    let text = |number| std::fs::read_to_string(folder.path().join(name(number))).unwrap();
    assert!(text(50).contains("stage {") && text(99).contains("\n  note \"two\"\n}"));
}
