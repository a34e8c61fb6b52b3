//! A store of which a part is missing, or has changed, tells an error or a whole start of the truth.

use std::fs;
use std::path::{Path, PathBuf};

use rutter::journal::store::{Store, StoreError};
use tempfile::TempDir;

use super::support::*;

const PAGE: usize = 4096;
/// A page in the write-ahead log has a header.
const FRAME: usize = PAGE + 24;
const EVENTS: u64 = 20;

/// The files of a store, and a place to put changed copies.
struct Specimen {
    folder: TempDir,
    db: Vec<u8>,
    wal: Vec<u8>,
}

/// What a copy gave.
#[derive(Debug, PartialEq)]
enum Told {
    Error,
    /// So many events from the start, and the chain over them holds.
    Events(u64),
}

impl Specimen {
    /// All is in the one file, as an orderly end leaves it.
    fn closed() -> Self {
        let folder = folder();
        let path = folder.path().join("runs.db");
        let (store, journal) = begun(&path);
        flush_notes(&journal, EVENTS);
        drop((store, journal));
        assert!(!wal(&path).exists());
        let db = fs::read(&path).unwrap();
        Self { folder, db, wal: Vec::new() }
    }

    /// As a crash leaves it: the last events stand in the write-ahead log.
    fn broken_off() -> Self {
        let folder = folder();
        let path = folder.path().join("runs.db");
        let (store, journal) = begun(&path);
        flush_notes(&journal, EVENTS / 2);
        drop((store, journal));
        let store = Store::open(&path).unwrap();
        let leases = std::sync::Arc::new(acquired(&store).unwrap());
        flush_notes(&store.journal(&run(), leases.clone()).unwrap(), EVENTS / 2);
        let (db, wal) = (fs::read(&path).unwrap(), fs::read(wal(&path)).unwrap());
        Self { folder, db, wal }
    }

    fn told(&self, db: &[u8], wal_bytes: &[u8]) -> Told {
        let path = self.folder.path().join("copy.db");
        let _ = fs::remove_file(self.folder.path().join("copy.db-shm"));
        fs::write(&path, db).unwrap();
        match wal_bytes.is_empty() {
            true => drop(fs::remove_file(wal(&path))),
            false => fs::write(wal(&path), wal_bytes).unwrap(),
        }
        match read(&path) {
            Err(_) => Told::Error,
            Ok((events, verified)) => {
                assert_eq!(events, notes(events.len() as u64), "not what was written");
                assert_eq!(verified, events.len() as u64);
                Told::Events(verified)
            }
        }
    }
}

fn wal(path: &Path) -> PathBuf {
    path.with_file_name(format!("{}-wal", path.file_name().unwrap().display()))
}

fn read(path: &Path) -> Result<(Vec<rutter::event::Event>, u64), StoreError> {
    let store = Store::open(path)?;
    let events = store.events(&run(), 0)?;
    assert_eq!(store.bundle(&run())?, bundle());
    Ok((events, store.verify(&run())?.events))
}

#[test]
fn whole_copies_are_read_whole() {
    let (closed, broken_off) = (Specimen::closed(), Specimen::broken_off());
    assert_eq!(closed.told(&closed.db, &[]), Told::Events(EVENTS));
    assert_eq!(broken_off.told(&broken_off.db, &broken_off.wal), Told::Events(EVENTS));
    assert_eq!(broken_off.told(&broken_off.db, &[]), Told::Events(EVENTS / 2));
}

#[test]
fn a_file_cut_at_every_byte_of_its_last_page_is_an_error() {
    let specimen = Specimen::closed();
    let length = specimen.db.len();
    assert_eq!(length % PAGE, 0);
    let pages = (0..length).step_by(PAGE);
    for cut in (length - PAGE..length).chain(pages) {
        assert_eq!(specimen.told(&specimen.db[..cut], &[]), Told::Error, "cut at {cut} of {length}");
    }
}

#[test]
fn a_file_cut_at_every_byte_of_its_last_page_beside_its_log_never_lies() {
    let specimen = Specimen::broken_off();
    let length = specimen.db.len();
    for cut in length - PAGE..length {
        // What is cut off may stand in the log, too.
        let told = specimen.told(&specimen.db[..cut], &specimen.wal);
        assert!([Told::Error, Told::Events(EVENTS)].contains(&told), "cut at {cut} of {length}: {told:?}");
    }
}

#[test]
fn a_log_cut_at_every_byte_of_its_last_events_is_recovered_to_the_last_whole_one() {
    let specimen = Specimen::broken_off();
    let length = specimen.wal.len();
    let frames = (length - 32) / FRAME;
    assert_eq!(length, 32 + frames * FRAME);
    let mut last = EVENTS;
    // An event is two pages: its own, and that of its run.
    let every_byte = (length - 2 * FRAME..length).rev();
    for cut in every_byte.chain((length - 6 * FRAME..length - 2 * FRAME).rev().step_by(29)) {
        let Told::Events(events) = specimen.told(&specimen.db, &specimen.wal[..cut]) else {
            panic!("cut at {cut} of {length}: an error");
        };
        assert!(events <= last && last - events <= 1, "cut at {cut} of {length}: {events} after {last}");
        last = events;
    }
    assert!(last <= EVENTS - 2, "{last}");
}

#[test]
fn a_log_cut_anywhere_else_is_recovered_too() {
    let specimen = Specimen::broken_off();
    let mut seen = std::collections::BTreeSet::new();
    for cut in (0..specimen.wal.len()).step_by(997) {
        match specimen.told(&specimen.db, &specimen.wal[..cut]) {
            Told::Events(events) => seen.insert(events),
            Told::Error => panic!("cut at {cut}: an error"),
        };
    }
    assert!(seen.len() > 8, "{seen:?}");
}

#[test]
fn a_changed_byte_anywhere_never_lies() {
    let (closed, broken_off) = (Specimen::closed(), Specimen::broken_off());
    let flipped = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << (at % 8);
        bytes
    };
    for at in (0..closed.db.len()).step_by(61) {
        let told = closed.told(&flipped(&closed.db, at), &[]);
        assert!([Told::Error, Told::Events(EVENTS)].contains(&told), "byte {at}: {told:?}");
    }
    for at in (0..broken_off.wal.len()).step_by(211) {
        let told = broken_off.told(&broken_off.db, &flipped(&broken_off.wal, at));
        assert!(matches!(told, Told::Events(10..=EVENTS)), "byte {at} of the log: {told:?}");
    }
}
