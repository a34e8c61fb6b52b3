//! The same text stands twice in a list, or a code twice among those that are accepted.
//!
//! A list that names a host twice carries out its steps twice there, and often a third host was
//! meant. A code that is repeated hides that another one is missing.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! param names: list of string = ["web1", "web2", "web2"]
//!
//! stage "Restart" {
//!   note "Restarting {{ names | join(', ') }}"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! param names: list of string = ["web1", "web2", "web3"]
//!
//! stage "Restart" {
//!   note "Restarting {{ names | join(', ') }}"
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix` takes a second code out; of a list, which gets shorter by it, with `--unsafe-fixes`.

use std::collections::HashMap;

use crate::finding::{Finding, Fix};
use crate::lint::edits::without_next;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::resolve::visit::Visit;
use crate::source::Span;
use crate::syntax::ast::{ClauseKind, Expr, FileKind, Request};
use crate::template::tree::{Node, NodeKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut lists = Lists { file, found: Vec::new() };
    // The lists of a world are what is on the other side, whatever stands in them.
    if !file.is(FileKind::World) {
        file.walk(&mut lists);
    }
    let codes = Inside::file(file).requests.into_iter().flat_map(codes);
    let all = lists.found.into_iter().chain(codes);
    all.flat_map(|list| repeated(file, &list)).collect()
}

/// Things that stand side by side, and what parts them.
struct List {
    items: Vec<Span>,
    mark: &'static str,
}

struct Lists<'f, 'a> {
    file: &'f File<'a>,
    /// The texts in each list that is written out; numbers may well repeat.
    found: Vec<List>,
}

impl<'a> Visit<'a> for Lists<'_, 'a> {
    fn expr(&mut self, expr: &'a Expr) {
        self.file.expression(expr).tree().walk(&mut |node| {
            if let NodeKind::List(items) = &node.kind {
                let items = items.iter().filter(|item| is_text(item)).map(|item| item.span).collect();
                self.found.push(List { items, mark: "," });
            }
        });
    }
}

fn is_text(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Const(value) if value.as_str().is_some())
}

fn codes(request: &Request) -> impl Iterator<Item = List> + '_ {
    request.clauses.iter().filter_map(|clause| match &clause.kind {
        ClauseKind::AcceptExit(codes) | ClauseKind::AcceptStatus(codes) => {
            Some(List { items: codes.iter().map(|code| code.span).collect(), mark: "or" })
        }
        _ => None,
    })
}

fn repeated(file: &File<'_>, list: &List) -> Vec<Finding> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let again = list.items.iter().enumerate().filter_map(|(at, item)| {
        let first = seen.insert(file.text(*item), at)?;
        Some(finding(*item, list.items[first]).fix(fix(file, list, at)))
    });
    again.collect()
}

fn finding(item: Span, first: Span) -> Finding {
    let finding = Finding::warning("repeated-item", "this stands here twice", item, "again");
    finding.also(first, "here first").help("take one out, or write what was meant")
}

/// A code is accepted or not, however often it stands there; a list gets shorter.
fn fix(file: &File<'_>, list: &List, at: usize) -> Option<Fix> {
    let edit = without_next(file, *list.items.get(at.checked_sub(1)?)?, list.items[at], list.mark)?;
    Some(match list.mark {
        "or" => Fix::safe("take the second one out", edit),
        _ => Fix::risky("take the second one out: the list gets shorter", edit),
    })
}
