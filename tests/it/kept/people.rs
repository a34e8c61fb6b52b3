//! Approvals and what is done by hand: from elsewhere, beforehand, by several people.

use std::process::{Command, Stdio};

use super::support::{Desk, complained, said};

const GATE: &str = r#"runbook "Move traffic"

target here = local

stage "Prepare" {
  run on here $ echo prepared >> marks
}

stage "Switch" {
  approve "Move traffic to WEB2?"
  once on here $ echo switched >> marks
}
"#;

#[test]
fn a_run_waits_for_an_approval_and_goes_on_with_it() {
    let desk = Desk::with(GATE);
    let stopped = "\
+T run RUN: Move traffic (it.runbook, plan PLAN)
+T == 1 of 2: Prepare
+T run on here $ echo prepared >> marks
+T == done in LENGTH
+T == 2 of 2: Switch
+T approval needed: Move traffic to WEB2?
+T == STOPPED after LENGTH: stopped: a person must answer, and nobody is here to ask
+T the run stopped

stopped: a person must answer, and nobody is here to ask
    ,-[it.runbook:10:3]
 10 |   approve \"Move traffic to WEB2?\"
    :   ^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^
    :                  `-- Move traffic to WEB2?
    `----
  in      stage \"Switch\"
  help    say it with `rutter approve RUN`, or resume the run at a terminal

STOPPED run RUN stopped after LENGTH
  ok 1 Prepare  LENGTH
  STOPPED 2 Switch  LENGTH
What was done stays done.

Waits for
  approval: Move traffic to WEB2?

Next
  rutter approve RUN  says yes
  rutter resume RUN   goes on where it stands
";
    said(&desk.rutter(&["run", "it.runbook"]), stopped, 3);
    let approved = "approved by bob: Move traffic to WEB2?\n`rutter resume RUN` takes it\n";
    let approve = ["approve", "RUN", "--by", "bob", "--reason", "the window is open"];
    said(&desk.rutter(&approve), approved, 0);
    let resumed = "\
+T resumed by ann (plan PLAN)
+T == 2 of 2: Switch
+T approval needed: Move traffic to WEB2?
+T approved by bob: the window is open
+T once on here $ echo switched >> marks
+T == done in LENGTH
+T the run is done

ok run RUN done after LENGTH
  ok 1 Prepare  LENGTH
  ok 2 Switch  LENGTH
Record: rutter log RUN
";
    said(&desk.rutter(&["resume", "RUN"]), resumed, 0);
    assert_eq!(desk.read("marks"), "prepared\nswitched\n");
    said(&desk.rutter(&["resume", "RUN"]), "run RUN is done: `rutter show RUN` tells how\n", 0);
    complained(
        &desk.rutter(&["approve", "RUN"]),
        "error: run RUN waits for nobody\n  help: `rutter show RUN` says where it stands\n",
        2,
    );
}

#[test]
fn no_yes_is_ever_made_up() {
    let desk = Desk::with(GATE);
    desk.rutter(&["run", "it.runbook"]);
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 3);
    assert_eq!(desk.rutter(&["resume", "RUN", "--approve", "Move traffic to WEB3?"]).code, 3);
    assert_eq!(desk.read("marks"), "prepared\n");
}

