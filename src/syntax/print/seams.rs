//! Where a text and its layout can be cut and put together anew, so that only some lines are laid out.
//!
//! In: where statements and items begin and end, in the text and in its layout. Out: the text, some lines of it laid out.
//! Must not know: what stands between two seams.

use std::ops::RangeInclusive;

use super::Printer;
use crate::source::Span;
use crate::syntax::ast::Trivia;

/// The beginning of a line in the text, and where the same thing begins in the layout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seam {
    old: usize,
    new: usize,
}

/// A layout, and where it can be cut.
pub(in crate::syntax) struct Layout {
    pub text: String,
    pub(super) seams: Vec<Seam>,
}

impl Layout {
    /// `source` with the pieces in their layout that `lines`, counted from 1, touch; all else stays byte by byte.
    pub fn only(&self, source: &str, lines: &RangeInclusive<usize>) -> String {
        let last = Seam { old: source.len(), new: self.text.len() };
        let mut out = String::with_capacity(source.len());
        let (mut from, mut line) = (Seam { old: 0, new: 0 }, 1);
        for to in self.seams.iter().copied().chain([last]) {
            let (old, new) = (&source[from.old..to.old], &self.text[from.new..to.new]);
            let next = line + old.matches('\n').count();
            match touches(lines, line, next, old) {
                true => out.push_str(&with_line_ends_of(source, new)),
                false => out.push_str(old),
            }
            (from, line) = (to, next);
        }
        out
    }
}

/// Whether one of `lines` is in the piece `old`, which goes from line `from` to before line `to`. A piece without any text is between
/// two lines, both of which have to be asked for.
fn touches(lines: &RangeInclusive<usize>, from: usize, to: usize, old: &str) -> bool {
    if old.is_empty() {
        return lines.contains(&from) && *lines.start() < from;
    }
    let last = if old.ends_with('\n') { to - 1 } else { to };
    *lines.start() <= last && from <= *lines.end()
}

fn with_line_ends_of(source: &str, new: &str) -> String {
    match source.contains("\r\n") {
        true => new.replace('\n', "\r\n"),
        false => new.to_owned(),
    }
}

impl Printer<'_> {
    /// A node begins at the line that is printed next. Gives how many seams there are before those in it.
    pub(super) fn begin(&mut self, trivia: &Trivia, span: Span) -> usize {
        let comments = trivia.leading.iter().chain(&trivia.doc).map(|comment| comment.span.start);
        let start = comments.min().unwrap_or(span.start).min(span.start) as usize;
        let line = self.source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        if self.source[line..start].trim().is_empty() {
            self.seam(line);
        }
        self.seams.len()
    }

    /// The node ended with the last line that was printed. If a comment was moved out of it, the pieces in it are not those of the text.
    pub(super) fn end(&mut self, trivia: &Trivia, span: Span, before: usize) {
        if trivia.leading.iter().chain(&trivia.doc).any(|comment| comment.span.start > span.start) {
            self.seams.truncate(before);
        }
        let end = trivia.trailing.as_ref().map_or(span.end, |comment| comment.span.end) as usize;
        let rest = &self.source[end..];
        let len = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        if rest[..len].trim().is_empty() {
            self.seam(end + len);
        }
    }

    fn seam(&mut self, old: usize) {
        self.settle();
        if self.seams.last().is_none_or(|last| last.old <= old) {
            self.seams.push(Seam { old, new: self.out.len() });
        }
    }
}
