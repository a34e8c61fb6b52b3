//! A `together` holds a single statement.
//!
//! Its statements are carried out side by side; one alone has nothing beside it. Either a second was
//! forgotten, or two were meant to stand inside and one slipped out of the braces, and now waits for the other.
//!
//! ## Bad
//! ```runbook
//! runbook "Warm up"
//!
//! target shop = http "https://shop.example.org"
//! target blog = http "https://blog.example.org"
//!
//! stage "Warm up" {
//!   together {
//!     run on shop POST "/warm"
//!   }
//!   run on blog POST "/warm"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Warm up"
//!
//! target shop = http "https://shop.example.org"
//! target blog = http "https://blog.example.org"
//!
//! stage "Warm up" {
//!   together {
//!     run on shop POST "/warm"
//!     run on blog POST "/warm"
//!   }
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix` takes the `together` off.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::edits::is_bare;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{Block, Statement, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    Inside::file(file).statements.into_iter().filter_map(of_statement).collect()
}

fn of_statement(statement: &Statement) -> Option<Finding> {
    let StatementKind::Together(body) = &statement.kind else { return None };
    let [alone] = body.statements.as_slice() else { return None };
    let title = "this `together` holds a single statement";
    let label = "side by side with nothing";
    let finding = Finding::warning("lone-together", title, statement.keyword, label);
    let finding = finding.also(alone.keyword, "the only one");
    let finding = finding.help("move in what belongs beside it, or take the `together` off");
    Some(finding.fix(unwrapped(statement, body, alone)))
}

/// The statement without the `together`. A name that it gives is known for longer then, which is no harm.
fn unwrapped(statement: &Statement, body: &Block, alone: &Statement) -> Option<Fix> {
    let before = Span { end: alone.span.start, ..statement.span };
    let after = Span { start: alone.span.end, ..statement.span };
    let fix = Fix::safe("take the `together` off", Edit::delete(before)).and(Edit::delete(after));
    (is_bare(&alone.trivia) && body.dangling.is_empty()).then_some(fix)
}
