//! A `once` whose effect nobody knows: its `done when` may prove that it happened, or a person says what did.
//!
//! That `done when` says no proves nothing: the effect may still be on its way.

use crate::backend::Operation;
use crate::event::FailureKind;
use crate::value::{CommandOutcome, HttpOutcome, Outcome};

use super::block::block;
use super::command::brief;
use super::context::Context;
use super::fault::Fault;
use super::request::Prepared;

/// What a `once` gives of which only that it happened is known.
pub(super) fn taken_as_done() -> Outcome {
    Outcome::Done { value: serde_json::Value::Null, seconds: 0.0 }
}

/// What a `once` gives of which a person said what it printed or answered.
pub(super) fn as_told(prepared: &Prepared<'_>, gave: &str) -> Outcome {
    let text = gave.to_owned();
    match &prepared.request.operation {
        Operation::Command(_) => {
            Outcome::Command(CommandOutcome { stdout: text.into(), ..CommandOutcome::default() })
        }
        Operation::Http(_) => {
            Outcome::Http(HttpOutcome { status: 200, body: text.into(), ..HttpOutcome::default() })
        }
        Operation::Put { .. } | Operation::Get { .. } | Operation::Plugin { .. } => {
            Outcome::Done { value: text.into(), seconds: 0.0 }
        }
    }
}

/// It happened, and what it gave is needed and not known.
pub(super) fn untold(context: &Context<'_>, prepared: &Prepared<'_>) -> Fault {
    let title = format!("`{}` happened, and what it gave is not known", brief(&prepared.shown));
    let fault = context.fault(FailureKind::InDoubt, title, prepared.span, "its value is needed from here on");
    let (run, key) = (&context.engine.run, &context.key);
    fault.help(format!(
        "find out what it printed or answered, then say so and resume\n\
         `rutter settle {run} {key} --happened --gave TEXT`"
    ))
}

/// Asks `done when`: an outcome when it proves that the request took effect, else `doubt` with why not.
pub(super) async fn settle<'r>(
    context: &Context<'r>,
    prepared: &Prepared<'r>,
    doubt: Fault,
) -> Result<Outcome, Fault> {
    let began = context.now();
    let Some(done) = prepared.done_when else { return Err(doubt) };
    match block(&context.child("done-when").afresh(), done).await {
        Ok(_) if prepared.is_used() => Err(untold(context, prepared)),
        Ok(_) => {
            let seconds = context.now().saturating_sub(began).as_secs_f64();
            Ok(Outcome::Done { value: serde_json::Value::Null, seconds })
        }
        Err(fault) => Err(doubt.also_because(fault)),
    }
}

/// It was begun, and the record ends before it did.
pub(super) fn unfinished(context: &Context<'_>, prepared: &Prepared<'_>) -> Fault {
    let title = format!("`{}` was begun, and what became of it is not on record", brief(&prepared.shown));
    let label = "it may have taken effect, in part or in whole";
    not_again(context, prepared, context.fault(FailureKind::InDoubt, title, prepared.span, label))
}

/// With what a person can do about it.
pub(super) fn not_again(context: &Context<'_>, prepared: &Prepared<'_>, fault: Fault) -> Fault {
    let (run, key) = (&context.engine.run, &context.key);
    let (gave, as_done) = match prepared.is_used() {
        true => (" --gave TEXT", "takes it as done, and TEXT as what it printed or answered"),
        false => ("", "takes it as done"),
    };
    fault.help(format!(
        "it must not be sent twice: find out whether it took effect, then say so and resume\n\
         `rutter settle {run} {key} --happened{gave}` {as_done}\n\
         `rutter settle {run} {key} --did-not` lets the resumed run send it again"
    ))
}
