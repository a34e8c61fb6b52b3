//! `stage`: a part of the procedure; what explains its failure, and what takes it back.

use crate::event::EventKind;
use crate::syntax::ast::{Stage, Undo};

use super::block::block;
use super::context::{Context, Halts};
use super::explain::explained;
use super::fault::{Fault, unit_result};

/// Carries out a stage. Nothing is taken back on failure unless it is asked for.
///
/// `next` is the stage that comes right after it.
pub(super) async fn stage<'r>(
    context: &Context<'r>,
    stage: &'r Stage,
    number: usize,
    next: Option<&str>,
) -> Result<(), Fault> {
    let title = context.text(&stage.title)?;
    let key = context.key.clone();
    context.emit(EventKind::StageStarted { key: key.clone(), number, title: title.clone() });
    let context = context.inside(format!("stage \"{title}\""), Some(stage.title.span));
    let result = watched(&context, stage, &title, next).await;
    let result = explained(&context, result, stage.on_failure.as_ref()).await.map(drop);
    context.emit(EventKind::StageFinished { key, result: unit_result(&result) });
    result
}

/// The invariants are looked at before its first step; those that end with it after its last one, too.
async fn watched<'r>(
    context: &Context<'r>,
    stage: &'r Stage,
    title: &str,
    next: Option<&str>,
) -> Result<(), Fault> {
    let (engine, span) = (context.engine, stage.title.span);
    context.interruptible(span, engine.watch_before(title)).await?;
    context.check_halt(span)?;
    block(context, &stage.body).await?;
    context.interruptible(span, engine.watch_after(next)).await?;
    context.check_halt(span)
}

/// Takes back what a stage did.
pub(super) async fn undo<'r>(context: &Context<'r>, stage: &'r Stage, undo: &'r Undo) -> Result<(), Fault> {
    let title = context.text(&stage.title)?;
    let context = context.child("undo").inside(format!("undo of stage \"{title}\""), Some(undo.keyword));
    let context = Context { halts: Halts::OnStop, ..context };
    let key = context.key.clone();
    context.emit(EventKind::UndoStarted { key: key.clone(), stage: title });
    let result = block(&context, &undo.body).await.map(drop);
    context.emit(EventKind::UndoFinished { key, result: unit_result(&result) });
    result
}
