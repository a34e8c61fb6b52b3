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

/// A folder with `files`, and what `args` print when run in it.
fn run_in(files: &[(&str, &str)], args: &[&str]) -> (String, String, i32) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let output = rutter().args(args).current_dir(folder.path()).env("USER", "ann").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

const GREET: &str = r#"runbook "Greet"

param who: string = "world"

target here = local

stage "Say hello" {
  let hello = run on here $ echo hello {{ who }}
  note "It said {{ hello.text }}"
}
"#;

const SHORT_OF: &str = r#"runbook "Count"

target here = local

stage "Look" {
  let seen = check on here $ echo 3
  assert seen.text | int > 5, "there are too few"
}
"#;

/// Without the lines that differ from run to run: names and hashes.
fn steady(text: &str) -> String {
    let varies =
        |line: &&str| line.contains(", plan ") || line.starts_with("ok run") || line.starts_with("Record: ");
    let lines = text.lines().filter(|line| !varies(line));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_run_that_goes_well_ends_with_0() {
    let (out, err, code) = run_in(&[("greet.runbook", GREET)], &["run", "greet.runbook", "-p", "who=you"]);
    let expected = "\
+0s       == 1 of 1: Say hello
+0s       run on here $ echo hello you
+0s       | hello you
+0s       note: It said hello you
+0s       == done in 0s
+0s       the run is done

  ok 1 Say hello  0s
Notes
  - It said hello you
";
    let steady = steady(&out).replace("done in 0.1s", "done in 0s").replace("hello  0.1s", "hello  0s");
    assert_eq!((steady.as_str(), err.as_str(), code), (expected, "", 0), "{out}");
}

#[test]
fn a_run_that_fails_ends_with_1_and_shows_the_values() {
    let (out, err, code) = run_in(&[("count.runbook", SHORT_OF)], &["run", "count.runbook"]);
    assert_eq!((err.as_str(), code), ("", 1), "{out}");
    assert!(out.contains("failed: there are too few\n   ,-[count.runbook:7:10]\n"), "{out}");
    assert!(out.contains("  values  seen.text | int = 3\n          seen.text = \"3\"\n"), "{out}");
    assert!(
        out.contains("Mend the cause above; what was done stays done.\n\nNext\n  rutter resume "),
        "{out}"
    );
}

#[test]
fn a_run_that_is_not_answered_ends_with_3() {
    let text = GREET.replace("  note", "  approve \"Go on?\"\n  note");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ask.runbook"), text).unwrap();
    // In a session of its own there is no terminal to ask at.
    let mut command = Command::new("setsid");
    command.args(["--wait", env!("CARGO_BIN_EXE_rutter"), "run", "ask.runbook"]).current_dir(folder.path());
    let output = command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR")).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{out}");
    assert!(out.contains("stopped: a person must answer, and nobody is here to ask"), "{out}");
    assert!(out.contains("STOPPED 1 Say hello"), "{out}");
}

#[test]
fn a_run_that_a_guard_denies_ends_with_4() {
    let guard =
        "guard \"no greetings\" on here {\n  forbid $ echo ...\n  because \"It is late.\"\n}\n\nstage";
    let text = GREET.replacen("stage", guard, 1);
    let (out, _, code) = run_in(&[("late.runbook", &text)], &["run", "late.runbook"]);
    assert_eq!(code, 4, "{out}");
    assert!(
        out.contains("denied: denied by the guard `no greetings`") || out.contains("no greetings"),
        "{out}"
    );
    assert!(out.contains("It is late."), "{out}");
}

#[test]
fn findings_end_a_run_with_2_before_anything_is_sent() {
    let text = GREET.replace("{{ who }}", "{{ whom }}");
    let (out, err, code) = run_in(&[("typo.runbook", &text)], &["run", "typo.runbook"]);
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("typo.runbook:8:") && err.ends_with("1 error in 1 file\n"), "{err}");
}

