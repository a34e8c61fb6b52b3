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

/// What says neither yes nor no, and what the report makes of it.
#[test]
fn a_guard_that_cannot_be_asked_denies() {
    for (asks, why) in [
        ("check on here $ exit 1", "`exit 1` exited with 1"),
        ("check on here $ refuse", "`here` can't be reached: connection refused"),
        ("check on here $ hang", "`hang` did not end within 30s"),
        ("check on here, within 2m $ hang", "`hang` did not end within 2m"),
        ("check on here $ lose", "the connection was lost during `lose`"),
        ("assert 1 / 0 == 1", "divided by zero"),
        ("let seen = check on here $ say rubbish\nassert seen.json.pending", "no JSON"),
        ("let seen = check on here $ say rubbish\nassert seen.text | int == 1", ""),
        ("let pending = lib.pending(here)\nassert pending", "Test-Path answered rubbish"),
        ("wait until within 1m { check on here $ exit 1 }", "did not come true within 1m"),
        ("wait until within 1m { assert 1 == 2 }", "did not come true within 1m"),
        ("retry 3 times { check on here $ exit 1 }", "all 3 tries failed"),
        ("fail \"no idea\"", "no idea"),
        ("pause 3h", "the time of what stands around it is over"),
    ] {
        let text = text(
            &format!("when {{\n{asks}\n}}"),
            "attempt { run on here $ say x now } otherwise { note \"never\" }",
        );
        let text = text.replacen("\n", "\nuse \"./lib.runbook\" as lib\n", 1);
        let told = run_in(&text, Setting { files: vec![("lib.runbook", PENDING)], ..Setting::default() });
        assert_eq!(told.report.result, RunResult::Denied, "{asks}: {}", told.failure());
        assert!(!told.commands().contains(&"say x now"), "{asks}");
        let failure = told.failure();
        assert!(
            failure.starts_with("Denied: denied by the guard `no x`, which could not be asked"),
            "{failure}"
        );
        assert!(
            failure.contains("guard = it could not be asked: ") && failure.contains(why),
            "{asks}: {failure}"
        );
        assert!(told.lasted <= std::time::Duration::from_secs(15 * 60), "{asks}: it does not hang");
    }
}

/// As the library for Windows asks it: an answer that is neither of two is a failure of the action, and no answer.
const PENDING: &str = r#"library "L"
action pending(host: target) {
  let seen = check on host $ say rubbish
  assert seen.text in ["True", "False"], "Test-Path answered {{ seen.text }}"
  return seen.text == "True"
}
"#;

/// What comes true between one step and the next, and while it is asked.
#[test]
fn what_turns_true_is_seen_before_the_next_command() {
    let when = "when {\n    let seen = check on here $ becomes 3 x\n    assert seen.text == \"yes\"\n  }";
    let told = guarded(when, "run on here $ say x 1\nrun on here $ say x 2\nrun on here $ say x 3");
    assert_eq!(told.report.result, RunResult::Denied);
    let sent = ["becomes 3 x", "say x 1", "becomes 3 x", "say x 2", "becomes 3 x"];
    assert_eq!(told.commands(), sent);
    let slowly = "when {\n    let seen = check on here $ takes 20s yes\n    assert seen.text == \"yes\"\n  }";
    let told = guarded(slowly, "run on here $ say x");
    assert_eq!((told.report.result, told.commands()), (RunResult::Denied, vec!["takes 20s yes"]));
}

/// A stop that comes while a guard is asked is heeded before the command goes out.
#[test]
fn a_stop_while_it_is_asked_sends_nothing() {
    let when = "when {\n    let seen = check on here $ takes 20s no\n    assert seen.text == \"yes\"\n  }";
    let stops = vec![std::time::Duration::from_secs(5)];
    let told = run_in(&text(when, "once on here $ say x"), Setting { stops, ..Setting::default() });
    assert_eq!((told.report.result, told.commands()), (RunResult::Stopped, vec!["takes 20s no"]));
}

