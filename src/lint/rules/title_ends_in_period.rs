//! A title ends with a full stop.
//!
//! Titles are named in sentences of rutter's own, as in: failed in "Cut over", and on the command line,
//! where they must be written exactly: `--from "Cut over."` is a period that is forgotten when
//! it counts.
//!
//! ## Bad
//! ```runbook
//! runbook "Move"
//!
//! stage "Cut over." {
//!   note "to the spare"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Move"
//!
//! stage "Cut over" {
//!   note "to the spare"
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::lint::titles::{Title, titles};
use crate::syntax::ast::{Part, Text};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    titles(file).into_iter().filter(|(_, title)| ends_in_period(title)).map(finding).collect()
}

/// An ellipsis is no full stop.
fn ends_in_period(title: &Text) -> bool {
    match title.parts.last() {
        Some(Part::Literal(text)) => text.value.ends_with('.') && !text.value.ends_with(".."),
        Some(Part::Hole(_)) | None => false,
    }
}

fn finding((_, title): Title<'_>) -> Finding {
    let shown = "this title ends with a full stop";
    let finding = Finding::warning("title-ends-in-period", shown, title.span, "it is a name, not a sentence");
    finding.help("take the full stop off")
}
