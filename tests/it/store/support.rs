//! A store with a run, and child processes that do something to one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rutter::event::{Event, EventKind};
use rutter::ids::{RunId, StepKey};
use rutter::journal::Journal;
use rutter::journal::store::{
    Acquired, Bundle, Holder, Leases, NewRun, RunJournal, Store, StoreError, run_lease,
};
use tempfile::TempDir;

pub fn run() -> RunId {
    RunId("bako-rife".into())
}

pub fn bundle() -> Bundle {
    Bundle {
        entry: "web.runbook".to_owned(),
        folder: "/srv".to_owned(),
        files: BTreeMap::from([("web.runbook".to_owned(), b"runbook \"Web\"\n".to_vec())]),
        params: serde_json::json!({ "tenant": "demo" }),
        rutter: "0.1.0".to_owned(),
    }
}

pub fn create(store: &Store, run: &RunId) -> Result<(), StoreError> {
    let (title, file, plan, started) = ("Web", "web.runbook", "abc123", Timestamp::UNIX_EPOCH);
    store.create(&NewRun { run, title, file, plan, started, bundle: &bundle() })
}

pub fn acquired(store: &Store) -> Result<Leases, String> {
    match store.acquire(&[run_lease(&run())], &Holder::here("mia", &run())) {
        Ok(Acquired::Leases(leases)) => Ok(leases),
        Ok(Acquired::Held(lease)) => Err(lease.holder.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// A store with a run, and its record.
pub fn begun(path: &Path) -> (Store, RunJournal) {
    let store = Store::open(path).unwrap();
    create(&store, &run()).unwrap();
    let journal = store.journal(&run(), Arc::new(acquired(&store).unwrap())).unwrap();
    (store, journal)
}

/// Long enough that a page holds only a few.
pub fn note(sequence: u64) -> Event {
    let text = format!("note {sequence}, {}", "and so on ".repeat(30));
    let kind = EventKind::NoteWritten { key: StepKey::root(), text };
    Event { sequence, at: Duration::ZERO, wall: Timestamp::UNIX_EPOCH, kind }
}

pub fn notes(count: u64) -> Vec<Event> {
    (0..count).map(note).collect()
}

/// Appends so many notes, each flushed.
pub fn flush_notes(journal: &RunJournal, count: u64) {
    for _ in 0..count {
        journal.append(&note(journal.next())).unwrap();
        journal.flush().unwrap();
    }
}

/// A folder in memory, where there is one: what is tested there asks for thousands of syncs.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// What makes this program do `part` of a test in a process of its own, with the store at `path`.
pub fn other_process(part: &str, path: &Path) -> Vec<String> {
    let program = std::env::current_exe().unwrap().display().to_string();
    let child = "store::processes::child";
    let part = format!("RUTTER_TEST_PART={part}");
    let store = format!("RUTTER_TEST_STORE={}", path.display());
    let words = ["env", &part, &store, &program, child, "--exact", "--ignored", "--nocapture", "--quiet"];
    words.map(str::to_owned).to_vec()
}