#[test]
fn missing_secrets_are_all_named_at_once() {
    let secrets = "secret one = env \"RUTTER_TEST_ONE\"\nsecret two = file \"nowhere\"\nsecret three = command \"false\"\n";
    let text = GREET.replacen("target here", &format!("{secrets}target here"), 1);
    let (out, err, code) = run_in(&[("s.runbook", &text)], &["run", "s.runbook"]);
    assert_eq!((out.as_str(), code), ("", 2), "{out}{err}");
    for name in ["`one`", "`two`", "`three`"] {
        assert!(err.contains(&format!("the secret {name} can't be had")), "{err}");
    }
}

#[test]
fn a_file_that_is_no_store_is_left_as_it_is() {
    let files = [("greet.runbook", GREET), ("old.jsonl", "{}\n")];
    let (out, err, code) = run_in(&files, &["run", "greet.runbook", "--store", "old.jsonl"]);
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("old.jsonl` is not a store of runs: "), "{err}");
    let (_, err, code) = run_in(&files, &["run", "greet.runbook", "--store", "old.jsonl/runs.db"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("error: the store `") && err.contains("help: every run is kept"), "{err}");
}

#[test]
fn plugin_targets_are_refused_before_the_first_step() {
    let text = "runbook \"Far\"\n\ntarget cloud = plugin hetzner\n\nstage \"One\" {\n  run on cloud reboot(\"web-1\")\n}\n";
    let (out, err, code) = run_in(&[("far.runbook", text)], &["run", "far.runbook"]);
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.starts_with("error: `cloud` is a plugin target, and this version can't"), "{err}");
}

#[test]
fn an_ssh_config_that_is_not_there_is_said_before_the_first_step() {
    let run = ["run", "greet.runbook", "--ssh-config", "hosts.conf"];
    let (out, err, code) = run_in(&[("greet.runbook", GREET)], &run);
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.starts_with("error: hosts.conf: it can't be opened\n"), "{err}");
}

#[test]
fn json_is_one_event_a_line() {
    let (out, err, code) = run_in(&[("greet.runbook", GREET)], &["run", "greet.runbook", "--format", "json"]);
    assert_eq!((err.as_str(), code), ("", 0));
    let events: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.first().unwrap()["event"], "run-started");
    assert_eq!(events.last().unwrap()["event"], "run-finished");
}

