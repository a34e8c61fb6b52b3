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

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::syntax::ast::{Statement, StatementKind};

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
    Some(finding.help("move in what belongs beside it, or take the `together` off"))
}
