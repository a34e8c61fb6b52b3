//! Being told to stop, in every state.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use rutter::event::RunResult;
use rutter::run::{ApprovalAsk, Decision, ManualAsk, Operator};
use snapbox::{assert_data_eq, str};

use super::support::{Setting, Told, run_in};

/// Nobody ever answers.
struct Silent;

impl Operator for Silent {
    fn approve<'a>(&'a self, _ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        Box::pin(futures::future::pending())
    }

    fn manual<'a>(&'a self, _ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        Box::pin(futures::future::pending())
    }
}

fn stopped(body: &str, stops: &[u64]) -> Told {
    let text = format!(
        "runbook \"T\"\ntarget here = local\nstage \"One\" {{\n{body}\n}}\nstage \"Two\" {{ note \"never\" }}\n"
    );
    let stops = stops.iter().map(|at| Duration::from_secs(*at)).collect();
    run_in(&text, Setting { operator: Arc::new(Silent), stops, ..Setting::default() })
}

#[test]
fn at_once_in_every_state_in_which_nothing_is_under_way() {
    for body in [
        "pause 1h",
        "approve \"Go?\"",
        "approve \"Go?\", within 1h",
        "manual \"Do it.\"",
        "wait until within 1h { assert false }",
        "retry 100 times, every 1m { fail \"no\" }",
        "for each n in range(100), 2 at a time { pause 10m }",
        "together { pause 10m\n pause 20m\n approve \"Go?\" }",
        "attempt { pause 1h } otherwise { note \"never\" } always { note \"never\" }",
        "for each n in range(100), tolerating 50 failures { pause 7s }",
    ] {
        let told = stopped(body, &[5]);
        assert_eq!(told.report.result, RunResult::Stopped, "{body}: {}", told.failure());
        assert_eq!(told.lasted.as_secs(), 5, "{body}");
        assert!(told.report.notes.is_empty(), "{body}");
    }
}

#[test]
fn what_is_under_way_finishes_and_nothing_new_begins() {
    let told = stopped(
        "together {\n  run on here $ takes 30s a\n  for each n in [1, 2, 3] { run on here $ takes 4s {{ n }} }\n}",
        &[5],
    );
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0/side:0 run on here $ takes 30s a
    0s stage:1/0/side:1 loop n over 1 2 3 by 1
    0s stage:1/0/side:1/for:n=1 pass
    0s stage:1/0/side:1/for:n=1/0 run on here $ takes 4s 1
    4s stage:1/0/side:1/for:n=1/0 exit 0 in 0.0s
    4s stage:1/0/side:1/for:n=1 pass ok
    4s stage:1/0/side:1/for:n=2 pass
    4s stage:1/0/side:1/for:n=2/0 run on here $ takes 4s 2
    5s stop requested: Ctrl-C
    8s stage:1/0/side:1/for:n=2/0 exit 0 in 0.0s
    8s stage:1/0/side:1/for:n=2 pass ok
    8s stage:1/0/side:1/for:n=3 pass skipped
    8s stage:1/0/side:1 loop Cancelled: the run was told to stop: Ctrl-C
   30s stage:1/0/side:0 exit 0 in 0.0s
   30s stage:1 stage Cancelled: the run was told to stop: Ctrl-C
   30s run Stopped

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Cancelled: the run was told to stop: Ctrl-C
  at 6:3 `for` it had come this far
  in stage "One"

"#]]
    );
}

#[test]
fn a_poll_under_way_finishes() {
    let told = stopped("wait until within 1h, every 10s { check on here $ takes 8s x\n assert false }", &[5]);
    assert_eq!(told.lasted.as_secs(), 8);
    assert_eq!(told.report.result, RunResult::Stopped);
}

#[test]
fn a_second_stop_cuts_off_what_is_under_way() {
    let told = stopped("run on here $ takes 4m x", &[5, 6]);
    assert_eq!(told.lasted.as_secs(), 6);
    assert_data_eq!(
        told.failure(),
        str![[r#"
Cancelled: `takes 4m x` was cancelled
  at 4:1 `run on here $ takes 4m x` it was cut off
  in stage "One" > on here

"#]]
    );
    let told = stopped("once on here $ takes 4m x", &[5, 6]);
    assert_data_eq!(
        told.failure(),
        str![[r#"
InDoubt: `takes 4m x` was cancelled
  at 4:1 `once on here $ takes 4m x` it was cut off
  in stage "One" > on here
  help: it must not be sent twice: find out whether it took effect, then say so and resume / `rutter settle r1 stage:1/0 --happened` takes it as done / `rutter settle r1 stage:1/0 --did-not` lets the resumed run send it again

"#]]
    );
    assert_eq!(told.report.result, RunResult::Stopped);
}

#[test]
fn before_anything_began() {
    let told = stopped("run on here $ say x", &[0]);
    assert_eq!(told.report.result, RunResult::Stopped);
    assert!(told.commands().is_empty());
}
