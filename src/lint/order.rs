//! Which requests are sent after which.
//!
//! In: a file. Out: its requests in the order in which they are carried out, each with the way that leads to it.
//! Must not know: what is looked for in them; actions of libraries.

use super::subject::File;
use crate::resolve::visit::{Visit, walk_block, walk_request, walk_statement};
use crate::syntax::ast::{Attempt, Block, If, Item, ItemKind, Request, Stage, Statement, StatementKind};

/// A request, and the way to it.
pub(super) struct Step<'a> {
    pub request: &'a Request,
    /// All main stages are one line, each `undo` and each action one of its own.
    line: usize,
    arms: Vec<Arm>,
}

/// One of several ways, of which a run goes only one, or all at once.
#[derive(Clone, Copy, PartialEq)]
struct Arm {
    /// Where they part.
    fork: u32,
    number: usize,
}

impl Step<'_> {
    /// Whether one that stands further below is sent later in the same run.
    pub fn leads_to(&self, later: &Step<'_>) -> bool {
        let parted = self.arms.iter().zip(&later.arms).find(|(one, other)| one != other);
        self.line == later.line && parted.is_none_or(|(one, other)| one.fork != other.fork)
    }
}

/// The requests of a file's stages, `undo`s and actions.
pub(super) fn steps<'a>(file: &File<'a>) -> Vec<Step<'a>> {
    let mut search = Search::default();
    file.walk(&mut search);
    search.steps
}

#[derive(Default)]
struct Search<'a> {
    line: usize,
    lines: usize,
    arms: Vec<Arm>,
    steps: Vec<Step<'a>>,
}

impl<'a> Search<'a> {
    fn stage(&mut self, stage: &'a Stage) {
        walk_block(self, &stage.body);
        if let Some(undo) = &stage.undo {
            self.on_its_own(&undo.body);
        }
    }

    fn on_its_own(&mut self, block: &'a Block) {
        self.lines += 1;
        self.line = self.lines;
        walk_block(self, block);
        self.line = 0;
    }

    fn arms(&mut self, fork: u32, blocks: impl Iterator<Item = &'a Block>) {
        for (number, block) in blocks.enumerate() {
            self.arms.push(Arm { fork, number });
            walk_block(self, block);
            self.arms.pop();
        }
    }

    fn branches(&mut self, fork: u32, branches: &'a If) {
        let blocks = branches.branches.iter().map(|(_, block)| block).chain(&branches.otherwise);
        self.arms(fork, blocks);
    }

    fn attempt(&mut self, fork: u32, attempt: &'a Attempt) {
        self.arms(fork, [&attempt.body, &attempt.otherwise].into_iter());
        attempt.always.iter().for_each(|always| walk_block(self, always));
    }

    fn together(&mut self, fork: u32, block: &'a Block) {
        for (number, statement) in block.statements.iter().enumerate() {
            self.arms.push(Arm { fork, number });
            self.statement(statement);
            self.arms.pop();
        }
    }
}

impl<'a> Visit<'a> for Search<'a> {
    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::Stage(stage) => self.stage(stage),
            ItemKind::Action(action) => self.on_its_own(&action.body),
            _ => {}
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        let fork = statement.span.start;
        match &statement.kind {
            StatementKind::If(branches) => self.branches(fork, branches),
            StatementKind::Attempt(attempt) => self.attempt(fork, attempt),
            StatementKind::Together(block) => self.together(fork, block),
            _ => walk_statement(self, statement),
        }
    }

    fn request(&mut self, request: &'a Request) {
        self.steps.push(Step { request, line: self.line, arms: self.arms.clone() });
        walk_request(self, request);
    }
}
