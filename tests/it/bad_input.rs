//! Hostile input to the real binary: it ends soon, in little memory, with a message and the right code.

use std::io::Read;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const HEAD: &str = "runbook \"X\"\ntarget here = local\n";

/// Runs `rutter` in a folder with `files`, with 2 GB of memory and 30 s of time.
fn bounded(files: &[(&str, &str)], args: &[&str]) -> (String, i32) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let said = |output: &Output| {
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
    };
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 2000000; exec timeout 30 \"$@\"", "sh", env!("CARGO_BIN_EXE_rutter")])
        .args(args)
        .current_dir(folder.path())
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = said(&output);
    assert!(!text.contains("panicked") && !text.contains("memory allocation"), "{text}");
    (text, output.status.code().unwrap_or(-1))
}

fn refused(files: &[(&str, &str)], args: &[&str], why: &str) {
    let (text, code) = bounded(files, args);
    assert!(text.contains(why) && code == 2, "{code}: {}", text.chars().take(2000).collect::<String>());
}

/// A runbook whose value holds the value before it twice, 60 times over, and is used as `last` says.
fn doubled(step: &str, last: &str) -> String {
    let lets: String =
        (0..60).map(|at| format!("let x{} = {}\n", at + 1, step.replace('X', &format!("x{at}")))).collect();
    format!("{HEAD}let x0 = [1]\n{lets}stage \"s\" {{ note \"{{{{ {last} }}}}\" }}\n")
}

#[test]
fn a_value_that_doubles_and_doubles_is_refused() {
    let why = "the value grows beyond 32 MB";
    for (step, last) in
        [("[X, X]", "x60 | json"), ("{\"a\": X, \"b\": X}", "x60 == x60"), ("X + X", "x60 | length")]
    {
        refused(&[("bomb.runbook", &doubled(step, last))], &["plan", "bomb.runbook"], why);
    }
}

#[test]
fn an_anchor_of_a_long_text_is_a_bomb_too() {
    let runbook = format!("{HEAD}param p: any\nstage \"s\" {{ note \"{{{{ p | json }}}}\" }}\n");
    let yaml = format!("p:\n - &s {}\n{}", "x".repeat(1_000_000), " - *s\n".repeat(20_000));
    let files = [("any.runbook", runbook.as_str()), ("bomb.yaml", yaml.as_str())];
    refused(
        &files,
        &["plan", "any.runbook", "--params", "bomb.yaml"],
        "the aliases of this file unfold to too much",
    );
}

#[test]
fn a_file_without_an_end_is_read_to_the_limit() {
    let large = "x".repeat(5 << 20);
    let files = [("large.runbook", large.as_str()), ("ok.runbook", HEAD)];
    refused(&files, &["lint", "large.runbook"], "`large.runbook` is larger than 4 MB");
    refused(&files, &["fmt", "large.runbook"], "`large.runbook` can't be read: it has more than 4 MB");
    refused(&files, &["lint", "/dev/zero"], "`/dev/zero` is larger than 4 MB");
    refused(&files, &["plan", "ok.runbook", "--params", "/dev/zero"], "`/dev/zero` is larger than 4 MB");
}

/// Whoever reads the findings may stop reading; the exit code is not theirs to change.
#[test]
fn findings_that_nobody_reads_are_still_findings() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wrong.runbook"), format!("{HEAD}stge \"s\" {{\n}}\n")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .args(["lint", "wrong.runbook"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(2), &b""[..]));
}

