//! `stage`: a part of the procedure; what explains its failure, and what takes it back.

use crate::event::EventKind;
use crate::source::Span;
use crate::syntax::ast::{Block, Stage, Undo};

use super::block::block;
use super::context::Context;
use super::explain::explained;
use super::fault::{Fault, unit_result};
use super::foresight::Passed;

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
    let watch = Watch { title: &title, span: stage.title.span, next };
    let result = watched(&context, &stage.body, watch).await;
    let result = explained(&context, result, stage.on_failure.as_ref()).await.map(drop);
    context.emit(EventKind::StageFinished { key, result: unit_result(&result) });
    result
}

/// What is watched over by the invariants of a stage, and what comes right after it.
struct Watch<'t> {
    title: &'t str,
    span: Span,
    next: Option<&'t str>,
}

/// The invariants are looked at before its first step; those that end with it after its last one, too.
async fn watched<'r>(context: &Context<'r>, body: &'r Block, watch: Watch<'_>) -> Result<(), Fault> {
    let (engine, span) = (context.engine, watch.span);
    context.interruptible(span, engine.watch_before(watch.title)).await?;
    context.check_halt(span)?;
    carried_out(context, body, span).await?;
    context.interruptible(span, engine.watch_after(watch.next)).await?;
    context.check_halt(span)
}

/// Carries out the body of a stage, unless it is known what comes of it.
async fn carried_out<'r>(context: &Context<'r>, body: &'r Block, span: Span) -> Result<(), Fault> {
    let engine = context.engine;
    match engine.foresight.leap(&context.key, context.now()) {
        Some(leap) => {
            context.sleep_until(leap.until, span).await?;
            engine.dispatcher.leap(leap);
        }
        None => _ = block(context, body).await?,
    }
    if context.check_halt(span).and_then(|()| engine.dispatcher.check(span)).is_ok() {
        let (stage, now) = (&context.key, context.now());
        engine.foresight.passed(&Passed { stage, now, invariants: engine.invariants(now) });
    }
    Ok(())
}

/// Takes back what a stage did. `next` is the stage that is taken back right after it.
pub(super) async fn undo<'r>(
    context: &Context<'r>,
    stage: &'r Stage,
    undo: &'r Undo,
    next: Option<&str>,
) -> Result<(), Fault> {
    let title = context.text(&stage.title)?;
    let context = context.child("undo").inside(format!("undo of stage \"{title}\""), Some(undo.keyword));
    let key = context.key.clone();
    context.emit(EventKind::UndoStarted { key: key.clone(), stage: title.clone(), span: undo.keyword });
    let watch = Watch { title: &title, span: undo.keyword, next };
    let result = watched(&context, &undo.body, watch).await;
    context.emit(EventKind::UndoFinished { key, result: unit_result(&result) });
    result
}
