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

/// Each step leaves a mark, and a record that soon fills the disk.
const MARKS: &str = r#"cat > marks.runbook <<'END'
runbook "Marks"

target here = local

stage "Marks" {
  for each item in range(30) | list {
    once on here $ echo {{ item }} >> marks && head -c 5000 /dev/zero | tr '\0' x
  }
}
END
"#;

/// `$rutter` stops on the full disk before it does what it can't record; with more room it goes on.
const FILLED: &str = r#"
code=0
"$rutter" run marks.runbook --store ../runs.db > out 2>&1 || code=$?
test $code = 3
grep -q "no space is left on the disk" out
test "$(wc -l < marks)" -lt 30
run=$(sed -n 's/.*rutter resume \([a-z-]*\) .*/\1/p' out | head -n 1)
begun=$("$rutter" log "$run" --store ../runs.db --format json | grep -c step-intended)
test "$(wc -l < marks)" -le "$begun"
mount -o remount,size=20m "$1"
"$rutter" resume "$run" --store ../runs.db > out 2>&1
"$rutter" verify "$run" --store ../runs.db > out 2>&1
test "$(cat marks)" = "$(seq 0 29)"
"#;

#[test]
fn a_run_on_a_full_disk_stops_before_the_effect_and_goes_on_when_there_is_room() {
    let rutter = env!("CARGO_BIN_EXE_rutter");
    let inside = "mkdir \"$1/work\"\nmount -t tmpfs tmpfs \"$1/work\"\ncd \"$1/work\"\nexport HOME=\"$PWD\"";
    let told = "trap 'test $? = 0 || tail -n 20 out marks >&2' EXIT";
    on_a_small_disk(&format!("rutter='{rutter}'\n{inside}\n{told}\n{MARKS}{FILLED}"));
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