/// 10,000 levels of everything that nests.
#[test]
fn nesting_is_an_error_and_no_overflow() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    let block = |open: &str| format!("{HEAD}stage \"s\" {{\n{}\n}}\n", deep(open, "}\n"));
    let value = |text: String| format!("{HEAD}let x = {text}\nstage \"s\" {{ note \"x\" }}\n");
    let kind = |text: String| format!("{HEAD}param p: {text}\nstage \"s\" {{ note \"x\" }}\n");
    let runbooks = [
        block("if true {\n"),
        block("together {\n"),
        block("for each x in [1] {\n"),
        value(deep("[", "]")),
        value(deep("(", ")")),
        value(deep("{\"a\":", "}")),
        kind("list of ".repeat(10_000) + "string"),
        kind(deep("{ a: ", "}")),
    ];
    for runbook in &runbooks {
        refused(&[("deep.runbook", runbook)], &["lint", "deep.runbook"], "nested deeper than 64 levels");
    }
    for chain in ["not ".repeat(10_000) + "true", "1 + ".repeat(10_000) + "1", "-".repeat(10_000) + "1"] {
        refused(&[("long.runbook", &value(chain))], &["lint", "long.runbook"], "more than 256 operators");
    }
    for command in [deep("$(", ")"), deep("( ", ")"), "sudo ".repeat(10_000), deep("{ ", "; }")] {
        let runbook = format!("{HEAD}stage \"s\" {{\n  check on here $ {command}true\n}}\n");
        let (_, code) = bounded(&[("deep.runbook", &runbook)], &["lint", "deep.runbook"]);
        assert!(code == 0 || code == 2, "{code}");
    }
}

#[test]
fn output_without_an_end_and_a_deaf_process_are_bounded() {
    let stage = |command: &str| format!("{HEAD}stage \"s\" {{\n  check on here, within 1s $ {command}\n}}\n");
    for command in ["yes", "trap '' TERM INT HUP; while true; do sleep 0.1; done"] {
        let began = Instant::now();
        let (text, code) = bounded(&[("run.runbook", &stage(command))], &["run", "run.runbook"]);
        assert!(code == 1 && text.contains("1s") && began.elapsed() < Duration::from_secs(15), "{text}");
    }
    let (text, code) = bounded(
        &[("run.runbook", &stage("head -c 100000 /dev/urandom").replace("1s", "9s"))],
        &["run", "run.runbook"],
    );
    assert_eq!(code, 0, "{text}");
}

/// Signals a run that is in `state` so many times, and gives what it said, its code and how long it took.
fn signalled(state: &str, signals: &[&str]) -> (String, Option<i32>, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("{HEAD}stage \"s\" {{\n{state}\n}}\nstage \"t\" {{\n  check on here $ echo never\n}}\n");
    std::fs::write(folder.path().join("run.runbook"), text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .args(["run", "run.runbook"])
        .current_dir(folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let began = Instant::now();
    for signal in signals {
        Command::new("kill").args([*signal, &child.id().to_string()]).status().unwrap();
        std::thread::sleep(Duration::from_millis(300));
    }
    let code = child.wait().unwrap().code();
    let took = began.elapsed();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    (said, code, took)
}

#[test]
fn one_signal_ends_every_state_in_which_nothing_is_under_way() {
    let states = [
        "  pause 60s",
        "  wait until \"x\", within 60s, every 30s {\n    check on here $ false\n  }",
        "  retry 3 times, every 30s {\n    check on here $ false\n  }",
        "  for each x in range(10000) {\n    check on here $ sleep 0.1\n  }",
        "  together {\n    pause 60s\n    pause 50s\n  }",
    ];
    std::thread::scope(|scope| {
        for (at, state) in states.into_iter().enumerate() {
            let signal = ["-INT", "-TERM", "-HUP"][at % 3];
            scope.spawn(move || {
                let (said, code, took) = signalled(state, &[signal]);
                assert!(
                    code == Some(3) && took < Duration::from_secs(20),
                    "{state} {signal} {took:?} {said}"
                );
                assert!(said.contains("stopped after") && !said.contains("echo never\n+"), "{said}");
            });
        }
    });
}

#[test]
fn a_second_signal_cancels_a_command_and_a_third_leaves() {
    let hung = "  check on here $ sleep 40";
    let (said, code, took) = signalled(hung, &["-INT", "-TERM"]);
    assert!(code == Some(3) && took < Duration::from_secs(20), "{took:?} {said}");
    let deaf = "  check on here $ trap '' TERM; for i in 1 2 3 4 5 6 7 8; do sleep 1; done";
    let (said, code, took) = signalled(deaf, &["-INT", "-INT", "-INT"]);
    assert!(code == Some(3) && took < Duration::from_secs(20), "{took:?} {said}");
}
