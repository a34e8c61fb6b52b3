//! Events that a run writes in a second with full durability, beside what the disk itself can do.
//!
//! A plain file that is appended to and synced, and the store, take turns, so that a disk that changes its
//! pace changes it for both; first with a sync for each event, then for each fifty. A rate is the median of
//! its turns, the ratio the median of the ratios in each pair of turns.
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

const ROUNDS: usize = 30;
const TURN: Duration = Duration::from_millis(100);
const GROUP: u64 = 50;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut disk = Disk::new(folder.path());
    let mut store = Stored::new(folder.path());
    println!("events of {} bytes, on the disk of {}", disk.line.len(), folder.path().display());
    for count in [1, GROUP] {
        // The first round warms up.
        let round = |_| (rate(count, || disk.append(count)), rate(count, || store.append(count)));
        let rounds: Vec<_> = (0..=ROUNDS).map(round).skip(1).collect();
        let syncs = median(rounds.iter().map(|(file, _)| file / count as f64));
        let [file, stored] =
            [median(rounds.iter().map(|round| round.0)), median(rounds.iter().map(|round| round.1))];
        let ratio = median(rounds.iter().map(|(file, store)| store / file));
        println!(
            "{count:>2} a sync: file {file:>8.0} a second ({syncs:.0} syncs), store {stored:>8.0} a second, ratio {ratio:.2}"
        );
    }
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

fn median(rates: impl Iterator<Item = f64>) -> f64 {
    let mut rates: Vec<_> = rates.collect();
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
        details: String::new(),
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
