//! `approve`: different people's yes before the run goes on.

use futures::lock::Mutex;
use jiff::{SignedDuration, Timestamp};

use crate::event::{Actor, EventKind, FailureKind};
use crate::source::Span;
use crate::syntax::ast;
use crate::value::format_duration;

use super::context::Context;
use super::fault::Fault;
use super::{ApprovalAsk, Decision, Operator};

/// The people to ask, one question at a time.
pub(super) type Desk = Mutex<std::sync::Arc<dyn Operator>>;

/// Waits for the yes of as many different people as are needed.
pub(super) async fn approve(context: &Context<'_>, approve: &ast::Approve, span: Span) -> Result<(), Fault> {
    context.check_halt(span)?;
    let mut ask = read(context, approve)?;
    let mut given = recall(context, &ask, span)?;
    if is_enough(context, &mut ask, &given) {
        return Ok(());
    }
    context.emit(EventKind::ApprovalAsked {
        key: ask.key.clone(),
        text: ask.text.clone(),
        needed: ask.needed,
        within: ask.within,
    });
    let inner = ask.within.map_or_else(|| context.clone(), |within| context.until(context.now() + within));
    while !is_enough(context, &mut ask, &given) {
        // Whoever answers at once and always alike must not keep the rest of the run from going on.
        tokio::task::yield_now().await;
        let decision = inner.interruptible(span, decide(context, &ask)).await;
        let decision = decision.map_err(|fault| too_late(fault, &ask))?;
        given.extend(take(context, &mut ask, decision, span)?.map(|by| (by, context.engine.clock.wall())));
    }
    Ok(())
}

/// Whether as many as are needed have said yes, and none of it is older than the question may wait.
fn is_enough(context: &Context<'_>, ask: &mut ApprovalAsk, given: &[(Actor, Timestamp)]) -> bool {
    let now = context.engine.clock.wall();
    let within = ask.within.map(|within| SignedDuration::try_from(within).unwrap_or(SignedDuration::MAX));
    let holds = |at: Timestamp| within.is_none_or(|within| now.duration_since(at) <= within);
    ask.given = given.iter().filter(|(_, at)| holds(*at)).map(|(by, _)| by.clone()).collect();
    (ask.given.len() as u64) >= u64::from(ask.needed)
}

fn read(context: &Context<'_>, approve: &ast::Approve) -> Result<ApprovalAsk, Fault> {
    let within = approve.within.as_ref().map(|within| context.duration(within)).transpose()?;
    Ok(ApprovalAsk {
        run: context.engine.run.clone(),
        key: context.key.clone(),
        text: context.engine.secrets.hide(&context.text(&approve.text)?).into_owned(),
        plan: context.engine.plan.hash.clone(),
        needed: context.count_or(approve.by.as_ref(), 1, 1)?,
        given: Vec::new(),
        again: None,
        within,
    })
}

/// What people said in an earlier part of the run, and when. A no is final.
fn recall(context: &Context<'_>, ask: &ApprovalAsk, span: Span) -> Result<Vec<(Actor, Timestamp)>, Fault> {
    let Some(gate) = context.history.and_then(|history| history.gate(&ask.key)) else {
        return Ok(Vec::new());
    };
    let Some(by) = &gate.refused else { return Ok(gate.given.clone()) };
    let title = format!("{by} did not approve, and that is final");
    let fault = context.fault(FailureKind::Cancelled, title, span, ask.text.clone());
    Err(fault.help("take the run back with `rutter undo`, or begin another"))
}

async fn decide(context: &Context<'_>, ask: &ApprovalAsk) -> Decision {
    let operator = context.engine.desk.lock().await;
    operator.approve(ask).await
}

/// Gives who said yes, if it is somebody who had not.
fn take(
    context: &Context<'_>,
    ask: &mut ApprovalAsk,
    decision: Decision,
    span: Span,
) -> Result<Option<Actor>, Fault> {
    let key = ask.key.clone();
    match decision {
        // Once is enough: the run goes on waiting for somebody else.
        Decision::Yes { by, .. } if ask.given.iter().any(|given| given.name == by.name) => {
            ask.again = Some(by);
            Ok(None)
        }
        Decision::Yes { by, reason } => {
            context.emit(EventKind::ApprovalGiven { key, by: by.clone(), reason });
            ask.again = None;
            Ok(Some(by))
        }
        Decision::No { by, reason } => {
            let title = format!("{by} did not approve");
            context.emit(EventKind::ApprovalRefused { key, by, reason });
            Err(context.fault(FailureKind::Cancelled, title, span, ask.text.clone()))
        }
        Decision::Nobody => Err(nobody(context, span, &ask.text)),
    }
}

/// Nobody is there to ask: the run stops here and can be resumed here.
pub(super) fn nobody(context: &Context<'_>, span: Span, text: &str) -> Fault {
    let title = "a person must answer, and nobody is here to ask";
    context
        .fault(FailureKind::Cancelled, title, span, text)
        .help(format!("say it with `rutter approve {}`, or resume the run at a terminal", context.engine.run))
}

fn too_late(mut fault: Fault, ask: &ApprovalAsk) -> Fault {
    if let (FailureKind::TimedOut, Some(within)) = (fault.kind(), ask.within) {
        fault.failure.title = format!("nobody approved within {}", format_duration(within));
        fault.failure.label = ask.text.clone();
    }
    fault
}
