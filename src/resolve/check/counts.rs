//! Numbers that something is counted by, where they are written out.
//!
//! In: an expression. Out: findings, if it is out of range. What only a run knows is looked at there. Must not know: what is counted.

use std::ops::RangeInclusive;

use super::Checker;
use crate::finding::Finding;
use crate::syntax::ast::{Expr, Tolerance};
use crate::template::tree::{Node, NodeKind};
use crate::value::Type;

impl<'a> Checker<'a> {
    /// A whole number of at least `least`.
    pub(super) fn count(&mut self, expr: &'a Expr, least: u32) {
        self.wants(expr, &Type::Int);
        if self.written(expr).is_some_and(|number| number < f64::from(least)) {
            let (title, label) = (format!("{} is too few", expr.text), format!("from {least} up"));
            self.report(Finding::error("wrong-value", title, expr.span, label));
        }
    }

    /// A whole number that may be left out.
    pub(super) fn maybe_count(&mut self, expr: Option<&'a Expr>, least: u32) {
        if let Some(expr) = expr {
            self.count(expr, least);
        }
    }

    /// How many failures a loop bears.
    pub(super) fn tolerance(&mut self, tolerance: &'a Tolerance) {
        match tolerance {
            Tolerance::Failures(expr) => self.count(expr, 0),
            Tolerance::Percent(expr) => self.percentage(expr),
        }
    }

    fn percentage(&mut self, expr: &'a Expr) {
        const ALL: RangeInclusive<f64> = 0.0..=100.0;
        self.wants(expr, &Type::Number);
        if self.written(expr).is_some_and(|number| !ALL.contains(&number)) {
            let title = format!("{} is no percentage", expr.text);
            self.report(Finding::error("wrong-value", title, expr.span, "from 0 to 100"));
        }
    }

    fn written(&self, expr: &Expr) -> Option<f64> {
        number(self.expressions[expr.id.0 as usize].tree())
    }
}

fn number(node: &Node) -> Option<f64> {
    match &node.kind {
        NodeKind::Const(value) if value.is_number() => f64::try_from(value.clone()).ok(),
        NodeKind::Negative(operand) => number(operand).map(|number| -number),
        _ => None,
    }
}
