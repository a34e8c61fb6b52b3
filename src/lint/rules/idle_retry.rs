//! A `retry` names fewer than two tries, so that nothing is tried again.
//!
//! The number is that of all tries, the first among them: `retry 1 times` tries once, as if it did
//! not stand there. Whoever reads it believes that a hiccup of the network is taken care of.
//!
//! ## Bad
//! ```runbook
//! runbook "Refresh"
//!
//! target api = http "https://example.org"
//!
//! stage "Refresh" {
//!   run on api PUT "/refresh", retry 1 times
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Refresh"
//!
//! target api = http "https://example.org"
//!
//! stage "Refresh" {
//!   run on api PUT "/refresh", retry 3 times
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::lint::written;
use crate::syntax::ast::{Clause, ClauseKind, Expr, Statement, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let inside = Inside::file(file);
    let statements = inside.statements.into_iter().filter_map(of_statement);
    let clauses = inside.requests.into_iter().flat_map(|request| &request.clauses).filter_map(of_clause);
    let idle = |times: &&Expr| written::number(file, times).is_some_and(|times| times < 2);
    statements.chain(clauses).filter(idle).map(finding).collect()
}

fn of_statement(statement: &Statement) -> Option<&Expr> {
    match &statement.kind {
        StatementKind::Retry(retry) => Some(&retry.times),
        _ => None,
    }
}

fn of_clause(clause: &Clause) -> Option<&Expr> {
    match &clause.kind {
        ClauseKind::Retry(times) => Some(times),
        _ => None,
    }
}

fn finding(times: &Expr) -> Finding {
    let title = "this `retry` tries nothing again";
    let finding = Finding::warning("idle-retry", title, times.span, "all tries, the first among them");
    finding.help("write 2 or more, or take the `retry` out")
}
