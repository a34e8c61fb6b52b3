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
//!
//! ## Fix
//! `rutter lint --fix` takes the second one out, if a guard says the same of both.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::edits::without_bare;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{CommandsEntry, GuardPattern, GuardRule, ItemKind, RequestPattern, Verdict};

/// A pattern of a guard or a set.
struct Entry {
    place: Span,
    /// What a guard makes of what it matches.
    verdict: Option<Verdict>,
    /// Takes it out.
    edit: Option<Edit>,
}

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let lists = file.tree.items.iter().filter_map(|item| entries(file, &item.kind));
    lists.flat_map(|entries| repeated(file, &entries)).collect()
}

fn entries(file: &File<'_>, kind: &ItemKind) -> Option<Vec<Entry>> {
    match kind {
        ItemKind::Guard(guard) => Some(guard.rules.iter().map(|rule| of_guard(file, rule)).collect()),
        ItemKind::Commands(set) => Some(set.patterns.iter().map(|entry| of_set(file, entry)).collect()),
        _ => None,
    }
}

fn of_guard(file: &File<'_>, rule: &GuardRule) -> Entry {
    let edit = without_bare(file, rule.span, &rule.trivia);
    Entry { place: place(&rule.pattern, rule.span), verdict: Some(rule.verdict), edit }
}

fn of_set(file: &File<'_>, entry: &CommandsEntry) -> Entry {
    let place = entry.pattern.span;
    let line = Span { start: dollar(file, place), ..place };
    Entry { place, verdict: None, edit: without_bare(file, line, &entry.trivia) }
}

/// Where the `$` before a pattern stands, or the pattern if it is a string.
fn dollar(file: &File<'_>, pattern: Span) -> u32 {
    let before = file.source()[..pattern.start as usize].trim_end();
    if before.ends_with('$') { before.len() as u32 - 1 } else { pattern.start }
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

fn repeated(file: &File<'_>, entries: &[Entry]) -> Vec<Finding> {
    let again = entries.iter().enumerate().filter_map(|(at, entry)| {
        let mut above = entries[..at].iter();
        let first = above.find(|above| file.reads_alike(above.place, entry.place))?;
        let same = entries[..at]
            .iter()
            .any(|above| file.reads_alike(above.place, entry.place) && above.verdict == entry.verdict);
        Some(finding(entry, first).fix(entry.edit.clone().filter(|_| same).map(fix)))
    });
    again.collect()
}

fn finding(entry: &Entry, first: &Entry) -> Finding {
    let finding =
        Finding::warning("repeated-pattern", "this pattern stands here twice", entry.place, "again");
    finding.also(first.place, "here first").help("take one out, or write the command that was meant")
}

/// Where the guard says the same of both, it is all one whether the second stands there.
fn fix(edit: Edit) -> Fix {
    Fix::safe("take the second one out", edit)
}

/// From a word of a rule to the end of the rule.
fn after(word: Span, rule: Span) -> Span {
    Span { start: word.start, ..rule }
}
