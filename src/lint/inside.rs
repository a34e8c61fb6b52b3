//! What stands in a file or a block, however deep.
//!
//! In: a file or a block. Out: its statements, requests, calls and loops, in the order they stand.
//! Must not know: what is looked for in them.

use super::subject::File;
use crate::resolve::visit::{Visit, walk_arguments, walk_block, walk_request, walk_statement};
use crate::syntax::ast::{Block, Call, ForEach, Let, LetValue, Request, Statement, StatementKind};

/// What was found inside.
#[derive(Default)]
pub(super) struct Inside<'a> {
    pub statements: Vec<&'a Statement>,
    pub requests: Vec<&'a Request>,
    pub calls: Vec<&'a Call>,
    /// Also those right of a `let`.
    pub loops: Vec<&'a ForEach>,
}

impl<'a> Inside<'a> {
    /// All of a file.
    pub fn file(file: &File<'a>) -> Self {
        let mut inside = Self::default();
        file.walk(&mut inside);
        inside
    }

    /// All of a block.
    pub fn block(block: &'a Block) -> Self {
        let mut inside = Self::default();
        walk_block(&mut inside, block);
        inside
    }
}

impl<'a> Visit<'a> for Inside<'a> {
    fn statement(&mut self, statement: &'a Statement) {
        self.statements.push(statement);
        match &statement.kind {
            StatementKind::ForEach(each) => self.loops.push(each),
            StatementKind::Let(Let { value: LetValue::Each(each), .. }) => self.loops.push(&each.value),
            _ => {}
        }
        walk_statement(self, statement);
    }

    fn request(&mut self, request: &'a Request) {
        self.requests.push(request);
        walk_request(self, request);
    }

    fn call(&mut self, call: &'a Call) {
        self.calls.push(call);
        walk_arguments(self, &call.args);
    }
}

/// Whether nothing stands in a block, not even a comment that says why.
pub(super) fn is_empty(block: &Block) -> bool {
    block.statements.is_empty() && block.dangling.is_empty()
}
