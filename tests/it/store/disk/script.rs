//! What is done to the store: all that it can do, step by step, each of them one change or none.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rutter::event::{Actor, Event, EventKind, Recorded, RecordedOutcome, RunResult, StepResult, UnitResult};
use rutter::ids::{RunId, StepKey};
use rutter::journal::store::{
    Acquired, Bundle, Holder, Leases, Message, NewRun, Prunable, RunJournal, Settings, Store, StoreError,
    Time, lock_lease, run_lease,
};
use rutter::journal::{Journal, JournalError};
use rutter::source::{FileId, Span};
use rutter::value::Effect;

use super::recorder::{Op, Recorder};
use crate::store::support::bundle;

/// The plan that is accepted in place of the first.
pub const ACCEPTED: &str = "def456";

/// Why the script stopped before its end.
#[derive(Debug)]
pub enum Stop {
    Journal(JournalError),
    Store(StoreError),
    /// A lease that was to be given back is still held.
    Held(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Journal(error) => error.fmt(f),
            Stop::Store(error) => error.fmt(f),
            Stop::Held(lease) => write!(f, "`{lease}` is still held"),
        }
    }
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// It stands still: the same script leaves the same record.
struct Still;

impl Time for Still {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wall(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// No sign of life comes between two steps, and a holder is taken for gone after `expiry`.
pub fn settings(expiry: Duration) -> Settings {
    let hour = Duration::from_secs(3600);
    Settings { time: Arc::new(Still), expiry, beat: hour, patience: Duration::from_millis(200) }
}

pub fn mia() -> Actor {
    Actor { name: "mia".to_owned(), from: "ops1".to_owned() }
}

pub fn first() -> RunId {
    RunId("bako-rife".into())
}

pub fn second() -> RunId {
    RunId("lumo-tane".into())
}

/// The script as far as it got, and who looks on after each step.
pub struct Play<'a> {
    recorder: &'a Recorder,
    path: PathBuf,
    after: &'a mut dyn FnMut(&Store),
    step: usize,
}

/// Does the whole script with a store at `path`; shows the store to `after` when a step is done.
pub fn play(recorder: &Recorder, path: &Path, after: &mut dyn FnMut(&Store)) -> Result<(), Stop> {
    let mut play = Play { recorder, path: path.to_owned(), after, step: 0 };
    let store = play.opened()?;
    let bako = play.begun(&store, &first(), &[lock_lease("the gate")])?;
    play.step_by_step(&store, &bako)?;
    play.checkpoint();
    play.messages(&store)?;
    let lumo = play.begun(&store, &second(), &[])?;
    play.side_by_side(&store, [&bako, &lumo])?;
    play.ended(&store, bako)?;
    play.pruned(&store)?;
    play.checkpoint();
    play.wrote(&store, &lumo, note("written and not flushed"))?;
    play.unsure(&store, || given_back(lumo))?;
    let store = play.opened_anew(store)?;
    play.gone_on_with(&store)
}

/// Goes on with what a crash left at `path`: takes up the run that was begun last, or begins one.
pub fn go_on(recorder: &Recorder, path: &Path, after: &mut dyn FnMut(&Store)) -> Result<(), Stop> {
    let mut play = Play { recorder, path: path.to_owned(), after, step: 0 };
    let store = play.opened_by(Duration::ZERO)?;
    let run = store.runs()?.first().map(|record| record.run.clone());
    let journal = match run {
        Some(run) => play.taken(&store, &run, &[])?,
        None => play.begun(&store, &first(), &[])?,
    };
    play.flushed(&store, &journal, &[note("and on it goes")])?;
    play.unsure(&store, || given_back(journal))
}

impl<'a> Play<'a> {
    /// A script of one's own, with a store that is new.
    pub fn new(recorder: &'a Recorder, path: &Path, after: &'a mut dyn FnMut(&Store)) -> Self {
        Self { recorder, path: path.to_owned(), after, step: 0 }
    }

    pub fn opened(&mut self) -> Result<Store, Stop> {
        self.opened_by(Duration::from_secs(15))
    }

    /// By one who takes holders for gone after `expiry`.
    fn opened_by(&mut self, expiry: Duration) -> Result<Store, Stop> {
        let path = self.path.clone();
        let store = self.begin(|| Store::open_with(&path, settings(expiry)))?;
        (self.after)(&store);
        Ok(store)
    }

