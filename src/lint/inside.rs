//! What stands in a file or a block, however deep.
//!
//! In: a file or a block. Out: its statements, targets, requests, calls, loops and expressions, in the order they stand.
//! Must not know: what is looked for in them.

use super::subject::File;
use crate::resolve::visit::{Visit, walk_arguments, walk_block, walk_item, walk_request, walk_statement};
use crate::syntax::ast::{
    Block, Call, Expr, ForEach, Item, ItemKind, Let, LetValue, Request, Statement, StatementKind, TargetDecl,
};
use crate::template::tree::Node;

/// What was found inside.
#[derive(Default)]
pub(super) struct Inside<'a> {
    pub statements: Vec<&'a Statement>,
    pub targets: Vec<&'a TargetDecl>,
    pub requests: Vec<&'a Request>,
    pub calls: Vec<&'a Call>,
    /// Also those right of a `let`.
    pub loops: Vec<&'a ForEach>,
    /// Also those in the holes of strings.
    pub exprs: Vec<&'a Expr>,
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

/// Every part of every expression of a file, the outer before the inner.
pub(super) fn nodes<'a>(file: &File<'a>) -> Vec<&'a Node> {
    let mut nodes = Vec::new();
    for expr in Inside::file(file).exprs {
        file.expression(expr).tree().walk(&mut |node| nodes.push(node));
    }
    nodes
}

impl<'a> Visit<'a> for Inside<'a> {
    fn item(&mut self, item: &'a Item) {
        if let ItemKind::Target(target) = &item.kind {
            self.targets.push(target);
        }
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        self.statements.push(statement);
        match &statement.kind {
            StatementKind::Target(target) => self.targets.push(target),
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

    fn expr(&mut self, expr: &'a Expr) {
        self.exprs.push(expr);
    }
}

/// Whether nothing stands in a block, not even a comment that says why.
pub(super) fn is_empty(block: &Block) -> bool {
    block.statements.is_empty() && block.dangling.is_empty()
}
