//! `on failure {…}`: it explains, and the failure goes on up.

use crate::event::EventKind;
use crate::syntax::ast::Block;

use super::block::block;
use super::context::Context;
use super::fault::Fault;
use crate::event::FailureKind;

/// A run that was told to stop explains nothing: resumed, it comes by here again. That an invariant was broken is
/// explained.
fn is_explained(context: &Context<'_>, fault: &Fault) -> bool {
    let engine = context.engine;
    fault.kind() != FailureKind::Cancelled || engine.broken.is_cancelled() && !engine.stop.is_stopped()
}

/// Lets `on_failure` explain a failure. What goes wrong in it is shown below the failure, never instead.
pub(super) async fn explained<'r, T>(
    context: &Context<'r>,
    result: Result<T, Fault>,
    on_failure: Option<&'r Block>,
) -> Result<T, Fault> {
    let (fault, explanation) = match (result, on_failure) {
        (Err(fault), Some(explanation)) if is_explained(context, &fault) => (fault, explanation),
        (result, _) => return result,
    };
    let aftermath = context.aftermath("on-failure");
    if aftermath.history.is_some_and(|history| history.has_explained(&aftermath.key)) {
        return Err(fault);
    }
    let context = aftermath.afresh();
    context.emit(EventKind::ExplainStarted { key: context.key.clone(), span: explanation.span });
    let explained = block(&context, explanation).await;
    Err(match explained {
        Ok(_) => fault,
        Err(own) => also(fault, own, "`on failure` failed as well"),
    })
}

/// The first failure, and below it another that came of dealing with it. A denial comes first: nothing catches it.
pub(super) fn also(mut first: Fault, mut second: Fault, what: &str) -> Fault {
    if second.kind() == FailureKind::Denied && first.kind() != FailureKind::Denied {
        return second.also_because(first);
    }
    second.failure.title = format!("{what}: {}", second.failure.title);
    first.failure.causes.push(*second.failure);
    first
}
