//! Secrets taken out of what is recorded and shown.

use std::borrow::Cow;

use crate::event::{Actor, EventKind, Failure, Recorded, RecordedOutcome, StepResult, UnitResult, Values};

use super::Secrets;

/// Takes the texts of a run's secrets out of events: what a host echoes back must not be kept.
pub(super) struct Redactor {
    secrets: Secrets,
}

impl Redactor {
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets }
    }

    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.secrets.hide(text)
    }

    /// The event without secrets; the same event where there are none to hide.
    pub fn event(&self, mut kind: EventKind) -> EventKind {
        if self.secrets.is_empty() {
            return kind;
        }
        self.event_texts(&mut kind);
        kind
    }

    fn hide(&self, text: &mut String) {
        if let Cow::Owned(hidden) = self.secrets.hide(text) {
            *text = hidden;
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table of kinds, an arm each")]
    fn event_texts(&self, kind: &mut EventKind) {
        use EventKind as E;
        match kind {
            E::StepIntended { request, .. } => self.hide_shared(request),
            E::GuardAsked { request, because, .. } => {
                self.hide_shared(request);
                self.hide(because);
            }
            E::StepFinished { result, .. } => self.step_result(result),
            E::RunFinished { failure, notes, .. } => {
                failure.iter_mut().for_each(|failure| self.failure(failure));
                notes.iter_mut().for_each(|note| self.hide(note));
            }
            E::ItemChecked { title, result, values, .. } => {
                self.hide(title);
                self.unit_result(result);
                self.values(values);
            }
            E::PassFinished { item, result, .. } => {
                self.hide(item);
                self.unit_result(result);
            }
            E::LoopStarted { items, .. } => items.iter_mut().for_each(|item| self.hide(item)),
            E::PassStarted { item, .. } => self.hide(item),
            E::RunStarted { title, stages, by, .. } => {
                self.hide(title);
                stages.iter_mut().for_each(|stage| self.hide(stage));
                self.actor(by);
            }
            E::StopRequested { why } => self.hide(why),
            E::StageFinished { result, .. }
            | E::UndoFinished { result, .. }
            | E::WaitFinished { result, .. }
            | E::LoopFinished { result, .. }
            | E::ChecklistFinished { result, .. } => self.unit_result(result),
            E::WaitPolled { reason: Some(reason), .. }
            | E::RetryFailed { reason, .. }
            | E::AttemptFailed { reason, .. } => self.hide(reason),
            E::GuardOverridden { reason, by, .. } => {
                self.hide(reason);
                self.actor(by);
            }
            E::InvariantFailed { title, reason, .. } => {
                self.hide(title);
                self.hide(reason);
            }
            E::GuardAnswered { guard: title, reason, values, .. }
            | E::InvariantBroken { title, reason, values, .. } => {
                self.hide(title);
                self.hide(reason);
                self.values(values);
            }
            E::StepOutput { line: text, .. }
            | E::WaitStarted { title: text, .. }
            | E::PauseStarted { reason: Some(text), .. }
            | E::NoteWritten { text, .. }
            | E::ApprovalAsked { text, .. }
            | E::ManualAsked { text, .. }
            | E::StageStarted { title: text, .. }
            | E::UndoStarted { stage: text, .. }
            | E::ChecklistStarted { title: text, .. }
            | E::InvariantRecovered { title: text, .. }
            | E::InvariantSlow { title: text, .. } => self.hide(text),
            E::Diagnosed { condition, cause, fix, values, untold, .. } => {
                [condition, cause, fix].into_iter().chain(untold).for_each(|text| self.hide(text));
                self.values(values);
            }
            E::StepSettled { gave, reason, by, .. } => {
                gave.iter_mut().chain(reason).for_each(|text| self.hide(text));
                self.actor(by);
            }
            E::ApprovalGiven { by, reason, .. } | E::ApprovalRefused { by, reason, .. } => {
                reason.iter_mut().for_each(|reason| self.hide(reason));
                self.actor(by);
            }
            E::TextAccepted { changes, by, .. } => {
                changes.iter_mut().for_each(|change| self.hide(change));
                self.actor(by);
            }
            E::RunResumed { by, .. } | E::UndoBegan { by, .. } | E::ManualDone { by, .. } => self.actor(by),
            E::ExplainStarted { .. }
            | E::WaitPolled { reason: None, .. }
            | E::PauseStarted { reason: None, .. }
            | E::PauseFinished { .. }
            | E::StepTurnedAway { .. }
            | E::CleanedUp { .. } => {}
        }
    }

    fn hide_shared(&self, text: &mut std::sync::Arc<str>) {
        if let Cow::Owned(hidden) = self.secrets.hide(text) {
            *text = hidden.into();
        }
    }

    fn values(&self, values: &mut Values) {
        values.iter_mut().for_each(|(name, value)| {
            self.hide(name);
            self.hide(value);
        });
    }

    fn actor(&self, actor: &mut Actor) {
        self.hide(&mut actor.name);
        self.hide(&mut actor.from);
    }

    fn unit_result(&self, result: &mut UnitResult) {
        match result {
            UnitResult::Failed { failure } => self.failure(failure),
            UnitResult::Ok | UnitResult::Skipped => {}
        }
    }

    fn step_result(&self, result: &mut StepResult) {
        match result {
            StepResult::Ok { outcome, .. } => self.outcome(outcome),
            StepResult::Failed { failure, outcome } => {
                self.failure(failure);
                outcome.iter_mut().for_each(|outcome| self.outcome(outcome));
            }
        }
    }

    fn outcome(&self, outcome: &mut RecordedOutcome) {
        match outcome {
            RecordedOutcome::Command { stdout, stderr, .. } => {
                self.recorded(stdout);
                self.recorded(stderr);
            }
            RecordedOutcome::Http { headers, body, .. } => {
                headers.values_mut().for_each(|value| self.hide(value));
                self.recorded(body);
            }
            RecordedOutcome::Done { value, .. } => self.json(value),
        }
    }

    fn json(&self, value: &mut serde_json::Value) {
        use serde_json::Value as Json;
        match value {
            Json::String(text) => self.hide(text),
            Json::Array(list) => list.iter_mut().for_each(|value| self.json(value)),
            Json::Object(map) => map.values_mut().for_each(|value| self.json(value)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn recorded(&self, recorded: &mut Recorded) {
        match recorded {
            Recorded::Text(text) => self.hide(text),
            // Taken out before it was encoded.
            Recorded::Base64(_) => {}
        }
    }

    /// A failure without secrets.
    pub fn failure(&self, failure: &mut Failure) {
        self.hide(&mut failure.title);
        self.hide(&mut failure.label);
        failure.help.iter_mut().for_each(|help| self.hide(help));
        self.values(&mut failure.values);
        failure.trail.iter_mut().for_each(|frame| self.hide(&mut frame.text));
        failure.causes.iter_mut().for_each(|cause| self.failure(cause));
    }
}
