//! A param has no doc, and other params of the runbook have one.
//!
//! Who fills in params at night has a name such as `limit` to go by, which says neither what it limits
//! nor what is usual. A line with `##` above a param tells. One above several that stand together, with
//! no empty line between them, is for all of these. Where no param has a doc, the names may speak for
//! themselves.
//!
//! ## Bad
//! ```runbook
//! runbook "Drain"
//!
//! ## The pool's name at the balancer.
//! param pool: string
//!
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
    let params: Vec<(&Item, &Param)> = file.tree.items.iter().filter_map(param).collect();
    let Some((_, documented)) = params.iter().find(|(item, _)| !item.trivia.doc.is_empty()) else {
        return Vec::new();
    };
    let groups = params.chunk_by(|_, (item, _)| !item.trivia.after_blank);
    let bare = groups.filter_map(<[_]>::first).filter(|(item, _)| is_bare(item));
    bare.map(|(_, param)| finding(param, documented)).collect()
}

fn param(item: &Item) -> Option<(&Item, &Param)> {
    match &item.kind {
        ItemKind::Param(param) => Some((item, param)),
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
    let label = "who fills it in has only its name to go by";
    Finding::warning("undocumented-param", title, param.name.span, label)
        .also(documented.name.span, "this param has one")
        .help("say above it what it is for: `## …`")
}
