//! Where runs that went different ways go on as one: behind a stage.
//!
//! In: what a runner says of each stage that it has passed. Out: the situations that it was in there, and the one from which
//! others went through to a good end before; there the runner is dismissed. Must not know: what a stage does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::legs::Ground;
use super::life::Life;
use super::situation::{Known, Situation, Through};
use crate::run::{Foresight, Passed};

/// The stages that one runner passes.
pub(super) struct Junctions {
    ground: Ground,
    life: Arc<Life>,
    known: Arc<Known>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    passages: Vec<Passage>,
    joined: Option<Through>,
}

/// A stage that was passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    pub situation: Situation,
    /// On the world's clock.
    pub at: Duration,
    /// The number of the runner.
    pub life: usize,
    /// How many events were on record by then.
    pub events: usize,
}

impl Junctions {
    pub fn new(ground: Ground, life: Arc<Life>, known: Arc<Known>) -> Arc<Self> {
        Arc::new(Self { ground, life, known, state: Mutex::default() })
    }

    /// What its runner passed, and what it joined.
    pub fn take(&self) -> (Vec<Passage>, Option<Through>) {
        let State { passages, joined } = std::mem::take(&mut *self.state());
        (passages, joined)
    }

    /// All that a run depends on that goes through from here.
    fn situation(&self, passed: &Passed<'_>) -> Option<Situation> {
        let (town, invariants) = (&self.ground.town, passed.invariants.clone()?);
        town.world.catch_up();
        let stage = format!("passed {}", passed.stage);
        Some(Situation::of(&[stage, invariants, format!("{:?}", town.once_done()), town.world.timeless()]))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Foresight for Junctions {
    fn passed(&self, passed: &Passed<'_>) {
        if !self.ground.town.is_calm() || self.life.has_lost_its_lease() {
            return;
        }
        let Some(situation) = self.situation(passed) else { return };
        let through = self.known.through(situation);
        if through.is_some() {
            self.life.kill();
            self.state().joined = through;
            return;
        }
        let (at, (events, _)) = (self.ground.town.clock.now(), self.ground.record.lengths());
        self.state().passages.push(Passage { situation, at, life: self.life.number, events });
    }
}
