//! Where a run stands between two runners: what follows depends on that alone.
//!
//! Once the faults of a schedule have struck, what comes next hangs on the record as a resumed run reads it, on the world, on
//! the time, and on what a person does by the rules of a sweep. Two schedules that come to the same situation have the same
//! rest, which is played once.
//!
//! The same holds where a runner has passed a stage: of what it did there nothing is left but the world, and how the invariants stand.
//! What is left is compared without the time, so that a run that was held up joins one that was not.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::digest::{Context, SHA256};

use super::verdict::End;
use crate::event::Failure;
use crate::journal::Doubt;
use crate::source::Span;

/// A digest of all that the rest of a run depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Situation([u8; 32]);

impl Situation {
    /// Of what is said by these texts, in this order.
    pub fn of(texts: &[String]) -> Self {
        let mut context = Context::new(&SHA256);
        for text in texts {
            context.update(&(text.len() as u64).to_le_bytes());
            context.update(text.as_bytes());
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        Self(digest)
    }
}

/// What a run stopped of: the title of a failure, and where it is written.
pub(super) type StoppedAt = Option<(String, Span)>;

/// What came of a run after a situation, without harm.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    /// What the run had stopped of before, and what its next runner stopped of.
    pub stops: (StoppedAt, StoppedAt),
    pub end: End,
    pub failure: Option<Failure>,
    /// How many runners it took from there on.
    pub lives: usize,
    /// The doubts that a person settled from there on.
    pub settled: Vec<Doubt>,
    /// A runner but the last of them ended with a step in doubt.
    pub in_doubt: bool,
    /// A runner of them was denied something.
    pub denied: bool,
    pub exercised: BTreeSet<Span>,
    /// On the world's clock, since the rehearsal began.
    pub lasted: Duration,
}

impl Rest {
    /// Whether a run that stopped of this goes on in the same way: it is given up where it stops of the same again.
    fn fits(&self, stopped_at: &StoppedAt) -> bool {
        let (before, next) = &self.stops;
        let again = |before: &StoppedAt| next.is_some() && next == before;
        again(before) == again(stopped_at)
    }
}

/// What came of a run that passed a stage in a situation, and went on from there to a good end with the same runner.
#[derive(Clone, Debug)]
pub(super) struct Through {
    /// From there on.
    pub lasted: Duration,
    pub exercised: BTreeSet<Span>,
}

/// The situations of one scenario whose rest was played.
#[derive(Debug, Default)]
pub(super) struct Known {
    rests: Mutex<HashMap<Situation, Rest>>,
    throughs: Mutex<HashMap<Situation, Through>>,
}

impl Known {
    /// What comes of a run that is in this situation, and stopped of that.
    pub fn rest(&self, situation: Situation, stopped_at: &StoppedAt) -> Option<Rest> {
        self.rests().get(&situation).filter(|rest| rest.fits(stopped_at)).cloned()
    }

    /// What was learned first stands.
    pub fn learn(&self, situation: Situation, rest: Rest) {
        self.rests().entry(situation).or_insert(rest);
    }

    fn rests(&self) -> MutexGuard<'_, HashMap<Situation, Rest>> {
        self.rests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes of a run that passes a stage in this situation.
    pub fn through(&self, situation: Situation) -> Option<Through> {
        self.throughs().get(&situation).cloned()
    }

    /// What was learned first stands.
    pub fn learn_through(&self, situation: Situation, through: Through) {
        self.throughs().entry(situation).or_insert(through);
    }

    fn throughs(&self) -> MutexGuard<'_, HashMap<Situation, Through>> {
        self.throughs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
