//! One event after another.

use super::said::identity;
use super::{FailedUnit, Gate, GateKind, History, StageRecord, Started, Step, Unit, Wait};
use crate::event::{Event, EventKind, StepResult, UnitResult};
use crate::ids::StepKey;
use crate::value::Effect;

/// Invariants look anew in every run; nothing hangs on what they saw.
const INVARIANT: &str = "invariant:";

impl History {
    pub(super) fn take(&mut self, event: &Event) {
        (self.next, self.lasted) = (event.sequence + 1, event.at);
        if let Some((key, said)) = identity(&event.kind) {
            self.say(key, said);
        }
        self.of_the_run(event);
        self.of_units(&event.kind);
        self.of_steps(event);
        self.of_people(event);
    }

    fn of_the_run(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { run, title, file, plan, stages, by } => {
                self.plan.clone_from(plan);
                self.started = Some(Started {
                    run: run.clone(),
                    title: title.clone(),
                    file: file.clone(),
                    by: by.clone(),
                    at: event.wall,
                    stages: stages.clone(),
                });
            }
            EventKind::RunResumed { plan, .. } => {
                self.plan.clone_from(plan);
                self.forget_failures();
                self.ended = None;
            }
            EventKind::TextAccepted { plan, .. } => {
                self.plan.clone_from(plan);
                self.ask_again();
            }
            EventKind::UndoBegan { stages, .. } => {
                self.forget_failures();
                self.undo = Some(stages.clone());
                self.ended = None;
            }
            EventKind::RunFinished { result, failure, .. } => {
                self.ended = Some((*result, failure.as_deref().cloned()));
            }
            EventKind::NoteWritten { text, .. } => self.notes.push(text.clone()),
            _ => {}
        }
    }

    /// A yes is given to a plan; another plan needs another.
    fn ask_again(&mut self) {
        let approvals = self.gates.values_mut().filter(|gate| gate.kind != GateKind::Manual);
        approvals.for_each(|gate| gate.given.clear());
    }

    fn of_units(&mut self, kind: &EventKind) {
        match kind {
            EventKind::StageStarted { key, number, title } => self.stage_begun(key, *number, title),
            EventKind::ChecklistStarted { key, title } => {
                let number = key.0.rsplit(':').next().and_then(|number| number.parse().ok()).unwrap_or(0);
                self.stage_begun(key, number, title);
            }
            EventKind::StageFinished { key, result } => self.ended(key, Unit::Stage, result, None),
            EventKind::ChecklistFinished { key, result } => self.ended(key, Unit::Checklist, result, None),
            EventKind::UndoFinished { key, result } => self.ended(key, Unit::Undo, result, None),
            EventKind::LoopFinished { key, result } => self.ended(key, Unit::Loop, result, None),
            EventKind::PassFinished { key, loop_key, result, .. } => {
                self.ended(key, Unit::Pass, result, Some(loop_key));
            }
            EventKind::WaitStarted { key, .. } => {
                self.waits.entry(key.clone()).or_insert(Wait { tries: 0, ended: None }).ended = None;
            }
            EventKind::WaitPolled { key, tries, .. } => {
                self.waits.entry(key.clone()).or_insert(Wait { tries: 0, ended: None }).tries = *tries;
                self.dealt.insert(key.child(format_args!("poll:{tries}")));
            }
            EventKind::WaitFinished { key, result } => {
                self.waits.entry(key.clone()).or_insert(Wait { tries: 0, ended: None }).ended =
                    Some(result.clone());
                self.ended(key, Unit::Wait, result, None);
            }
            EventKind::AttemptFailed { key, .. } => _ = self.dealt.insert(key.child("attempt")),
            EventKind::CleanedUp { key } => _ = self.cleaned.insert(key.clone()),
            EventKind::RetryFailed { key, tries, of, .. } if tries < of => {
                self.dealt.insert(key.child(format_args!("try:{tries}")));
            }
            _ => {}
        }
    }

    fn stage_begun(&mut self, key: &StepKey, number: usize, title: &str) {
        let record = StageRecord { key: key.clone(), number, title: title.to_owned(), ended: None };
        match self.stages.iter_mut().find(|stage| stage.key == *key) {
            Some(known) => *known = record,
            None => self.stages.push(record),
        }
    }

    fn ended(&mut self, key: &StepKey, unit: Unit, result: &UnitResult, inside: Option<&StepKey>) {
        if let Some(stage) = self.stages.iter_mut().find(|stage| stage.key == *key) {
            stage.ended = Some(result.clone());
        }
        match result {
            UnitResult::Failed { failure } => {
                let failed = FailedUnit { unit, kind: failure.kind, inside: inside.cloned() };
                self.failed.insert(key.clone(), failed);
                if unit == Unit::Loop {
                    self.blame_passes(key);
                }
            }
            UnitResult::Ok | UnitResult::Skipped => {
                self.failed.remove(key);
                if unit == Unit::Loop {
                    self.dealt.insert(key.clone());
                }
            }
        }
    }

    /// The loop failed after all: what its passes failed of was not dealt with.
    fn blame_passes(&mut self, of: &StepKey) {
        let (blamed, others) = std::mem::take(&mut self.tolerated)
            .into_iter()
            .partition(|(_, pass)| pass.inside.as_ref() == Some(of));
        self.tolerated = others;
        let blamed: std::collections::BTreeMap<StepKey, FailedUnit> = blamed;
        blamed.keys().for_each(|pass| _ = self.dealt.remove(pass));
        self.failed.extend(blamed);
    }

    fn of_steps(&mut self, event: &Event) {
        match &event.kind {
            EventKind::StepIntended { key, .. } | EventKind::StepFinished { key, .. }
                if key.0.starts_with(INVARIANT) => {}
            EventKind::StepIntended { key, effect, target, request, span, details, .. } => {
                let step = Step {
                    sequence: event.sequence,
                    effect: *effect,
                    target: target.clone(),
                    request: request.clone(),
                    span: *span,
                    result: None,
                    details: details.clone(),
                    settled: false,
                    gave: None,
                };
                self.steps.insert(key.clone(), step);
            }
            EventKind::StepFinished { key, result } => self.step_ended(key, result),
            // Nothing came of it until the next intent.
            EventKind::StepTurnedAway { key, .. } => self.turned_away(key),
            EventKind::StepSettled { key, happened: true, gave, .. } => {
                if let Some(step) = self.steps.get_mut(key) {
                    (step.settled, step.gave) = (true, gave.clone());
                }
            }
            EventKind::StepSettled { key, happened: false, .. } => {
                self.steps.remove(key);
                *self.attempts.entry(key.clone()).or_default() += 1;
            }
            _ => {}
        }
    }

    fn turned_away(&mut self, key: &StepKey) {
        if self.steps.get(key).is_some_and(|step| step.effect == Effect::Once) {
            self.steps.remove(key);
        }
    }

    fn step_ended(&mut self, key: &StepKey, result: &StepResult) {
        if let Some(step) = self.steps.get_mut(key) {
            step.result = Some(result.clone());
            // A word that did not tell what was needed is asked for again.
            step.settled = false;
        }
    }

    fn of_people(&mut self, event: &Event) {
        match &event.kind {
            EventKind::ApprovalAsked { key, text, needed, within } => {
                let kind = GateKind::Approval { needed: *needed, within: *within };
                self.asked(key, text, kind, event);
            }
            EventKind::ManualAsked { key, text } => self.asked(key, text, GateKind::Manual, event),
            EventKind::ApprovalGiven { key, by, .. } | EventKind::ManualDone { key, by } => {
                if let Some(gate) = self.gates.get_mut(key) {
                    gate.given.push((by.clone(), event.wall));
                }
            }
            EventKind::ApprovalRefused { key, by, .. } => {
                if let Some(gate) = self.gates.get_mut(key) {
                    gate.refused = Some(by.clone());
                }
            }
            _ => {}
        }
    }

    fn asked(&mut self, key: &StepKey, text: &str, kind: GateKind, event: &Event) {
        let (text, asked) = (text.to_owned(), event.wall);
        let earlier = self.gates.remove(key);
        let (mut given, refused) = earlier.map(|gate| (gate.given, gate.refused)).unwrap_or_default();
        // Asked again, since what was given has expired.
        if let GateKind::Approval { within: Some(within), .. } = kind {
            let limit = jiff::SignedDuration::try_from(within).unwrap_or(jiff::SignedDuration::MAX);
            given.retain(|(_, at)| event.wall.duration_since(*at) <= limit);
        }
        self.gates.insert(key.clone(), Gate { text, asked, kind, given, refused });
    }
}
