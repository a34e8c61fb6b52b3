//! What is known ahead of a run by who has played the same run before: of looks of waits and invariants, and of whole stages.
//!
//! In: the key of a look or stage, and how long it took where it was carried out. Out: whether it has to be. Must not know: how
//! that is known.

use std::time::Duration;

use crate::ids::StepKey;

/// Tells of looks that need not be made, and of stages that need not be carried out. Times are on the run's clock.
pub trait Foresight: Send + Sync {
    /// When this look, begun `now`, ends just as the one before it did; nothing where that is not known, and it has to be made.
    fn ends_as_before(&self, _look: &StepKey, _now: Duration) -> Option<Duration> {
        None
    }

    /// This look was made, and another may follow: its wait goes on, or its invariant held.
    fn made(&self, _look: &StepKey, _began: Duration, _now: Duration) {}

    /// The run was halted while this look was not made; one under way would have been let end.
    fn broken_off(&self, _look: &StepKey) {}

    /// What comes of the body of this stage, begun `now`; nothing where it has to be carried out.
    fn leap(&self, _stage: &StepKey, _now: Duration) -> Option<Leap> {
        None
    }

    /// The body of a stage was carried out, or leapt over, and nothing keeps the run from going on.
    fn passed(&self, _passed: &Passed<'_>) {}
}

/// A stage whose body is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed<'s> {
    pub stage: &'s StepKey,
    pub now: Duration,
    /// How the invariants stand, as text; nothing while one is being looked at.
    pub invariants: Option<String>,
}

/// A stage's body that is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leap {
    /// When it ends, on the run's clock.
    pub until: Duration,
    /// How many events it puts on record.
    pub events: u64,
    /// What it notes for the report.
    pub notes: Vec<String>,
}

/// Of every run but one that is played again.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoForesight;

impl Foresight for NoForesight {}
