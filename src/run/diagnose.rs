//! `assert` and `diagnose`: an expression that is true or false, and what that means.

use crate::event::EventKind;
use crate::syntax::ast;

use super::context::Context;
use super::fault::Fault;

/// Fails, with the values in the expression, unless it is true.
pub(super) fn assert(context: &Context<'_>, assert: &ast::Assert) -> Result<(), Fault> {
    let condition = &assert.condition;
    if context.eval(condition)?.is_true() {
        context.see(|| context.observed(condition));
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

/// Says cause and fix where the condition is true, and what was seen in any case. What can't be told is said too, and
/// keeps no other row from being looked at.
pub(super) fn diagnose(context: &Context<'_>, diagnosis: &ast::Diagnose) {
    let condition = &diagnosis.condition;
    let (applies, mut untold) = match context.eval(condition) {
        Ok(value) => (value.is_true(), None),
        Err(fault) => (false, Some(fault.failure.title)),
    };
    let mut text = |text: &ast::Text| match context.text(text) {
        Ok(text) => text,
        Err(fault) if applies => {
            untold = Some(fault.failure.title);
            String::new()
        }
        // What is said where it applies may need what is only there then.
        Err(_) => String::new(),
    };
    let (cause, fix) = (text(&diagnosis.cause), text(&diagnosis.fix));
    context.emit(EventKind::Diagnosed {
        key: context.key.clone(),
        applies,
        condition: condition.text.clone(),
        cause,
        fix,
        values: context.observed(condition),
        untold,
        span: condition.span,
    });
}
