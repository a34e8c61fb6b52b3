//! `# rutter: allow CODE because "…"`: findings that somebody has looked at and lets stand.
//!
//! In: a file and what its rules found. Out: what is left of that. On a line of its own the comment is for the statement or item
//! below it, at the end of a line for that line, above the first line of the file for all of it.
//! Must not know: levels, other files.

use std::ops::Range;

use super::subject::File;
use crate::finding::{Finding, Severity};
use crate::resolve::visit::{Visit, walk_item, walk_statement};
use crate::source::Span;
use crate::syntax::ast::{self, Item, Statement};

/// How such a comment begins.
const WORD: &str = "rutter:";

/// A comment that speaks to the linter.
pub(super) struct Allow {
    /// Of the comment.
    pub span: Span,
    /// What it says after `rutter:`, as codes and a reason; nothing where that can't be read.
    pub said: Option<Said>,
    /// Where findings are let stand.
    over: Range<usize>,
}

/// What an allow says.
pub(super) struct Said {
    pub codes: Vec<String>,
    /// Nothing where no reason is given.
    pub reason: Option<String>,
}

impl Allow {
    /// Whether it is for this finding.
    pub fn covers(&self, finding: &Finding) -> bool {
        let starts = finding.span().start as usize;
        let here = finding.span().file == self.span.file && self.over.contains(&starts);
        here && self.codes().any(|code| code == finding.code)
    }

    /// The codes that it names.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.said.iter().flat_map(|said| said.codes.iter().map(String::as_str))
    }
}

/// Takes out what is let stand. Errors are never let stand.
pub(super) fn without_allowed(file: &File<'_>, findings: Vec<Finding>) -> Vec<Finding> {
    let allows = allows(file);
    let stands = |finding: &Finding| {
        finding.severity == Severity::Warning && allows.iter().any(|allow| allow.covers(finding))
    };
    findings.into_iter().filter(|finding| !stands(finding)).collect()
}

/// Every comment of a file that speaks to the linter.
pub(super) fn allows<'f>(file: &'f File<'_>) -> &'f [Allow] {
    file.allows.get_or_init(|| {
        let text = file.source();
        let spoken = file.comments().iter().filter_map(|range| {
            let said = text[range.clone()].trim_start_matches('#').trim_start().strip_prefix(WORD)?;
            Some((range.clone(), read(said)))
        });
        spoken.map(|(range, said)| allow(file, range, said)).collect()
    })
}

fn allow(file: &File<'_>, comment: Range<usize>, said: Option<Said>) -> Allow {
    let text = file.source();
    let line = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
    let alone = text[line..comment.start].trim().is_empty();
    let over = match alone {
        _ if (comment.end as u32) <= file.tree.kind.span.start => 0..text.len() + 1,
        true => below(file.tree, file, comment.end),
        false => line..comment.end,
    };
    Allow { span: Span::new(file.tree.id, comment.start, comment.end), said, over }
}

/// `allow CODE, CODE because "…"`
fn read(said: &str) -> Option<Said> {
    let rest = said.trim().strip_prefix("allow")?.strip_prefix(char::is_whitespace)?;
    let (codes, reason) = match rest.split_once(" because ") {
        Some((codes, reason)) => (codes, Some(reason.trim().trim_matches('"').trim().to_owned())),
        None => (rest, None),
    };
    let codes: Vec<_> = codes.split(',').map(|code| code.trim().to_owned()).collect();
    let is_code = |code: &String| !code.is_empty() && !code.contains(char::is_whitespace);
    let reason = reason.filter(|reason| !reason.is_empty());
    codes.iter().all(is_code).then_some(Said { codes, reason })
}

/// The item or statement that begins next after a place.
fn below(tree: &ast::File, file: &File<'_>, after: usize) -> Range<usize> {
    let mut search = Next { after, found: None };
    file.walk(&mut search);
    search.found.map_or(after..tree.title.span.start as usize, Span::range)
}

struct Next {
    after: usize,
    found: Option<Span>,
}

impl Next {
    fn take(&mut self, span: Span) {
        let begins = span.start as usize >= self.after;
        if begins && self.found.is_none_or(|found| span.start < found.start) {
            self.found = Some(span);
        }
    }
}

impl<'a> Visit<'a> for Next {
    fn item(&mut self, item: &'a Item) {
        self.take(item.span);
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        self.take(statement.span);
        walk_statement(self, statement);
    }
}
