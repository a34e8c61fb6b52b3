//! Comments, handed out in their order to the nodes they stand by, so that none is lost.

use std::ops::Range;

use crate::source::{FileId, Span};
use crate::syntax::ast::{Comment, Trivia};

/// The comments of a file, and how far they were handed out.
pub(super) struct Comments<'t> {
    file: FileId,
    text: &'t str,
    found: Vec<Found>,
    next: usize,
}

struct Found {
    at: Range<usize>,
    /// It is part of an expression's text.
    kept: bool,
}

impl<'t> Comments<'t> {
    pub fn new(file: FileId, text: &'t str, found: &[Range<usize>]) -> Self {
        let found = found.iter().map(|at| Found { at: at.clone(), kept: false }).collect();
        Self { file, text, found, next: 0 }
    }

    /// Comments inside `range` stay part of its text.
    pub fn keep_inside(&mut self, range: Range<usize>) {
        let first = self.found.partition_point(|comment| comment.at.start < range.start);
        for comment in self.found[first..].iter_mut().take_while(|comment| comment.at.start < range.end) {
            comment.kept = true;
        }
    }

    /// What stands before a node that begins at `start`.
    pub fn before(&mut self, start: usize) -> Trivia {
        let (doc, leading): (Vec<_>, Vec<_>) =
            self.until(start).into_iter().partition(|comment| self.is_doc(comment));
        let first = leading.iter().chain(&doc).map(|comment| comment.span.start).min();
        let after_blank = blank_before(self.text, first.map_or(start, |first| first as usize));
        let detached = first.is_some() && blank_before(self.text, start);
        let doc = doc.into_iter().map(without_mark).collect();
        Trivia { after_blank, leading, doc, detached, trailing: None }
    }

    /// All comments before `end` that no node has.
    pub fn until(&mut self, end: usize) -> Vec<Comment> {
        let mut found = Vec::new();
        while self.found.get(self.next).is_some_and(|comment| comment.at.start < end) {
            let comment = &self.found[self.next];
            if !comment.kept {
                found.push(self.comment(comment.at.clone()));
            }
            self.next += 1;
        }
        found
    }

    /// The comment on the line where a node ends.
    pub fn after(&mut self, end: usize) -> Option<Comment> {
        let comment = self.found.get(self.next)?;
        let between = self.text.get(end..comment.at.start)?;
        if comment.kept || !between.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b',')) {
            return None;
        }
        self.next += 1;
        Some(self.comment(self.found[self.next - 1].at.clone()))
    }

    fn comment(&self, at: Range<usize>) -> Comment {
        let text = self.text[at.clone()].trim_end();
        let span = Span::new(self.file, at.start, at.start + text.len());
        Comment { text: text[1..].to_owned(), span, after_blank: blank_before(self.text, at.start) }
    }

    /// `##` and no more than two.
    fn is_doc(&self, comment: &Comment) -> bool {
        comment.text.starts_with('#') && !comment.text.starts_with("##")
    }
}

fn without_mark(comment: Comment) -> Comment {
    Comment { text: comment.text[1..].to_owned(), ..comment }
}

/// Whether an empty line stands right before byte `at`.
fn blank_before(text: &str, at: usize) -> bool {
    let before = text[..at].bytes().rev().take_while(u8::is_ascii_whitespace);
    before.filter(|byte| *byte == b'\n').nth(1).is_some()
}
