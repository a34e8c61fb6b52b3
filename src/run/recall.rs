//! What the record of a run knows of a request, so that it is not sent again.

use crate::backend::Request;
use crate::event::{FailureKind, StepResult};
use crate::journal::Step;
use crate::source::Span;
use crate::value::{Effect, Outcome};

use super::command::brief;
use super::context::Context;
use super::doubt;
use super::fault::Fault;
use super::record::read_back;
use super::request::Prepared;
use super::seeded;

/// What is known of a request.
pub(super) enum Recalled {
    /// It is to be sent.
    Nothing,
    /// It was begun under a claim: its host is asked for it.
    Begun,
    /// It came to this end, and that stands.
    Ended(Result<Outcome, Fault>),
    /// It is a `once` that was begun or failed: it is not sent again unless a person says so.
    Doubt(Fault),
}

/// Looks a request up in the record. One that reads otherwise than it did is a fault: the record is not of this text.
pub(super) fn recall(context: &Context<'_>, prepared: &Prepared<'_>) -> Result<Recalled, Fault> {
    let Some((history, step)) =
        context.history.and_then(|history| Some((history, history.step(&context.key)?)))
    else {
        return Ok(Recalled::Nothing);
    };
    compare(context, step, prepared)?;
    if seeded::forgets_ends() && matches!(step.result, Some(StepResult::Ok { .. })) {
        return Ok(Recalled::Nothing);
    }
    if step.settled {
        return Ok(settled(context, prepared, step.gave.as_deref()));
    }
    Ok(match &step.result {
        // What was left out of what it said can't be read back; looking again does no harm.
        Some(StepResult::Ok { hidden: true, .. }) if step.effect == Effect::Check => Recalled::Nothing,
        Some(StepResult::Ok { outcome, .. }) => Recalled::Ended(Ok(read_back(outcome))),
        Some(StepResult::Failed { failure, .. }) if history.went_on_after(&context.key) => {
            Recalled::Ended(Err(Fault::recorded(failure)))
        }
        _ if step.effect != Effect::Once => Recalled::Nothing,
        ended if prepared.request.claim.is_some() && host_knows_more(ended.as_ref()) => Recalled::Begun,
        Some(StepResult::Failed { failure, .. }) => {
            Recalled::Doubt(doubt::not_again(context, prepared, Fault::recorded(failure)))
        }
        None => Recalled::Doubt(doubt::unfinished(context, prepared)),
    })
}

/// Under a claim the host is asked what became of it, unless that is on record.
fn host_knows_more(ended: Option<&StepResult>) -> bool {
    match ended {
        None => true,
        Some(StepResult::Ok { .. }) => false,
        Some(StepResult::Failed { failure, .. }) => {
            matches!(failure.kind, FailureKind::InDoubt | FailureKind::Cancelled | FailureKind::TimedOut)
        }
    }
}

/// A person said that it happened.
fn settled(context: &Context<'_>, prepared: &Prepared<'_>, gave: Option<&str>) -> Recalled {
    match gave {
        Some(gave) => Recalled::Ended(Ok(doubt::as_told(prepared, gave))),
        None if prepared.is_used() => Recalled::Doubt(doubt::untold(context, prepared)),
        None => Recalled::Ended(Ok(doubt::taken_as_done())),
    }
}

fn compare(context: &Context<'_>, step: &Step, prepared: &Prepared<'_>) -> Result<(), Fault> {
    match (&context.engine.survey, is_same(context, step, prepared)) {
        (Some(survey), true) => survey.note(&context.key, None),
        (Some(survey), false) => survey.note(&context.key, Some(reading(prepared))),
        (None, true) => {}
        (None, false) => return Err(other_text(context, step, prepared)),
    }
    Ok(())
}

fn reading(prepared: &Prepared<'_>) -> String {
    let Request { effect, target, .. } = &prepared.request;
    format!("{} on {} {}", effect.word(), target.name, prepared.shown)
}

fn is_same(context: &Context<'_>, step: &Step, prepared: &Prepared<'_>) -> bool {
    let request = context.engine.secrets.hide(&prepared.shown);
    let Request { effect, target, .. } = &prepared.request;
    let same =
        step.request.as_ref() == request.as_ref() && step.target == target.name && step.effect == *effect;
    same && step.details == prepared.details
}

fn other_text(context: &Context<'_>, step: &Step, prepared: &Prepared<'_>) -> Fault {
    let title = format!("the record of this run has another request here: `{}`", brief(&step.request));
    let label = match step.request == prepared.shown {
        true => "where it goes, as whom or with what is not as it was".to_owned(),
        false => format!("this is {}", brief(&reading(prepared))),
    };
    let help = "nothing was sent: what was begun with one text goes on only where the other says the same";
    context.fault(FailureKind::Cancelled, title, prepared.span, label).help(help)
}

/// The value of a request that ended in an earlier part of the run, where something is to be made of it: what held a
/// secret is not kept whole.
pub(super) fn check_whole(context: &Context<'_>, span: Span) -> Result<(), Fault> {
    let step = context.history.and_then(|history| history.step(&context.key));
    let hidden = |step: &Step| matches!(&step.result, Some(StepResult::Ok { hidden: true, .. }));
    if !step.is_some_and(|step| hidden(step) && step.effect != Effect::Check) {
        return Ok(());
    }
    let title = "what this gave held a secret, and can't be read back from the record";
    let help = "secrets are never kept: take the run back with `rutter undo`, or begin another";
    Err(context.fault(FailureKind::Cancelled, title, span, "its value is needed from here on").help(help))
}
