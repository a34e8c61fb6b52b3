//! Events: round trips, the chain, and what is found when somebody else changed them.

use std::sync::Arc;

use proptest::prelude::*;
use rusqlite::{Connection, params};

use super::support::*;
use crate::event::{Actor, EventKind, RunResult};
use crate::ids::RunId;
use crate::journal::store::{RunJournal, Store, StoreError};
use crate::journal::{Journal, JournalError};

fn written(count: u64) -> (Place, Store, RunId) {
    let (place, store, run) = Place::with_run();
    let journal = journal(&store, &run);
    for event in notes(count) {
        journal.append(&event).unwrap();
    }
    journal.flush().unwrap();
    (place, store, run)
}

#[track_caller]
fn broken_at(store: &Store, run: &RunId) -> Option<u64> {
    let found = store.verify(run).unwrap_err();
    assert!(store.events(run, 0).is_err(), "events are read although: {found}");
    match found {
        StoreError::Broken { event, .. } => event,
        other => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn events_are_read_back_as_they_were_written(
        events in proptest::collection::vec(crate::journal::tests::event(), 0..8),
    ) {
        let (_place, store, run) = Place::with_run();
        let journal = journal(&store, &run);
        let events: Vec<_> = (0..).zip(events).map(|(at, event)| crate::event::Event { sequence: at, ..event }).collect();
        for (at, event) in events.iter().enumerate() {
            journal.append(event).unwrap();
            match at % 3 {
                0 => journal.write().unwrap(),
                1 => journal.flush().unwrap(),
                _ => {}
            }
        }
        journal.flush().unwrap();
        prop_assert_eq!(&store.events(&run, 0).unwrap(), &events);
        prop_assert_eq!(store.verify(&run).unwrap().events, events.len() as u64);
    }
}

#[test]
fn a_big_output_is_read_back() {
    let (_place, store, run) = Place::with_run();
    let journal = journal(&store, &run);
    let big = note(0, &"ünïcode \u{10FFFF}\0 ".repeat(400_000));
    journal.append(&big).unwrap();
    journal.flush().unwrap();
    assert_eq!(store.events(&run, 0).unwrap(), [big]);
}

#[test]
fn what_is_appended_is_seen_once_it_is_written() {
    let (place, store, run) = Place::with_run();
    let journal = journal(&store, &run);
    let other = place.open();
    journal.append(&note(0, "one")).unwrap();
    assert!(!journal.is_flushed());
    assert_eq!(other.events(&run, 0).unwrap(), []);
    journal.write().unwrap();
    assert!(!journal.is_flushed());
    assert_eq!(other.events(&run, 0).unwrap(), [note(0, "one")]);
    journal.flush().unwrap();
    assert!(journal.is_flushed());
    let head = other.verify(&run).unwrap().head;
    journal.flush().unwrap();
    assert_eq!(other.verify(&run).unwrap().head, head);
}

#[test]
fn a_record_goes_on_where_it_ends() {
    let (_place, store, run) = written(3);
    let journal = journal(&store, &run);
    assert_eq!(journal.next(), 3);
    journal.append(&note(3, "note 3")).unwrap();
    journal.flush().unwrap();
    assert_eq!(store.events(&run, 0).unwrap(), notes(4));
    assert_eq!(store.events(&run, 2).unwrap(), notes(4)[2..]);
    assert_eq!(store.events(&run, 4).unwrap(), []);
    assert_eq!(store.events(&run, 9).unwrap(), []);
}

#[test]
fn an_event_out_of_turn_is_not_taken() {
    let (_place, store, run) = written(3);
    for wrong in [0, 2, 4] {
        let error = journal(&store, &run).append(&note(wrong, "x")).unwrap_err().to_string();
        assert!(error.ends_with(&format!("event {wrong} came where 3 was due")), "{error}");
    }
}

#[test]
fn after_a_failure_nothing_more_is_taken() {
    let (_place, store, run) = written(3);
    let journal = journal(&store, &run);
    journal.append(&note(9, "x")).unwrap_err();
    journal.append(&note(3, "x")).unwrap_err();
    journal.write().unwrap_err();
    journal.flush().unwrap_err();
    assert_eq!(store.events(&run, 0).unwrap(), notes(3));
}

#[test]
fn two_writers_of_one_run_do_not_mix() {
    let (_place, store, run) = Place::with_run();
    let lease = crate::journal::store::run_lease(&run);
    let holder = crate::journal::store::Holder::here("mia", &run);
    let leases = Arc::new(taken(store.acquire(&[lease], &holder).unwrap()));
    let open = || -> RunJournal { store.journal(&run, Arc::clone(&leases)).unwrap() };
    let (one, two) = (open(), open());
    one.append(&note(0, "one")).unwrap();
    two.append(&note(0, "two")).unwrap();
    one.write().unwrap();
    assert!(matches!(two.write().unwrap_err(), JournalError::Lost { .. }));
    assert_eq!(store.events(&run, 0).unwrap(), [note(0, "one")]);
}

#[test]
fn heads_differ_with_what_was_known_at_the_start() {
    let (_place, store, run) = written(0);
    let one = store.verify(&run).unwrap().head;
    assert_eq!(one.len(), 64);
    let other = super::support::run("bako-rifo");
    create(&store, &other);
    assert_ne!(store.verify(&other).unwrap().head, one);
}

#[test]
fn any_changed_byte_is_found() {
    let (place, store, run) = written(5);
    let other = Connection::open(place.path()).unwrap();
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = {
        let mut rows = other.prepare("SELECT sequence, body, hash FROM events").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let set = |column: &str, at: i64, bytes: &[u8]| {
        let update = format!("UPDATE events SET {column} = ?1 WHERE sequence = ?2");
        assert_eq!(other.execute(&update, params![bytes, at]).unwrap(), 1);
    };
    for (at, body, hash) in &rows {
        for (column, whole) in [("body", body), ("hash", hash)] {
            for byte in 0..whole.len() {
                let mut changed = whole.clone();
                changed[byte] ^= 1 << (byte % 8);
                set(column, *at, &changed);
                assert_eq!(broken_at(&store, &run), Some((*at).cast_unsigned()), "{column} {byte}");
            }
            set(column, *at, whole);
        }
    }
    assert_eq!(store.verify(&run).unwrap().events, 5);
}

#[test]
fn a_changed_text_param_or_title_is_found() {
    let changes = [
        "UPDATE files SET bytes = CAST('other' AS BLOB) WHERE path = 'std/windows'",
        "UPDATE files SET path = 'other' WHERE path = 'std/windows'",
        "DELETE FROM files WHERE path = 'std/windows'",
        "UPDATE bundles SET params = '{}'",
        "UPDATE bundles SET params = '{'",
        "UPDATE bundles SET rutter = '0.2.0'",
        "UPDATE bundles SET digest = CAST('x' AS BLOB)",
        "UPDATE runs SET title = 'Other'",
        "UPDATE runs SET file = 'other'",
        "UPDATE runs SET plan = 'other'",
        "UPDATE runs SET started = 1",
        "UPDATE runs SET last = 1",
        "UPDATE runs SET result = 'succeeded'",
        "UPDATE runs SET head = zeroblob(32)",
        "UPDATE runs SET head = zeroblob(3)",
    ];
    for change in changes {
        let (place, store, run) = written(2);
        Connection::open(place.path()).unwrap().execute(change, []).unwrap();
        let found = store.verify(&run);
        assert!(matches!(found, Err(StoreError::Broken { .. })), "{change}: {found:?}");
    }
}

/// Does something to the stored events, and gives the event that is found to be wrong.
fn found_after(change: &str) -> Option<u64> {
    let (place, store, run) = written(6);
    Connection::open(place.path()).unwrap().execute_batch(change).unwrap();
    broken_at(&store, &run)
}

#[test]
fn what_was_dropped_or_moved_is_found() {
    assert_eq!(found_after("DELETE FROM events WHERE sequence = 5"), Some(5));
    assert_eq!(found_after("DELETE FROM events WHERE sequence >= 3"), Some(3));
    assert_eq!(found_after("DELETE FROM events WHERE sequence IN (2, 3)"), Some(2));
    assert_eq!(found_after("DELETE FROM events WHERE sequence = 0"), Some(0));
    assert_eq!(found_after("DELETE FROM events"), Some(0));
    let closed_up = "DELETE FROM events WHERE sequence = 2;
                     UPDATE events SET sequence = sequence - 1 WHERE sequence > 2;
                     UPDATE runs SET events = 5";
    assert_eq!(found_after(closed_up), Some(2));
    let shortened = "DELETE FROM events WHERE sequence = 5; UPDATE runs SET events = 5";
    assert_eq!(found_after(shortened), Some(5));
    let moved = "UPDATE events SET sequence = 100 WHERE sequence = 1;
                 UPDATE events SET sequence = 1 WHERE sequence = 2;
                 UPDATE events SET sequence = 2 WHERE sequence = 100";
    assert_eq!(found_after(moved), Some(1));
    let doubled = "INSERT INTO events SELECT run, 6, body, hash FROM events WHERE sequence = 5";
    assert_eq!(found_after(doubled), Some(6));
}

#[test]
fn a_run_that_is_not_there_is_named() {
    let (_place, store, _) = Place::with_run();
    let nobody = run("nobody");
    let missing = StoreError::NoRun { run: "nobody".to_owned() };
    assert_eq!(store.events(&nobody, 0).unwrap_err(), missing);
    assert_eq!(store.verify(&nobody).unwrap_err(), missing);
    assert_eq!(store.bundle(&nobody).unwrap_err(), missing);
    assert_eq!(missing.to_string(), "there is no run `nobody`");
}

#[test]
fn the_list_of_runs_follows_the_events() {
    let (_place, store, run) = written(1);
    let now = || {
        let listed = store.runs().unwrap().remove(0);
        assert_eq!(store.verify(&run).unwrap().events, listed.events);
        (listed.events, listed.last, listed.result)
    };
    assert_eq!(now(), (1, noon(0), None));
    let journal = journal(&store, &run);
    journal.append(&note(1, "x")).unwrap();
    journal.append(&finished(2, RunResult::Stopped)).unwrap();
    journal.append(&note(3, "settled")).unwrap();
    journal.write().unwrap();
    assert_eq!(now(), (4, noon(3), Some(RunResult::Stopped)));
    let again = EventKind::RunResumed { by: Actor::default(), plan: String::new() };
    journal.append(&event(4, again)).unwrap();
    journal.write().unwrap();
    assert_eq!(now(), (5, noon(4), None));
    journal.append(&finished(5, RunResult::Succeeded)).unwrap();
    journal.flush().unwrap();
    assert_eq!(now(), (6, noon(5), Some(RunResult::Succeeded)));
}
