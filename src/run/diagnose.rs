//! `assert` and `diagnose`: an expression that is true or false, and what that means.

use crate::event::EventKind;
use crate::syntax::ast;

use super::context::Context;
use super::fault::Fault;

/// Fails, with the values in the expression, unless it is true.
pub(super) fn assert(context: &Context<'_>, assert: &ast::Assert) -> Result<(), Fault> {
    let condition = &assert.condition;
    if context.eval(condition)?.is_true() {
        return Ok(());
    }
    let title = match &assert.message {
        Some(message) => context.text(message)?,
        None => format!("`{}` is not true", condition.text),
    };
    let mut fault = context.failed(title, condition.span, "this is not true");
    fault.answered_no = true;
    Err(fault.values(context.observed(condition)))
}

/// Says cause and fix where the condition is true.
pub(super) fn diagnose(context: &Context<'_>, diagnosis: &ast::Diagnose) -> Result<(), Fault> {
    let applies = context.eval(&diagnosis.condition)?.is_true();
    let text = |text| match (context.text(text), applies) {
        (Err(fault), true) => Err(fault),
        (filled, _) => Ok(filled.unwrap_or_default()),
    };
    context.emit(EventKind::Diagnosed {
        key: context.key.clone(),
        applies,
        condition: diagnosis.condition.text.clone(),
        cause: text(&diagnosis.cause)?,
        fix: text(&diagnosis.fix)?,
    });
    Ok(())
}
