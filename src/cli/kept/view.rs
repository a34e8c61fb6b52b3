//! From what is kept of a run to what is told of it.

use std::path::Path;

use super::place::{Place, typed};
use super::take::Held;
use crate::cli::failure::Error;
use crate::cli::texts::Kept;
use crate::event::{EventKind, RunResult};
use crate::ids::RunId;
use crate::journal::store::{Bundle, RunRecord};
use crate::journal::{Doubt, History, Waiting};
use crate::report::{Advice, Asked, Doubted, RunState};
use crate::resolve::{Resolution, ResolvedRunbook, Subject, resolve};
use crate::source::Sources;
use crate::syntax::ast::ItemKind;

/// The text that a run goes by, as it was when the run began.
pub fn resolved(bundle: &Bundle) -> (Option<ResolvedRunbook>, Sources) {
    let Resolution { subject, sources, .. } = resolve(Path::new(&bundle.entry), &Kept(&bundle.files));
    match subject {
        Some(Subject::Runbook(runbook)) => (Some(runbook), sources),
        Some(Subject::Library(_) | Subject::World(_)) | None => (None, sources),
    }
}

/// How a run in a list stands.
pub fn state(place: &Place, record: &RunRecord, held: bool) -> Result<RunState, Error> {
    Ok(match record.result {
        _ if held => RunState::Running,
        Some(RunResult::Succeeded) if was_taken_back(place, record)? => RunState::TakenBack,
        result => ended(result),
    })
}

/// The last thing that happened before its end says so.
fn was_taken_back(place: &Place, record: &RunRecord) -> Result<bool, Error> {
    let from = record.events.saturating_sub(2);
    let last = place.store.events(&record.run, from).map_err(|error| Error::store(&error))?;
    let undo =
        |kind: &EventKind| matches!(kind, EventKind::UndoFinished { .. } | EventKind::UndoBegan { .. });
    Ok(last.first().is_some_and(|event| undo(&event.kind)))
}

fn ended(result: Option<RunResult>) -> RunState {
    match result {
        None => RunState::BrokenOff,
        Some(RunResult::Succeeded) => RunState::Done,
        Some(RunResult::Failed) => RunState::Failed,
        Some(RunResult::Denied) => RunState::Denied,
        Some(RunResult::Stopped) => RunState::Stopped,
    }
}

/// How a run stands by its record, and by who holds it.
pub fn state_of(history: &History, holder: Option<&Held>) -> RunState {
    let result = history.ended.as_ref().map(|(result, _)| *result);
    match result {
        _ if holder.is_some() => RunState::Running,
        Some(RunResult::Succeeded) if history.undo.is_some() => RunState::TakenBack,
        result => ended(result),
    }
}

/// What can be done about a run, and how that is typed.
pub fn advice(
    run: &RunId,
    option: &str,
    history: &History,
    state: RunState,
    runbook: Option<&ResolvedRunbook>,
) -> Advice {
    let waiting = history.waiting();
    let several = waiting.len() > 1;
    let over = matches!(state, RunState::Done | RunState::TakenBack);
    Advice {
        run: typed(&run.0),
        option: option.to_owned(),
        state,
        doubts: doubts(history, state),
        waiting: waiting.into_iter().filter(|_| !over).map(|waiting| asked(waiting, several)).collect(),
        undoable: runbook.is_some_and(|runbook| undoable(runbook, history)),
        undoing: history.undo.is_some(),
    }
}

/// What is under way in the hands of a runner that lives is not in doubt.
fn doubts(history: &History, state: RunState) -> Vec<Doubted> {
    let runs = state == RunState::Running;
    let doubts = history.in_doubt().into_iter().filter(|doubt| !runs || doubt.failure.is_some());
    doubts.map(doubted).collect()
}

fn doubted(doubt: Doubt) -> Doubted {
    Doubted {
        typed: typed(&doubt.key.0),
        key: doubt.key.to_string(),
        target: doubt.target,
        request: doubt.request.to_string(),
        failure: doubt.failure,
    }
}

fn asked(waiting: Waiting, several: bool) -> Asked {
    Asked {
        typed: several.then(|| typed(&waiting.key.0)),
        key: waiting.key.to_string(),
        text: waiting.text,
        needed: waiting.needed,
        given: waiting.given,
        within: waiting.within,
        manual: waiting.manual,
    }
}

/// Whether a stage that has begun says how it is taken back.
pub fn undoable(runbook: &ResolvedRunbook, history: &History) -> bool {
    let begun = history.begun_stages();
    let items = runbook.root().file.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Stage(stage) => Some(stage.undo.is_some()),
        ItemKind::Checklist(_) => Some(false),
        _ => None,
    });
    items.enumerate().any(|(at, undo)| undo && begun.contains(&(at + 1)))
}
