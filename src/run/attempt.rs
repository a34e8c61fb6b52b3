//! `attempt {…} otherwise {…} [always {…}]`: a failure that is dealt with.

use crate::event::{EventKind, FailureKind};
use crate::syntax::ast;

use super::block::block;
use super::context::{Context, Flow};
use super::explain::also;
use super::fault::Fault;

/// Carries out an `attempt`; what a guard denied and what was cancelled goes on up.
pub(super) async fn attempt<'r>(context: &Context<'r>, attempt: &'r ast::Attempt) -> Result<Flow, Fault> {
    let tried = block(&context.child("attempt"), &attempt.body).await;
    let ended = match tried {
        Err(fault) if !fault.is_final() => {
            let reason = fault.failure.title.clone();
            let otherwise = &attempt.otherwise;
            let (key, span) = (context.key.clone(), otherwise.span);
            context.emit(EventKind::AttemptFailed { key, reason, span });
            block(&context.child("otherwise"), otherwise).await
        }
        tried => tried,
    };
    match &attempt.always {
        Some(always) if !to_be_resumed(context, &ended) => finally(context, ended, always).await,
        Some(_) | None => ended,
    }
}

/// The run was told to stop inside: resumed, it goes on there, and `always` is still to come.
fn to_be_resumed(context: &Context<'_>, ended: &Result<Flow, Fault>) -> bool {
    let cancelled = ended.as_ref().is_err_and(|fault| fault.kind() == FailureKind::Cancelled);
    cancelled && context.engine.stop.is_stopped()
}

async fn finally<'r>(
    context: &Context<'r>,
    ended: Result<Flow, Fault>,
    always: &'r ast::Block,
) -> Result<Flow, Fault> {
    let cleaned = block(&context.aftermath("always"), always).await;
    if ended.is_err() {
        context.emit(EventKind::CleanedUp { key: context.key.clone() });
    }
    match (ended, cleaned) {
        (ended, Ok(_)) => ended,
        (Ok(_), Err(own)) => Err(own),
        (Err(fault), Err(own)) => Err(also(fault, own, "`always` failed as well")),
    }
}
