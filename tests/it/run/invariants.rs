//! What must hold all along the stages.

use std::time::Duration;

use rutter::event::RunResult;
use snapbox::{assert_data_eq, str};

use super::support::{Setting, Told, run, run_in};

fn watched(invariant: &str, stages: &str) -> Told {
    run(&format!("runbook \"T\"\ntarget here = local\n{invariant}\n{stages}\n"))
}

#[test]
fn it_is_looked_at_before_the_first_step() {
    let told = watched(
        "invariant \"well\", every 10s { check on here $ exit 1 }",
        "stage \"One\" {\n  note \"never\"\n  run on here $ say never\n} on failure { note \"explained\" }",
    );
    assert_eq!(told.report.result, RunResult::Failed);
    assert_eq!((told.commands(), told.report.notes.join(" ")), (vec!["exit 1"], "explained".to_owned()));
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: invariant `well` is broken
  at 3:11 `"well"` it failed at +0s, and no failure is tolerated (1 of 1 look failed)
  stderr = it went wrong
  in stage "One" > invariant "well"
  Failed: `exit 1` exited with 1
    at 3:31 `check on here $ exit 1` only exit 0 is accepted
    stderr = it went wrong
    in invariant "well" > on here

"#]]
    );
}

#[test]
fn it_is_looked_at_after_the_last_step() {
    let invariant =
        "invariant \"well\", every 1h {\n  let seen = check on here $ nth x\n  assert seen.json < 2\n}";
    let told = watched(invariant, "stage \"One\" { run on here $ say done }");
    assert_eq!(told.report.result, RunResult::Failed, "{}", told.failure());
    assert_eq!(told.commands(), ["nth x", "say done", "nth x"]);
    // It goes on from one stage to the next as one.
    let told =
        watched(&invariant.replace("< 2", "< 3"), "stage \"One\" { pause 1s }\nstage \"Two\" { pause 1s }");
    assert_eq!(told.succeeded().commands(), ["nth x", "nth x"]);
}

#[test]
fn one_that_is_for_a_stage_is_looked_at_in_that() {
    let told = watched(
        "invariant \"well\", every 10s, during \"Two\" { check on here $ say look }",
        "stage \"One\" { run on here $ takes 1m one }\nstage \"Two\" { run on here $ takes 15s two }\n\
         stage \"Three\" { run on here $ takes 1m three }",
    );
    let expected = ["takes 1m one", "say look", "takes 15s two", "say look", "say look", "takes 1m three"];
    assert_eq!(told.succeeded().commands(), expected);
}

#[test]
fn looks_never_pile_up_and_a_slow_one_is_told() {
    let told = watched(
        "invariant \"well\", every 10s { check on here $ takes 25s well }",
        "stage \"One\" { pause 1m }",
    );
    // At 0, then at the ticks that are free, 30s and 60s after the beginning; and once the last step is over.
    let told_slow = told.log().matches("invariant well took 25s, more than 10s").count();
    assert_eq!((told.succeeded().most_at_a_time, told_slow), (1, 1), "{}", told.log());
    let begun = told
        .log()
        .lines()
        .filter(|line| line.contains("check on here"))
        .map(|line| line.trim_start().split(' ').next().unwrap().to_owned())
        .collect::<Vec<_>>();
    assert_eq!(begun, ["0s", "30s", "1m", "1m25s"], "{}", told.log());
}

#[test]
fn a_look_that_hangs_or_cannot_be_made_counts_as_a_failure() {
    for (asks, limit) in [("check on here $ hang", 30), ("check on here $ takes 3m late", 30)] {
        let told = watched(
            &format!("invariant \"well\", every 10s {{ {asks} }}"),
            "stage \"One\" { run on here $ say never }",
        );
        assert_eq!(told.report.result, RunResult::Failed, "{asks}: {}", told.failure());
        assert_eq!(told.commands().len(), 1, "{asks}");
        assert_eq!(told.lasted.as_secs(), limit, "{asks}");
    }
    for asks in ["check on here $ refuse", "check on here $ lose", "assert 1 / 0 == 1"] {
        let told = watched(
            &format!("invariant \"well\", every 10s {{ {asks} }}"),
            "stage \"One\" { run on here $ say never }",
        );
        assert_eq!(told.report.result, RunResult::Failed, "{asks}: {}", told.failure());
        assert!(!told.commands().contains(&"say never"), "{asks}");
    }
}