    /// A step that outlives the machine's crash once it has returned.
    pub fn safe<T, E: Into<Stop>>(
        &mut self,
        store: &Store,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Stop> {
        let done = self.begin(work)?;
        self.recorder.mark(Op::Safe(self.step));
        (self.after)(store);
        Ok(done)
    }

    /// A step that may be lost in a crash though it has returned.
    pub fn unsure<T, E: Into<Stop>>(
        &mut self,
        store: &Store,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Stop> {
        let done = self.begin(work)?;
        (self.after)(store);
        Ok(done)
    }

    fn begin<T, E: Into<Stop>>(&mut self, work: impl FnOnce() -> Result<T, E>) -> Result<T, Stop> {
        self.step += 1;
        self.recorder.mark(Op::Begun(self.step));
        work().map_err(|error| {
            self.recorder.mark(Op::Stopped);
            error.into()
        })
    }

    /// A run that has its leases, and its record.
    pub fn begun(&mut self, store: &Store, run: &RunId, locks: &[String]) -> Result<RunJournal, Stop> {
        self.safe(store, || create(store, run))?;
        self.taken(store, run, locks)
    }

    fn taken(&mut self, store: &Store, run: &RunId, locks: &[String]) -> Result<RunJournal, Stop> {
        let leases = self.safe(store, || acquired(store, run, locks))?;
        Ok(store.journal(run, Arc::new(leases))?)
    }

    pub fn flushed(&mut self, store: &Store, journal: &RunJournal, kinds: &[EventKind]) -> Result<(), Stop> {
        self.safe(store, || {
            append(journal, kinds)?;
            journal.flush()
        })
    }

    pub fn wrote(&mut self, store: &Store, journal: &RunJournal, kind: EventKind) -> Result<(), Stop> {
        self.unsure(store, || {
            append(journal, &[kind])?;
            journal.write()
        })
    }

    fn step_by_step(&mut self, store: &Store, journal: &RunJournal) -> Result<(), Stop> {
        self.flushed(store, journal, &[started(&first()), stage_started()])?;
        self.flushed(store, journal, &[intended(0)])?;
        self.wrote(store, journal, finished(0))?;
        self.flushed(store, journal, &[intended(1)])?;
        self.safe(store, || journal.confirm())?;
        self.flushed(store, journal, &[finished(1), note(&"a long story ".repeat(700))])
    }

    /// What SQLite does of itself after a thousand pages, here by another who has the store open: all is
    /// brought over into the file, and the log begins anew with the next change. A fault in it harms nobody.
    fn checkpoint(&self) {
        let neighbour = rusqlite::Connection::open(&self.path);
        let _as_far_as_it_goes = neighbour
            .and_then(|neighbour| neighbour.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())));
    }

    fn messages(&mut self, store: &Store) -> Result<(), Stop> {
        self.safe(store, || store.post(&first(), &Message::Stop { cancel: false }, &mia()))?;
        self.safe(store, || store.post(&first(), &Message::Stop { cancel: true }, &mia()))?;
        let last = store.messages(&first(), 0)?.first().map_or(0, |(number, _)| *number);
        self.safe(store, || store.dealt_with(&first(), last))
    }

    fn side_by_side(&mut self, store: &Store, [bako, lumo]: [&RunJournal; 2]) -> Result<(), Stop> {
        self.flushed(store, lumo, &[started(&second()), stage_started(), intended(0)])?;
        self.flushed(store, bako, &[intended(2)])?;
        self.wrote(store, lumo, finished(0))?;
        self.wrote(store, bako, finished(2))?;
        self.flushed(store, lumo, &[note("side by side")])?;
        let leases = self.safe(store, || acquired_lock(store))?;
        self.safe(store, || store.accept(&second(), ACCEPTED, &changed(), &leases))?;
        self.unsure(store, || given_back(leases))
    }

    fn ended(&mut self, store: &Store, bako: RunJournal) -> Result<(), Stop> {
        let finish = EventKind::RunFinished { result: RunResult::Succeeded, failure: None, notes: vec![] };
        self.flushed(store, &bako, &[stage_finished(), finish])?;
        self.safe(store, || store.unlock(&lock_lease("the gate"), &mia(), "it is over"))?;
        self.unsure(store, || given_back(bako))
    }