#[test]
fn a_denial_shows_what_was_seen() {
    let when = "when {\n    let seen = check on here $ say 7\n    assert seen.json > 5\n  }";
    let told = guarded(when, "run on here $ say x now");
    assert_data_eq!(
        told.failure(),
        str![[r#"
Denied: denied by the guard `no x`
  at 15:1 `run on here $ say x now` `say x now` is forbidden
  request = $ say x now
  guard = its `when` holds
  say 7 = exit 0 in 0.0s
  seen.json = 7
  in stage "One" > on here
  help: It breaks.

"#]]
    );
}

#[test]
fn requests_are_forbidden_however_they_are_spelled() {
    let text = |url: &str| {
        format!(
            "runbook \"T\"\ntarget api = http \"https://api.example\"\n\
             guard \"no restart\" on api {{\n  forbid POST \".../restart?<query>\"\n  allow POST \"...\"\n}}\n\
             stage \"One\" {{ run on api POST \"{url}\" }}\n"
        )
    };
    for url in [
        "/vm/restart?now=1",
        "/vm/restart",
        "/vm/restart/?now=1",
        "/vm/stop/../restart?now=1",
        "/vm/stop/%2E%2e/restart?now=1",
        "/vm//restart?now=1",
        "/vm/%72estart?now=1",
        "/vm/%2572estart?now=1",
        "https://API.example:443/vm/restart?now=1",
        "https://api.example./vm/restart?now=1",
    ] {
        let told = run(&text(url));
        assert_eq!((told.report.result, told.commands().len()), (RunResult::Denied, 0), "{url}");
    }
    for url in ["/vm/restarts/200", "/vm/status/200?then=restart/200", "/vm/restart/log/200"] {
        run(&text(url)).succeeded();
    }
}

#[test]
fn a_request_is_not_sent_on_past_a_guard() {
    let text = |path: &str, when: &str| {
        format!(
            "runbook \"T\"\ntarget api = http \"https://api.example\"\n\
             guard \"no restart\" on api {{\n  forbid GET \".../restart?<query>\"\n  {when}\n}}\n\
             stage \"One\" {{\n  attempt {{ check on api GET \"/to/{path}\" }} otherwise {{ note \"dealt with\" }}\n}}\n"
        )
    };
    let told = run(&text("vm/%72estart?now=1", ""));
    assert_eq!(told.report.result, RunResult::Denied, "{}", told.failure());
    assert!(told.log().contains("guard? no restart"), "{}", told.log());
    // A guard that would let it pass does not send it on either: nobody asked for that.
    let told = run(&text("vm/restart?now=1", "when { assert 1 == 2 }"));
    assert_eq!(told.succeeded().report.notes, ["dealt with"]);
    assert!(run(&text("vm/status", "")).succeeded().report.notes.is_empty());
}

#[test]
fn an_override_is_on_record_and_holds_for_one_guard_that_allows_it() {
    let setting = || Setting { overrides: vec![("no x", "agreed")], ..Setting::default() };
    let told = run_in(&text(HOLDS, "run on here $ say x"), setting());
    assert!(told.log().contains("guard no x overridden by : agreed"), "{}", told.log());
    // Where it does not say so, it is heeded.
    let strict = text(HOLDS, "run on here $ say x").replace("  may be overridden\n", "");
    let told = run_in(&strict, setting());
    assert_eq!((told.report.result, told.commands()), (RunResult::Denied, vec!["say pending"]));
    assert!(!told.log().contains("overridden"), "{}", told.log());
    // A run that goes on without it heeds the guard.
    let whole = text(HOLDS, "run on here $ say x 1\nfail \"no\"\nrun on here $ say x 2");
    let before = run_in(&whole, setting()).events;
    let told = run_in(
        &whole.replace("fail \"no\"\n", "note \"a\"\n"),
        Setting { after: before, ..Setting::default() },
    );
    assert_eq!(
        (told.report.result, told.commands()),
        (RunResult::Denied, vec!["say pending"]),
        "{}",
        told.failure()
    );
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
  at 12:1 `run on here $ say z` `say z`: what `say` does is not known
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
fn it_can_be_overridden_with_a_reason() {
    let setting = Setting { overrides: vec![("no x", "agreed")], ..Setting::default() };
    let told = run_in(&text(HOLDS, "run on here $ say x"), setting);
    assert_eq!(told.succeeded().commands(), ["say x"]);
    assert!(told.log().contains("guard passed: overridden: agreed"), "{}", told.log());
}
