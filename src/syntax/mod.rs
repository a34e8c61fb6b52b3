//! Text to tree, and tree to text.
//!
//! In: the text of a file. Out: an [`ast::File`] and every syntax error that was found.
//! Must not know: names, types, effects, tokio.

pub mod ast;
mod cut;
mod grammar;
mod lower;
mod mistake;
mod print;
mod same;
mod scan;

use std::ops::RangeInclusive;

use crate::finding::Finding;
use crate::source::{FileId, Span};
pub use print::Width;

/// What parsing gave: a tree, also of a file with mistakes where one could be made, and the mistakes.
#[derive(Debug)]
pub struct Parsed {
    pub file: Option<ast::File>,
    pub findings: Vec<Finding>,
}

/// Reads a runbook, library or world.
#[must_use]
pub fn parse(id: FileId, text: &str) -> Parsed {
    let scan = scan::scan(text);
    if let Some(at) = scan.too_deep {
        let finding = mistake::too_deep(Span::new(id, at, at + 1));
        return Parsed { file: None, findings: vec![finding] };
    }
    let Some(items) = grammar::parse(text) else {
        return Parsed { file: None, findings: vec![mistake::too_much(Span::new(id, 0, 0))] };
    };
    let (file, findings) = lower::lower(id, text, &scan.comments, items);
    Parsed { file: Some(file), findings }
}

/// Where the comments of a file are, each from its `#` to the end of its line, in order.
#[must_use]
pub fn comments(text: &str) -> Vec<std::ops::Range<usize>> {
    scan::scan(text).comments
}

/// Writes a file in the one layout, with every comment. `text` is the source that `file` was parsed from.
#[must_use]
pub fn format(file: &ast::File, text: &str, width: Width) -> String {
    print::print(file, text, width).text
}

/// The same for the statements and items that `lines`, counted from 1, touch; all else stays byte by byte.
#[must_use]
pub fn format_lines(file: &ast::File, text: &str, width: Width, lines: &RangeInclusive<usize>) -> String {
    print::print(file, text, width).only(text, lines)
}

/// Whether `text` has no mistakes and reads as `file` does, with the same comments. What a layout may change does not count.
#[must_use]
pub fn reads_as(file: &ast::File, text: &str) -> bool {
    same::reads_as(file, text)
}
