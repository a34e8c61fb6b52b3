//! A `for each` goes over a list that is written out and empty.
//!
//! The loop does nothing, and the run ends well: who reads its report believes that the steps in it
//! were carried out. Most often the list was emptied to try something, and left so.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! stage "Restart" {
//!   for each name in [] {
//!     note "Restarting {{ name }}"
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! param names: list of string
//!
//! stage "Restart" {
//!   for each name in names {
//!     note "Restarting {{ name }}"
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::template::tree::NodeKind;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let lists = Inside::file(file).loops.into_iter().map(|each| &each.list);
    let empty = lists.filter(|list| match &file.expression(list).tree().kind {
        NodeKind::List(items) => items.is_empty(),
        NodeKind::Map(entries) => entries.is_empty(),
        _ => false,
    });
    let finding = |span| {
        let title = "this loop does nothing";
        Finding::warning("empty-loop", title, span, "there is nothing in it").help("name what it goes over")
    };
    empty.map(|list| finding(list.span)).collect()
}
