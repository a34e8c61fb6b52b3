//! Leases: all or none, lost by silence or by a person's word, and late writes refused.

use std::sync::Arc;
use std::time::Duration;

use super::support::*;
use crate::journal::store::{Action, Holder, Store, lock_lease, run_lease};
use crate::journal::{Journal, JournalError};

#[test]
fn a_second_one_is_told_who_holds_it_and_since_when() {
    let (place, store, run) = Place::with_run();
    place.hands.pass(60);
    let one = taken(store.acquire(&[run_lease(&run)], &Holder::here("mia", &run)).unwrap());
    assert_eq!(one.fence("run:bako-rife"), Some(1));
    assert_eq!(one.fence("lock:x"), None);
    let other = place.open();
    let lease = held(other.acquire(&[run_lease(&run)], &Holder::here("ole", &run)).unwrap());
    assert_eq!((lease.holder.user.as_str(), lease.holder.pid), ("mia", std::process::id()));
    assert_eq!((lease.taken, lease.fence, lease.quiet), (noon(60), 1, Duration::ZERO));
    assert_eq!(other.leases().unwrap(), [lease]);
    drop(one);
    assert_eq!(other.leases().unwrap(), []);
    let two = taken(other.acquire(&[run_lease(&run)], &Holder::here("ole", &run)).unwrap());
    assert_eq!(two.fence("run:bako-rife"), Some(2), "a fence outlives its lease");
}

