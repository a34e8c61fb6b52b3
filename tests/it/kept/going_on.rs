//! Runs that were stopped, killed or failed go on, and repeat nothing.

use std::io::Read;
use std::net::TcpListener;

use super::support::{Desk, Said, complained, said};

const SLOW: &str = r#"runbook "Slow"

target here = local

stage "First" {
  once on here $ echo first >> marks
}

stage "Second" {
  run on here $ touch begun; while [ ! -e go ]; do sleep 0.05; done; echo second >> marks
  run on here $ echo third >> marks
}
"#;

#[test]
fn a_signal_lets_the_step_finish_and_the_next_run_begins_after_it() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let desk = Desk::with(SLOW);
        let run = desk.begin(&["run", "it.runbook"]);
        desk.until_there("begun");
        run.signal(signal);
        desk.until(|desk| desk.raw(&["log", "RUN"]).contains("stopping after the steps under way"));
        desk.write("go", "");
        let (out, code) = run.ended();
        assert_eq!((code, desk.read("marks").as_str()), (3, "first\nsecond\n"), "{out}");
        let resumed = desk.rutter(&["resume", "RUN"]);
        assert_eq!((resumed.code, desk.read("marks").as_str()), (0, "first\nsecond\nthird\n"), "{resumed:?}");
    }
}

#[test]
fn the_grace_time_ends_what_does_not_end_by_itself() {
    let desk = Desk::with(SLOW);
    let run = desk.begin(&["run", "it.runbook", "--grace", "100ms"]);
    desk.until_there("begun");
    run.signal("-INT");
    let (out, code) = run.ended();
    assert_eq!((code, desk.read("marks").as_str()), (3, "first\n"), "{out}");
    desk.write("go", "");
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
    assert_eq!(desk.read("marks"), "first\nsecond\nthird\n");
}

#[test]
fn a_pause_that_was_broken_off_is_made_anew() {
    let desk = Desk::with(
        &SLOW
            .replace(
                "touch begun; while [ ! -e go ]; do sleep 0.05; done; echo second >> marks",
                "touch begun",
            )
            .replace("  run on here $ echo third", "  pause 1500ms\n  run on here $ echo third"),
    );
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until(|desk| desk.path("begun").exists() && desk.raw(&["log", "RUN"]).contains("pause 1.5s"));
    run.signal("-INT");
    assert_eq!(run.ended().1, 3);
    let over = |desk: &Desk| desk.raw(&["log", "RUN", "--format", "json"]).contains("pause-finished");
    assert!(!over(&desk), "it was broken off");
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
    assert!(over(&desk), "it was made anew");
    assert_eq!(desk.read("marks"), "first\nthird\n");
}

#[test]
fn a_run_is_stopped_from_elsewhere() {
    let desk = Desk::with(SLOW);
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until_there("begun");
    let told = "run RUN is told to stop: ann on HOST, process N, since WHEN\n";
    said(&desk.rutter(&["stop", "RUN"]), told, 0);
    desk.until(|desk| desk.raw(&["log", "RUN"]).contains("by rutter stop"));
    desk.write("go", "");
    let (out, code) = run.ended();
    assert_eq!((code, desk.read("marks").as_str()), (3, "first\nsecond\n"), "{out}");
    let nobody = "error: nobody carries run RUN out\n  help: `rutter show RUN` says where it stands\n";
    complained(&desk.rutter(&["stop", "RUN"]), nobody, 2);
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
}

#[test]
fn a_stop_now_cancels_what_is_under_way() {
    let desk = Desk::with(SLOW);
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until_there("begun");
    assert_eq!(desk.rutter(&["stop", "RUN", "--now"]).code, 0);
    let (out, code) = run.ended();
    assert_eq!((code, desk.read("marks").as_str()), (3, "first\n"), "{out}");
}

#[test]
fn a_killed_run_goes_on_at_once_with_its_own_text_and_params() {
    let text =
        SLOW.replace("echo third", "echo {{ word }}").replace("target", "param word: string\n\ntarget");
    let desk = Desk::with(&text);
    let run = desk.begin(&["run", "it.runbook", "-p", "word=mine"]);
    desk.until_there("begun");
    let running = desk.rutter(&["show", "RUN"]);
    assert!(running.out.contains("running: ann on HOST, process N, since WHEN\n"), "{}", running.out);
    assert!(running.out.contains("Under way\n  - run on here $ touch begun;"), "{}", running.out);
    run.signal("-KILL");
    run.ended();
    desk.write("go", "");
    // Whatever became of the files, and wherever it is typed.
    std::fs::remove_file(desk.path("it.runbook")).unwrap();
    assert!(desk.rutter(&["show", "RUN"]).out.contains("\nbroken off WHEN, after LENGTH\n"));
    let elsewhere = tempfile::tempdir().unwrap();
    let resumed = desk.command(&["resume", "RUN"]).current_dir(elsewhere.path()).output().unwrap();
    let out = String::from_utf8_lossy(&resumed.stdout).into_owned();
    assert_eq!((resumed.status.code(), resumed.stderr.as_slice()), (Some(0), &b""[..]), "{out}");
    assert!(desk.read("marks").starts_with("first\nsecond\n") && desk.read("marks").ends_with("mine\n"));
}

