//! Which events of a run are on record already: carried out again, it does not say them twice.

use super::History;
use crate::event::{EventKind, UnitResult};
use crate::ids::StepKey;

/// An event without what it says: its kind, and which of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Begun,
    Ended,
    Try(u32),
    AttemptFailed,
    CleanedUp,
    Explained,
    Note,
    Item,
    Done,
}

/// What the event is, if a run that is carried out again would say it again.
pub(super) fn identity(kind: &EventKind) -> Option<(&StepKey, Said)> {
    use EventKind as E;
    Some(match kind {
        E::StageStarted { key, .. }
        | E::UndoStarted { key, .. }
        | E::WaitStarted { key, .. }
        | E::PauseStarted { key, .. }
        | E::LoopStarted { key, .. }
        | E::PassStarted { key, .. }
        | E::ChecklistStarted { key, .. } => (key, Said::Begun),
        E::StageFinished { key, result }
        | E::UndoFinished { key, result }
        | E::WaitFinished { key, result }
        | E::PassFinished { key, result, .. }
        | E::LoopFinished { key, result }
        | E::ChecklistFinished { key, result } => match result {
            UnitResult::Ok | UnitResult::Failed { .. } => (key, Said::Ended),
            UnitResult::Skipped => return None,
        },
        E::PauseFinished { key } => (key, Said::Ended),
        E::RetryFailed { key, tries, .. } => (key, Said::Try(*tries)),
        E::AttemptFailed { key, .. } => (key, Said::AttemptFailed),
        E::CleanedUp { key } => (key, Said::CleanedUp),
        E::ExplainStarted { key, .. } => (key, Said::Explained),
        E::NoteWritten { key, .. } => (key, Said::Note),
        E::ItemChecked { key, .. } => (key, Said::Item),
        E::ManualDone { key, .. } => (key, Said::Done),
        E::RunStarted { .. }
        | E::RunResumed { .. }
        | E::TextAccepted { .. }
        | E::UndoBegan { .. }
        | E::RunFinished { .. }
        | E::StopRequested { .. }
        | E::StepIntended { .. }
        | E::StepSettled { .. }
        | E::StepTurnedAway { .. }
        | E::StepFinished { .. }
        | E::StepOutput { .. }
        | E::WaitPolled { .. }
        | E::ApprovalAsked { .. }
        | E::ApprovalGiven { .. }
        | E::ApprovalRefused { .. }
        | E::ManualAsked { .. }
        | E::Diagnosed { .. }
        | E::GuardOverridden { .. }
        | E::GuardAsked { .. }
        | E::GuardAnswered { .. }
        | E::InvariantFailed { .. }
        | E::InvariantRecovered { .. }
        | E::InvariantBroken { .. }
        | E::InvariantSlow { .. } => return None,
    })
}

impl History {
    /// Whether this is on record, and would only be said again.
    #[must_use]
    pub fn has_said(&self, kind: &EventKind) -> bool {
        identity(kind).is_some_and(|(key, said)| self.holds(key, said))
    }

    /// Whether the unit at `key` came to its end, and what came of it stands.
    #[must_use]
    pub fn has_ended(&self, key: &StepKey) -> bool {
        self.holds(key, Said::Ended)
    }

    /// Whether `on failure` began to explain, at `key`.
    #[must_use]
    pub fn has_explained(&self, key: &StepKey) -> bool {
        self.holds(key, Said::Explained)
    }

    /// Whether a person did what the `manual` at `key` asks for.
    #[must_use]
    pub fn is_done(&self, key: &StepKey) -> bool {
        self.holds(key, Said::Done)
    }

    fn holds(&self, key: &StepKey, said: Said) -> bool {
        self.said.get(key).is_some_and(|known| known.contains(&said))
    }

    pub(super) fn say(&mut self, key: &StepKey, said: Said) {
        let known = self.said.entry(key.clone()).or_default();
        if !known.contains(&said) {
            known.push(said);
        }
    }
}
