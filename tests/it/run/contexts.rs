//! Guards are asked in every place that a command can stand in, just before each sending of it.

use std::sync::{Arc, Mutex};

use rutter::event::{Actor, Event, EventKind, RunResult};
use rutter::run::Decision;

use super::support::{Script, Setting, Told, run_in};

/// Guarded places of every kind, and a guard that lets pass what it is asked about.
fn text(when: &str, items: &str, stages: &str) -> String {
    let (rules, asks) = if when.starts_with("forbid") { (when, "") } else { ("forbid $ nothing", when) };
    format!(
        "runbook \"T\"\nuse \"./lib.runbook\" as lib\n\
         target here = local\ntarget host = ssh \"HOST.example\"\ntarget api = http \"https://api.example/v1\"\n\
         target cloud = plugin hetzner\n{items}\n\
         guard \"no x\" on here, host {{\n  {rules}\n  {asks}\n  because \"It breaks.\"\n}}\n\
         guard \"no y\" on api {{\n  forbid DELETE \"/never\"\n  {asks}\n}}\n\
         guard \"no z\" on cloud {{\n  forbid never(...)\n  {asks}\n}}\n{stages}\n"
    )
}

const LIBRARY: &str = "library \"L\"\n\
    action x(place: target) {\n  run on place $ say x\n}\n\
    action deeper(place: target) {\n  x(place)\n}\n";

/// The probe says `no`, and the command goes ahead.
const PASSES: &str = "when {\n    let seen = check on here $ say no\n    assert seen.text == \"yes\"\n  }";

/// A place for a command: what stands around it, and how often it is sent there.
struct Place {
    name: &'static str,
    body: &'static str,
    sent: usize,
    setting: fn() -> Setting,
}

fn place(name: &'static str, body: &'static str) -> Place {
    Place { name, body, sent: 1, setting: Setting::default }
}

fn yes() -> Decision {
    Decision::Yes { by: Actor { name: "ann".to_owned(), from: "a test".to_owned() }, reason: None }
}

fn answered() -> Setting {
    Setting { operator: Arc::new(Script(Mutex::new(vec![yes(), yes()]))), ..Setting::default() }
}

fn places() -> Vec<Place> {
    let times = |sent, place: Place| Place { sent, ..place };
    vec![
        place("a step", "run on here $ say x"),
        place("a once", "once on here $ say x"),
        place("a value", "let seen = run on here $ say x"),
        place("after sudo", "run on host $ sudo say x"),
        times(3, place("each try of a clause", "run on here, retry 3 times $ fails 2 x")),
        times(3, place("each try of a block", "retry 3 times { run on here $ fails 2 x }")),
        times(3, place("what was not sent, run", "run on here $ refuses 2 x")),
        times(3, place("what was not sent, once", "once on here $ refuses 2 x")),
        times(3, place("what came too late", "once on here $ late 2 x")),
        place("in an attempt", "attempt { run on here $ say x } otherwise { note \"never\" }"),
        place("otherwise", "attempt { fail \"no\" } otherwise { run on here $ say x }"),
        place("always", "attempt { note \"a\" } otherwise { note \"b\" } always { run on here $ say x }"),
        place(
            "always, after a failure",
            "attempt {\n attempt { fail \"a\" } otherwise { fail \"b\" } always { run on here $ say x }\n\
             } otherwise { note \"c\" }",
        ),
        place("an action of a library", "lib.x(here)"),
        place("an action in an action, by name", "lib.deeper(place=host)"),
        times(2, place("side by side", "together {\n run on here $ say x\n run on host $ say x\n}")),
        times(3, place("a loop", "for each n in [1, 2, 3], 2 at a time { run on here $ say x }")),
        place("a choice", "if 1 == 2 { note \"a\" } else { run on here $ say x }"),
        Place { setting: answered, ..place("after an approval", "approve \"Go?\"\nrun on here $ say x") },
        Place { setting: answered, ..place("after a manual", "manual \"Do it.\"\nrun on here $ say x") },
        place("after a pause", "pause 3h\nrun on here $ say x"),
        place("after a wait", "wait until within 1m { check on here $ say y }\nrun on here $ say x"),
        place("another name of this machine", "target alias = local\nrun on alias $ say x"),
        place("this machine by ssh", "target alias = ssh \"127.0.0.1\"\nrun on alias $ say x"),
        place(
            "another name of a host",
            "target alias = ssh \"host.EXAMPLE.\", user \"ops\"\nrun on alias $ say x",
        ),
        place(
            "another name of an address",
            "target alias = http \"https://API.example\"\nrun on alias POST \"/v1/200\"",
        ),
        place("a whole URL", "target web = http\nrun on web POST \"https://api.example:443/v1/x/200\""),
        place("a request", "run on api POST \"/200\""),
        place("a file", "run on host put \"a\" to \"/etc/a\""),
        place("an operation", "run on cloud restart(server=\"web\")"),
    ]
}

