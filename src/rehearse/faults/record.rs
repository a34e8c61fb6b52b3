//! The record of a run whose runners may die: what was not flushed by then is lost with them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::kind::Kind;
use super::life::Life;
use super::town::Town;
use crate::event::{Event, EventKind};
use crate::ids::StepKey;
use crate::journal::{Journal, JournalError};
use crate::value::Effect;

/// What is on the disk, and what is not yet.
#[derive(Debug, Default)]
pub(super) struct Record {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    events: Vec<Event>,
    flushed: usize,
    /// What runners said that was lost with them.
    lost: Vec<Event>,
}

impl Record {
    /// What can be read off the events that are there by now.
    pub fn read<T>(&self, read: impl FnOnce(&[Event]) -> T) -> T {
        read(&self.state().events)
    }

    /// How many events there are, and how many of them outlive the runner.
    pub fn lengths(&self) -> (usize, usize) {
        let state = self.state();
        (state.events.len(), state.flushed)
    }

    /// The runner is gone, and with it what was not flushed.
    pub fn cut(&self) {
        let mut state = self.state();
        let flushed = state.flushed;
        let lost = state.events.split_off(flushed);
        state.lost.extend(lost);
    }

    /// Adds what a person said from elsewhere.
    pub fn add(&self, event: Event) {
        let mut state = self.state();
        state.events.push(event);
        state.flushed = state.events.len();
    }

    /// What was put on record after so many events.
    pub fn since(&self, events: usize) -> Written {
        let state = self.state();
        Written { events: state.events[events..].to_vec(), flushed: state.flushed }
    }

    /// Puts on record what was taken from the record of a play that came the same way.
    pub fn write(&self, written: &Written) {
        let mut state = self.state();
        state.events.extend_from_slice(&written.events);
        state.flushed = written.flushed;
    }

    /// Takes out all that was ever said: what is on record, and what was lost.
    pub fn take(&self) -> (Vec<Event>, Vec<Event>) {
        let mut state = self.state();
        (std::mem::take(&mut state.events), std::mem::take(&mut state.lost))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of a record.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub events: Vec<Event>,
    /// How many events of the whole record were flushed at its end.
    pub flushed: usize,
}

/// One runner's pen.
pub(super) struct Pen {
    pub town: Arc<Town>,
    pub record: Arc<Record>,
    pub life: Arc<Life>,
}

impl Pen {
    fn lost(&self) -> Result<(), JournalError> {
        match self.life.has_lost_its_lease() {
            true => Err(JournalError::Lost { why: "somebody else carries this run out by now".to_owned() }),
            false => Ok(()),
        }
    }

    /// Whether the runner dies, or loses its lease, with this event.
    fn strike(&self, event: &Event) {
        let EventKind::StepIntended { key, effect, .. } = &event.kind else { return };
        let wanted = |kind: Kind| match kind {
            Kind::KilledBeforeIntent => true,
            Kind::LeaseLost => *effect != Effect::Check,
            _ => false,
        };
        match self.town.intend(key, wanted) {
            Some(Kind::KilledBeforeIntent) => self.life.kill(),
            Some(Kind::LeaseLost) => self.life.lose_lease(),
            _ => {}
        }
    }
}

impl Journal for Pen {
    fn append(&self, event: &Event) -> Result<(), JournalError> {
        if self.life.is_dead() {
            return Ok(());
        }
        self.strike(event);
        self.record.state().events.push(event.clone());
        self.lost()
    }

    fn write(&self) -> Result<(), JournalError> {
        self.lost()
    }

    fn flush(&self) -> Result<(), JournalError> {
        self.lost()?;
        if !self.life.is_dead() {
            let mut state = self.record.state();
            state.flushed = state.events.len();
        }
        Ok(())
    }

    fn is_flushed(&self) -> bool {
        let (events, flushed) = self.record.lengths();
        events == flushed
    }
}

/// The step that a request belongs to: the key of a sending may say which one it is.
pub(super) fn step_of(key: &StepKey) -> &str {
    match key.0.rsplit_once('/') {
        Some((step, part)) if part.starts_with("try:") || part.starts_with("again:") => step,
        _ => &key.0,
    }
}