#[test]
fn files_that_are_no_runbooks_are_refused() {
    let files = [("a.runbook/b", ""), ("binary.runbook", "\0\u{1}\u{2}runbook"), ("empty.runbook", "")];
    for args in [["plan", "a.runbook"], ["run", "a.runbook"]] {
        let (_, err, code) = run_in(&files, &args);
        assert_eq!((err.as_str(), code), ("error: `a.runbook` is a folder\n  help: name a file in it\n", 2));
    }
    for name in ["binary.runbook", "empty.runbook"] {
        let (out, err, code) = run_in(&files, &["lint", name]);
        assert_eq!(code, 2, "{out}{err}");
        let (out, err, code) = run_in(&files, &["plan", name]);
        assert_eq!((out.as_str(), code), ("", 2), "{err}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let stages: String =
        (0..3000).map(|at| format!("stage \"Number {at}\" {{\n  note \"{at}\"\n}}\n")).collect();
    std::fs::write(folder.path().join("long.runbook"), format!("runbook \"Long\"\n{stages}")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .args(["plan", "long.runbook"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn arguments_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe.runbook");
    let output = rutter().arg("plan").arg(odd).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = rutter().args(["plan", "x.runbook", "-p"]).arg(odd).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_param_needs_its_sign() {
    let (_, err, code) = run(&["plan", "x.runbook", "-p", "source"]);
    assert_eq!(code, 2);
    assert!(err.contains("a param is written NAME=VALUE"), "{err}");
}

#[test]
fn a_runbook_without_a_world_says_where_it_belongs() {
    let (out, err, code) = run_in(&[("greet.runbook", GREET)], &["rehearse", "greet.runbook"]);
    let expected = "\
error: there is no world for `greet.runbook`
  help: write `worlds/greet.world`, or name another with `--world`
";
    assert_eq!((out.as_str(), err.as_str(), code), ("", expected, 2));
}

const WORLD: &str = r#"world "A polite machine"

rehearses "../greet.runbook"

on "local" $ echo hello <who> {
  reply "hello {{ who }}"
}

scenario "it greets" {
  expect succeeded
  expect note "hello world"
}

scenario "it is rude" {
  expect note "go away"
}
"#;

#[test]
fn tests_pass_or_fail_and_say_so() {
    let files = [("greet.runbook", GREET), ("worlds/greet.world", WORLD)];
    let (out, err, code) = run_in(&files, &["test", "."]);
    assert_eq!((err.as_str(), code), ("", 1), "{out}");
    assert!(out.contains("PASS") && out.contains("::it greets\n"), "{out}");
    assert!(out.contains("FAIL") && out.contains("`expect note \"go away\"` was not met"), "{out}");
    assert!(out.trim_end().ends_with("1 passed, 1 failed"), "{out}");
    let (out, err, code) = run_in(&files, &["test", "greet.runbook", "--scenario", "it greets"]);
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    for how in [&[][..], &["--faults"], &["--safeguards"], &["--safeguards", "--faults"]] {
        let arguments = [&["test", ".", "--scenario", "nothing"][..], how].concat();
        let (out, err, code) = run_in(&files, &arguments);
        assert_eq!(
            (err.as_str(), code),
            ("error: no scenario's title holds `nothing`\n", 2),
            "{how:?}: {out}"
        );
    }
    let (out, _, code) = run_in(&files, &["test", ".", "--format", "junit"]);
    assert!(code == 1 && out.contains("<testsuites") && out.contains("failures=\"1\""), "{out}");
    let (out, _, code) = run_in(&files, &["test", ".", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["passed"], &report["failed"]), (1, &1.into(), &1.into()));
}

#[test]
fn a_rehearsal_ends_as_the_scenario_expects() {
    let files = [("greet.runbook", GREET), ("worlds/greet.world", WORLD)];
    let (out, err, code) = run_in(&files, &["rehearse", "greet.runbook", "--scenario", "it greets"]);
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    assert!(out.ends_with("scenario \"it greets\": as expected\n"), "{out}");
    let (out, _, code) = run_in(&files, &["rehearse", "worlds/greet.world", "--scenario", "it is rude"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.ends_with("scenario \"it is rude\": not as expected\n"), "{out}");
    let (_, err, code) = run_in(&files, &["rehearse", "greet.runbook", "--scenario", "it greet"]);
    assert!(code == 2 && err.contains("did you mean `it greets`?"), "{err}");
}

#[test]
fn an_interrupted_run_stops_with_3() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let text = GREET.replace("  note", "  run on here $ sleep 2\n  run on here $ echo never\n  note");
    std::fs::write(folder.path().join("slow.runbook"), text).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .args(["run", "slow.runbook"])
        .current_dir(folder.path())
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1000));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{out}");
    assert!(out.contains("Ctrl-C: stopping after the steps under way"), "{out}");
    assert!(!out.contains("run on here $ echo never\n+"), "{out}");
}

#[test]
fn rules_and_errors_are_explained() {
    let (out, err, code) = run(&["explain", "once-in-loop"]);
    assert!(out.starts_with("# once-in-loop\n") && err.is_empty() && code == 0, "{out}{err}");
    let (out, err, code) = run(&["explain", "wrong-type"]);
    assert!(out.starts_with("# wrong-type\n") && err.is_empty() && code == 0, "{out}{err}");
    let (_, err, code) = run(&["explain", "once-in-lop"]);
    let expected =
        "error: there is no lint rule and no error `once-in-lop`\n  help: did you mean `once-in-loop`?\n";
    assert_eq!((err.as_str(), code), (expected, 2));
}
