//! All branches of an `if` do the same.
//!
//! A branch was copied and never changed: whatever the condition says, the same happens. In a
//! runbook that is most often the target or the host that should have been the other one.
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
//!   } else {
//!     run on api PUT "/left/drain"
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
//!   } else {
//!     run on api PUT "/right/drain"
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::{Inside, is_empty};
use crate::lint::subject::File;
use crate::syntax::ast::{If, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let statements = Inside::file(file).statements.into_iter();
    let found = statements.filter_map(|statement| match &statement.kind {
        StatementKind::If(branches) => of_if(file, branches),
        _ => None,
    });
    found.collect()
}

/// Without an `else` there is a way on which nothing is done.
fn of_if(file: &File<'_>, branches: &If) -> Option<Finding> {
    let last = branches.otherwise.as_ref().filter(|block| !is_empty(block))?;
    let mut others = branches.branches.iter().map(|(_, block)| block);
    let (_, first) = branches.branches.first()?;
    if !others.all(|other| file.reads_alike(other.span, last.span)) {
        return None;
    }
    let title = "all branches do the same";
    let finding = Finding::warning("same-branches", title, last.span, "the same again");
    let finding = finding.also(first.span, "as in here");
    Some(finding.help("change what should differ, or take the `if` off"))
}
