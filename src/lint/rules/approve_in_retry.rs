//! An `approve` stands in a `retry`, so that the same question is asked at each try.
//!
//! Who has said yes at three in the morning is asked again when a later step of the body fails, and
//! the run stands still until they answer. After the second time nobody reads the question any more.
//!
//! ## Bad
//! ```runbook
//! runbook "Promote"
//!
//! target api = http "https://example.org"
//!
//! stage "Promote" {
//!   retry 3 times {
//!     approve "Promote the spare?"
//!     run on api PUT "/primary", json {"name": "spare"}
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
//!   approve "Promote the spare?"
//!   retry 3 times {
//!     run on api PUT "/primary", json {"name": "spare"}
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::syntax::ast::{Statement, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    Inside::file(file).statements.into_iter().flat_map(of_retry).collect()
}

fn of_retry(statement: &Statement) -> Vec<Finding> {
    let StatementKind::Retry(retry) = &statement.kind else { return Vec::new() };
    let inside = Inside::block(&retry.body).statements.into_iter();
    let asked = inside.filter(|statement| matches!(statement.kind, StatementKind::Approve(_)));
    asked.map(|approve| finding(approve, statement)).collect()
}

fn finding(approve: &Statement, retry: &Statement) -> Finding {
    let title = "this question is asked at each try";
    let finding =
        Finding::warning("approve-in-retry", title, approve.keyword, "a yes is forgotten by the next");
    finding.also(retry.keyword, "tries again from here").help("ask before the `retry`")
}
