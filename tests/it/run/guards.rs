//! Commands that must not be sent.

use rutter::event::RunResult;
use snapbox::{assert_data_eq, str};

use super::support::{Setting, Told, run, run_in};

fn text(when: &str, body: &str) -> String {
    format!(
        "runbook \"T\"\ntarget here = local\ntarget other = ssh \"x\"\n\
         guard \"no x\" on here {{\n  forbid $ say x ...\n  allow $ say y ...\n  {when}\n  \
         because \"It breaks.\"\n  may be overridden\n}}\nstage \"One\" {{\n{body}\n}}\n"
    )
}

fn guarded(when: &str, body: &str) -> Told {
    run(&text(when, body))
}

const HOLDS: &str = "when { check on here $ say pending }";

#[test]
fn a_forbidden_command_is_denied_and_nothing_catches_it() {
    let told = guarded(HOLDS, "attempt { run on here $ say x now } otherwise { note \"never\" }");
    assert_eq!(told.report.result, RunResult::Denied);
    assert_eq!(told.commands(), ["say pending"]);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0/attempt/0/guard:1 guard? no x
    0s stage:1/0/attempt/0/guard:1/0 check on here $ say pending
    0s stage:1/0/attempt/0/guard:1/0 exit 0 in 0.0s
    0s stage:1/0/attempt/0/guard:1 guard denied: its `when` holds
    0s stage:1 stage Denied: denied by the guard `no x`
    0s run Denied

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Denied: denied by the guard `no x`
  at 13:11 `run on here $ say x now` `say x now` is forbidden
  request = $ say x now
  guard = its `when` holds
  say pending = exit 0 in 0.0s
  in stage "One" > on here
  help: It breaks.

"#]]
    );
}

#[test]
fn an_assert_that_is_false_lets_it_pass() {
    let when = "when {\n    let seen = check on here $ say no\n    assert seen.text == \"yes\"\n  }";
    let told = guarded(when, "run on here $ say x now");
    assert_eq!(told.succeeded().commands(), ["say no", "say x now"]);
}

#[test]
fn a_guard_that_cannot_be_asked_denies() {
    for program in ["exit 1", "refuse", "hang", "lose"] {
        let told = guarded(&format!("when {{ check on here $ {program} }}"), "run on here $ say x now");
        assert_eq!(told.report.result, RunResult::Denied, "{program}");
    }
    let told = guarded("when { assert 1 / 0 == 1 }", "run on here $ say x now");
    assert_eq!(told.report.result, RunResult::Denied);
}

#[test]
fn without_when_it_always_holds() {
    assert_eq!(guarded("", "run on here $ say x").report.result, RunResult::Denied);
}

#[test]
fn what_is_allowed_or_only_looks_goes_ahead_unasked() {
    let told = guarded("", "run on here $ say y now\ncheck on here $ say z\nrun on other $ say x");
    assert_eq!(told.succeeded().commands(), ["say y now", "say z", "say x"]);
}

#[test]
fn what_is_not_known_counts_as_forbidden() {
    let told = guarded("", "run on here $ say z");
    assert_eq!(told.report.result, RunResult::Denied);
    assert_data_eq!(
        told.failure(),
        str![[r#"
Denied: denied by the guard `no x`
  at 12:1 `run on here $ say z` `say z`: it is not known to be harmless
  request = $ say z
  guard = it always holds
  in stage "One" > on here
  help: It breaks. / if it is harmless, name it in the guard: `allow $ …`

"#]]
    );
}

#[test]
fn a_check_that_is_forbidden_is_forbidden() {
    assert_eq!(guarded("", "check on here $ say x").report.result, RunResult::Denied);
}

#[test]
fn another_name_for_the_same_place_is_the_same_place() {
    let told = guarded("", "target alias = local\nrun on alias $ say x");
    assert_eq!(told.report.result, RunResult::Denied);
}

#[test]
fn it_is_asked_before_each_sending() {
    let when = "when {\n    let seen = check on here $ becomes 2 x\n    assert seen.text == \"yes\"\n  }";
    let told = guarded(when, "run on here, retry 3 times $ fails 2 x");
    assert_eq!(told.commands(), ["becomes 2 x", "fails 2 x", "becomes 2 x"]);
    assert_eq!(told.report.result, RunResult::Denied);
}

#[test]
fn it_is_asked_in_every_place() {
    let x = "run on here $ say x";
    for body in [
        format!("together {{ {x} }}"),
        format!("for each n in [1, 2], tolerating 2 failures {{ {x} }}"),
        format!("retry 3 times {{ {x} }}"),
        format!("attempt {{ fail \"no\" }} otherwise {{ {x} }}"),
        format!("attempt {{ note \"a\" }} otherwise {{ note \"b\" }} always {{ {x} }}"),
        format!("if true {{ {x} }}"),
    ] {
        let told = guarded("", &body);
        assert_eq!(told.report.result, RunResult::Denied, "{body}: {}", told.failure());
        assert!(told.commands().is_empty(), "{body}");
    }
    let undone =
        run_in(&text("", &format!("undo {{ {x} }}")), Setting { undo: Some(vec![1]), ..Setting::default() });
    assert_eq!(undone.report.result, RunResult::Denied);
}

#[test]
fn it_can_be_overridden_with_a_reason() {
    let setting = Setting { overrides: vec![("no x", "agreed")], ..Setting::default() };
    let told = run_in(&text(HOLDS, "run on here $ say x"), setting);
    assert_eq!(told.succeeded().commands(), ["say x"]);
    assert!(told.log().contains("guard passed: overridden: agreed"), "{}", told.log());
}
