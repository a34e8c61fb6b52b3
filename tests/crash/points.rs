//! A journal whose commits are counted, so that something can be done before or after any one of them.

use std::fmt;
use std::sync::{Arc, Mutex};

use rutter::event::Event;
use rutter::journal::{Journal, JournalError};

/// One moment of a run: a commit of its journal, and the side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Counted from 1.
    pub commit: usize,
    pub side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        write!(f, "{} {side}", self.commit)
    }
}

impl Point {
    pub fn parse(commit: &str, side: &str) -> Option<Self> {
        let side = match side {
            "before" => Side::Before,
            "after" => Side::After,
            _ => return None,
        };
        Some(Self { commit: commit.parse().ok()?, side })
    }
}

/// What is done at a point; the number of events that are committed by then comes with it.
pub type Hook = Box<dyn Fn(Point, usize) + Send + Sync>;

/// Commits exactly when the store does, whatever is behind it.
pub struct Points {
    journal: Arc<dyn Journal>,
    hook: Hook,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    commits: usize,
    committed: usize,
    waiting: usize,
    flushed: bool,
}

impl Points {
    /// In front of the journal of a run that begins.
    pub fn of_new(journal: Arc<dyn Journal>, hook: Hook) -> Self {
        Self::with(journal, hook, State { commits: 0, committed: 0, waiting: 0, flushed: true })
    }

    /// In front of the journal of a run that has so many events.
    pub fn of_resumed(journal: Arc<dyn Journal>, events: usize, hook: Hook) -> Self {
        Self::with(journal, hook, State { commits: 0, committed: events, waiting: 0, flushed: events == 0 })
    }

    fn with(journal: Arc<dyn Journal>, hook: Hook, state: State) -> Self {
        Self { journal, hook, state: Mutex::new(state) }
    }

    fn commit(
        &self,
        flushed: bool,
        commit: impl FnOnce() -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let mut state = *self.state.lock().unwrap();
        state.commits += 1;
        (self.hook)(Point { commit: state.commits, side: Side::Before }, state.committed);
        commit()?;
        state = State { committed: state.committed + state.waiting, waiting: 0, flushed, ..state };
        *self.state.lock().unwrap() = state;
        (self.hook)(Point { commit: state.commits, side: Side::After }, state.committed);
        Ok(())
    }
}

impl Journal for Points {
    fn append(&self, event: &Event) -> Result<(), JournalError> {
        self.state.lock().unwrap().waiting += 1;
        self.journal.append(event)
    }

    fn write(&self) -> Result<(), JournalError> {
        let waiting = self.state.lock().unwrap().waiting;
        if waiting == 0 { Ok(()) } else { self.commit(false, || self.journal.write()) }
    }

    fn flush(&self) -> Result<(), JournalError> {
        if self.is_flushed() { Ok(()) } else { self.commit(true, || self.journal.flush()) }
    }

    fn is_flushed(&self) -> bool {
        let state = self.state.lock().unwrap();
        state.waiting == 0 && state.flushed
    }
}
