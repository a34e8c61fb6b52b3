//! Disks that are full or may not be written: in mount namespaces, so that the machine stays as it is.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rutter::journal::store::{Store, StoreError};
use rutter::journal::{Journal, JournalError};

use crate::ssh::lab::{as_root, output};

use super::support::*;

/// Runs `script` in a mount namespace of its own, with `$1` a folder of a new and small disk there;
/// `part NAME` in it does a part of the test in another process.
fn on_a_small_disk(script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let words = other_process("@", &path);
    let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let part = quoted.join(" ").replace("'RUTTER_TEST_PART=@'", "\"RUTTER_TEST_PART=$1\"");
    let script = format!(
        "set -e\nmount --make-rprivate /\nmount -t tmpfs -o size=400k tmpfs \"$1\"\ncd /\n\
         part() {{ {part}; }}\n{script}"
    );
    output(as_root("unshare").args(["--mount", "sh", "-c", &script, "sh"]).arg(folder.path()));
}

#[test]
fn a_full_disk_stops_the_record_and_keeps_what_was_flushed() {
    on_a_small_disk("part fill");
}

#[test]
fn a_disk_that_is_read_only_is_an_error() {
    on_a_small_disk("part begin\nmount -o remount,ro \"$1\"\npart refused");
}

#[test]
fn a_file_that_is_read_only_is_an_error() {
    on_a_small_disk(
        "part begin\nmount --bind \"$1/runs.db\" \"$1/runs.db\"\nmount -o remount,bind,ro \"$1/runs.db\"\npart refused",
    );
}

#[test]
fn the_mask_of_new_files_changes_nothing() {
    for mask in ["000", "022", "277"] {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("umask {mask}; exec \"$@\""), "sh"]);
        shell.args(other_process("modes", &folder.path().join("state/runs.db")));
        output(shell.stdin(Stdio::null()));
    }
}

/// Records until the disk is full.
pub fn fill(path: &Path) {
    let (store, journal) = begun(path);
    let error = loop {
        journal.append(&note(journal.next())).unwrap();
        if let Err(error) = journal.flush() {
            break error;
        }
    };
    let told = error.to_string();
    assert!(matches!(error, JournalError::Unwritable { .. }), "{told}");
    assert!(told.ends_with("no space is left on the disk"), "{told}");
    let flushed = journal.next() - 1;
    assert!(flushed > 10, "{flushed}");
    assert_eq!(journal.flush().unwrap_err().to_string(), told, "it takes nothing more");
    assert_eq!(store.events(&run(), 0).unwrap(), notes(flushed));
    drop((store, journal));
    fill_up(path);
    let store = Store::open(path).unwrap();
    assert_eq!(store.verify(&run()).unwrap().events, flushed);
    assert_eq!(store.events(&run(), 0).unwrap(), notes(flushed));
    let other = path.with_file_name("other.db");
    let error = Store::open(&other).and_then(|store| create(&store, &run())).unwrap_err();
    assert!(matches!(error, StoreError::Unwritable { .. }), "{error}");
}

/// Takes the last byte.
fn fill_up(path: &Path) {
    let mut rest = fs::File::create(path.with_file_name("rest")).unwrap();
    while std::io::Write::write_all(&mut rest, &[0; 512]).is_ok() {}
}

/// A store that nobody has open.
pub fn begin(path: &Path) {
    let (_store, journal) = begun(path);
    flush_notes(&journal, 3);
}

/// Nothing can be taken or written; what can be read is whole.
pub fn refused(path: &Path) {
    let store = match Store::open(path) {
        Ok(store) => store,
        Err(error) => return assert_plain(&error),
    };
    assert_plain(&create(&store, &rutter::ids::RunId("other".into())).unwrap_err());
    acquired(&store).unwrap_err();
    match store.events(&run(), 0) {
        Ok(events) => assert_eq!(events, notes(3)),
        Err(error) => assert_plain(&error),
    }
}

fn assert_plain(error: &StoreError) {
    let plain = ["it is read-only", "it can't be opened, or no files can be made beside it"];
    let (StoreError::Unwritable { why, .. } | StoreError::Unreadable { why, .. }) = error else {
        panic!("{error}");
    };
    assert!(plain.contains(&why.as_str()), "{error}");
}

/// The modes of all that a store makes.
pub fn modes(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _open = begun(path);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for end in ["", "-wal", "-shm"] {
        let name = format!("runs.db{end}");
        assert_eq!(mode(&path.with_file_name(&name)), 0o600, "{name}");
    }
}
