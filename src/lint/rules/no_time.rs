//! A limit is 0s, so that what it limits can only fail.
//!
//! `within 0s` does not mean without a limit: there is no time in which the answer could come. The run
//! fails at this step each time, however well the other side is.
//!
//! ## Bad
//! ```runbook
//! runbook "Look"
//!
//! target web = http "https://example.org"
//!
//! stage "Look" {
//!   check on web GET "/health", within 0s
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Look"
//!
//! target web = http "https://example.org"
//!
//! stage "Look" {
//!   check on web GET "/health", within 10s
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::lint::written;
use crate::syntax::ast::{Clause, ClauseKind, Expr, Item, ItemKind, Statement, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let inside = Inside::file(file);
    let clauses = inside.requests.into_iter().flat_map(|request| &request.clauses).filter_map(of_clause);
    let statements = inside.statements.into_iter().filter_map(of_statement);
    let limits = clauses.chain(statements).chain(file.tree.items.iter().filter_map(of_item));
    let is_zero = |limit: &&Expr| written::duration(file, limit).is_some_and(|limit| limit.is_zero());
    limits.filter(is_zero).map(finding).collect()
}

fn of_clause(clause: &Clause) -> Option<&Expr> {
    match &clause.kind {
        ClauseKind::Within(limit) => Some(limit),
        _ => None,
    }
}

fn of_statement(statement: &Statement) -> Option<&Expr> {
    match &statement.kind {
        StatementKind::Wait(wait) => Some(&wait.within),
        StatementKind::Approve(approve) => approve.within.as_ref(),
        _ => None,
    }
}

fn of_item(item: &Item) -> Option<&Expr> {
    match &item.kind {
        ItemKind::Invariant(invariant) => invariant.within.as_ref(),
        _ => None,
    }
}

fn finding(limit: &Expr) -> Finding {
    let title = "this limit leaves no time";
    let finding = Finding::warning("no-time", title, limit.span, "it is over before it begins");
    finding.help("give it as long as it may take; there is a limit too where `within` is left out")
}