    fn pruned(&mut self, store: &Store) -> Result<(), Stop> {
        let later = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        self.safe(store, || match store.prune(later, Prunable::Ended, &mia())?.is_empty() {
            true => Err(Stop::Held(run_lease(&first()))),
            false => Ok(()),
        })
    }

    /// The last who has the store open brings all of it over into the file, and deletes the log.
    fn opened_anew(&mut self, store: Store) -> Result<Store, Stop> {
        drop(store);
        self.opened()
    }

    fn gone_on_with(&mut self, store: &Store) -> Result<(), Stop> {
        let lumo = self.taken(store, &second(), &[])?;
        let resumed = EventKind::RunResumed { by: mia(), plan: ACCEPTED.to_owned() };
        self.flushed(store, &lumo, &[resumed])?;
        self.flushed(store, &lumo, &[intended(1)])?;
        let finish = EventKind::RunFinished { result: RunResult::Stopped, failure: None, notes: vec![] };
        self.flushed(store, &lumo, &[finished(1), finish])?;
        self.unsure(store, || given_back(lumo))
    }
}

/// Gives back leases with all that holds them. That nobody could write it down is not told.
fn given_back<T>(holder: T) -> Result<(), Stop> {
    drop(holder);
    Ok(())
}

pub fn create(store: &Store, run: &RunId) -> Result<(), StoreError> {
    let (title, file, plan, started) = ("Web", "web.runbook", "abc123", Timestamp::UNIX_EPOCH);
    store.create(&NewRun { run, title, file, plan, started, bundle: &bundle() })
}

fn changed() -> Bundle {
    Bundle { params: serde_json::json!({ "tenant": "other" }), ..bundle() }
}

pub fn acquired(store: &Store, run: &RunId, locks: &[String]) -> Result<Leases, Stop> {
    let names = [&[run_lease(run)], locks].concat();
    match store.acquire(&names, &Holder::here("mia", run))? {
        Acquired::Leases(leases) => Ok(leases),
        Acquired::Held(lease) => Err(Stop::Held(lease.name)),
    }
}

fn acquired_lock(store: &Store) -> Result<Leases, Stop> {
    match store.acquire(&[lock_lease("the bridge")], &Holder::here("mia", &second()))? {
        Acquired::Leases(leases) => Ok(leases),
        Acquired::Held(lease) => Err(Stop::Held(lease.name)),
    }
}

fn append(journal: &RunJournal, kinds: &[EventKind]) -> Result<(), JournalError> {
    kinds.iter().try_for_each(|kind| journal.append(&event(journal.next(), kind.clone())))
}

pub fn event(sequence: u64, kind: EventKind) -> Event {
    Event { sequence, at: Duration::from_secs(sequence), wall: Timestamp::UNIX_EPOCH, kind }
}

fn stage() -> StepKey {
    StepKey::root().child("stage:1")
}

fn started(run: &RunId) -> EventKind {
    let (title, file, plan) = ("Web".to_owned(), "web.runbook".to_owned(), "abc123".to_owned());
    EventKind::RunStarted { run: run.clone(), title, file, plan, stages: vec!["One".to_owned()], by: mia() }
}

fn stage_started() -> EventKind {
    EventKind::StageStarted { key: stage(), number: 1, title: "One".to_owned() }
}

fn stage_finished() -> EventKind {
    EventKind::StageFinished { key: stage(), result: UnitResult::Ok }
}

fn intended(number: usize) -> EventKind {
    EventKind::StepIntended {
        key: stage().child(number),
        effect: Effect::Once,
        target: "app1".to_owned(),
        request: "$ systemctl restart web".into(),
        span: Span::new(FileId(0), 0, 9),
        within: Duration::from_secs(60),
        attempt: 0,
        details: "as root".to_owned(),
    }
}

fn finished(number: usize) -> EventKind {
    let text = |text: &str| Recorded::Text(text.to_owned());
    let outcome = RecordedOutcome::Command {
        stdout: text("restarted\n"),
        stderr: text(""),
        exit: 0,
        seconds: 0.5,
        stdout_left_out: None,
        stderr_left_out: None,
    };
    let result = StepResult::Ok { outcome, summary: "exit 0 in 0.5s".to_owned(), hidden: false };
    EventKind::StepFinished { key: stage().child(number), result }
}

pub fn note(text: &str) -> EventKind {
    EventKind::NoteWritten { key: StepKey::root(), text: text.to_owned() }
}