/// While it goes on from step to step, it waits, pauses, tries again: nothing new begins once it is broken.
#[test]
fn nothing_begins_once_it_is_broken() {
    let invariant =
        "invariant \"well\", every 10s {\n  let seen = check on here $ nth x\n  assert seen.json < 3\n}";
    for body in [
        "pause 1h",
        "run on here $ takes 1m long",
        "retry 500 times, every 1s { run on here $ exit 1 }",
        "run on here, retry 500 times $ exit 1",
        "for each n in range(500), tolerating 500 failures {\n run on here $ takes 1s x\n fail \"no\"\n}",
        "wait until within 1h, every 1s { check on here $ exit 1 }",
        "attempt { run on here $ takes 1m long } otherwise { run on here $ say never }",
        "attempt {\n run on here $ takes 1m long\n fail \"no\"\n} otherwise { run on here $ say never }",
        "together {\n run on here $ takes 1m long\n pause 2h\n}",
    ] {
        let told = watched(invariant, &format!("stage \"One\" {{\n{body}\nrun on here $ say never\n}}"));
        assert_eq!(told.report.result, RunResult::Failed, "{body}: {}", told.failure());
        assert!(!told.commands().contains(&"say never"), "{body}");
        assert!(told.lasted <= Duration::from_secs(61), "{body}: {:?}", told.lasted);
        assert!(
            told.failure().starts_with("Failed: invariant `well` is broken"),
            "{body}: {}",
            told.failure()
        );
    }
}

#[test]
fn a_run_that_goes_on_looks_anew() {
    let text = "runbook \"T\"\ntarget here = local\ninvariant \"well\", every 10s { check on here $ fails 1 x }\n\
                stage \"One\" { run on here $ say done }\n";
    let programs = std::sync::Arc::default();
    let setting = || Setting { programs: std::sync::Arc::clone(&programs), ..Setting::default() };
    let told = run_in(text, setting());
    assert_eq!((told.report.result, told.commands()), (RunResult::Failed, vec!["fails 1 x"]));
    let told = run_in(text, Setting { after: told.events, ..setting() });
    assert_eq!(told.succeeded().commands(), ["fails 1 x", "say done", "fails 1 x"]);
}

#[test]
fn a_denial_says_more_than_a_broken_invariant() {
    let told = watched(
        "guard \"no x\" on here {\n  forbid $ say x\n  when { check on here $ takes 15s yes }\n}\n\
         invariant \"well\", every 10s {\n  let seen = check on here $ nth x\n  assert seen.json < 2\n}",
        "stage \"One\" { run on here $ say x }",
    );
    assert_eq!(told.report.result, RunResult::Denied, "{}", told.failure());
}

/// The invariant holds in the looks with these numbers.
fn holding(clauses: &str, looks: &str) -> String {
    format!(
        "invariant \"well\", every 10s{clauses} {{\n  let seen = check on here $ nth x\n  assert seen.json in [{looks}]\n}}"
    )
}

const BACK: &str = "stage \"One\" {\n  undo { run on here $ say back 1 }\n}\n\
                    stage \"Two\" {\n  undo {\n    run on here $ takes 15s back 2\n    run on here $ say all of 2\n  }\n}";

fn undone(invariant: &str, setting: Setting) -> Told {
    let text = format!("runbook \"T\"\ntarget here = local\n{invariant}\n{BACK}\n");
    run_in(&text, Setting { undo: Some(vec![1, 2]), ..setting })
}

#[test]
fn one_that_breaks_while_stages_are_taken_back_stops_that() {
    let told = undone(&holding("", "1"), Setting::default());
    assert_eq!(told.report.result, RunResult::Failed);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s  undoes [1, 2]
    0s stage:2/undo undo of Two
    0s invariant:1/poll:1/0 check on here $ nth x
    0s invariant:1/poll:1/0 exit 0 in 0.0s
    0s stage:2/undo/0 run on here $ takes 15s back 2
   10s invariant:1/poll:2/0 check on here $ nth x
   10s invariant:1/poll:2/0 exit 0 in 0.0s
   10s invariant well broken, 1 in a row since 10s: `seen.json in [1]` is not true
   15s stage:2/undo/0 exit 0 in 0.0s
   15s stage:2/undo undo Cancelled: an invariant was broken
   15s run Failed

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: invariant `well` is broken
  at 3:11 `"well"` it failed at +10s, and no failure is tolerated (1 of 2 looks failed)
  seen.json = 2
  in undo of stage "Two" > invariant "well"
  Failed: `seen.json in [1]` is not true
    at 5:10 `seen.json in [1]` this is not true
    seen.json = 2
    in invariant "well"

"#]]
    );
}

