//! The one place that events go through: numbered, recorded, then shown.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::event::{Event, EventKind, Failure, FailureKind};
use crate::ids::StepKey;
use crate::journal::{History, Journal, JournalError};
use crate::source::Span;

use super::fault::Fault;
use super::foresight::Leap;
use super::redact::Redactor;
use super::runner::EventSink;
use super::secrets::{Lines, Secrets};
use super::seeded;

/// Of a longer line of output only the start is shown.
const LONGEST_LINE: usize = 4096;

/// How sure a record must be before the run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// On the disk.
    Durable,
    /// Whenever it suits; a later durable record carries it along.
    Lazy,
}

/// Numbers events, records each, and then tells it to the screen.
pub(super) struct Dispatcher {
    clock: Arc<dyn Clock>,
    began: Duration,
    /// How long the run had lasted before.
    before: Duration,
    journal: Arc<dyn Journal>,
    sink: EventSink,
    redactor: Redactor,
    lines: Lines,
    /// Something was said and is not written yet.
    waiting: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// What a watch said when the run was first begun.
    started: Timestamp,
    notes: Vec<String>,
    /// Why the journal takes nothing more.
    broken: Option<Broken>,
}

/// Nothing can be recorded any more.
#[derive(Clone)]
struct Broken {
    why: String,
    help: &'static str,
}

impl From<JournalError> for Broken {
    fn from(error: JournalError) -> Self {
        let help = match &error {
            JournalError::Unwritable { .. } => "make room or mend its permissions, then resume the run",
            JournalError::Lost { .. } => {
                "`rutter locks` says who holds what; `rutter show` how the run stands"
            }
        };
        Self { why: error.to_string(), help }
    }
}

/// What the journal refused, unless it took what was asked of it.
fn broken(done: Result<(), JournalError>) -> Option<Broken> {
    done.err().filter(seeded::is_heeded).map(Broken::from)
}

impl Dispatcher {
    pub fn new(clock: Arc<dyn Clock>, journal: Arc<dyn Journal>, sink: EventSink, secrets: Secrets) -> Self {
        let began = clock.now();
        let (redactor, lines) = (Redactor::new(secrets.clone()), Lines::new(secrets));
        let waiting = Notify::new();
        Self {
            clock,
            began,
            before: Duration::ZERO,
            journal,
            sink,
            redactor,
            lines,
            waiting,
            state: Mutex::default(),
        }
    }

    /// Goes on with numbers, times and notes where an earlier part of the run ended.
    pub fn after(self, history: &History) -> Self {
        let started = history.started.as_ref().map(|started| started.at).unwrap_or_default();
        let state = State { next: history.next, started, notes: history.notes.clone(), broken: None };
        Self { before: history.lasted, state: Mutex::new(state), ..self }
    }

    /// Writes what was said at the end of each turn, so that nothing waits in memory while the run does.
    pub async fn scribe(&self) -> Infallible {
        loop {
            self.waiting.notified().await;
            tokio::task::yield_now().await;
            let mut state = self.state();
            if state.broken.is_none() {
                state.broken = broken(self.journal.write());
            }
        }
    }

    /// Says what happened. A journal that fails here is found by the next [`Dispatcher::record`].
    pub fn emit(&self, kind: EventKind) {
        let _found_later = self.dispatch(kind);
    }

    /// Says what happened, and returns once that is as sure as it must be.
    pub async fn record(&self, kind: EventKind, flush: Flush, span: Span) -> Result<(), Fault> {
        self.dispatch(kind).map_err(|broken| unwritable(&broken, span))?;
        match flush {
            Flush::Lazy => Ok(()),
            Flush::Durable => self.flush().await.map_err(|broken| unwritable(&broken, span)),
        }
    }

    /// One flush is for all: those who are ready now write what they have before it.
    async fn flush(&self) -> Result<(), Broken> {
        if !self.journal.is_flushed() {
            tokio::task::yield_now().await;
        }
        let mut state = self.state();
        if state.broken.is_none() {
            state.broken = broken(self.journal.flush());
        }
        state.broken.clone().map_or(Ok(()), Err)
    }

