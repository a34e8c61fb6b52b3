//! Text to tree, and tree to text.
//!
//! In: the text of a file. Out: an [`ast::File`] and every syntax error that was found.
//! Must not know: names, types, effects, tokio.

pub mod ast;

use crate::finding::Finding;
use crate::source::FileId;

/// What parsing gave: a tree, also of a file with mistakes where one could be made, and the mistakes.
#[derive(Debug)]
pub struct Parsed {
    pub file: Option<ast::File>,
    pub findings: Vec<Finding>,
}

/// Reads a runbook, library or world.
#[must_use]
pub fn parse(_id: FileId, _text: &str) -> Parsed {
    todo!()
}

/// Writes a file in the one layout, with every comment. `text` is the source that `file` was parsed from.
#[must_use]
pub fn format(_file: &ast::File, _text: &str) -> String {
    todo!()
}
