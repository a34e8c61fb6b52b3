//! Two targets lead to the same place with the same settings.
//!
//! A guard holds for the target that it names: what is sent to the other one passes it, though it
//! reaches the same host. Where two hosts were meant, one of them gets everything twice and the
//! other nothing.
//!
//! ## Bad
//! ```runbook
//! runbook "Look"
//!
//! target primary = ssh "db1", user "ops"
//! target replica = ssh "db1", user "ops"
//!
//! stage "Look" {
//!   check on primary $ uptime
//!   check on replica $ uptime
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Look"
//!
//! target primary = ssh "db1", user "ops"
//! target replica = ssh "db2", user "ops"
//!
//! stage "Look" {
//!   check on primary $ uptime
//!   check on replica $ uptime
//! }
//! ```

use std::collections::HashMap;

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{ItemKind, TargetDecl};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut seen = HashMap::new();
    let targets = file.tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Target(target) => Some((settings(file, target)?, target.name.span)),
        _ => None,
    });
    let again = targets.filter_map(|(settings, name)| Some((name, seen.insert(settings, name)?)));
    again.map(|(name, first)| finding(name, first)).collect()
}

/// What follows the name, in any order; nothing where there is no address: a command may run here under two names.
fn settings<'a>(file: &File<'a>, target: &TargetDecl) -> Option<Vec<&'a str>> {
    let address = target.address.as_ref()?.span;
    let mut clauses: Vec<_> = target.clauses.iter().map(|clause| file.text(clause.span)).collect();
    clauses.sort_unstable();
    Some([file.text(target.backend.span), file.text(address)].into_iter().chain(clauses).collect())
}

fn finding(name: Span, first: Span) -> Finding {
    let title = "two targets lead to the same place";
    let finding = Finding::warning("same-target", title, name, "this is the same place");
    finding.also(first, "as this").help("use one of them, or write the address that was meant")
}
