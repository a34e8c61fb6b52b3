//! The lines of a file that a message points at, made fit for the screen.
//!
//! Long lines are cut around what is pointed at, control characters are shown as pictures, and
//! spans are brought into the text whatever they were: a bad span never stops a message.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::harmless::{harmless, harmless_line};
use crate::source::{SourceFile, Span};

/// Some lines of a file, and how places in the file are places in them.
#[derive(Debug)]
pub struct Excerpt {
    path: String,
    text: String,
    lines: Vec<Line>,
    /// The first line's number in the file, from 0.
    first_line: usize,
    /// Where each label begins: here, and as `line:column` of the file.
    marks: Vec<(usize, String)>,
}

#[derive(Debug)]
struct Line {
    /// The part of the file that is shown.
    shown: Range<usize>,
    /// Where it begins in the excerpt, a mark for what was cut off included.
    start: usize,
    /// The bytes of that mark.
    lead: usize,
}

const CUT: &str = "…";

impl Excerpt {
    /// The lines of `file` that `spans` touch, none wider than `width`.
    pub fn new(file: &SourceFile, spans: &[Span], width: usize) -> Self {
        let spans: Vec<_> = spans.iter().map(|span| inside(&file.text, *span)).collect();
        let start = spans.iter().map(|span| span.start).min().unwrap_or(0);
        let end = spans.iter().map(|span| span.end).max().unwrap_or(0);
        let path = harmless_line(&file.path.to_string_lossy());
        let first_line = file.line_column(start).line - 1;
        let mut excerpt =
            Self { path, text: String::new(), lines: Vec::new(), first_line, marks: Vec::new() };
        for line in lines_of(&file.text, start, end) {
            excerpt.push(&file.text, cut(&file.text, line, &spans, width));
        }
        excerpt.marks = spans.iter().map(|span| excerpt.mark(file, span.start)).collect();
        excerpt
    }

    fn push(&mut self, text: &str, (line, shown): (Range<usize>, Range<usize>)) {
        let start = self.text.len();
        if shown.start > line.start {
            self.text.push_str(CUT);
        }
        let lead = self.text.len() - start;
        self.text.push_str(&harmless(&text[shown.clone()]));
        if shown.end < line.end {
            self.text.push_str(CUT);
        }
        self.text.push('\n');
        self.lines.push(Line { shown, start, lead });
    }

    fn mark(&self, file: &SourceFile, offset: usize) -> (usize, String) {
        let at = file.line_column(offset);
        (self.place(&file.text, offset), format!("{}:{}:{}", self.path, at.line, at.column))
    }

    /// Where byte `offset` of the file stands in the excerpt.
    fn place(&self, text: &str, offset: usize) -> usize {
        let at = self.lines.partition_point(|line| line.shown.start <= offset).saturating_sub(1);
        let Some(line) = self.lines.get(at) else { return 0 };
        let offset = offset.clamp(line.shown.start, line.shown.end);
        line.start + line.lead + harmless(&text[line.shown.start..offset]).len()
    }

    /// `span` of the file, as a span of the excerpt.
    pub fn span(&self, file: &SourceFile, span: Span) -> SourceSpan {
        let span = inside(&file.text, span);
        let start = self.place(&file.text, span.start);
        let end = self.place(&file.text, span.end).max(start);
        (start, end - start).into()
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }

    fn line_start(&self, line: usize) -> usize {
        self.lines.get(line).map_or(self.text.len(), |line| line.start)
    }
}

/// Whole lines are read, whatever is asked for: the excerpt holds no others.
impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (first, last) = (self.line_at(span.offset()), self.line_at(span.offset() + span.len()));
        let (start, end) = (self.line_start(first), self.line_start(last + 1));
        let mark = self.marks.iter().find(|(offset, _)| *offset == span.offset());
        let name = mark.map_or(&self.path, |(_, place)| place).clone();
        let data = &self.text.as_bytes()[start..end];
        let here = (start, end - start).into();
        let line = self.first_line + first;
        Ok(Box::new(MietteSpanContents::new_named(name, data, here, line, 0, last - first)))
    }
}

/// `span` as a range that can be sliced out of `text`, widened to whole characters.
fn inside(text: &str, span: Span) -> Range<usize> {
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.ceil_char_boundary((span.end as usize).min(text.len())).max(start);
    start..end
}

/// The lines, without their breaks, from the one that holds `start` to the one that holds `end`.
fn lines_of(text: &str, start: usize, end: usize) -> Vec<Range<usize>> {
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let last = if end > start && text[..end].ends_with('\n') { end - 1 } else { end };
    let to = text[last..].find('\n').map_or(text.len(), |at| last + at);
    let mut at = from;
    let lines = text[from..to].split('\n').map(|line| {
        let range = at..at + line.trim_end_matches('\r').len();
        at += line.len() + 1;
        range
    });
    lines.collect()
}

/// What of `line` is shown: all, or a window around the first span in it.
fn cut(text: &str, line: Range<usize>, spans: &[Range<usize>], width: usize) -> (Range<usize>, Range<usize>) {
    if line.len() <= width {
        return (line.clone(), line);
    }
    let first = spans.iter().map(|span| span.start).filter(|start| line.contains(start)).min();
    let target = first.unwrap_or(line.start);
    let start = target.saturating_sub(width / 3).max(line.start);
    let start = if start < line.start + width / 6 { line.start } else { text.floor_char_boundary(start) };
    let end = text.floor_char_boundary((start + width).min(line.end));
    (line, start..end)
}