    /// A line of output: shown, not recorded, and with the number of the event that comes next.
    pub fn output(&self, key: &StepKey, line: &str) {
        self.lines.push(key, line).iter().for_each(|line| self.tell(key, line));
    }

    fn tell(&self, key: &StepKey, line: &str) {
        let line = shortened(&self.redactor.text(line));
        let event = self.event(self.state().next, EventKind::StepOutput { key: key.clone(), line });
        (self.sink)(&event);
    }

    /// Takes the secrets out of what is told of the run's end.
    pub fn hide(&self, failure: &mut Failure) {
        self.redactor.failure(failure);
    }

    /// Fails if what was said until now can't be recorded.
    pub fn written(&self, span: Span) -> Result<(), Fault> {
        let mut state = self.state();
        if state.broken.is_none() {
            state.broken = broken(self.journal.write());
        }
        drop(state);
        self.check(span)
    }

    /// Fails if nothing more can be recorded by now, though nothing is to be.
    pub fn confirm(&self, span: Span) -> Result<(), Fault> {
        let mut state = self.state();
        if state.broken.is_none() {
            state.broken = broken(self.journal.confirm());
        }
        drop(state);
        self.check(span)
    }

    /// Fails if the journal takes nothing more.
    pub fn check(&self, span: Span) -> Result<(), Fault> {
        match &self.state().broken {
            Some(broken) => Err(unwritable(broken, span)),
            None => Ok(()),
        }
    }

    /// What a watch said when the run was first begun, by its record.
    pub fn started(&self) -> Timestamp {
        self.state().started
    }

    /// What `note` said so far.
    pub fn notes(&self) -> Vec<String> {
        self.state().notes.clone()
    }

    fn dispatch(&self, kind: EventKind) -> Result<(), Broken> {
        if let Some(step) = ended(&kind) {
            self.lines.end(&step).iter().for_each(|(key, line)| self.tell(key, line));
        }
        let mut state = self.state();
        let event = self.event(state.next, self.redactor.event(kind));
        if let EventKind::NoteWritten { text, .. } = &event.kind {
            state.notes.push(text.clone());
        }
        state.next += 1;
        if let EventKind::RunStarted { .. } = &event.kind {
            state.started = event.wall;
        }
        if state.broken.is_none() {
            state.broken = broken(self.journal.append(&event));
        }
        let written = state.broken.clone().map_or(Ok(()), Err);
        if !self.journal.is_flushed() {
            self.waiting.notify_one();
        }
        (self.sink)(&event);
        written
    }

    /// What a leap was over is on record.
    pub fn leap(&self, leap: Leap) {
        let mut state = self.state();
        state.next += leap.events;
        state.notes.extend(leap.notes);
    }

    /// How long the run has lasted.
    pub fn now(&self) -> Duration {
        self.before + self.clock.now().saturating_sub(self.began)
    }

    fn event(&self, sequence: u64, kind: EventKind) -> Event {
        let at = self.now();
        Event { sequence, at, wall: self.clock.wall(), kind }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The step that is over by this, with all that is in it.
fn ended(kind: &EventKind) -> Option<StepKey> {
    if let EventKind::StepFinished { key, .. } = kind {
        return Some(key.clone());
    }
    matches!(kind, EventKind::RunFinished { .. }).then(StepKey::root)
}

/// The start of a line, cut only once no secret is in it any more.
fn shortened(line: &str) -> String {
    match line.len() <= LONGEST_LINE {
        true => line.to_owned(),
        false => format!("{}…", &line[..line.floor_char_boundary(LONGEST_LINE)]),
    }
}

/// Nothing deals with this one but the end of the run: what can't be recorded must not be done.
fn unwritable(broken: &Broken, span: Span) -> Fault {
    Fault::new(FailureKind::Cancelled, &*broken.why, span, "nothing is sent that can't be recorded first")
        .help(broken.help)
}
