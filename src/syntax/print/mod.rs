//! The one layout of runbooks, libraries and worlds.
//!
//! In: a tree, the text it was read from, and how long lines may be. Out: text. Blanks and line breaks are ours, with four
//! exceptions that the author decides: an empty line (one at most) between two statements, a line break
//! after a comma, a block of one statement on its line, and columns that are aligned over several lines.
//! Where a width is asked for, a longer line is broken after commas, too, and such a block is opened.
//! Expressions, strings and commands stand as they were written.

mod columns;
mod items;
mod requests;
mod seams;
mod statements;
mod types;
mod width;
mod worlds;

use crate::source::Span;
use crate::syntax::ast::{Comment, Expr, File, FileKind, Quotes, Text, Trivia};
use crate::syntax::cut;

use seams::{Layout, Seam};
pub use width::Width;

const STEP: &str = "  ";

/// Text that grows line by line.
struct Printer<'t> {
    source: &'t str,
    out: String,
    depth: usize,
    width: Width,
    /// How many blocks that stand on one line are open.
    inline: usize,
    folds: Vec<width::Fold>,
    /// Up to here lines have their form.
    settled: usize,
    seams: Vec<Seam>,
}

/// Writes a file in the one layout.
pub(super) fn print(file: &File, source: &str, width: Width) -> Layout {
    let mut printer = Printer::new(source, width);
    printer.file(file);
    printer.settle();
    Layout { text: printer.out, seams: printer.seams }
}

impl<'t> Printer<'t> {
    fn new(source: &'t str, width: Width) -> Self {
        let out = String::with_capacity(source.len() + 16);
        Self { source, out, depth: 0, width, inline: 0, folds: Vec::new(), settled: 0, seams: Vec::new() }
    }
}

impl Printer<'_> {
    fn file(&mut self, file: &File) {
        let head = file.kind.span.to(file.title.span);
        let seams = self.begin(&file.header, head);
        self.lead(&file.header);
        let word = match file.kind.value {
            FileKind::Runbook => "runbook ",
            FileKind::Library => "library ",
            FileKind::World => "world ",
        };
        self.put(word);
        self.text(&file.title);
        self.after(&file.header);
        self.end(&file.header, head, seams);
        self.items(&file.items);
        for (number, comment) in file.footer.iter().enumerate() {
            self.blank_if(comment.after_blank || number == 0);
            self.comment(comment, "#");
        }
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Begins a line of the present depth.
    fn start_line(&mut self) {
        for _ in 0..self.depth {
            self.out.push_str(STEP);
        }
    }

    fn end_line(&mut self) {
        self.out.push('\n');
    }

    fn blank_if(&mut self, wanted: bool) {
        if wanted {
            self.out.push('\n');
        }
    }

    fn slice(&self, span: Span) -> &'_ str {
        self.source.get(span.range()).unwrap_or("")
    }

    /// What stands before a node; its line is begun. `first` in a block: no empty line before it.
    fn before(&mut self, trivia: &Trivia, first: bool) {
        self.blank_if(trivia.after_blank && !first);
        self.lead(trivia);
    }

    /// The comments before a node, and the beginning of its line.
    fn lead(&mut self, trivia: &Trivia) {
        for (number, comment) in trivia.leading.iter().enumerate() {
            self.blank_if(comment.after_blank && number > 0);
            self.comment(comment, "#");
        }
        for (number, comment) in trivia.doc.iter().enumerate() {
            self.blank_if(comment.after_blank && (number > 0 || !trivia.leading.is_empty()));
            self.comment(comment, "##");
        }
        self.blank_if(trivia.detached);
        self.start_line();
    }

    /// Ends a node's last line.
    fn after(&mut self, trivia: &Trivia) {
        if let Some(comment) = &trivia.trailing {
            self.put(" #");
            self.put(&comment.text);
        }
        self.end_line();
    }

    fn comment(&mut self, comment: &Comment, mark: &str) {
        self.start_line();
        self.put(mark);
        self.put(&comment.text);
        self.end_line();
    }

    /// Comments before a closing brace.
    fn dangling(&mut self, comments: &[Comment], first: bool) {
        for (number, comment) in comments.iter().enumerate() {
            self.blank_if(comment.after_blank && !(first && number == 0));
            self.comment(comment, "#");
        }
    }

    /// A string or command as it was written.
    fn text(&mut self, text: &Text) {
        let written = self.source.get(text.span.range()).unwrap_or("");
        if matches!(text.quotes, Quotes::Command | Quotes::Script) {
            self.out.push_str("$ ");
        }
        self.out.push_str(written);
    }

    /// An expression as it was written; its further lines move with the first.
    fn expr(&mut self, expr: &Expr) {
        if !expr.text.contains('\n') {
            return self.out.push_str(&expr.text);
        }
        let old = indent_of_line(self.source, expr.span.range().start);
        let new = indent_of_line(&self.out, self.out.len());
        let mut from = 0;
        for start in cut::line_starts(&expr.text) {
            let line = &expr.text[start..];
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            self.out.push_str(expr.text[from..start].trim_end_matches([' ', '\t', '\n', '\r']));
            self.out.push('\n');
            let empty = line[blanks..].starts_with(['\n', '\r']);
            let shifted = if empty { 0 } else { (blanks + new).saturating_sub(old) };
            self.out.extend(std::iter::repeat_n(' ', shifted));
            from = start + blanks;
        }
        self.out.push_str(&expr.text[from..]);
    }

    /// A comma, and a new line where the source has one between bytes `from` and `to`.
    fn comma(&mut self, from: usize, to: usize) {
        self.put(",");
        self.space_or_line(from, to);
    }

    fn space_or_line(&mut self, from: usize, to: usize) {
        if !self.breaks(from, to) {
            return self.fold();
        }
        self.end_line();
        self.start_line();
        self.put(STEP);
    }

    fn breaks(&self, from: usize, to: usize) -> bool {
        from < to && self.source.get(from..to).is_some_and(|between| between.contains('\n'))
    }

    /// Whether what `span` covers stands on one line of the source.
    fn one_line(&self, span: Span) -> bool {
        !self.slice(span).contains('\n')
    }
}

fn indent_of_line(text: &str, at: usize) -> usize {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..at].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
