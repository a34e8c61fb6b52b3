//! The record of one run as it grows.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Transaction, params};

use crate::event::{Event, EventKind, RunResult};
use crate::ids::RunId;
use crate::journal::{Journal, JournalError};

use super::db::{Db, Sync};
use super::error::{Fail, StoreError};
use super::events::{End, end};
use super::runs::{result_text, row_of};
use super::{Leases, Store, run_lease};

/// Writes the events of one run, as long as its leases are held.
///
/// After a transaction that failed it takes nothing more: what the disk holds is not known then.
pub struct RunJournal {
    leases: Arc<Leases>,
    state: Mutex<State>,
}

struct State {
    db: Db,
    row: i64,
    /// What the store holds.
    stored: End,
    /// What it will hold once `waiting` is written.
    next: End,
    waiting: Vec<Waiting>,
    /// Whether what is stored outlives the machine's crash.
    flushed: bool,
    broken: Option<StoreError>,
}

struct Waiting {
    body: Vec<u8>,
    end: End,
    wall: i64,
    result: Option<Option<RunResult>>,
}

impl Store {
    /// The record of `run`, to go on where it ends. The lease of the run must be among `leases`; each
    /// transaction fails once one of them is lost.
    pub fn journal(&self, run: &RunId, leases: Arc<Leases>) -> Result<RunJournal, StoreError> {
        if leases.fence(&run_lease(run)).is_none() {
            return Err(StoreError::Lost {
                why: format!("`{}` is not held; nothing was written", run_lease(run)),
            });
        }
        let mut db = self.another()?;
        let (row, stored) = db.read(|reading| {
            leases.check(reading)?;
            Ok((row_of(reading, run)?, end(reading, run)?))
        })?;
        let state = State {
            db,
            row,
            stored,
            next: stored,
            waiting: vec![],
            flushed: stored.events == 0,
            broken: None,
        };
        Ok(RunJournal { leases, state: Mutex::new(state) })
    }
}

impl RunJournal {
    /// The number of the next event.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.state().next.events
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work`, unless some failed before.
    fn whole(&self, work: impl FnOnce(&mut State) -> Result<(), StoreError>) -> Result<(), JournalError> {
        let mut state = self.state();
        if let Some(error) = &state.broken {
            return Err(error.clone().into());
        }
        work(&mut state).map_err(|error| {
            state.broken = Some(error.clone());
            error.into()
        })
    }
}

impl Journal for RunJournal {
    fn append(&self, event: &Event) -> Result<(), JournalError> {
        self.whole(|state| state.append(event))
    }

    fn write(&self) -> Result<(), JournalError> {
        self.whole(|state| match state.waiting.is_empty() {
            true => Ok(()),
            false => state.commit(&self.leases, Sync::Process),
        })
    }

    fn flush(&self) -> Result<(), JournalError> {
        self.whole(|state| match state.is_flushed() {
            true => Ok(()),
            false => state.commit(&self.leases, Sync::Machine),
        })
    }

    fn confirm(&self) -> Result<(), JournalError> {
        self.whole(|state| state.commit(&self.leases, Sync::Machine))
    }

    fn is_flushed(&self) -> bool {
        self.state().is_flushed()
    }
}

impl fmt::Debug for RunJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunJournal").field("leases", &self.leases).finish_non_exhaustive()
    }
}

impl State {
    fn is_flushed(&self) -> bool {
        self.waiting.is_empty() && self.flushed
    }

    fn append(&mut self, event: &Event) -> Result<(), StoreError> {
        let unwritable = |why| StoreError::Unwritable { store: self.db.path().display().to_string(), why };
        if event.sequence != self.next.events {
            let why = format!("event {} came where {} was due", event.sequence, self.next.events);
            return Err(unwritable(why));
        }
        let body = serde_json::to_vec(event).map_err(|error| unwritable(error.to_string()))?;
        let end = End { events: event.sequence + 1, head: self.next.head.then(&body) };
        let (wall, result) = (event.wall.as_microsecond(), changed_result(&event.kind));
        self.next = end;
        self.waiting.push(Waiting { body, end, wall, result });
        Ok(())
    }

    /// Writes what waits. Without anything that waits, the end is written again, so that the disk is
    /// brought up to it.
    fn commit(&mut self, leases: &Leases, sync: Sync) -> Result<(), StoreError> {
        let Self { db, row, stored, next, waiting, .. } = self;
        db.write(sync, |writing| {
            leases.check(writing)?;
            move_end(writing, *row, [stored, next], &Told::by(waiting, sync))?;
            insert(writing, *row, waiting)
        })?;
        self.stored = self.next;
        self.waiting.clear();
        self.flushed = sync == Sync::Machine;
        Ok(())
    }
}

/// How an event changes what the run's result is: into one, or into none when it is taken up again.
pub(super) fn changed_result(kind: &EventKind) -> Option<Option<RunResult>> {
    if let EventKind::RunFinished { result, .. } = kind {
        return Some(Some(*result));
    }
    let again = matches!(kind, EventKind::RunResumed { .. } | EventKind::UndoBegan { .. });
    again.then_some(None)
}

/// The end moves only from where this writer left it.
fn move_end(writing: &Transaction<'_>, row: i64, ends: [&End; 2], told: &Told) -> Result<(), Fail> {
    let mut update = writing.prepare_cached(
        "UPDATE runs SET events = ?4, head = ?5, flushed = iif(?6, ?4, flushed),
            last = coalesce(?7, last), result = iif(?8, ?9, result)
         WHERE id = ?1 AND events = ?2 AND head = ?3",
    )?;
    let [from, to] = ends.map(|end| (end.events, end.head));
    let result = told.result.flatten().map(result_text);
    let (from_head, to_head) = (from.1.bytes(), to.1.bytes());
    let is_changed = told.result.is_some();
    match update.execute(params![
        row,
        from.0,
        from_head,
        to.0,
        to_head,
        told.flushed,
        told.last,
        is_changed,
        result
    ])? {
        1 => Ok(()),
        _ => Err(StoreError::Lost { why: OTHERS.to_owned() }.into()),
    }
}

const OTHERS: &str = "somebody else wrote to the record of this run; nothing was written";

/// What the list of runs is told.
struct Told {
    flushed: bool,
    last: Option<i64>,
    result: Option<Option<RunResult>>,
}

impl Told {
    fn by(waiting: &[Waiting], sync: Sync) -> Self {
        let result = waiting.iter().rev().find_map(|waiting| waiting.result);
        Self { flushed: sync == Sync::Machine, last: waiting.last().map(|waiting| waiting.wall), result }
    }
}

fn insert(writing: &Transaction<'_>, row: i64, waiting: &[Waiting]) -> Result<(), Fail> {
    let mut insert =
        writing.prepare_cached("INSERT INTO events (run, sequence, body, hash) VALUES (?1, ?2, ?3, ?4)")?;
    for Waiting { body, end, .. } in waiting {
        insert.execute(params![row, end.events - 1, body, end.head.bytes()])?;
    }
    Ok(())
}
