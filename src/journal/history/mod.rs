//! From the events of a run to what is known of it: what became of each step, who was asked, how it stands.
//!
//! In: events, in order. Out: a [`History`]. A run that is resumed is carried out again with it: what is on
//! record is not done again. Must not know: the tree, how anything is run or shown.

mod fold;
mod forget;
mod said;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::event::{Actor, Event, Failure, FailureKind, RunResult, StepResult, UnitResult};
use crate::ids::{RunId, StepKey};
use crate::source::Span;
use crate::value::Effect;

use said::Said;
pub use standing::{Doubt, Standing, Waiting};

/// What is known of a run by its record.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The number of the event that comes next.
    pub next: u64,
    /// How long the run had lasted at its last event.
    pub lasted: Duration,
    pub started: Option<Started>,
    /// The hash of the plan that it goes on with.
    pub plan: String,
    pub stages: Vec<StageRecord>,
    /// What `note` said.
    pub notes: Vec<String>,
    /// The stages that are being taken back.
    pub undo: Option<Vec<usize>>,
    /// How it ended, if it did since it was last resumed.
    pub ended: Option<(RunResult, Option<Failure>)>,
    steps: BTreeMap<StepKey, Step>,
    /// How often a person said of a step that it had not happened.
    attempts: BTreeMap<StepKey, u32>,
    waits: BTreeMap<StepKey, Wait>,
    gates: BTreeMap<StepKey, Gate>,
    said: BTreeMap<StepKey, Vec<Said>>,
    failed: BTreeMap<StepKey, FailedUnit>,
    /// What failed at these keys or inside was dealt with: the run went on after it.
    dealt: BTreeSet<StepKey>,
    /// Passes that failed and were counted in the budget of a loop that had not ended yet.
    tolerated: BTreeMap<StepKey, FailedUnit>,
    /// Attempts whose `always` was carried out after a failure that went on up.
    cleaned: BTreeSet<StepKey>,
}

/// What a run was begun as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub run: RunId,
    pub title: String,
    pub file: String,
    pub by: Actor,
    pub at: Timestamp,
    /// Stages and checklists, in order.
    pub stages: Vec<String>,
}

/// A stage or checklist that has begun.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRecord {
    pub key: StepKey,
    /// Counted from 1 among stages and checklists.
    pub number: usize,
    pub title: String,
    pub ended: Option<UnitResult>,
}

/// What is on record of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The number of the event that says it was intended.
    pub sequence: u64,
    pub effect: Effect,
    pub target: String,
    /// As plans and reports show it.
    pub request: Arc<str>,
    pub span: Span,
    /// A digest of what `request` does not show.
    pub details: String,
    /// Nothing: it was intended, and what became of it is not on record.
    pub result: Option<StepResult>,
    /// A person said that it happened.
    pub settled: bool,
    /// What it printed or answered, as that person said.
    pub gave: Option<String>,
}

/// What is on record of a `wait until`.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    pub tries: u32,
    pub ended: Option<UnitResult>,
}

/// What is on record of a question to people.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    pub text: String,
    pub asked: Timestamp,
    pub kind: GateKind,
    /// Who said yes, and when.
    pub given: Vec<(Actor, Timestamp)>,
    pub refused: Option<Actor>,
}

/// What people are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// `approve`
    Approval { needed: u32, within: Option<Duration> },
    /// `manual`
    Manual,
}

#[derive(Clone, Debug)]
struct FailedUnit {
    unit: Unit,
    kind: FailureKind,
    /// Of a pass, its loop.
    inside: Option<StepKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Stage,
    Undo,
    Checklist,
    Wait,
    Loop,
    Pass,
}

impl History {
    /// What these events tell, the first of a run first.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        let mut history = Self::default();
        events.iter().for_each(|event| history.take(event));
        history
    }

    /// What is on record of the request at `key`.
    #[must_use]
    pub fn step(&self, key: &StepKey) -> Option<&Step> {
        self.steps.get(key)
    }

    /// Every request on record.
    pub fn steps(&self) -> impl Iterator<Item = (&StepKey, &Step)> {
        self.steps.iter()
    }

    /// How often a person said of the step that it had not happened.
    #[must_use]
    pub fn attempt(&self, key: &StepKey) -> u32 {
        self.attempts.get(key).copied().unwrap_or(0)
    }

    /// What is on record of the `wait until` at `key`.
    #[must_use]
    pub fn wait(&self, key: &StepKey) -> Option<&Wait> {
        self.waits.get(key)
    }

    /// What is on record of the question at `key`.
    #[must_use]
    pub fn gate(&self, key: &StepKey) -> Option<&Gate> {
        self.gates.get(key)
    }

    /// Whether a request at `key` or inside is on record.
    #[must_use]
    pub fn has_inside(&self, key: &StepKey) -> bool {
        inside(&self.steps, key).next().is_some()
    }
}

/// What is at `key` and below it.
fn inside<'m, T>(
    map: &'m BTreeMap<StepKey, T>,
    key: &StepKey,
) -> impl Iterator<Item = &'m StepKey> + use<'m, T> {
    let (exact, below) = (map.get_key_value(key), format!("{key}/"));
    let range = map.range::<str, _>((std::ops::Bound::Included(below.as_str()), std::ops::Bound::Unbounded));
    let keys: Vec<_> =
        range.take_while(|(found, _)| found.0.starts_with(&below)).map(|(found, _)| found).collect();
    exact.into_iter().map(|(found, _)| found).chain(keys)
}

/// `key` and what it is in, innermost first.
fn outwards(key: &StepKey) -> impl Iterator<Item = &str> {
    let whole: &str = &key.0;
    std::iter::successors(Some(whole), |inner| inner.rsplit_once('/').map(|(outer, _)| outer))
}
