//! The disk refuses a call, once or from then on: the N-th, for every N until none is hit.

use std::collections::BTreeMap;

use rutter::journal::JournalError;
use rutter::journal::store::{Message, StoreError};
use tempfile::TempDir;

use super::crashes::{Asked, recorded};
use super::judge::{Judge, Look};
use super::luck::Luck;
use super::platter::Platter;
use super::recorder::{Call, Fault, Op, Refusal, files};
use super::script::{Play, Stop, create, first, mia, note, play, second};
use super::vfs::watched;
use crate::store::support::folder;

/// So many crashes are drawn where the script stopped, besides the whole image and the poorest.
const DRAWN: usize = 2;

/// What came of the script on a disk that refused something.
struct Hit {
    folder: TempDir,
    log: Vec<Op>,
    stop: Option<Stop>,
    refused: BTreeMap<Call, usize>,
}

impl Hit {
    fn by(fault: Fault) -> Self {
        let folder = folder();
        let recorder = watched(folder.path());
        recorder.fail(Some(fault));
        let stop = play(&recorder, &folder.path().join("runs.db"), &mut |_| {}).err();
        Self { stop, log: recorder.log(), refused: recorder.refused(), folder }
    }

    /// Where a failed sync was told to nobody, SQLite makes up for it later: on a disk that tries again.
    fn platter(&self) -> Platter {
        if self.stop.is_some() { Platter::that_forgets() } else { Platter::that_tries_again() }
    }

    /// What is wrong with how it was told, if something is.
    fn told_wrongly(&self) -> Option<String> {
        let plain = match self.stop.as_ref()? {
            Stop::Journal(error) => matches!(error, JournalError::Unwritable { .. }),
            Stop::Store(error) => {
                matches!(error, StoreError::Unwritable { .. } | StoreError::Unreadable { .. })
            }
            Stop::Held(_) => true,
        };
        (!plain).then(|| format!("it is told as {:?}", self.stop))
    }
}

/// What was asked of the store until it failed; `platter` is what it is then.
fn until_the_stop(log: &[Op], platter: &mut Platter) -> Asked {
    let mut asked = Asked::default();
    for op in log.iter().take_while(|op| !matches!(op, Op::Stopped)) {
        platter.take(op);
        asked.take(op);
    }
    asked
}

/// Figures over all faults of one kind.
#[derive(Debug, Default)]
struct Tally {
    faults: usize,
    stopped: usize,
    images: usize,
    refused: BTreeMap<Call, usize>,
}

/// Plays the script with each fault in turn, until none is hit any more.
fn every(what: &str, fault: impl Fn(usize) -> Fault) {
    let (_, looks) = recorded();
    let mut judge = Judge::new(&looks, Look::but_for_leases);
    let mut luck = Luck::of(7);
    let mut tally = Tally::default();
    for at in 1.. {
        let fault = fault(at);
        let hit = Hit::by(fault);
        if hit.refused.is_empty() {
            break;
        }
        tally.add(&hit);
        assert_eq!(hit.told_wrongly(), None, "{fault:?}");
        let mut platter = hit.platter();
        let asked = until_the_stop(&hit.log, &mut platter);
        let objection = judge.objects(&files(hit.folder.path()), asked.safe, asked.begun);
        assert_eq!(objection, None, "{fault:?}, {:?}; what it left, once the disk is well again", hit.stop);
        for crash in platter.drawn(DRAWN, &mut luck) {
            tally.images += 1;
            let objection = judge.objects(&platter.image(&crash), asked.safe, asked.begun);
            assert_eq!(objection, None, "{fault:?}, {:?}, and a crash: {crash:?}", hit.stop);
        }
    }
    tally.print(what);
    assert!(tally.faults > 200 && tally.stopped > 100 && tally.refused.len() >= 4, "{tally:?}");
}

impl Tally {
    fn add(&mut self, hit: &Hit) {
        self.faults += 1;
        self.stopped += usize::from(hit.stop.is_some());
        for (call, count) in &hit.refused {
            *self.refused.entry(*call).or_default() += count;
        }
    }

    fn print(&self, what: &str) {
        let Self { faults, stopped, images, refused } = self;
        println!(
            "store, {what}: {faults} faults, {stopped} of which stopped the script, {images} crashes after; refused {refused:?}"
        );
    }
}

#[test]
fn a_disk_that_fails_once_is_told_and_leaves_the_store_whole() {
    every("EIO once", |at| Fault::once(Refusal::Io, at));
}

#[test]
fn a_disk_that_fails_for_good_is_told_and_leaves_the_store_whole() {
    every("EIO for good", |at| Fault::for_good(Refusal::Io, at));
}

#[test]
fn a_disk_that_is_full_once_is_told_and_leaves_the_store_whole() {
    every("ENOSPC once", |at| Fault::once(Refusal::NoSpace, at));
}

#[test]
fn a_disk_that_is_full_for_good_is_told_and_leaves_the_store_whole() {
    every("ENOSPC for good", |at| Fault::for_good(Refusal::NoSpace, at));
}

/// A store with a change that is not synced yet, asked to make more of them safe.
struct Asking {
    /// What became of each.
    done: Vec<Result<(), Stop>>,
    looks: Vec<Look>,
    log: Vec<Op>,
    refused: BTreeMap<Call, usize>,
}

impl Asking {
    fn on(fault: Option<Fault>) -> Self {
        let folder = folder();
        let recorder = watched(folder.path());
        let mut looks = vec![Look::default()];
        let mut look = |store: &_| looks.push(Look::at(store).unwrap());
        let mut play = Play::new(&recorder, &folder.path().join("runs.db"), &mut look);
        let store = play.opened().unwrap();
        let journal = play.begun(&store, &first(), &[]).unwrap();
        play.wrote(&store, &journal, note("written")).unwrap();
        recorder.fail(fault);
        let stop = Message::Stop { cancel: false };
        let done = vec![
            play.safe(&store, || store.post(&first(), &stop, &mia())),
            play.safe(&store, || store.post(&first(), &stop, &mia())),
            play.flushed(&store, &journal, &[note("flushed")]),
            play.safe(&store, || create(&store, &second())),
        ];
        Self { done, looks, log: recorder.log(), refused: recorder.refused() }
    }
}

#[test]
fn once_a_sync_has_failed_nothing_more_is_said_to_be_safe() {
    let mut judge = Judge::new(&Asking::on(None).looks, Look::eq);
    let mut failed = 0;
    for at in 1.. {
        let Asking { done, log, refused, .. } = Asking::on(Some(Fault::once(Refusal::Io, at)));
        if refused.is_empty() {
            break;
        }
        if !refused.contains_key(&Call::Sync) {
            continue;
        }
        failed += 1;
        let before = done.iter().take_while(|done| done.is_ok()).count();
        assert!(done[before..].iter().all(Result::is_err), "call {at}: {done:?}");
        let mut platter = Platter::that_forgets();
        let asked = until_the_stop(&log, &mut platter);
        for crash in platter.drawn(DRAWN, &mut Luck::of(at as u64)) {
            let objection = judge.objects(&platter.image(&crash), asked.safe, asked.begun);
            assert_eq!(objection, None, "call {at}, {done:?}, and a crash: {crash:?}");
        }
    }
    assert!(failed >= 4, "{failed}");
}