#[test]
fn all_are_taken_or_none() {
    let (_place, store, run) = Place::with_run();
    let me = Holder::here("mia", &run);
    let swap = lock_lease("swap");
    let held_one = taken(store.acquire(std::slice::from_ref(&swap), &me).unwrap());
    let three = names(&["run:x", "lock:swap", "lock:a"]);
    assert_eq!(held(store.acquire(&three, &me).unwrap()).name, swap);
    assert_eq!(store.leases().unwrap().len(), 1);
    drop(held_one);
    let all = taken(store.acquire(&names(&["b", "a", "b"]), &me).unwrap());
    assert_eq!(all.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(taken(store.acquire(&[], &me).unwrap()).names().count(), 0);
}

/// Somebody who holds the lease of a run, and of whom no sign of life comes.
fn silent() -> (Place, Store, crate::ids::RunId, crate::journal::store::RunJournal) {
    let (place, store, run) = Place::with_run();
    let leases = taken(store.acquire(&[run_lease(&run)], &stranger(&run)).unwrap());
    let journal = store.journal(&run, Arc::new(leases)).unwrap();
    journal.append(&note(0, "before")).unwrap();
    journal.flush().unwrap();
    (place, store, run, journal)
}

#[test]
fn a_silent_holder_loses_it_and_its_late_write_is_refused() {
    let (place, _store, run, late) = silent();
    let other = place.open();
    let me = Holder::here("mia", &run);
    for seconds in [0, 5, 10, 14] {
        let lease = held(other.acquire(&[run_lease(&run)], &me).unwrap());
        assert_eq!(lease.quiet, Duration::from_secs(seconds));
        place.hands.pass(if seconds == 10 { 4 } else { 5 });
    }
    let leases = Arc::new(taken(other.acquire(&[run_lease(&run)], &me).unwrap()));
    let journal = other.journal(&run, leases).unwrap();
    late.append(&note(1, "late")).unwrap();
    let error = late.flush().unwrap_err();
    assert!(matches!(error, JournalError::Lost { .. }));
    let text = error.to_string();
    assert!(text.starts_with("`run:bako-rife` is lost: run bako-rife (mia on "), "{text}");
    journal.append(&note(1, "mine")).unwrap();
    journal.flush().unwrap();
    assert!(late.write().is_err());
    assert_eq!(other.events(&run, 0).unwrap(), [note(0, "before"), note(1, "mine")]);
    let audit = other.audit().unwrap();
    assert_eq!((audit[0].action, audit[0].subject.as_str()), (Action::TakenOver, "run:bako-rife"));
    assert_eq!(audit[0].holder, Some(stranger(&run)));
}

#[test]
fn one_long_look_away_proves_nothing() {
    let (place, _store, run, _late) = silent();
    let usual = Store::open_with(&place.path(), place.settings(Duration::from_secs(5))).unwrap();
    let quiet = || held(usual.acquire(&[run_lease(&run)], &stranger(&run)).unwrap()).quiet.as_secs();
    assert_eq!(quiet(), 0);
    place.hands.pass(3600);
    assert_eq!(quiet(), 5);
    place.hands.pass(5);
    assert_eq!(quiet(), 10);
    place.hands.pass(5);
    taken(usual.acquire(&[run_lease(&run)], &stranger(&run)).unwrap());
}

#[test]
fn a_holder_that_lives_is_heard() {
    let (place, store, run) = Place::with_run();
    let quick = Store::open_with(&place.path(), place.settings(Duration::from_millis(1))).unwrap();
    let leases = taken(quick.acquire(&[run_lease(&run)], &stranger(&run)).unwrap());
    for _ in 0..4 {
        place.hands.pass(10);
        let before = beats(&place);
        while beats(&place) == before {
            std::thread::yield_now();
        }
        held(store.acquire(&[run_lease(&run)], &stranger(&run)).unwrap());
    }
    drop(leases);
    let ended = beats(&place);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(beats(&place), ended, "the thread ends with the leases");
}

fn beats(place: &Place) -> i64 {
    let other = rusqlite::Connection::open(place.path()).unwrap();
    other.query_row("SELECT max(beat) FROM leases", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_dead_process_holds_nothing() {
    let (_place, store, run) = Place::with_run();
    let me = Holder::here("mia", &run);
    let started = me.started.map(|started| started - 1);
    let dead = taken(store.acquire(&[run_lease(&run)], &Holder { started, ..me.clone() }).unwrap());
    let mine = taken(store.acquire(&[run_lease(&run)], &me).unwrap());
    assert_eq!(mine.fence("run:bako-rife"), Some(2));
    drop(dead);
    assert_eq!(store.leases().unwrap().len(), 1, "the dead one gave back what is not its own");
}

#[test]
fn a_person_can_take_a_lease_away_and_that_is_on_record() {
    let (place, store, run, late) = silent();
    assert_eq!(store.unlock("run:bako", &mia(), "gone").unwrap(), None);
    assert_eq!(store.audit().unwrap(), []);
    place.hands.pass(7);
    let lease = store.unlock("run:bako-rife", &mia(), "ops9 burnt down").unwrap().unwrap();
    assert_eq!(lease.holder, stranger(&run));
    let audit = store.audit().unwrap().remove(0);
    assert_eq!((audit.action, audit.at, audit.by), (Action::Unlocked, noon(7), mia()));
    assert_eq!(audit.reason.as_deref(), Some("ops9 burnt down"));
    assert_eq!(audit.holder, Some(stranger(&run)));
    late.append(&note(1, "late")).unwrap();
    let error = late.write().unwrap_err().to_string();
    assert_eq!(
        error,
        "`run:bako-rife` is lost: it was unlocked, or another has had it since; nothing was written"
    );
    drop(late);
    let mine = taken(store.acquire(&[run_lease(&run)], &Holder::here("mia", &run)).unwrap());
    assert_eq!(mine.fence("run:bako-rife"), Some(3));
    assert_eq!(store.unlock("run:nobody", &mia(), "x").unwrap(), None);
}

#[test]
fn nothing_is_written_without_the_lease() {
    let (_place, store, run) = Place::with_run();
    let leases = taken(store.acquire(&[run_lease(&run)], &stranger(&run)).unwrap());
    store.unlock(&run_lease(&run), &mia(), "x").unwrap();
    let error = store.journal(&run, Arc::new(leases)).unwrap_err().to_string();
    assert_eq!(
        error,
        "`run:bako-rife` is lost: it was unlocked, or another has had it since; nothing was written"
    );
    let other = taken(store.acquire(&[lock_lease("x")], &stranger(&run)).unwrap());
    let error = store.journal(&run, Arc::new(other)).unwrap_err().to_string();
    assert_eq!(error, "`run:bako-rife` is not held; nothing was written");
}
