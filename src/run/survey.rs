//! What another text makes of a run's record: whether it asks for each request on record as it was asked.
//!
//! The run is carried out again with its record, as when it is resumed, but each branch comes to rest where its record
//! ends: nothing is sent, nobody is asked, and nothing is written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, pending, select};

use crate::ids::StepKey;
use crate::journal::{History, Step};

use super::runner::Runner;
use super::{ApprovalAsk, Decision, ManualAsk, Operator};

/// Longer than any run; on a clock that leaps there is nothing else left to wait for.
const AGES: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A request on record that the text does not ask for, or asks for otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedStep {
    pub key: StepKey,
    /// `once on pay POST https://…`
    pub recorded: String,
    /// The same as the text has it; nothing when it does not come by there.
    pub now: Option<String>,
    /// What became of it is not known.
    pub in_doubt: bool,
}

/// The requests that came by, each with what it is now if that is something else.
#[derive(Debug, Default)]
pub(super) struct Survey {
    seen: Mutex<BTreeMap<StepKey, Option<String>>>,
}

impl Survey {
    /// A request came by that is on record; `now` is how it reads, if otherwise.
    pub fn note(&self, key: &StepKey, now: Option<String>) {
        self.seen().insert(key.clone(), now);
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<StepKey, Option<String>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, key: &StepKey, step: &Step, history: &History) -> Option<ChangedStep> {
        let seen = self.seen().get(key).cloned();
        let unchanged = matches!(seen, Some(None));
        // Of a wait only the last look comes by again.
        let passed_over = seen.is_none() && key.look().is_some();
        if unchanged || passed_over || is_asked_afresh(key) {
            return None;
        }
        let in_doubt = history.in_doubt().iter().any(|doubt| doubt.key == *key);
        Some(ChangedStep { key: key.clone(), recorded: reading(step), now: seen.flatten(), in_doubt })
    }
}

/// `run on here $ ls`
fn reading(step: &Step) -> String {
    format!("{} on {} {}", step.effect.word(), step.target, step.request)
}

/// Of guards, proofs and explanations nothing is taken from the record.
fn is_asked_afresh(key: &StepKey) -> bool {
    ["guard:", "done-when", "on-failure"].iter().any(|part| key.0.split('/').any(|own| own.starts_with(part)))
}

/// Whoever is asked beyond the record does not answer.
struct Silent;

impl Operator for Silent {
    fn approve<'a>(&'a self, _ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        Box::pin(pending())
    }

    fn manual<'a>(&'a self, _ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        Box::pin(pending())
    }
}

impl Runner {
    /// What the plan makes of the record that [`Runner::after`] gave, on a clock that leaps: the requests that it
    /// would not repeat, and that it has otherwise or not at all.
    pub async fn survey(mut self) -> Vec<ChangedStep> {
        let (Some(history), clock) = (self.history.clone(), self.clock.clone()) else { return Vec::new() };
        let survey = Arc::new(Survey::default());
        self.survey = Some(Arc::clone(&survey));
        self.operator = Arc::new(Silent);
        let (execute, rest) = (std::pin::pin!(self.execute()), clock.sleep(AGES));
        select(execute, rest).await;
        history.steps().filter_map(|(key, step)| survey.change(key, step, &history)).collect()
    }
}
