//! A param has no doc, and other params of the runbook have one.
//!
//! Who starts the runbook at night knows its params by name only, and a name such as `limit` says
//! neither what it limits nor what is usual. A line with `##` above a param tells. Where none has
//! one, the names may speak for themselves.
//!
//! ## Bad
//! ```runbook
//! runbook "Drain"
//!
//! ## The pool's name at the balancer.
//! param pool: string
//! param limit: duration = 5m
//!
//! stage "Drain" {
//!   note "Draining {{ pool }}, for {{ limit }} at most"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Drain"
//!
//! ## The pool's name at the balancer.
//! param pool: string
//!
//! ## How long requests may still take.
//! param limit: duration = 5m
//!
//! stage "Drain" {
//!   note "Draining {{ pool }}, for {{ limit }} at most"
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::syntax::ast::{Item, ItemKind, Param};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let params: Vec<_> = file.tree.items.iter().filter_map(param).collect();
    let Some((documented, _)) = params.iter().find(|(_, item)| !item.trivia.doc.is_empty()) else {
        return Vec::new();
    };
    let bare = params.iter().filter(|(_, item)| is_bare(item));
    bare.map(|(param, _)| finding(param, documented)).collect()
}

fn param(item: &Item) -> Option<(&Param, &Item)> {
    match &item.kind {
        ItemKind::Param(param) => Some((param, item)),
        _ => None,
    }
}

/// Whether nothing is said of it, not even in a comment of another kind.
fn is_bare(item: &Item) -> bool {
    let said = &item.trivia;
    said.doc.is_empty() && said.leading.is_empty() && said.trailing.is_none()
}

fn finding(param: &Param, documented: &Param) -> Finding {
    let title = format!("`{}` has no doc", param.name.value);
    let label = "who starts the runbook knows only its name";
    Finding::warning("undocumented-param", title, param.name.span, label)
        .also(documented.name.span, "this param has one")
        .help("say above it what it is for: `## …`")
}
