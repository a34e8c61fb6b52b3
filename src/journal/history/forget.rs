//! What a run that is resumed does anew: that which failed, and was not dealt with.
//!
//! A failure is dealt with when the run went on after it: an `attempt` caught it, a `retry` or `wait until` tried
//! again, a loop tolerated it. All others ended the run; resumed, it goes on at the step that failed. What stands
//! in the record of a `once` is never forgotten, unless nothing was sent.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::said::Said;
use super::{History, Unit, inside, outwards};
use crate::event::{FailureKind, RecordedOutcome, StepResult, UnitResult};
use crate::ids::StepKey;
use crate::value::Effect;

impl History {
    /// Leaves what a resumed run takes from its record; the rest is done anew.
    pub fn forget_failures(&mut self) {
        self.tolerate_in_open_loops();
        self.begin_cleaned_anew();
        let lanes = self.reopen_units();
        self.look_again(&lanes);
        self.send_again();
        self.explain_again();
        self.failed.clear();
    }

    /// All of it that a resumed run goes by, as text: not when what was said, nor why a stage failed, nor what a wait has seen but in
    /// the look that ended it.
    #[must_use]
    pub fn substance(mut self) -> String {
        self.forget_failures();
        let over = self.waits.iter().filter(|(_, wait)| wait.ended.is_some());
        let last: BTreeSet<_> =
            over.map(|(key, wait)| key.child(format_args!("poll:{}", wait.tries))).collect();
        let stands = |key: &StepKey| key.look().is_none_or(|(_, look)| last.contains(look));
        self.steps.retain(|key, _| stands(key));
        self.said.retain(|key, _| stands(key));
        self.dealt.retain(stands);
        self.number_steps_anew();
        for stage in &mut self.stages {
            stage.ended = stage.ended.take().filter(|ended| *ended == UnitResult::Ok);
        }
        self.waits.values_mut().filter(|wait| wait.ended.is_none()).for_each(|wait| wait.tries = 0);
        (self.next, self.lasted, self.ended) = (0, Duration::ZERO, None);
        format!("{self:?}")
    }

    /// Only the order of steps counts.
    fn number_steps_anew(&mut self) {
        let mut steps: Vec<_> = self.steps.values_mut().collect();
        steps.sort_by_key(|step| step.sequence);
        (0..).zip(steps).for_each(|(number, step)| step.sequence = number);
    }

    /// A pass that failed while its loop goes on counts in the loop's budget.
    fn tolerate_in_open_loops(&mut self) {
        let open = |inside: &StepKey| !self.failed.contains_key(inside);
        let passes = self
            .failed
            .iter()
            .filter(|(_, failed)| failed.inside.as_ref().is_some_and(open) && counts_in_budget(failed.kind));
        let tolerated: Vec<_> = passes.map(|(key, failed)| (key.clone(), failed.clone())).collect();
        self.dealt.extend(tolerated.iter().map(|(key, _)| key.clone()));
        self.tolerated.extend(tolerated);
    }

    /// What `always` put away is not there any more: the attempt begins anew, but for each `once` that was done.
    fn begin_cleaned_anew(&mut self) {
        for key in std::mem::take(&mut self.cleaned) {
            if !self.went_on_after(&key) {
                self.forget_inside(&key);
            }
        }
    }

    /// Gives the stages and passes that failed because something was not as it should be.
    fn reopen_units(&mut self) -> Vec<StepKey> {
        let failed: Vec<_> = self
            .failed
            .iter()
            .filter(|(key, _)| !self.went_on_after(key))
            .map(|(key, failed)| (key.clone(), failed.unit, failed.kind))
            .collect();
        let mut lanes = Vec::new();
        for (key, unit, kind) in failed {
            match unit {
                Unit::Wait | Unit::Checklist => self.forget_inside(&key),
                Unit::Stage | Unit::Undo | Unit::Loop | Unit::Pass => _ = self.said.remove(&key),
            }
            if !matches!(kind, FailureKind::Cancelled | FailureKind::InDoubt) {
                lanes.push(key);
            }
        }
        lanes
    }

    /// What a failed stage or pass had looked at since its last effect is looked at again: what failed may be what
    /// was seen there.
    fn look_again(&mut self, failed: &[StepKey]) {
        let effects = self.last_effects();
        let seen: Vec<_> = failed.iter().flat_map(|key| inside(&self.steps, key)).cloned().collect();
        for key in seen {
            let Some(step) = self.steps.get(&key) else { continue };
            if step.effect != Effect::Check || effects.followed(&key, step.sequence) {
                continue;
            }
            match key.look() {
                Some((wait, _)) => self.forget_inside(&StepKey(wait.into())),
                None => _ = self.steps.remove(&key),
            }
        }
    }

