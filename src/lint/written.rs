//! Values that are written out.
//!
//! In: an expression of a file. Out: its value, where that stands there as a literal.

use std::time::Duration;

use super::subject::File;
use crate::syntax::ast::{Expr, Wait};
use crate::template::tree::NodeKind;
use crate::value::{Value, to_duration};

fn value<'a>(file: &File<'a>, expr: &Expr) -> Option<&'a Value> {
    match &file.expression(expr).tree().kind {
        NodeKind::Const(value) => Some(value),
        _ => None,
    }
}

/// The duration that is written out.
pub(super) fn duration(file: &File<'_>, expr: &Expr) -> Option<Duration> {
    to_duration(value(file, expr)?)
}

/// The number that is written out.
pub(super) fn number(file: &File<'_>, expr: &Expr) -> Option<i64> {
    value(file, expr)?.as_i64()
}

/// How often a wait looks at most, if it has any time, and how often in a row it must have passed.
pub(super) fn looks(file: &File<'_>, wait: &Wait) -> Option<(i64, i64)> {
    const EVERY: Duration = Duration::from_secs(5);
    let every = wait.every.as_ref().map_or(Some(EVERY), |expr| duration(file, expr))?;
    let stable = wait.stable.as_ref().map_or(Some(1), |expr| number(file, expr))?;
    let within = duration(file, &wait.within)?;
    if within.is_zero() {
        return None;
    }
    let looks = within.as_millis().div_ceil(every.as_millis().max(1));
    Some((i64::try_from(looks).ok()?, stable))
}
