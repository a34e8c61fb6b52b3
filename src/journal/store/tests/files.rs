//! The file: whose it is, which format it has, what else may stand there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::Connection;

use super::support::*;
use crate::journal::store::{Store, StoreError};
use crate::journal::{Journal, JournalError};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn only_its_owner_may_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/rutter/runs.db");
    let store = Store::open(&path).unwrap();
    create(&store, &run("a"));
    assert_eq!(mode(&folder.path().join("state/rutter")), 0o700);
    assert_eq!(mode(&folder.path().join("state")), 0o700);
    for end in ["", "-wal", "-shm"] {
        assert_eq!(mode(&folder.path().join(format!("state/rutter/runs.db{end}"))), 0o600, "{end}");
    }
}

#[test]
fn those_who_only_look_make_nothing() {
    let place = Place::new();
    assert!(Store::existing(&place.path()).unwrap().is_none());
    assert!(Store::existing(&place.folder.path().join("none/runs.db")).unwrap().is_none());
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0);
    create(&place.open(), &run("a"));
    assert_eq!(Store::existing(&place.path()).unwrap().unwrap().runs().unwrap().len(), 1);
}

#[track_caller]
fn refused(path: &Path) -> String {
    let before = fs::read(path).ok();
    let error = Store::open(path).unwrap_err();
    assert_eq!(Store::existing(path).unwrap_err(), error);
    assert_eq!(fs::read(path).ok(), before, "it was left as it was");
    error.to_string().replace(&path.display().to_string(), "PATH")
}

#[test]
fn what_is_no_store_is_left_alone() {
    let place = Place::new();
    let path = place.path();
    fs::write(&path, "dear diary, ".repeat(100)).unwrap();
    assert_eq!(refused(&path), "`PATH` is not a store of runs: it is no SQLite database");
    fs::write(&path, "short").unwrap();
    assert_eq!(refused(&path), "`PATH` is not a store of runs: it is no SQLite database");
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a); PRAGMA user_version = 9").unwrap();
    assert_eq!(refused(&path), "`PATH` is not a store of runs: it is another program's database");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(refused(&path), "`PATH` is not a store of runs: it is no file");
    fs::remove_dir(&path).unwrap();
    fs::write(&path, "").unwrap();
    assert_eq!(Store::open(&path).unwrap().runs().unwrap(), []);
}

#[test]
fn a_path_is_never_a_wish_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("file:x?mode=memory&immutable=1#%41");
    create(&Store::open(&odd).unwrap(), &run("a"));
    assert!(odd.is_file());
    assert_eq!(Store::open(&odd).unwrap().runs().unwrap().len(), 1);
}

#[test]
fn a_newer_format_is_named() {
    let place = Place::new();
    create(&place.open(), &run("a"));
    Connection::open(place.path()).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let newer = "the store `PATH` has format 7, and this rutter knows none after 1";
    assert_eq!(refused(&place.path()), newer);
    Connection::open(place.path()).unwrap().pragma_update(None, "user_version", -7).unwrap();
    assert_eq!(refused(&place.path()), "the store `PATH` is damaged: its format is below zero");
}

#[test]
fn a_store_that_another_process_keeps_locked_says_so() {
    let (place, store, run) = Place::with_run();
    let journal = journal(&store, &run);
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked = format!("the store `{}` is locked by another process", place.path().display());
    assert_eq!(store.create(&new(&super::support::run("b"), &bundle())).unwrap_err().to_string(), locked);
    journal.append(&note(0, "one")).unwrap();
    let error = journal.flush().unwrap_err();
    assert!(matches!(error, JournalError::Unwritable { .. }));
    assert!(error.to_string().ends_with("it is locked by another process"), "{error}");
    other.execute_batch("COMMIT").unwrap();
    assert!(journal.flush().is_err(), "it stays broken");
    assert_eq!(store.events(&run, 0).unwrap(), []);
}

#[test]
fn many_open_a_new_store_at_once() {
    let place = Place::new();
    let path = place.path();
    std::thread::scope(|scope| {
        for at in 0..8 {
            let path = &path;
            scope.spawn(move || create(&Store::open(path).unwrap(), &run(&format!("run{at}"))));
        }
    });
    assert_eq!(place.open().runs().unwrap().len(), 8);
}

#[test]
fn nowhere_to_put_it_is_an_error() {
    let error = Store::open(Path::new("/proc/nowhere/runs.db")).unwrap_err();
    assert!(matches!(error, StoreError::Unwritable { .. }), "{error}");
    let error = Store::open(Path::new("/dev/null")).unwrap_err();
    assert_eq!(error.to_string(), "`/dev/null` is not a store of runs: it is no file");
    let error = Store::open(Path::new("/dev/null/runs.db")).unwrap_err();
    assert!(matches!(error, StoreError::Unwritable { .. }), "{error}");
}