#[test]
fn what_is_under_way_is_in_doubt_only_once_its_runner_is_gone() {
    let desk = Desk::with(&SLOW.replace("run on here $ touch", "once on here $ touch"));
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until_there("begun");
    let running = desk.rutter(&["show", "RUN"]).out;
    assert!(running.contains("Under way\n  - once on here $ touch begun;"), "{running}");
    assert!(!running.contains("In doubt"), "{running}");
    run.signal("-KILL");
    run.ended();
    let gone = desk.rutter(&["show", "RUN"]).out;
    assert!(gone.contains("In doubt\n  once on here $ touch begun;"), "{gone}");
    desk.write("go", "");
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
    assert_eq!(desk.read("marks").matches("second").count(), 1, "the host knew of it");
}

#[test]
fn of_two_who_resume_a_run_one_wins_and_the_other_says_so() {
    let desk = Desk::with(SLOW);
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until_there("begun");
    let other = desk.rutter(&["resume", "RUN"]);
    let expected = "\
run RUN is held by ann on HOST, process N, since WHEN: waiting for a sign of life
error: run RUN is being carried out by ann on HOST, process N, since WHEN
  help: `rutter show RUN` says where it stands, `rutter stop RUN` stops it
";
    complained(&other, expected, 3);
    desk.write("go", "");
    assert_eq!(run.ended().1, 0);
    assert_eq!(desk.read("marks"), "first\nsecond\nthird\n");
}

