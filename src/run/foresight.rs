//! What is known ahead of the looks of a wait or an invariant, by who has played the same run before.
//!
//! In: the key of a look. Out: whether it has to be made. Must not know: how that is known.

use std::time::Duration;

use crate::ids::StepKey;

/// Tells of looks that need not be made.
pub trait Foresight: Send + Sync {
    /// When this look, begun `now` on the run's clock, ends just as the one before it did; nothing where that is not known, and it has to
    /// be made.
    fn ends_as_before(&self, look: &StepKey, now: Duration) -> Option<Duration>;
}

/// Of every run but one that is played again.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoForesight;

impl Foresight for NoForesight {
    fn ends_as_before(&self, _: &StepKey, _: Duration) -> Option<Duration> {
        None
    }
}
