//! Values of one kind out of expressions, with the error that says which kind was wanted.

use std::sync::Arc;
use std::time::Duration;

use crate::finding::Finding;
use crate::syntax::ast::Expr;
use crate::template::{EvalError, Expressions, Scope, show};
use crate::value::{Value, to_duration};

/// How much of a value a message shows.
pub(super) const SHOWN: usize = 60;

/// The value of an expression of a file.
pub(super) fn value(
    expr: &Expr,
    expressions: &dyn Expressions,
    scope: &Arc<Scope>,
) -> Result<Value, EvalError> {
    expressions.expression(expr).evaluate(scope)
}

/// The duration that an expression gives.
pub(super) fn duration(
    expr: &Expr,
    expressions: &dyn Expressions,
    scope: &Arc<Scope>,
) -> Result<Duration, EvalError> {
    let value = value(expr, expressions, scope)?;
    let help = "durations are written `90s`, `15m`, `1h30m`";
    to_duration(&value).ok_or_else(|| wrong(expr, "a duration", &value, help))
}

/// The whole number that an expression gives.
pub(super) fn whole(
    expr: &Expr,
    expressions: &dyn Expressions,
    scope: &Arc<Scope>,
) -> Result<i64, EvalError> {
    let value = value(expr, expressions, scope)?;
    let whole = value.is_integer().then(|| i64::try_from(value.clone()).ok()).flatten();
    whole.ok_or_else(|| wrong(expr, "a whole number", &value, "write digits only"))
}

/// The text that an expression gives.
pub(super) fn text(
    expr: &Expr,
    expressions: &dyn Expressions,
    scope: &Arc<Scope>,
) -> Result<String, EvalError> {
    let value = value(expr, expressions, scope)?;
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| wrong(expr, "text", &value, "put it in double quotes"))
}

/// The error for a value of another kind than was `wanted`.
pub(super) fn wrong(expr: &Expr, wanted: &str, value: &Value, help: &str) -> EvalError {
    EvalError {
        span: expr.span,
        title: format!("this should be {wanted}"),
        label: format!("it is {}", show(value, SHOWN)),
        help: Some(help.to_owned()),
    }
}

/// An expression's error as a finding.
pub(super) fn finding(error: EvalError) -> Finding {
    let finding = Finding::error("no-value", error.title, error.span, error.label);
    match error.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}
