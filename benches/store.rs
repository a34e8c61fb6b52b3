//! Events that a run writes in a second with full durability, beside what the disk itself can do.
//!
//! Four ways take turns, so that a disk that changes its pace changes it for all: a plain file that is
//! appended to and synced, and the store, both one event at a time and fifty at a time.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a bench")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rutter::event::{Event, EventKind};
use rutter::ids::{RunId, StepKey};
use rutter::journal::Journal;
use rutter::journal::store::{Acquired, Bundle, Holder, NewRun, RunJournal, Store, run_lease};
use rutter::source::Span;
use rutter::value::Effect;

const ROUNDS: usize = 5;
const TURN: Duration = Duration::from_millis(600);
const GROUP: u64 = 50;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut disk = Disk::new(folder.path());
    let mut store = Stored::new(folder.path());
    let size = disk.line.len();
    let mut rates = [const { Vec::new() }; 4];
    for _ in 0..=ROUNDS {
        rates[0].push(rate(1, || disk.append(1)));
        rates[1].push(rate(1, || store.append(1)));
        rates[2].push(rate(GROUP, || disk.append(GROUP)));
        rates[3].push(rate(GROUP, || store.append(GROUP)));
    }
    // The first round warms up.
    let [disk_one, store_one, disk_many, store_many] = rates.map(|rates| median(&rates[1..]));
    println!("events of {size} bytes on the disk of {}", folder.path().display());
    println!(
        "one at a time   file {disk_one:>9.0}/s   store {store_one:>9.0}/s   ratio {:.2}",
        store_one / disk_one
    );
    println!(
        "{GROUP} at a time    file {disk_many:>9.0}/s   store {store_many:>9.0}/s   ratio {:.2}",
        store_many / disk_many
    );
    println!(
        "syncs in a second: file {disk_one:.0}; the store writes {:.2} events a sync of the disk at {GROUP} at a time",
        store_many / disk_one
    );
    store.check();
}

/// How many in a second, when each turn of `work` does `count`.
fn rate(count: u64, mut work: impl FnMut()) -> f64 {
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < TURN {
        work();
        done += count;
    }
    done as f64 / began.elapsed().as_secs_f64()
}

fn median(rates: &[f64]) -> f64 {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// An intent, as a run records it before each command.
fn intent(sequence: u64) -> Event {
    let kind = EventKind::StepIntended {
        key: StepKey("stage:2/0/for:tenant=demo/1".into()),
        effect: Effect::Run,
        target: "worker".to_owned(),
        request: "systemctl restart nginx && curl --fail http://localhost/health".into(),
        span: Span::default(),
        within: Duration::from_secs(300),
        attempt: 0,
    };
    Event { sequence, at: Duration::from_millis(sequence), wall: jiff::Timestamp::now(), kind }
}

struct Disk {
    file: File,
    line: Vec<u8>,
}

impl Disk {
    fn new(folder: &Path) -> Self {
        let line = serde_json::to_vec(&intent(100_000)).unwrap();
        Self { file: File::create(folder.join("plain")).unwrap(), line }
    }

    fn append(&mut self, count: u64) {
        for _ in 0..count {
            self.file.write_all(&self.line).unwrap();
        }
        self.file.sync_data().unwrap();
    }
}

struct Stored {
    store: Store,
    run: RunId,
    journal: RunJournal,
}

impl Stored {
    fn new(folder: &Path) -> Self {
        let store = Store::open(&folder.join("runs.db")).unwrap();
        let run = RunId("bench".into());
        let bundle = Bundle {
            entry: "bench.runbook".to_owned(),
            folder: "/srv".to_owned(),
            files: std::collections::BTreeMap::new(),
            params: serde_json::Value::Null,
            rutter: "0".to_owned(),
        };
        let (title, file, plan, started) = ("Bench", "bench.runbook", "0", jiff::Timestamp::now());
        store.create(&NewRun { run: &run, title, file, plan, started, bundle: &bundle }).unwrap();
        let holder = Holder::here("bench", &run);
        let Acquired::Leases(leases) = store.acquire(&[run_lease(&run)], &holder).unwrap() else {
            panic!("somebody else holds a run that was just made");
        };
        let journal = store.journal(&run, Arc::new(leases)).unwrap();
        Self { store, run, journal }
    }

    fn append(&mut self, count: u64) {
        for _ in 0..count {
            self.journal.append(&intent(self.journal.next())).unwrap();
        }
        self.journal.flush().unwrap();
    }

    /// All of it is there.
    fn check(&self) {
        let began = Instant::now();
        let verified = self.store.verify(&self.run).unwrap();
        assert_eq!(verified.events, self.journal.next());
        println!("verified {} events in {:.1}s", verified.events, began.elapsed().as_secs_f64());
    }
}
