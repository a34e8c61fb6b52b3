//! A condition does not depend on anything that a run finds out.
//!
//! `assert up >= up`, or an `if true` that was left over from a try: the line looks like a
//! safeguard and holds nothing up. Where a part of a condition is always the same, so often is the whole.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! param up: int
//!
//! stage "Restart" {
//!   assert up >= up, "too few are up"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! param up: int
//! param wanted: int
//!
//! stage "Restart" {
//!   assert up >= wanted, "too few are up"
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{Expr, Statement, StatementKind};
use crate::template::tree::{BinaryOp, Node, NodeKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let conditions = Inside::file(file).statements.into_iter().flat_map(conditions);
    conditions.flat_map(|condition| of_condition(file, condition)).collect()
}

/// What is decided by: the last row of a table of causes may well be `diagnose true`.
fn conditions(statement: &Statement) -> Vec<&Expr> {
    match &statement.kind {
        StatementKind::Assert(assert) => vec![&assert.condition],
        StatementKind::If(branches) => branches.branches.iter().map(|(condition, _)| condition).collect(),
        _ => Vec::new(),
    }
}

fn of_condition(file: &File<'_>, condition: &Expr) -> Vec<Finding> {
    let tree = file.expression(condition).tree();
    if is_constant(tree) {
        return vec![always_the_same(tree.span)];
    }
    let mut findings = Vec::new();
    tree.walk(&mut |node| findings.extend(same_twice(file, node)));
    findings
}

/// A function, unlike a filter, may give something else each time.
fn is_constant(tree: &Node) -> bool {
    let mut constant = true;
    tree.walk(&mut |node| constant &= !matches!(node.kind, NodeKind::Var(_) | NodeKind::Call { .. }));
    constant
}

fn always_the_same(span: Span) -> Finding {
    let title = "this condition is always the same";
    let finding = Finding::warning("constant-condition", title, span, "no name stands in it");
    finding.help("ask for something that the run finds out, or take it out; what only stops is `fail \"…\"`")
}

/// Both sides of a comparison, of an `and` or of an `or` are the same.
fn same_twice(file: &File<'_>, node: &Node) -> Option<Finding> {
    let (left, right) = match &node.kind {
        NodeKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right } => (left, &**right),
        NodeKind::Compare { first, rest } => (first, &rest.first()?.1),
        _ => return None,
    };
    if is_constant(left) || !file.reads_alike(left.span, right.span) {
        return None;
    }
    let title = "both sides of this are the same";
    let finding = Finding::warning("constant-condition", title, right.span, "the same again");
    Some(finding.also(left.span, "the one side").help("one of the two was meant to be something else"))
}