    fn last_effects(&self) -> LastEffects {
        let mut last: BTreeMap<StepKey, u64> = BTreeMap::new();
        for (key, step) in self.steps.iter().filter(|(_, step)| step.effect != Effect::Check) {
            let latest = last.entry(StepKey(lane(key).into())).or_default();
            *latest = (*latest).max(step.sequence);
        }
        LastEffects { last }
    }

    /// A request that failed is sent again; a `once` only when nothing had been sent.
    fn send_again(&mut self) {
        let again: Vec<_> = self
            .steps
            .iter()
            .filter(|(key, step)| match (&step.result, step.effect) {
                (Some(StepResult::Ok { .. }), _) => false,
                (_, _) if step.settled => false,
                (_, Effect::Check | Effect::Run) => !self.went_on_after(key),
                (Some(failed @ StepResult::Failed { .. }), Effect::Once) => {
                    had_no_effect(failed) && !self.went_on_after(key)
                }
                (None, Effect::Once) => false,
            })
            .map(|(key, _)| key.clone())
            .collect();
        again.iter().for_each(|key| _ = self.steps.remove(key));
    }

    fn explain_again(&mut self) {
        let explained = self.said.iter().filter(|(_, said)| said.contains(&Said::Explained));
        let again: Vec<_> =
            explained.map(|(key, _)| key.clone()).filter(|key| !self.went_on_after(key)).collect();
        again.iter().for_each(|key| self.forget_inside(key));
    }

    /// Forgets all at `key` and below it, but for what people answered and each `once`.
    fn forget_inside(&mut self, key: &StepKey) {
        let steps: Vec<_> = inside(&self.steps, key).cloned().collect();
        for step in steps {
            if self.steps.get(&step).is_some_and(|step| step.effect != Effect::Once) {
                self.steps.remove(&step);
            }
        }
        self.unsay_inside(key);
    }

    fn unsay_inside(&mut self, key: &StepKey) {
        let said: Vec<_> = inside(&self.said, key).cloned().collect();
        for key in said {
            if let Some(known) = self.said.get_mut(&key) {
                known.retain(|said| matches!(said, Said::Done | Said::Note));
            }
        }
        let waits: Vec<_> = inside(&self.waits, key).cloned().collect();
        waits.iter().for_each(|key| _ = self.waits.remove(key));
    }
}

/// Others end the loop, or leave something to be settled.
fn counts_in_budget(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Failed | FailureKind::Unreachable | FailureKind::TimedOut => true,
        FailureKind::Denied | FailureKind::Untrusted | FailureKind::Cancelled | FailureKind::InDoubt => false,
    }
}

/// Nothing reached the other side, or it said that it did nothing: nothing is repeated.
pub(super) fn had_no_effect(result: &StepResult) -> bool {
    match result {
        StepResult::Ok { .. } => false,
        StepResult::Failed { outcome: Some(RecordedOutcome::Http { status: 429, .. }), .. } => true,
        StepResult::Failed { failure, .. } => was_not_sent(failure.kind),
    }
}

fn was_not_sent(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Unreachable | FailureKind::Untrusted | FailureKind::Denied => true,
        FailureKind::Failed | FailureKind::TimedOut | FailureKind::Cancelled | FailureKind::InDoubt => false,
    }
}

/// The latest effect of each lane, by the number of its event.
struct LastEffects {
    last: BTreeMap<StepKey, u64>,
}

impl LastEffects {
    /// Whether an effect came after a look at `key`, where one may hang on the other: in the same pass or side, in
    /// one around it or inside it. What goes on beside it does not count.
    fn followed(&self, key: &StepKey, sequence: u64) -> bool {
        let own = StepKey(lane(key).into());
        let around = outwards(&own).filter_map(|outer| self.last.get(outer));
        let below = inside(&self.last, &own).filter_map(|inner| self.last.get(inner));
        around.chain(below).any(|latest| *latest > sequence)
    }
}

/// The stage, pass or side of `together` that a step is in: what goes one after another there.
fn lane(key: &StepKey) -> &str {
    let parallel = |outer: &&str| {
        let part = outer.rsplit('/').next().unwrap_or(outer);
        part.starts_with("for:") || part.starts_with("side:")
    };
    let first = key.0.split('/').next().unwrap_or(&key.0);
    outwards(key).find(parallel).unwrap_or(first)
}