fn play(when: &str, place: &Place) -> Told {
    let setting = Setting { files: vec![("lib.runbook", LIBRARY)], ..(place.setting)() };
    run_in(&text(when, "", &format!("stage \"One\" {{\n{}\n}}", place.body)), setting)
}

/// What was sent beside probes and checks.
fn effects(told: &Told) -> usize {
    told.commands().iter().filter(|command| !["say no", "say y"].contains(command)).count()
}

#[test]
fn it_denies_in_every_place_and_nothing_is_sent() {
    for place in places() {
        let told = play("", &place);
        assert_eq!(told.report.result, RunResult::Denied, "{}: {}", place.name, told.failure());
        assert_eq!(effects(&told), 0, "{}: {:?}", place.name, told.commands());
    }
}

#[test]
fn it_is_asked_before_every_sending_in_every_place() {
    for place in places() {
        let told = play(PASSES, &place);
        assert_eq!(told.report.result, RunResult::Succeeded, "{}: {}", place.name, told.failure());
        let sent: Vec<_> = told.commands().into_iter().filter(|command| *command != "say y").collect();
        assert_eq!(effects(&told), place.sent, "{}: {sent:?}", place.name);
        let mut asked = 0_usize;
        for command in &sent {
            match *command {
                "say no" => asked += 1,
                _ => asked = asked.checked_sub(1).unwrap_or_else(|| panic!("{}: {sent:?}", place.name)),
            }
        }
        assert_eq!(asked, 0, "{}: {sent:?}", place.name);
    }
}

#[test]
fn undo_is_no_way_round() {
    let stages = "stage \"One\" {\n  undo { run on here $ say x }\n}";
    for (when, result, sent) in
        [("", RunResult::Denied, vec![]), (PASSES, RunResult::Succeeded, vec!["say no", "say x"])]
    {
        let files = vec![("lib.runbook", LIBRARY)];
        let setting = Setting { undo: Some(vec![1]), files, ..Setting::default() };
        let told = run_in(&text(when, "", stages), setting);
        assert_eq!((told.report.result, told.commands()), (result, sent));
    }
}

#[test]
fn what_a_check_may_not_say_is_denied_in_every_place_for_checks() {
    let forbids = "forbid $ say x ...\nallow $ lose";
    for body in [
        "check on here $ say x",
        "wait until within 1m { check on here $ say x }",
        "wait until within 1s { check on here $ exit 1 } on failure { check on here $ say x }",
        "once on host, done when { check on here $ say x } $ lose",
    ] {
        let told = play(forbids, &place("", body));
        assert!(!told.commands().contains(&"say x"), "{body}: {:?}", told.commands());
        // Of a `once` that nobody knows the end of, that stands first.
        let result = if body.contains("done when") { RunResult::Stopped } else { RunResult::Denied };
        assert_eq!(told.report.result, result, "{body}: {}", told.failure());
    }
    let stages = "stage \"One\" { fail \"no\" } on failure { check on here $ say x }";
    let setting = || Setting { files: vec![("lib.runbook", LIBRARY)], ..Setting::default() };
    let told = run_in(&text(forbids, "", stages), setting());
    assert_eq!((told.report.result, told.commands().len()), (RunResult::Denied, 0), "{}", told.failure());
    let stages = "checklist \"All\" {\n item \"A\" { check on here $ say x }\n item \"B\" { check on here $ say y }\n}";
    let told = run_in(&text(forbids, "", stages), setting());
    assert_eq!((told.report.result, told.commands()), (RunResult::Denied, vec!["say y"]));
    let invariant = "invariant \"well\", every 10s { check on here $ say x }";
    let told = run_in(&text(forbids, invariant, "stage \"One\" { pause 1m }"), setting());
    assert_eq!((told.report.result, told.commands().len()), (RunResult::Denied, 0), "{}", told.failure());
}

