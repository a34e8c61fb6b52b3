//! A failure is dealt with by nothing at all.
//!
//! `attempt {…} otherwise {}` goes on as if nothing had happened: no line of the report says that a
//! step failed, and the next morning nobody finds out why the service runs with last week's build.
//! A `note` is enough to have it told.
//!
//! ## Bad
//! ```runbook
//! runbook "Promote"
//!
//! target api = http "https://example.org"
//!
//! stage "Promote" {
//!   attempt {
//!     run on api PUT "/cache", json {"warm": true}
//!   } otherwise {
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Promote"
//!
//! target api = http "https://example.org"
//!
//! stage "Promote" {
//!   attempt {
//!     run on api PUT "/cache", json {"warm": true}
//!   } otherwise {
//!     note "The cache stays cold: the first requests are slow."
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::{Inside, is_empty};
use crate::lint::subject::File;
use crate::syntax::ast::{Attempt, Statement, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let statements = Inside::file(file).statements.into_iter();
    let swallowing = statements.filter_map(|statement| match &statement.kind {
        StatementKind::Attempt(attempt) if is_empty(&attempt.otherwise) => Some((statement, attempt)),
        _ => None,
    });
    swallowing.map(finding).collect()
}

fn finding((statement, attempt): (&Statement, &Attempt)) -> Finding {
    let title = "a failure is swallowed here";
    let label = "nothing is done, and nothing is said";
    let finding = Finding::warning("swallowed-failure", title, attempt.otherwise.span, label);
    finding.also(statement.keyword, "what fails in here is not told").help("say what it means: `note \"…\"`")
}