#[test]
fn a_failure_that_was_there_before_does_not_keep_stages_from_being_taken_back() {
    let told = undone(&holding("", ""), Setting::default());
    assert_eq!(
        told.succeeded().commands(),
        ["nth x", "takes 15s back 2", "nth x", "say all of 2", "say back 1", "nth x"]
    );
    let log = told.log();
    let told_of: Vec<_> = log.lines().filter(|line| line.contains("invariant well")).collect();
    assert_eq!(
        told_of,
        [
            "    0s invariant well failed 1, tolerated all: `seen.json in []` is not true",
            "   10s invariant well failed 2, tolerated all: `seen.json in []` is not true",
            "   15s invariant well failed 3, tolerated all: `seen.json in []` is not true",
        ]
    );
}

#[test]
fn once_it_has_held_while_stages_are_taken_back_it_must() {
    let told = undone(&holding("", "2"), Setting::default());
    assert_eq!(told.report.result, RunResult::Failed, "{}", told.log());
    assert_eq!(
        told.commands(),
        ["nth x", "takes 15s back 2", "nth x", "say all of 2", "say back 1", "nth x"],
        "it breaks in the look after the last step"
    );
    let told = undone(&holding(", tolerating 1 failure", "2"), Setting::default());
    assert_eq!(told.succeeded().commands().len(), 6, "{}", told.log());
}

#[test]
fn one_that_is_for_a_stage_is_looked_at_while_that_is_taken_back() {
    let told = undone(&holding(", during \"One\"", "1, 2"), Setting::default());
    let expected = ["takes 15s back 2", "say all of 2", "nth x", "say back 1", "nth x"];
    assert_eq!(told.succeeded().commands(), expected);
    let told = undone(&holding(", during \"Two\"", "1"), Setting::default());
    assert_eq!(told.report.result, RunResult::Failed);
    assert_eq!(told.commands(), ["nth x", "takes 15s back 2", "nth x"]);
}

#[test]
fn an_undo_that_it_stopped_goes_on_when_a_person_says_so() {
    let (invariant, programs) = (holding("", "1"), std::sync::Arc::default());
    let setting = || Setting { programs: std::sync::Arc::clone(&programs), ..Setting::default() };
    let first = undone(&invariant, setting());
    assert_eq!(first.report.result, RunResult::Failed);
    // It fails still, which whoever takes up the undo again has read.
    let second = undone(&invariant, Setting { after: first.events, ..setting() });
    let expected = ["nth x", "say all of 2", "say back 1", "nth x"];
    assert_eq!(second.succeeded().commands(), expected, "{}", second.log());
    // What held when it was taken up again, and broke, stops it again.
    let (invariant, programs) = (holding("", "1, 3"), std::sync::Arc::default());
    let setting = || Setting { programs: std::sync::Arc::clone(&programs), ..Setting::default() };
    let first = undone(&invariant, setting());
    let second = undone(&invariant, Setting { after: first.events, ..setting() });
    assert_eq!(second.report.result, RunResult::Failed);
    assert_eq!(second.commands(), ["nth x", "say all of 2", "say back 1", "nth x"]);
}

#[test]
fn a_look_that_is_denied_stops_an_undo_only_after_one_that_held() {
    let guarded = |denies: &str| {
        format!(
            "target there = ssh \"db\"\nguard \"no look\" on there {{\n  forbid $ say well\n  when {{\n    let seen = check on here $ nth asked\n    \
             assert seen.json in [{denies}]\n  }}\n}}\ninvariant \"well\", every 10s {{ check on there $ say well }}"
        )
    };
    let told = undone(&guarded("1, 2, 3"), Setting::default());
    assert!(told.succeeded().commands().contains(&"say back 1"), "{}", told.log());
    let told = undone(&guarded("2"), Setting::default());
    assert_eq!(told.report.result, RunResult::Denied, "{}", told.log());
    assert!(!told.commands().contains(&"say back 1"), "{}", told.log());
}