/// What `N failures` may be, a denial is not among it.
#[test]
fn nothing_deals_with_a_denial() {
    let x = "run on here $ say x";
    for body in [
        format!("attempt {{ {x} }} otherwise {{ note \"never\" }}"),
        "attempt { lib.x(here) } otherwise { note \"never\" }".to_owned(),
        format!("retry 5 times {{ {x} }}"),
        format!("for each n in [1, 2, 3], tolerating 3 failures {{ {x} }}"),
        format!("for each n in [1, 2, 3], 3 at a time, tolerating 100% {{ {x} }}"),
        format!(
            "attempt {{\ntogether {{\n {x}\n fail \"no\"\n fail \"no\"\n}}\n}} otherwise {{ note \"never\" }}"
        ),
        format!(
            "attempt {{\nattempt {{ fail \"a\" }} otherwise {{ fail \"b\" }} always {{ {x} }}\n}} otherwise {{ note \"never\" }}"
        ),
        format!(
            "attempt {{\nfor each n in [1] {{ fail \"a\" }} on failure {{ check on here $ say z }}\n{x}\n}} otherwise {{ {x} }}"
        ),
    ] {
        let told = play("forbid $ say z\nforbid $ say x", &place("", String::leak(body.clone())));
        assert_eq!(told.report.result, RunResult::Denied, "{body}: {}", told.failure());
        assert!(told.report.notes.is_empty(), "{body}");
        assert_eq!(told.commands().len(), 0, "{body}");
    }
}

/// The record of a run whose runner died once `until` had happened.
fn died(text: &str, until: impl Fn(&EventKind) -> bool) -> Vec<Event> {
    let whole = run_in(text, Setting { files: vec![("lib.runbook", LIBRARY)], ..Setting::default() });
    let end = whole.events.iter().position(|event| until(&event.kind)).expect("it happens");
    whole.events[..=end].to_vec()
}

fn resumed(text: &str, after: Vec<Event>) -> Told {
    run_in(text, Setting { files: vec![("lib.runbook", LIBRARY)], after, ..Setting::default() })
}

#[test]
fn a_run_that_goes_on_asks_before_it_sends() {
    let intended = |kind: &EventKind| matches!(kind, EventKind::StepIntended { request, .. } if request.contains("say x"));
    // What was begun, and of which no outcome is on record; a `once` under a claim may never have begun.
    for body in ["run on here $ say x", "once on here $ say x", "once on host $ say x"] {
        let whole = |when: &str| text(when, "", &format!("stage \"One\" {{\n{body}\n}}"));
        let before = died(&whole(PASSES), intended);
        let told = resumed(&whole(PASSES), before.clone());
        assert_eq!(told.succeeded().commands(), ["say no", "say x"], "{body}");
        // What it said before the runner died is worth nothing now.
        let turned = PASSES.replace("say no", "say yes");
        let told = resumed(&whole(&turned), before);
        assert_eq!((told.report.result, told.commands()), (RunResult::Denied, vec!["say yes"]), "{body}");
    }
}

#[test]
fn what_was_denied_is_asked_about_again_and_then_sent() {
    let when = "when {\n    let seen = check on here $ becomes 2 x\n    assert seen.text == \"no\"\n  }";
    let body = "stage \"One\" {\n  attempt { once on here $ say x } otherwise { note \"never\" }\n}";
    let programs = Arc::default();
    let setting = || Setting {
        files: vec![("lib.runbook", LIBRARY)],
        programs: Arc::clone(&programs),
        ..Setting::default()
    };
    let told = run_in(&text(when, "", body), setting());
    assert_eq!((told.report.result, told.commands()), (RunResult::Denied, vec!["becomes 2 x"]));
    let told = run_in(&text(when, "", body), Setting { after: told.events, ..setting() });
    assert_eq!(told.succeeded().commands(), ["becomes 2 x", "say x"]);
}

#[test]
fn a_target_under_a_name_of_its_own_elsewhere_is_another_place() {
    for body in [
        "target other = ssh \"other.example\"\nrun on other $ say x",
        "target other = ssh \"host.example\", port 2222\nrun on other $ say x",
        "target other = http \"https://api.example/v2\"\nrun on other POST \"/200\"",
        "target other = http \"https://other.example/v1\"\nrun on other POST \"/200\"",
    ] {
        let told = play("", &place("", body));
        assert_eq!(told.report.result, RunResult::Succeeded, "{body}: {}", told.failure());
    }
}
