//! A `matching` takes any text, so that it keeps nothing out.
//!
//! `matching` is what stands between a mistyped param and a command. A pattern such as `.*` looks
//! like a check to whoever reviews the runbook, and is none.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! param service: string matching ".*"
//!
//! stage "Restart" {
//!   note "Restarting {{ service }}"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! param service: string matching "[a-z][a-z0-9-]*"
//!
//! stage "Restart" {
//!   note "Restarting {{ service }}"
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::lint::types::types;
use crate::resolve::WholeMatch;
use crate::syntax::ast::{Text, TypeKind};

/// What a pattern must let through to let through anything that fits on a line.
const ANYTHING: [&str; 3] = ["a", "; rm -rf /", "-x ../ä'\"$(b) \\"];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let patterns = types(file).into_iter().filter_map(|ty| match &ty.kind {
        TypeKind::Matching(_, pattern) => Some(pattern),
        _ => None,
    });
    patterns.filter(|pattern| takes_anything(pattern)).map(finding).collect()
}

/// All but perhaps the empty text.
fn takes_anything(pattern: &Text) -> bool {
    let regex = pattern.as_literal().and_then(|text| WholeMatch::new(&text).ok());
    regex.is_some_and(|regex| ANYTHING.iter().all(|text| regex.fits(text)))
}

fn finding(pattern: &Text) -> Finding {
    let title = "this pattern matches any text";
    let finding = Finding::warning("matches-anything", title, pattern.span, "it keeps nothing out");
    finding.help("say what a right value looks like, as in `\"[a-z][a-z0-9-]*\"`, or take `matching` out")
}
