//! What each `once` gave that was asked for under a claim: asked for again, it gives that and does nothing.

use std::time::Duration;

use super::reply::{Answer, LATENCY, What};
use crate::backend::Claim;
use crate::ids::{RunId, StepKey};
use crate::value::{CommandOutcome, Outcome};

/// The claims that a world's hosts know.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    taken: Vec<Taken>,
    /// The greatest fence that was seen of each run.
    fences: Vec<(RunId, u64)>,
}

#[derive(Clone, Debug)]
struct Taken {
    step: (RunId, StepKey, u32),
    outcome: Outcome,
    /// When it has ended, on the world's clock.
    ends: Duration,
}

impl Claims {
    /// Whether a newer runner has the run.
    pub(super) fn refuse(&mut self, claim: &Claim) -> bool {
        match self.fences.iter_mut().find(|(run, _)| *run == claim.run) {
            Some((_, greatest)) => {
                *greatest = (*greatest).max(claim.fence);
                claim.fence < *greatest
            }
            None => {
                self.fences.push((claim.run.clone(), claim.fence));
                false
            }
        }
    }

    /// What was asked for before under this claim.
    pub(super) fn find(&self, claim: &Claim, now: Duration) -> Option<Answer> {
        let taken = self.taken.iter().find(|taken| taken.step == step(claim))?;
        let latency = taken.ends.saturating_sub(now).max(LATENCY);
        Some(Answer { what: What::Outcome(taken.outcome.clone()), latency })
    }

    /// What is known of each claim, and how long it still takes at `now`, as text.
    pub(super) fn substance(&self, now: Duration) -> String {
        let taken = |taken: &Taken| {
            format!("{:?} {:?} {:?}", taken.step, taken.outcome, taken.ends.saturating_sub(now))
        };
        let taken: Vec<_> = self.taken.iter().map(taken).collect();
        format!("{taken:?} {:?}", self.fences)
    }

    /// It takes effect now. Of what got lost on its way only that it ended is known there.
    pub(super) fn take(&mut self, claim: &Claim, answer: &Answer, now: Duration) {
        let outcome = match &answer.what {
            What::Outcome(outcome) => outcome.clone(),
            What::Lost => Outcome::Command(CommandOutcome::default()),
            What::Unreachable => return,
        };
        self.taken.push(Taken { step: step(claim), outcome, ends: now + answer.latency });
    }
}

fn step(claim: &Claim) -> (RunId, StepKey, u32) {
    (claim.run.clone(), claim.step.clone(), claim.attempt)
}
