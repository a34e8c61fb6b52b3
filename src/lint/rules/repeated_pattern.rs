//! A guard or a set of commands names the same pattern twice.
//!
//! The second says nothing, and most often another command was meant: one that the guard now lets
//! through, or denies by mistake. Where one of the two forbids and the other allows, whoever
//! reads it can't know what was wanted.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! guard "docker stays up" on host {
//!   forbid $ systemctl stop docker
//!   forbid $ systemctl stop docker
//! }
//!
//! stage "Restart" {
//!   check on host $ docker ps
//!   run on host $ sudo docker restart web
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! guard "docker stays up" on host {
//!   forbid $ systemctl stop docker
//!   forbid $ systemctl restart docker
//! }
//!
//! stage "Restart" {
//!   check on host $ docker ps
//!   run on host $ sudo docker restart web
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{GuardPattern, ItemKind, RequestPattern};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let lists = file.tree.items.iter().filter_map(|item| patterns(&item.kind));
    lists.flat_map(|patterns| repeated(file, &patterns)).collect()
}

fn patterns(kind: &ItemKind) -> Option<Vec<Span>> {
    match kind {
        ItemKind::Guard(guard) => {
            Some(guard.rules.iter().map(|rule| place(&rule.pattern, rule.span)).collect())
        }
        ItemKind::Commands(set) => Some(set.patterns.iter().map(|entry| entry.pattern.span).collect()),
        _ => None,
    }
}

/// A method is a part of the pattern, the verdict is not.
fn place(pattern: &GuardPattern, rule: Span) -> Span {
    match pattern {
        GuardPattern::Request(RequestPattern::Command(text)) => text.span,
        GuardPattern::Request(RequestPattern::Http { method, .. }) => after(method.span, rule),
        GuardPattern::Request(RequestPattern::File { verb, .. }) => after(verb.span, rule),
        GuardPattern::Request(RequestPattern::Operation(name)) => name.span,
        GuardPattern::Commands(path) => path.span,
    }
}

fn repeated(file: &File<'_>, patterns: &[Span]) -> Vec<Finding> {
    let first = |at: usize| patterns[..at].iter().find(|before| file.reads_alike(**before, patterns[at]));
    let again = (0..patterns.len()).filter_map(|at| Some((patterns[at], *first(at)?)));
    again.map(|(pattern, first)| finding(pattern, first)).collect()
}

fn finding(pattern: Span, first: Span) -> Finding {
    let finding = Finding::warning("repeated-pattern", "this pattern stands here twice", pattern, "again");
    finding.also(first, "here first").help("take one out, or write the command that was meant")
}

/// From a word of a rule to the end of the rule.
fn after(word: Span, rule: Span) -> Span {
    Span { start: word.start, ..rule }
}
