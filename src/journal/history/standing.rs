//! How a run stands: what is in doubt, who is waited for.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::forget::had_no_effect;
use super::{GateKind, History, outwards};
use crate::event::{Actor, Failure, FailureKind, RunResult, StepResult, UnitResult};
use crate::ids::StepKey;
use crate::source::Span;
use crate::value::Effect;

/// How a run stands, by its record; whether anybody carries it out just now, the record does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It came to no end: it is being carried out, or its runner died.
    Open,
    /// It ended in a way from which it can be resumed.
    Ended(RunResult),
    /// All its stages are done.
    Done,
    /// The stages that had begun are taken back.
    TakenBack,
}

/// A `once` whose effect is not known, or is known to be a failure: rutter does not send it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    pub key: StepKey,
    pub target: String,
    pub request: Arc<str>,
    pub span: Span,
    /// How it failed; nothing when what became of it is not on record.
    pub failure: Option<Failure>,
}

impl Doubt {
    /// Whether it may yet take effect, so that nothing should be taken back beside it.
    #[must_use]
    pub fn may_be_on_its_way(&self) -> bool {
        let kind = self.failure.as_ref().map(|failure| failure.kind);
        matches!(kind, None | Some(FailureKind::InDoubt | FailureKind::Cancelled))
    }
}

/// A question that nobody has answered yet, or too few.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    pub key: StepKey,
    pub text: String,
    pub asked: Timestamp,
    /// How many yes it takes; one for a `manual`.
    pub needed: u32,
    pub given: Vec<Actor>,
    pub within: Option<Duration>,
    pub manual: bool,
}

impl History {
    /// How the run stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (&self.ended, &self.undo) {
            (None, _) => Standing::Open,
            (Some((RunResult::Succeeded, _)), None) => Standing::Done,
            (Some((RunResult::Succeeded, _)), Some(_)) => Standing::TakenBack,
            (Some((result, _)), _) => Standing::Ended(*result),
        }
    }

    /// The numbers of the stages that have begun; checklists have nothing to take back.
    #[must_use]
    pub fn begun_stages(&self) -> Vec<usize> {
        let stages = self.stages.iter().filter(|stage| stage.key.0.starts_with("stage:"));
        stages.map(|stage| stage.number).collect()
    }

    /// Each `once` that needs a person's word before the run can go on past it.
    #[must_use]
    pub fn in_doubt(&self) -> Vec<Doubt> {
        let doubtful = self.steps.iter().filter_map(|(key, step)| {
            let failure = match &step.result {
                _ if step.effect != Effect::Once || step.settled || self.went_on_after(key) => return None,
                Some(StepResult::Ok { .. }) => return None,
                Some(failed) if had_no_effect(failed) => return None,
                Some(StepResult::Failed { failure, .. }) => Some((**failure).clone()),
                None => None,
            };
            let (target, request) = (step.target.clone(), step.request.clone());
            Some(Doubt { key: key.clone(), target, request, span: step.span, failure })
        });
        doubtful.collect()
    }

    /// Whether what failed at `key` was dealt with.
    #[must_use]
    pub fn went_on_after(&self, key: &StepKey) -> bool {
        outwards(key).any(|outer| self.dealt.contains(outer))
    }

    /// The questions that wait for an answer.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting> {
        let open = self.gates.iter().filter_map(|(key, gate)| {
            let (needed, within, manual) = match gate.kind {
                GateKind::Approval { needed, within } => (needed, within, false),
                GateKind::Manual => (1, None, true),
            };
            let given: Vec<_> = gate.given.iter().map(|(by, _)| by.clone()).collect();
            let enough = given.len() as u64 >= u64::from(needed);
            if enough || gate.refused.is_some() || self.is_past(key) {
                return None;
            }
            let (key, text, asked) = (key.clone(), gate.text.clone(), gate.asked);
            Some(Waiting { key, text, asked, needed, given, within, manual })
        });
        open.collect()
    }

    /// A stage that has come to a good end asks nothing any more.
    fn is_past(&self, key: &StepKey) -> bool {
        let around = |stage: &&super::StageRecord| outwards(key).any(|outer| *outer == *stage.key.0);
        self.stages.iter().find(around).is_some_and(|stage| stage.ended == Some(UnitResult::Ok))
    }
}
