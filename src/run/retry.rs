//! `retry N times`: its body is carried out until it does not fail.

use std::time::Duration;

use crate::event::EventKind;
use crate::source::Span;
use crate::syntax::ast;

use super::block::block;
use super::context::{Context, Flow};
use super::fault::Fault;

/// How long after the start of a try the next begins, where the runbook does not say.
const EVERY: Duration = Duration::from_secs(1);

/// Carries out a `retry`: `N` tries in all.
pub(super) async fn retry<'r>(
    context: &Context<'r>,
    retry: &'r ast::Retry,
    span: Span,
) -> Result<Flow, Fault> {
    let times = context.count(&retry.times, 1)?;
    let every = context.duration_or(retry.every.as_ref(), EVERY)?;
    let (mut tries, mut due) = (1, context.now());
    loop {
        let fault = match block(&context.child(format!("try:{tries}")), &retry.body).await {
            Err(fault) if !fault.is_final() => fault,
            ended => return ended,
        };
        let reason = fault.failure.title.clone();
        context.emit(EventKind::RetryFailed { key: context.key.clone(), tries, of: times, reason });
        if tries == times {
            return Err(used_up(context, fault, times, span));
        }
        due = (due + every).max(context.now());
        tries += 1;
        if !has_begun(context, tries) {
            context.sleep_until(due, span).await?;
        }
    }
}

/// In an earlier part of the run.
fn has_begun(context: &Context<'_>, tries: u32) -> bool {
    let key = context.key.child(format_args!("try:{tries}"));
    context.history.is_some_and(|history| history.has_inside(&key))
}

fn used_up(context: &Context<'_>, last: Fault, times: u32, span: Span) -> Fault {
    if times == 1 {
        return last;
    }
    let title = format!("all {times} tries failed; the last: {}", last.failure.title);
    let values = last.failure.values.clone();
    context.fault(last.kind(), title, span, "").values(values).because(vec![last])
}
