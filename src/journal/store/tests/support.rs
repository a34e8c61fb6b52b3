//! A store in a folder of its own, on a clock that only the test moves.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;

use crate::event::{Actor, Event, EventKind, RunResult};
use crate::ids::{RunId, StepKey};
use crate::journal::store::{
    Acquired, Bundle, Holder, Lease, Leases, NewRun, RunJournal, Settings, Store, Time, run_lease,
};

/// Stands still until it is moved.
#[derive(Default)]
pub struct Hands(Mutex<Duration>);

impl Hands {
    pub fn pass(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl Time for Hands {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn wall(&self) -> Timestamp {
        noon(self.now().as_secs())
    }
}

/// So many seconds after a noon.
pub fn noon(seconds: u64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + i64::try_from(seconds).unwrap()).unwrap()
}

pub struct Place {
    pub folder: TempDir,
    pub hands: Arc<Hands>,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), hands: Arc::default() }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("runs.db")
    }

    /// One more connection, such as another process has. Holders beat only when a test wants it.
    pub fn open(&self) -> Store {
        Store::open_with(&self.path(), self.settings(Duration::from_secs(3600))).unwrap()
    }

    pub fn settings(&self, beat: Duration) -> Settings {
        let patience = Duration::from_millis(200);
        Settings { time: self.hands.clone(), beat, patience, ..Settings::default() }
    }

    /// A store with the run `bako-rife`.
    pub fn with_run() -> (Place, Store, RunId) {
        let place = Place::new();
        let store = place.open();
        let run = run("bako-rife");
        create(&store, &run);
        (place, store, run)
    }
}

pub fn run(name: &str) -> RunId {
    RunId(name.into())
}

pub fn bundle() -> Bundle {
    let files = [("web.runbook", "runbook \"Web\"\n"), ("std/windows", "library\n")];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    Bundle {
        entry: "web.runbook".to_owned(),
        folder: "/srv".to_owned(),
        files: BTreeMap::from(files),
        params: serde_json::json!({ "tenant": "demo", "count": 3 }),
        rutter: "0.1.0".to_owned(),
    }
}

pub fn create(store: &Store, run: &RunId) {
    store.create(&new(run, &bundle())).unwrap();
}

pub fn new<'a>(run: &'a RunId, bundle: &'a Bundle) -> NewRun<'a> {
    NewRun { run, title: "Web", file: "web.runbook", plan: "abc123", started: noon(0), bundle }
}

pub fn mia() -> Actor {
    Actor { name: "mia".to_owned(), from: "ops1".to_owned() }
}

/// A holder of another machine, of whom nothing can be proven.
pub fn stranger(run: &RunId) -> Holder {
    Holder { host: "ops9".to_owned(), pid: 77, ..Holder::here("ole", run) }
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[track_caller]
pub fn taken(acquired: Acquired) -> Leases {
    match acquired {
        Acquired::Leases(leases) => leases,
        Acquired::Held(lease) => panic!("held: {lease:?}"),
    }
}

#[track_caller]
pub fn held(acquired: Acquired) -> Lease {
    match acquired {
        Acquired::Held(lease) => lease,
        Acquired::Leases(leases) => panic!("taken: {leases:?}"),
    }
}

/// The record of `run`, with its lease.
pub fn journal(store: &Store, run: &RunId) -> RunJournal {
    let leases = taken(store.acquire(&[run_lease(run)], &Holder::here("mia", run)).unwrap());
    store.journal(run, Arc::new(leases)).unwrap()
}

pub fn event(sequence: u64, kind: EventKind) -> Event {
    Event { sequence, at: Duration::from_secs(sequence), wall: noon(sequence), kind }
}

pub fn note(sequence: u64, text: &str) -> Event {
    event(sequence, EventKind::NoteWritten { key: StepKey::root(), text: text.to_owned() })
}

pub fn notes(count: u64) -> Vec<Event> {
    (0..count).map(|at| note(at, &format!("note {at}"))).collect()
}

pub fn finished(sequence: u64, result: RunResult) -> Event {
    event(sequence, EventKind::RunFinished { result, failure: None, notes: vec![] })
}
