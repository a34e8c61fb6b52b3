//! `pause D`: nothing happens for a while.

use crate::event::EventKind;
use crate::source::Span;
use crate::syntax::ast;

use super::context::Context;
use super::fault::Fault;

/// Lets the time pass; a stop ends it at once.
pub(super) async fn pause(context: &Context<'_>, pause: &ast::Pause, span: Span) -> Result<(), Fault> {
    if context.history.is_some_and(|history| history.has_ended(&context.key)) {
        return Ok(());
    }
    let length = context.duration(&pause.duration)?;
    let reason = pause.reason.as_ref().map(|reason| context.text(reason)).transpose()?;
    let key = context.key.clone();
    context.emit(EventKind::PauseStarted { key: key.clone(), length, reason });
    // One that was broken off is not over: a run that is resumed pauses anew.
    context.sleep_until(context.now() + length, span).await?;
    context.emit(EventKind::PauseFinished { key });
    Ok(())
}
