//! A branch of an `if` has a condition that a branch above it has too.
//!
//! It is never taken: the branch above comes first. A condition was copied and not changed, so
//! that the case which was meant falls through to the `else`, or to nothing at all.
//!
//! ## Bad
//! ```runbook
//! runbook "Drain"
//!
//! param side: string
//! target api = http "https://example.org"
//!
//! stage "Drain" {
//!   if side == "left" {
//!     run on api PUT "/left/drain"
//!   } else if side == "left" {
//!     run on api PUT "/right/drain"
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Drain"
//!
//! param side: string
//! target api = http "https://example.org"
//!
//! stage "Drain" {
//!   if side == "left" {
//!     run on api PUT "/left/drain"
//!   } else if side == "right" {
//!     run on api PUT "/right/drain"
//!   }
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` takes the branch out.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{Expr, If, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let statements = Inside::file(file).statements.into_iter();
    let found = statements.flat_map(|statement| match &statement.kind {
        StatementKind::If(branches) => of_if(file, branches),
        _ => Vec::new(),
    });
    found.collect()
}

fn of_if(file: &File<'_>, branches: &If) -> Vec<Finding> {
    let conditions: Vec<_> = branches.branches.iter().map(|(condition, _)| condition).collect();
    let repeated = conditions.iter().enumerate().filter_map(|(at, condition)| {
        let mut above = conditions[..at].iter();
        let first = above.find(|above| file.reads_alike(above.span, condition.span))?;
        Some(finding(condition, first).fix(without_branch(branches, at)))
    });
    repeated.collect()
}

fn finding(condition: &Expr, first: &Expr) -> Finding {
    let title = "this branch is never taken";
    let finding = Finding::warning("repeated-condition", title, condition.span, "the same condition again");
    finding.also(first.span, "this comes first").help("ask for what was meant here, or take the branch out")
}

/// What never happened does not happen then either, and yet somebody wrote it for something: so it is not done unasked.
fn without_branch(branches: &If, at: usize) -> Option<Fix> {
    let (_, before) = branches.branches.get(at.checked_sub(1)?)?;
    let (_, block) = branches.branches.get(at)?;
    let branch = Span { start: before.span.end, ..block.span };
    Some(Fix::risky("take the branch out: what stands in it is lost", Edit::delete(branch)))
}
