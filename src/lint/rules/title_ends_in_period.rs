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
//!
//! ## Fix
//! `rutter lint --fix` takes it off; of a stage, guard or invariant, which may be named elsewhere, with `--unsafe-fixes`.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::subject::File;
use crate::lint::titles::{Title, titles};
use crate::syntax::ast::{Part, Text};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let wrong = titles(file).into_iter().filter(|(_, title)| ends_in_period(title));
    wrong.map(|title| finding(title).fix(fix(file, title))).collect()
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

/// A stage, guard or invariant may be named elsewhere: by `during`, a world, somebody who overrides a guard.
fn fix(file: &File<'_>, (what, title): Title<'_>) -> Option<Fix> {
    let Some(Part::Literal(last)) = title.parts.last() else { return None };
    let stop = last.span.part(last.span.range().len().checked_sub(1)?, 1);
    let is_all = title.parts.len() == 1 && last.value == ".";
    let edit = Edit::delete(stop);
    (file.text(stop) == "." && !is_all).then(|| match what {
        "stage" | "guard" | "invariant" => {
            Fix::risky("take the full stop off: what names it by its title must follow", edit)
        }
        _ => Fix::safe("take the full stop off", edit),
    })
}
