//! Two titles differ only in case or blanks.
//!
//! Stages and guards are named on the command line, as in `--from STAGE` and `--override-guard
//! NAME`, and all titles stand in the report. Who reads "Cut over" and "Cut  Over" to a colleague on the
//! phone can't say which of them is meant.
//!
//! ## Bad
//! ```runbook
//! runbook "Move"
//!
//! stage "Cut over" {
//!   note "to the spare"
//! }
//!
//! stage "Cut Over" {
//!   note "and back"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Move"
//!
//! stage "Cut over to the spare" {
//!   note "to the spare"
//! }
//!
//! stage "Cut back" {
//!   note "and back"
//! }
//! ```

use std::collections::HashMap;

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::lint::titles::{Title, titles};
use crate::syntax::ast::Text;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut seen = HashMap::new();
    let known = titles(file).into_iter().filter(|(what, _)| *what != "item");
    let found = known.filter_map(|title| {
        let first = seen.insert(key(title)?, title.1)?;
        Some(finding(title, first))
    });
    found.collect()
}

/// What it is told apart from others by.
fn key((what, title): Title<'_>) -> Option<(&'static str, String)> {
    let text = title.as_literal()?;
    let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
    Some((what, words.join(" ")))
}

fn finding((what, title): Title<'_>, first: &Text) -> Finding {
    let shown = format!("this title reads like that of another {what}");
    let finding = Finding::warning("titles-alike", shown, title.span, "who reads it may mean the other");
    finding.also(first.span, "the first").help("give them titles that say how they differ")
}