#[test]
fn a_failed_run_tries_again_what_failed() {
    let text = SLOW.replace(
        "touch begun; while [ ! -e go ]; do sleep 0.05; done; echo second >> marks",
        "cat mended >> marks",
    );
    let desk = Desk::with(&text);
    let run = desk.rutter(&["run", "it.runbook"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.out.ends_with("Next\n  rutter resume RUN  tries again what failed, and goes on\n"),
        "{}",
        run.out
    );
    desk.write("mended", "second\n");
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
    assert_eq!(desk.read("marks"), "first\nsecond\nthird\n");
}

/// A server that takes a request and never answers.
const PAY: &str = r#"runbook "Pay"

param port: int

target bank = http "http://127.0.0.1:{{ port }}"

stage "Pay" {
  once on bank, within 10m POST "/pay"
}

stage "Tell" {
  note "paid"
}
"#;

#[test]
fn what_is_in_doubt_is_settled_by_a_person() {
    let bank = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("port={}", bank.local_addr().unwrap().port());
    let desk = Desk::with(PAY);
    let run = desk.begin(&["run", "it.runbook", "-p", &port]);
    let (mut request, _) = bank.accept().unwrap();
    request.read_exact(&mut [0; 10]).unwrap();
    run.signal("-KILL");
    run.ended();
    let shown = desk.json(&["show", "RUN", "--format", "json"]);
    assert_eq!((&shown["state"], &shown["in_doubt"][0]["step"]), (&"broken off".into(), &"stage:1/0".into()));
    let resumed = desk.rutter(&["resume", "RUN"]);
    assert_eq!(resumed.code, 3, "{resumed:?}");
    let next = "
In doubt
  once on bank POST http://127.0.0.1:PORT/pay
    step stage:1/0
";
    let number = port.trim_start_matches("port=");
    assert!(resumed.out.replace(number, "PORT").contains(next), "{}", resumed.out);
    let lines = "
Next
  rutter resume RUN                       looks whether it happened, where that can be told, and goes on
  rutter settle RUN stage:1/0 --happened  when you have seen that it happened
  rutter settle RUN stage:1/0 --did-not   when it did not, and never will: it is sent again
";
    assert!(resumed.out.ends_with(lines), "{}", resumed.out);
    let wrong = desk.rutter(&["settle", "RUN", "stage:1/1", "--happened"]);
    complained(
        &wrong,
        "error: no step of this run is called `stage:1/1`\n  help: did you mean stage:1/0?\n",
        2,
    );
    let settled =
        desk.rutter(&["settle", "RUN", "1/0", "--happened", "--by", "bob", "--reason", "it is on the bill"]);
    let settled = Said { out: settled.out.replace(number, "PORT"), ..settled };
    said(&settled, "on record: `POST http://127.0.0.1:PORT/pay` happened\n`rutter resume RUN` goes on\n", 0);
    let again = desk.rutter(&["settle", "RUN", "1/0", "--happened"]);
    complained(&again, "error: `1/0` is not in doubt: it is settled already\n", 2);
    let done = desk.rutter(&["resume", "RUN"]);
    assert!(done.code == 0 && done.out.contains("+T note: paid\n"), "{done:?}");
    bank.set_nonblocking(true).unwrap();
    assert!(bank.accept().is_err(), "it was sent once");
}

#[test]
fn what_did_not_happen_is_sent_again() {
    let text = SLOW
        .replace("echo first >> marks", "cat mended >> marks")
        .replace("touch begun; while [ ! -e go ]; do sleep 0.05; done; ", "");
    let desk = Desk::with(&text);
    let run = desk.rutter(&["run", "it.runbook"]);
    assert_eq!(run.code, 1, "{run:?}");
    desk.write("mended", "first\n");
    // It failed, and what it did before that nobody knows: never again by itself.
    assert_ne!(desk.rutter(&["resume", "RUN"]).code, 0);
    assert_eq!(desk.read("marks"), "");
    let settled = desk.rutter(&["settle", "RUN", "stage:1/0", "--did-not"]);
    said(&settled, "on record: `$ cat mended >> marks` did not happen\n`rutter resume RUN` goes on\n", 0);
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
    assert_eq!(desk.read("marks"), "first\nsecond\nthird\n");
}

const UNDO: &str = r#"runbook "Undo"

target here = local

stage "One" {
  run on here $ echo one >> marks
  undo {
    run on here $ echo not one >> marks
  }
}

stage "Two" {
  run on here $ echo two >> marks
  run on here $ test -e fine
  undo {
    run on here $ echo not two >> marks
  }
}

stage "Three" {
  run on here $ echo three >> marks
  undo {
    run on here $ echo not three >> marks
  }
}
"#;

#[test]
fn what_had_begun_is_taken_back_the_last_first() {
    let desk = Desk::with(UNDO);
    let run = desk.rutter(&["run", "it.runbook"]);
    assert_eq!(run.code, 1);
    let next = "
Next
  rutter resume RUN  tries again what failed, and goes on
  rutter undo RUN    takes back the stages that had begun, the last first
";
    assert!(run.out.ends_with(next), "{}", run.out);
    let undone = "\
+T resumed by ann (plan PLAN)
+T ann takes back 2 stages
+T == undo: Two
+T run on here $ echo not two >> marks
+T == undo done in LENGTH
+T == undo: One
+T run on here $ echo not one >> marks
+T == undo done in LENGTH
+T the run is taken back

ok run RUN taken back after LENGTH
  ok 1 One  LENGTH
  FAILED 2 Two  LENGTH
  - 3 Three  not begun
  ok undo Two
  ok undo One
Record: rutter log RUN
";
    said(&desk.rutter(&["undo", "RUN"]), undone, 0);
    assert_eq!(desk.read("marks"), "one\ntwo\nnot two\nnot one\n");
    said(&desk.rutter(&["undo", "RUN"]), "run RUN is taken back already\n", 0);
    let resumed = desk.rutter(&["resume", "RUN"]);
    complained(
        &resumed,
        "error: run RUN was taken back, and can't go on\n  help: `rutter run` begins another\n",
        2,
    );
    assert!(desk.rutter(&["runs"]).out.starts_with("RUN  taken back  WHEN "));
}

#[test]
fn a_run_takes_itself_back_where_it_is_told_to() {
    let desk = Desk::with(UNDO);
    let run = desk.rutter(&["run", "it.runbook", "--on-failure", "undo"]);
    assert_eq!((run.code, desk.read("marks").as_str()), (1, "one\ntwo\nnot two\nnot one\n"), "{run:?}");
    let end = "
FAILED run RUN failed after LENGTH
  ok 1 One  LENGTH
  FAILED 2 Two  LENGTH
  - 3 Three  not begun
  ok undo Two
  ok undo One
What had begun is taken back.
Record: rutter log RUN
";
    assert!(
        run.out.contains("\nfailed: `test -e fine` exited with 1\n") && run.out.ends_with(end),
        "{}",
        run.out
    );
    desk.write("fine", "");
    let run = desk.rutter(&["run", "it.runbook", "--on-failure", "undo"]);
    assert_eq!((run.code, desk.read("marks").ends_with("three\n")), (0, true), "{run:?}");
}

#[test]
fn an_undo_that_was_stopped_goes_on_where_it_was() {
    let slow = "run on here $ touch begun; while [ ! -e go ]; do sleep 0.05; done; echo not two >> marks";
    let desk = Desk::with(&UNDO.replace("run on here $ echo not two >> marks", slow));
    desk.rutter(&["run", "it.runbook"]);
    let undo = desk.begin(&["undo", "RUN"]);
    desk.until_there("begun");
    undo.signal("-INT");
    desk.until(|desk| desk.raw(&["log", "RUN"]).contains("stopping after the steps under way"));
    desk.write("go", "");
    assert_eq!(undo.ended().1, 3);
    let shown = desk.rutter(&["show", "RUN"]);
    assert!(shown.out.ends_with("\nNext\n  rutter resume RUN  goes on taking it back\n"), "{}", shown.out);
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
    assert_eq!(desk.read("marks"), "one\ntwo\nnot two\nnot one\n");
}

#[test]
fn where_there_is_nothing_to_take_back_it_is_said() {
    let desk = Desk::with(SLOW);
    desk.write("go", "");
    assert_eq!(desk.rutter(&["run", "it.runbook"]).code, 0);
    let expected = "\
error: run RUN has nothing to take back: no stage that has begun has an `undo` block
  help: `rutter show RUN` says where it stands
";
    complained(&desk.rutter(&["undo", "RUN"]), expected, 2);
}
