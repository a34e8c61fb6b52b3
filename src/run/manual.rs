//! `manual`: a person does something, and the body of the statement verifies it.

use crate::event::{Actor, EventKind, FailureKind};
use crate::source::Span;
use crate::syntax::ast;

use super::approve::nobody;
use super::block::block;
use super::context::{Context, Flow};
use super::fault::Fault;
use super::{Decision, ManualAsk};

/// Asks a person to do something, waits until it is done, and verifies it.
pub(super) async fn manual<'r>(
    context: &Context<'r>,
    manual: &'r ast::Manual,
    span: Span,
) -> Result<Flow, Fault> {
    let text = context.engine.secrets.hide(&context.text(&manual.text)?).into_owned();
    if !is_done(context)
        && let Answer::Refused { by } = ask(context, text.clone(), span).await?
    {
        let title = format!("{by} did not do it");
        return Err(context.fault(FailureKind::Cancelled, title, span, text));
    }
    match &manual.body {
        Some(body) => block(&context.child("verify"), body).await,
        None => Ok(Flow::Next),
    }
}

/// In an earlier part of the run.
pub(super) fn is_done(context: &Context<'_>) -> bool {
    context.history.is_some_and(|history| history.is_done(&context.key))
}

/// Who did it in an earlier part of the run.
pub(super) fn done_by(context: &Context<'_>) -> Option<Actor> {
    let gate = context.history.and_then(|history| history.gate(&context.key))?;
    gate.given.last().map(|(by, _)| by.clone())
}

/// What became of something that a person was asked to do.
pub(super) enum Answer {
    Done { by: Actor },
    Refused { by: String },
}

/// Asks a person, and waits for the answer.
pub(super) async fn ask(context: &Context<'_>, text: String, span: Span) -> Result<Answer, Fault> {
    context.check_halt(span)?;
    let key = context.key.clone();
    let plan = context.engine.plan.hash.clone();
    let ask = ManualAsk { run: context.engine.run.clone(), key: key.clone(), text, plan };
    context.emit(EventKind::ManualAsked { key: key.clone(), text: ask.text.clone() });
    match context.interruptible(span, decide(context, &ask)).await? {
        Decision::Yes { by, .. } => {
            context.emit(EventKind::ManualDone { key, by: by.clone() });
            Ok(Answer::Done { by })
        }
        Decision::No { by, .. } => Ok(Answer::Refused { by: by.name }),
        Decision::Nobody => Err(nobody(context, span, &ask.text)),
    }
}

async fn decide(context: &Context<'_>, ask: &ManualAsk) -> Decision {
    let operator = context.engine.desk.lock().await;
    operator.manual(ask).await
}
