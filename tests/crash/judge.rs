//! What must be true of a record, and of what was sent, however often the runner died.

use std::collections::{BTreeMap, BTreeSet};

use rutter::event::{Event, EventKind, StepResult, UnitResult};
use rutter::ids::StepKey;
use rutter::value::Effect;

const DONE: &str = "the run succeeded";

/// What looks anew in every run, and has no outcome that stands.
fn is_afresh(key: &StepKey) -> bool {
    let parts = ["invariant:", "guard:", "done-when", "on-failure"];
    parts.iter().any(|part| key.0.split('/').any(|piece| piece.starts_with(part)))
}

/// The step that a request belongs to: the key of a sending may say which one it is.
fn step_of(key: &StepKey) -> &str {
    let last = key.0.rsplit_once('/');
    match last {
        Some((step, part)) if part.starts_with("try:") || part.starts_with("again:") => step,
        _ => &key.0,
    }
}

/// Steps whose good end is on record.
pub fn ended(events: &[Event]) -> BTreeSet<StepKey> {
    let ended = events.iter().filter_map(|event| match &event.kind {
        EventKind::StepFinished { key, result: StepResult::Ok { .. } } => Some(key.clone()),
        _ => None,
    });
    ended.filter(|key| !is_afresh(key)).collect()
}

/// None of `ended` is among what was sent later.
pub fn not_repeated<'s>(
    ended: &BTreeSet<StepKey>,
    sent: impl Iterator<Item = &'s StepKey>,
) -> Result<(), String> {
    let mut again = sent.filter(|key| ended.contains(step_of(key)));
    again.next().map_or(Ok(()), |key| Err(format!("{key} had ended, and was sent again")))
}

/// Each `once` was sent at most once under one key: a person's word that it had not happened gives it another.
pub fn at_most_once<'s>(sent: impl Iterator<Item = (&'s StepKey, Effect)>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for (key, effect) in sent {
        if effect == Effect::Once && !seen.insert(key) {
            return Err(format!("once {key} was sent twice"));
        }
    }
    Ok(())
}

/// No event says a second time what another said.
pub fn said_once(events: &[Event]) -> Result<(), String> {
    let mut seen = BTreeMap::new();
    for event in events {
        if let Some(key) = failed(&event.kind) {
            seen.remove(&format!("{key} begun"));
        }
        if let EventKind::UndoBegan { .. } = &event.kind {
            seen.remove(DONE);
        }
        let Some(said) = identity(&event.kind) else { continue };
        if let Some(earlier) = seen.insert(said.clone(), event.sequence) {
            return Err(format!("event {} says again what {earlier} did: {said}", event.sequence));
        }
    }
    Ok(())
}

/// A unit that came to a bad end is begun again by the run that is resumed.
fn failed(kind: &EventKind) -> Option<&StepKey> {
    use EventKind as E;
    match kind {
        E::StageFinished { key, result: UnitResult::Failed { .. } }
        | E::UndoFinished { key, result: UnitResult::Failed { .. } }
        | E::WaitFinished { key, result: UnitResult::Failed { .. } }
        | E::LoopFinished { key, result: UnitResult::Failed { .. } }
        | E::PassFinished { key, result: UnitResult::Failed { .. }, .. }
        | E::ChecklistFinished { key, result: UnitResult::Failed { .. } } => Some(key),
        _ => None,
    }
}

/// What an event says that can only be so once.
fn identity(kind: &EventKind) -> Option<String> {
    use EventKind as E;
    let (what, key) = match kind {
        E::RunStarted { .. } => return Some("the run started".to_owned()),
        E::RunFinished { result: rutter::event::RunResult::Succeeded, .. } => {
            return Some(DONE.to_owned());
        }
        E::StepFinished { key, result: StepResult::Ok { .. } } => ("ended", key),
        E::StepSettled { key, happened: true, .. } => ("settled", key),
        E::StageStarted { key, .. }
        | E::UndoStarted { key, .. }
        | E::WaitStarted { key, .. }
        | E::LoopStarted { key, .. }
        | E::PassStarted { key, .. }
        | E::PauseStarted { key, .. }
        | E::ChecklistStarted { key, .. } => ("begun", key),
        E::StageFinished { key, result: UnitResult::Ok }
        | E::UndoFinished { key, result: UnitResult::Ok }
        | E::WaitFinished { key, result: UnitResult::Ok }
        | E::LoopFinished { key, result: UnitResult::Ok }
        | E::PassFinished { key, result: UnitResult::Ok, .. }
        | E::ChecklistFinished { key, result: UnitResult::Ok } => ("done", key),
        E::PauseFinished { key } => ("over", key),
        E::NoteWritten { key, .. } => ("noted", key),
        E::AttemptFailed { key, .. } => ("caught", key),
        E::CleanedUp { key } => ("cleaned up", key),
        E::ManualDone { key, .. } => ("done by hand", key),
        E::ItemChecked { key, result: UnitResult::Ok, .. } => ("checked", key),
        E::ApprovalGiven { key, by, .. } => return Some(format!("{key} approved by {}", by.name)),
        E::WaitPolled { key, tries, .. } if !is_afresh(key) => return Some(format!("{key} polled {tries}")),
        E::RetryFailed { key, tries, .. } if !is_afresh(key) => return Some(format!("{key} tried {tries}")),
        _ => return None,
    };
    if is_afresh(key) {
        return None;
    }
    Some(format!("{key} {what}"))
}

/// Notes of a run, whatever their order and the numbers that others gave out.
pub fn notes(notes: &[String]) -> Vec<String> {
    let plain = |note: &String| note.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    let mut notes: Vec<String> = notes.iter().map(plain).collect();
    notes.sort();
    notes
}
