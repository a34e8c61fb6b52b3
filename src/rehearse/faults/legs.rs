//! Stages that are leapt over on the way to a fault: what they come to was seen in the play without one.
//!
//! In: the play without a fault, stage by stage. Out: a [`Foresight`] that lands a play behind a stage, with the world, the record and
//! what was sent as they were there. Must not know: what a stage does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::foresight::Idle;
use super::record::{Record, Written};
use super::town::{Counts, Sent, Town};
use crate::event::EventKind;
use crate::ids::StepKey;
use crate::run::{Foresight, Leap, Passed};
use crate::world::Moment;

/// The bodies of the stages that were carried out.
#[derive(Debug, Default)]
pub(super) struct Legs(HashMap<StepKey, Leg>);

/// The body of one stage, and all that it left.
#[derive(Debug)]
struct Leg {
    began: Duration,
    ended: Duration,
    written: Written,
    sent: Vec<Sent>,
    counts: Counts,
    world: Moment,
}

impl Leg {
    fn leap(&self) -> Leap {
        let note = |kind: &EventKind| match kind {
            EventKind::NoteWritten { text, .. } => Some(text.clone()),
            _ => None,
        };
        let events = &self.written.events;
        let notes = events.iter().filter_map(|event| note(&event.kind)).collect();
        Leap { until: self.ended, events: events.len() as u64, notes }
    }
}

/// Where a play stands: its world and its record.
pub(super) struct Ground {
    pub town: Arc<Town>,
    pub record: Arc<Record>,
}

/// Keeps each stage of a play.
pub(super) struct Survey {
    ground: Ground,
    looks: Arc<dyn Foresight>,
    state: Mutex<Surveyed>,
}

/// What was kept so far.
#[derive(Default)]
struct Surveyed {
    legs: Legs,
    /// When the stage under way began, and how much was on record and sent by then.
    begun: Option<(Duration, usize, usize)>,
}

impl Survey {
    pub fn new(ground: Ground, looks: Arc<dyn Foresight>) -> Arc<Self> {
        Arc::new(Self { ground, looks, state: Mutex::default() })
    }

    /// What was kept.
    pub fn legs(&self) -> Legs {
        std::mem::take(&mut self.state().legs)
    }

    fn state(&self) -> MutexGuard<'_, Surveyed> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Foresight for Survey {
    fn ends_as_before(&self, look: &StepKey, now: Duration) -> Option<Duration> {
        self.looks.ends_as_before(look, now)
    }

    fn leap(&self, _stage: &StepKey, now: Duration) -> Option<Leap> {
        let (events, _) = self.ground.record.lengths();
        self.state().begun = Some((now, events, self.ground.town.sendings()));
        None
    }

    fn passed(&self, passed: &Passed<'_>) {
        let Some((began, events, sendings)) = self.state().begun.take() else { return };
        let Ground { town, record } = &self.ground;
        town.world.catch_up();
        let leg = Leg {
            began,
            ended: passed.now,
            written: record.since(events),
            sent: town.sent_since(sendings),
            counts: town.counts(),
            world: town.world.moment(),
        };
        self.state().legs.0.insert(passed.stage.clone(), leg);
    }
}

/// Leaps over every stage that is over before a fault.
pub(super) struct Leaping {
    pub ground: Ground,
    pub legs: Arc<Legs>,
    pub idle: Arc<Idle>,
    /// When the first fault strikes.
    pub fault: Duration,
}

impl Leaping {
    fn leg(&self, stage: &StepKey) -> Option<&Leg> {
        let may_be_leapt =
            |leg: &&Leg| leg.ended < self.fault && self.idle.is_quiet(leg.began, leg.ended, self.fault);
        self.legs.0.get(stage).filter(may_be_leapt)
    }
}

impl Foresight for Leaping {
    fn leap(&self, stage: &StepKey, now: Duration) -> Option<Leap> {
        self.leg(stage).filter(|leg| leg.began == now).map(Leg::leap)
    }

    fn passed(&self, passed: &Passed<'_>) {
        let Some(leg) = self.leg(passed.stage).filter(|leg| leg.ended == passed.now) else { return };
        let Ground { town, record } = &self.ground;
        record.write(&leg.written);
        town.take_over(&leg.sent, &leg.counts);
        town.world.set(&leg.world);
    }
}
