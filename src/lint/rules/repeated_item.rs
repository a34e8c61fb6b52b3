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

use std::collections::HashMap;

use crate::finding::Finding;
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
    all.flat_map(|items| repeated(file, &items)).collect()
}

struct Lists<'f, 'a> {
    file: &'f File<'a>,
    /// The texts in each list that is written out; numbers may well repeat.
    found: Vec<Vec<Span>>,
}

impl<'a> Visit<'a> for Lists<'_, 'a> {
    fn expr(&mut self, expr: &'a Expr) {
        self.file.expression(expr).tree().walk(&mut |node| {
            if let NodeKind::List(items) = &node.kind {
                self.found.push(items.iter().filter(|item| is_text(item)).map(|item| item.span).collect());
            }
        });
    }
}

fn is_text(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Const(value) if value.as_str().is_some())
}

fn codes(request: &Request) -> impl Iterator<Item = Vec<Span>> + '_ {
    request.clauses.iter().filter_map(|clause| match &clause.kind {
        ClauseKind::AcceptExit(codes) | ClauseKind::AcceptStatus(codes) => {
            Some(codes.iter().map(|code| code.span).collect())
        }
        _ => None,
    })
}

fn repeated(file: &File<'_>, items: &[Span]) -> Vec<Finding> {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let again = items.iter().filter_map(|item| Some((*item, seen.insert(file.text(*item), *item)?)));
    again.map(|(item, first)| finding(item, first)).collect()
}

fn finding(item: Span, first: Span) -> Finding {
    let finding = Finding::warning("repeated-item", "this stands here twice", item, "again");
    finding.also(first, "here first").help("take one out, or write what was meant")
}
