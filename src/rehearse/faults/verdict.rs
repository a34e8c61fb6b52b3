//! What became of one schedule.

use std::collections::BTreeSet;
use std::time::Duration;

use super::judge::Harm;
use super::kind::Kind;
use super::schedule::Schedule;
use super::seen::GoesOn;
use super::situation::Rest;
use super::story::Story;
use crate::event::Failure;
use crate::journal::Doubt;
use crate::source::Span;

/// How a run ended for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    Succeeded,
    /// What had begun was taken back.
    Undone,
    /// It stopped, said why and what can be done; resumed, it stops there again.
    Stopped,
}

/// What at least one schedule should come by, or a test proves less than it seems to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sometimes {
    ResumedInDoubt,
    LeaseLost,
    GuardFlipped,
    InterruptedTwice,
    ApprovalExpired,
}

impl Sometimes {
    /// Each of them, in words.
    pub const ALL: [(Sometimes, &'static str); 5] = [
        (Sometimes::ResumedInDoubt, "a run was resumed with a step in doubt"),
        (Sometimes::LeaseLost, "a runner lost its lease"),
        (Sometimes::GuardFlipped, "a guard's fact flipped before the command, which was denied"),
        (Sometimes::InterruptedTwice, "a run was interrupted twice"),
        (Sometimes::ApprovalExpired, "an approval expired"),
    ];
}

/// What became of one schedule.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub schedule: Schedule,
    pub end: End,
    /// Why it did not succeed.
    pub failure: Option<Failure>,
    /// How many runners it took.
    pub lives: usize,
    /// The steps in doubt that a person had to settle.
    pub settled: Vec<Doubt>,
    pub harms: Vec<Harm>,
    pub sometimes: BTreeSet<Sometimes>,
    /// How long it took on the world's clock.
    pub lasted: Duration,
    /// Where what deals with faults was carried out, or applied.
    pub exercised: BTreeSet<Span>,
    /// What happened, if that did harm.
    pub story: Option<Box<Story>>,
}

impl Verdict {
    /// With what came of others from where it goes on as one of them.
    pub(super) fn followed_by(self, goes_on: &GoesOn) -> Self {
        match goes_on {
            GoesOn::From(rest) => self.with((**rest).clone()),
            GoesOn::Through(through) => {
                let exercised = &self.exercised | &through.exercised;
                Self { exercised, lasted: self.lasted + through.lasted, ..self }
            }
        }
    }

    fn with(self, rest: Rest) -> Self {
        let flipped = self.schedule.0.iter().any(|injection| injection.kind == Kind::Flipped);
        let doubts = rest.in_doubt.then_some(Sometimes::ResumedInDoubt);
        let flips = (flipped && rest.denied).then_some(Sometimes::GuardFlipped);
        let sometimes = self.sometimes.into_iter().chain(doubts).chain(flips).collect();
        Self {
            end: rest.end,
            failure: rest.failure,
            lives: self.lives + rest.lives,
            settled: self.settled.into_iter().chain(rest.settled).collect(),
            sometimes,
            exercised: &self.exercised | &rest.exercised,
            lasted: rest.lasted,
            ..self
        }
    }
}