#[test]
fn an_approval_can_be_given_beforehand() {
    let desk = Desk::with(GATE);
    let run = desk.rutter(&["run", "it.runbook", "--approve", "Move traffic to WEB2?"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("+T approved by ann\n"), "{}", run.out);
    let log = desk.raw(&["log", "RUN", "--format", "json"]);
    let given: serde_json::Value = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .find(|event: &serde_json::Value| event["event"] == "approval-given")
        .unwrap();
    assert_eq!(given["by"]["from"], format!("{}, by --approve", rutter::journal::store::host()));
}

#[test]
fn a_no_is_final() {
    let desk = Desk::with(GATE);
    desk.rutter(&["run", "it.runbook"]);
    let refuse = desk.rutter(&["approve", "RUN", "--refuse", "--reason", "too many users"]);
    said(&refuse, "refused by ann: Move traffic to WEB2?\n`rutter resume RUN` takes it\n", 0);
    let resumed = desk.rutter(&["resume", "RUN"]);
    assert!(resumed.code == 3 && resumed.out.contains("+T refused by ann: too many users\n"), "{resumed:?}");
    let again = desk.rutter(&["resume", "RUN", "--approve", "Move traffic to WEB2?"]);
    assert!(again.code == 3 && again.out.contains("ann did not approve, and that is final"), "{again:?}");
    assert_eq!(desk.read("marks"), "prepared\n");
}

#[test]
fn two_different_people_are_two() {
    let desk = Desk::with(&GATE.replace("WEB2?\"", "WEB2?\", by 2"));
    desk.rutter(&["run", "it.runbook"]);
    desk.rutter(&["approve", "RUN"]);
    let one = desk.rutter(&["resume", "RUN"]);
    assert!(one.code == 3 && one.out.contains("1 of 2 people gave it: ann\n"), "{one:?}");
    complained(
        &desk.rutter(&["approve", "RUN"]),
        "error: ann has approved this already\n  help: 2 different people must: somebody else approves it as well\n",
        2,
    );
    assert_eq!(desk.rutter(&["approve", "RUN", "--by", "bob"]).code, 0);
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
    assert_eq!(desk.read("marks"), "prepared\nswitched\n");
}

#[test]
fn a_yes_does_not_outlive_its_time() {
    let desk = Desk::with(&GATE.replace("WEB2?\"", "WEB2?\", within 1s"));
    desk.rutter(&["run", "it.runbook"]);
    desk.rutter(&["approve", "RUN", "--by", "bob"]);
    std::thread::sleep(std::time::Duration::from_millis(1200));
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 3);
    assert_eq!(desk.read("marks"), "prepared\n");
}

#[test]
fn a_question_is_named_by_its_text_a_part_of_it_or_its_step() {
    let both = "  together {\n    approve \"Is ann ready?\"\n    approve \"Is bob ready?\"\n  }\n";
    let desk = Desk::with(&GATE.replace("  approve \"Move traffic to WEB2?\"\n", both));
    desk.rutter(&["run", "it.runbook"]);
    let open = "error: run RUN waits for more than one answer
  help: say which, by its text or its step:
    stage:2/0/side:0  Is ann ready?
    stage:2/0/side:1  Is bob ready?
";
    complained(&desk.rutter(&["approve", "RUN"]), open, 2);
    let typo = "error: nobody is asked `Is bob redy?`\n  help: did you mean 'Is bob ready?'?\n";
    complained(&desk.rutter(&["approve", "RUN", "Is bob redy?"]), typo, 2);
    let bob = desk.rutter(&["approve", "RUN", "bob"]);
    said(&bob, "approved by ann: Is bob ready?\n`rutter resume RUN` takes it\n", 0);
    assert_eq!(desk.rutter(&["approve", "RUN", "stage:2/0/side:0"]).code, 0);
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
}

#[test]
fn what_is_done_by_hand_is_answered_too() {
    let desk = Desk::with(&GATE.replace("approve \"Move traffic to WEB2?\"", "manual \"Pull the cable.\""));
    let run = desk.rutter(&["run", "it.runbook"]);
    assert!(run.out.contains("Waits for\n  to be done by hand: Pull the cable.\n"), "{}", run.out);
    assert!(run.out.contains("  rutter approve RUN  says that it is done\n"), "{}", run.out);
    // A no is not final here: it can be done later.
    desk.rutter(&["approve", "RUN", "--refuse"]);
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 3);
    let done = desk.rutter(&["approve", "RUN"]);
    said(&done, "done by ann: Pull the cable.\n`rutter resume RUN` takes it\n", 0);
    assert_eq!(desk.rutter(&["resume", "RUN"]).code, 0);
}

/// With a terminal at which nobody answers, an answer from elsewhere is heard while the run waits.
#[test]
fn a_run_that_waits_at_a_terminal_hears_an_answer_from_elsewhere() {
    let desk = Desk::with(GATE);
    let mut script = Command::new("script");
    let line = format!("{} run it.runbook", env!("CARGO_BIN_EXE_rutter"));
    script.args(["-q", "-e", "-c", &line, "/dev/null"]);
    desk.around(&mut script);
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let store = || rutter::journal::store::Store::existing(&desk.path("runs.db")).ok().flatten();
    desk.until(|desk| {
        store().is_some_and(|store| !store.runs().unwrap().is_empty())
            && desk.raw(&["show", "RUN"]).contains("Waits for")
    });
    let said = desk.rutter(&["approve", "RUN", "--by", "bob"]);
    assert_eq!(said.out, "approved by bob: Move traffic to WEB2?\nthe run goes on in a moment\n");
    let output = child.wait();
    assert!(output.unwrap().success());
    assert_eq!(desk.read("marks"), "prepared\nswitched\n");
}
