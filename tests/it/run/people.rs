//! Approvals and what is done by hand.

use std::sync::{Arc, Mutex};

use rutter::event::{Actor, RunResult};
use rutter::run::Decision;
use snapbox::{assert_data_eq, str};

use super::support::{Script, Setting, Told, run, run_in};

fn actor(name: &str) -> Actor {
    Actor { name: name.to_owned(), from: "a desk".to_owned() }
}

fn yes(by: &str) -> Decision {
    Decision::Yes { by: actor(by), reason: None }
}

fn no(by: &str) -> Decision {
    Decision::No { by: actor(by), reason: None }
}

fn asking(body: &str, answers: Vec<Decision>) -> Told {
    let text =
        format!("runbook \"T\"\ntarget here = local\nstage \"One\" {{\n{body}\nrun on here $ say done\n}}\n");
    let operator = Arc::new(Script(Mutex::new(answers)));
    run_in(&text, Setting { operator, ..Setting::default() })
}

#[test]
fn a_yes_goes_on() {
    let told = asking("approve \"Go?\"", vec![yes("ann")]);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 approve by 1? Go?
    0s stage:1/0 approved by ann
    0s stage:1/1 run on here $ say done
    0s stage:1/1 exit 0 in 0.0s
    0s stage:1 stage ok
    0s run Succeeded

"#]]
    );
}

#[test]
fn as_many_different_people_as_are_needed() {
    let told = asking("approve \"Go?\", by 2", vec![yes("ann"), yes("bob")]);
    assert_data_eq!(
        told.succeeded().log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 approve by 2? Go?
    0s stage:1/0 approved by ann
    0s stage:1/0 approved by bob
    0s stage:1/1 run on here $ say done
    0s stage:1/1 exit 0 in 0.0s
    0s stage:1 stage ok
    0s run Succeeded

"#]]
    );
}

#[test]
fn the_same_person_twice_is_one_and_the_run_waits_on() {
    let told = asking("approve \"Go?\", by 2", vec![yes("ann"), yes("ann"), yes("bob")]);
    assert_data_eq!(
        told.succeeded().log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 approve by 2? Go?
    0s stage:1/0 approved by ann
    0s stage:1/0 approved by bob
    0s stage:1/1 run on here $ say done
    0s stage:1/1 exit 0 in 0.0s
    0s stage:1 stage ok
    0s run Succeeded

"#]]
    );
    let told = asking("approve \"Go?\", by 2", vec![yes("ann"), yes("ann")]);
    assert_eq!(told.report.result, RunResult::Stopped);
    assert!(told.failure().starts_with("Cancelled: a person must answer"), "{}", told.failure());
}

#[test]
fn a_no_stops_the_run_and_no_otherwise_catches_it() {
    let told = asking("attempt { approve \"Go?\" } otherwise { note \"never\" }", vec![no("ann")]);
    assert_eq!(told.report.result, RunResult::Stopped);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0/attempt/0 approve by 1? Go?
    0s stage:1/0/attempt/0 refused by ann
    0s stage:1 stage Cancelled: ann did not approve
    0s run Stopped

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Cancelled: ann did not approve
  at 4:11 `approve "Go?"` Go?
  in stage "One"

"#]]
    );
}

#[test]
fn nobody_to_ask_stops_the_run() {
    let told = asking("approve \"Go?\"", vec![]);
    assert_eq!(told.report.result, RunResult::Stopped);
    assert_data_eq!(
        told.failure(),
        str![[r#"
Cancelled: a person must answer, and nobody is here to ask
  at 4:1 `approve "Go?"` Go?
  in stage "One"
  help: say it with `rutter approve r1`, or resume the run at a terminal

"#]]
    );
}

#[test]
fn by_hand_and_verified() {
    let told = asking("manual \"Press the button.\" { check on here $ say pressed }", vec![yes("ann")]);
    assert_data_eq!(
        told.succeeded().log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 manual? Press the button.
    0s stage:1/0 done by ann
    0s stage:1/0/verify/0 check on here $ say pressed
    0s stage:1/0/verify/0 exit 0 in 0.0s
    0s stage:1/1 run on here $ say done
    0s stage:1/1 exit 0 in 0.0s
    0s stage:1 stage ok
    0s run Succeeded

"#]]
    );
    let told = asking("manual \"Press the button.\" { check on here $ exit 1 }", vec![yes("ann")]);
    assert_eq!(told.report.result, RunResult::Failed);
    let told = asking("manual \"Press the button.\"", vec![no("ann")]);
    assert_data_eq!(
        told.failure(),
        str![[r#"
Cancelled: ann did not do it
  at 4:1 `manual "Press the button."` Press the button.
  in stage "One"

"#]]
    );
}

#[test]
fn items_of_a_checklist_by_hand() {
    let text = "runbook \"T\"\nchecklist \"C\" {\n  item \"a\" manual\n  item \"b\" manual\n}\n";
    let operator = Arc::new(Script(Mutex::new(vec![no("ann"), yes("bob")])));
    let told = run_in(text, Setting { operator, ..Setting::default() });
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s checklist:1 checklist C
    0s checklist:1/item:1 manual? a
    0s checklist:1/item:1 item a Failed: ann says no
    0s checklist:1/item:2 manual? b
    0s checklist:1/item:2 done by bob
    0s checklist:1/item:2 item b ok
    0s checklist:1 checklist Failed: 1 of 2 items failed
    0s run Failed

"#]]
    );
    assert_eq!(run(text).report.result, RunResult::Stopped);
}
