//! Runs: begun, listed, found, removed.

use super::support::*;
use crate::event::RunResult;
use crate::journal::Journal;
use crate::journal::store::{Action, Bundle, Found, NewRun, Prunable, StoreError};

#[test]
fn a_run_keeps_the_text_it_was_started_with() {
    let (place, store, run) = Place::with_run();
    assert_eq!(store.bundle(&run).unwrap(), bundle());
    assert_eq!(place.open().bundle(&run).unwrap(), bundle());
    assert_eq!(store.bundle_of(&run, "abc123").unwrap(), bundle());
    assert!(store.bundle_of(&run, "def456").is_err());
}

#[test]
fn another_text_is_kept_beside_the_first() {
    let (_place, store, run) = Place::with_run();
    let lease = crate::journal::store::run_lease(&run);
    let leases = taken(store.acquire(std::slice::from_ref(&lease), &stranger(&run)).unwrap());
    let other = Bundle { rutter: "0.2.0".to_owned(), ..bundle() };
    store.accept(&run, "def456", &other, &leases).unwrap();
    store.accept(&run, "def456", &other, &leases).unwrap();
    assert!(store.accept(&run, "def456", &bundle(), &leases).is_err());
    assert_eq!(store.bundle_of(&run, "def456").unwrap(), other);
    assert_eq!(store.bundle(&run).unwrap(), bundle());
    store.verify(&run).unwrap();
    store.unlock(&lease, &mia(), "gone").unwrap();
    assert!(matches!(store.accept(&run, "x", &other, &leases), Err(StoreError::Lost { .. })));
}

#[test]
fn a_name_is_given_once() {
    let (place, store, run) = Place::with_run();
    let again = store.create(&new(&run, &bundle())).unwrap_err();
    assert_eq!(again, StoreError::Taken { run: "bako-rife".to_owned() });
    assert!(place.open().create(&new(&run, &bundle())).is_err());
    assert_eq!(store.runs().unwrap().len(), 1);
}

#[test]
fn runs_are_listed_latest_first() {
    let place = Place::new();
    let store = place.open();
    let bundle = bundle();
    for (name, started) in [("b", 2), ("a", 1), ("c", 3), ("d", 3)] {
        let run = run(name);
        store.create(&NewRun { started: noon(started), ..new(&run, &bundle) }).unwrap();
    }
    let listed: Vec<_> = store.runs().unwrap().into_iter().map(|run| run.run.to_string()).collect();
    assert_eq!(listed, ["d", "c", "b", "a"]);
}

#[test]
fn a_run_is_found_by_the_start_of_its_name() {
    let place = Place::new();
    let store = place.open();
    for name in ["bako", "bako-rife", "bami-lu", "%", "ünï"] {
        create(&store, &run(name));
    }
    let found = |name: &str| match store.find(name).unwrap() {
        Found::One(run) => vec![run.run.to_string()],
        Found::None => vec![],
        Found::Several(mut runs) => {
            runs.sort();
            runs.iter().map(ToString::to_string).collect()
        }
    };
    assert_eq!(found("bako"), ["bako"]);
    assert_eq!(found("bako-"), ["bako-rife"]);
    assert_eq!(found("bam"), ["bami-lu"]);
    assert_eq!(found("ba"), ["bako", "bako-rife", "bami-lu"]);
    assert_eq!(found("%"), ["%"]);
    assert_eq!(found("ün"), ["ünï"]);
    assert!(found("_").is_empty() && found("Bako").is_empty());
}

#[test]
fn old_runs_are_removed_with_all_that_was_kept_of_them() {
    let place = Place::new();
    let store = place.open();
    let ends = [
        ("won", Some(RunResult::Succeeded), 10),
        ("lost", Some(RunResult::Failed), 10),
        ("no", Some(RunResult::Denied), 10),
        ("stopped", Some(RunResult::Stopped), 10),
        ("died", None, 10),
        ("young", Some(RunResult::Succeeded), 30),
    ];
    for (name, result, age) in ends {
        let run = run(name);
        create(&store, &run);
        let journal = journal(&store, &run);
        let last = crate::event::Event { wall: noon(age), ..note(0, &"x".repeat(100_000)) };
        let last = match result {
            Some(result) => crate::event::Event { wall: noon(age), ..finished(0, result) },
            None => last,
        };
        journal.append(&last).unwrap();
        journal.flush().unwrap();
    }
    let busy = journal(&store, &run("no"));
    let removed = |which| {
        let runs = store.prune(noon(20), which, &mia()).unwrap();
        let mut names: Vec<_> = runs.iter().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(removed(Prunable::Ended), ["lost", "won"]);
    drop(busy);
    assert_eq!(removed(Prunable::Ended), ["no"]);
    assert_eq!(removed(Prunable::Every), ["died", "stopped"]);
    assert_eq!(removed(Prunable::Every), Vec::<String>::new());
    let audit = store.audit().unwrap();
    assert_eq!(audit.iter().filter(|entry| entry.action == Action::Pruned && entry.by == mia()).count(), 5);
    let left = rusqlite::Connection::open(place.path()).unwrap();
    let count = |table: &str| {
        let count = format!("SELECT count(DISTINCT run) FROM {table}");
        left.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count("events"), count("files"), count("bundles")), (1, 1, 1));
    let free: i64 = left.query_row("PRAGMA freelist_count", [], |row| row.get(0)).unwrap();
    assert_eq!(free, 0, "room is given back");
}
