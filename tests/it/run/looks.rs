//! Rows of diagnoses, items of checklists: each is looked at, and shows what was seen.

use std::sync::{Arc, Mutex};

use rutter::event::{Actor, EventKind, RunResult, Values};
use rutter::run::Decision;

use super::support::{Script, Setting, Told, run, run_in};

fn yes(name: &str) -> Decision {
    Decision::Yes { by: Actor { name: name.to_owned(), from: "a test".to_owned() }, reason: None }
}

/// `condition applies seen or why it can't be told` of each row.
fn rows(told: &Told) -> Vec<String> {
    let seen = |values: &Values| {
        values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    let rows = told.events.iter().filter_map(|event| match &event.kind {
        EventKind::Diagnosed { untold: Some(why), condition, .. } => Some(format!("{condition}: {why}")),
        EventKind::Diagnosed { condition, applies, values, .. } => {
            Some(format!("{condition} {applies} {}", seen(values)))
        }
        _ => None,
    });
    rows.collect()
}

#[test]
fn every_row_is_looked_at_and_none_stops_another() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  fail "it is down"
} on failure {
  let up = check on here $ say 3
  diagnose up.json == 0, cause "None is up.", fix "Start one."
  diagnose up.json / 0 > 1, cause "Never.", fix "Never."
  diagnose up.json == 3, cause "{{ up.text | int / 0 }} are up.", fix "Never."
  diagnose up.json == 3, cause "{{ up.text }} are up.", fix "Stop one."
}
"#);
    assert_eq!(told.report.result, RunResult::Failed);
    assert!(told.failure().starts_with("Failed: it is down"), "{}", told.failure());
    let rows = rows(&told);
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(rows[0].starts_with("up.json == 0 false") && rows[0].contains("up.json=3"), "{rows:?}");
    assert!(rows[1].starts_with("up.json / 0 > 1: "), "{rows:?}");
    assert!(rows[2].starts_with("up.json == 3: "), "{rows:?}");
    assert!(rows[3].starts_with("up.json == 3 true"), "{rows:?}");
    assert!(told.log().contains("diagnosed true: 3 are up. Stop one."), "{}", told.log());
}

const LIST: &str = r#"runbook "T"
target here = local
checklist "Before it is done" {
  item "answers" {
    let seen = check on here $ say 7
    assert seen.json > 5
  }
  item "fails" { check on here $ exit 1 }
  item "told" manual
  item "is up" { check on here $ say up }
}
"#;

fn items(told: &Told) -> Vec<String> {
    let seen = |values: &Values| {
        values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    let rows = told.events.iter().filter_map(|event| match &event.kind {
        EventKind::ItemChecked { title, result, values, by, .. } => {
            let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            let how = if *result == rutter::event::UnitResult::Ok { "ok" } else { "failed" };
            Some(format!("{title} {how}{by} {}", seen(values)).trim_end().to_owned())
        }
        _ => None,
    });
    rows.collect()
}

#[test]
fn every_item_is_tried_and_shows_what_was_seen() {
    let operator = Arc::new(Script(Mutex::new(vec![yes("ann")])));
    let told = run_in(LIST, Setting { operator, ..Setting::default() });
    assert_eq!(told.report.result, RunResult::Failed);
    let expected = [
        "answers ok say 7=exit 0 in 0.0s seen.json=7",
        "fails failed",
        "told ok by ann",
        "is up ok say up=exit 0 in 0.0s",
    ];
    assert_eq!(items(&told), expected);
    assert!(told.failure().starts_with("Failed: 1 of 4 items failed"), "{}", told.failure());
}

#[test]
fn who_did_it_is_known_when_the_run_goes_on() {
    let operator = Arc::new(Script(Mutex::new(vec![yes("ann")])));
    let told = run_in(LIST, Setting { operator, ..Setting::default() });
    let told = run_in(LIST, Setting { after: told.events, ..Setting::default() });
    assert_eq!(told.report.result, RunResult::Failed, "{}", told.failure());
    assert!(items(&told).contains(&"told ok by ann".to_owned()), "{:?}", items(&told));
}
