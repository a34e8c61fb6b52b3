//! A block of a statement is empty.
//!
//! An `if`, a loop or an `on failure` with nothing in it promises a step that is not there: what
//! belonged in it was forgotten, or was taken out. A comment in it, as `# nothing to do`, says that
//! it is meant.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! param force: bool
//! target host = ssh "web1"
//!
//! stage "Restart" {
//!   if force {
//!   } else {
//!     check on host $ test -e /run/drained
//!   }
//!   run on host $ sudo systemctl restart web
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! param force: bool
//! target host = ssh "web1"
//!
//! stage "Restart" {
//!   if not force {
//!     check on host $ test -e /run/drained
//!   }
//!   run on host $ sudo systemctl restart web
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::{Inside, is_empty};
use crate::lint::subject::File;
use crate::syntax::ast::{Block, ForEach, If, ItemKind, Statement, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let inside = Inside::file(file);
    let explaining = file.tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Stage(stage) => stage.on_failure.as_ref(),
        _ => None,
    });
    let loops = inside.loops.into_iter().flat_map(of_loop);
    let blocks = inside.statements.into_iter().flat_map(of_statement).chain(loops).chain(explaining);
    blocks.filter(|block| is_empty(block)).map(finding).collect()
}

/// The blocks that do nothing where they are empty. Other rules look at the rest.
fn of_statement(statement: &Statement) -> Vec<&Block> {
    match &statement.kind {
        StatementKind::If(branches) => of_if(branches),
        StatementKind::Retry(retry) => vec![&retry.body],
        StatementKind::Together(body) => vec![body],
        StatementKind::Wait(wait) => wait.on_failure.iter().collect(),
        StatementKind::Attempt(attempt) => std::iter::once(&attempt.body).chain(&attempt.always).collect(),
        StatementKind::Manual(manual) => manual.body.iter().collect(),
        StatementKind::After(after) => vec![&after.body],
        _ => Vec::new(),
    }
}

fn of_if(branches: &If) -> Vec<&Block> {
    branches.branches.iter().map(|(_, block)| block).chain(&branches.otherwise).collect()
}

fn of_loop(each: &ForEach) -> impl Iterator<Item = &Block> {
    std::iter::once(&each.body).chain(&each.on_failure)
}

fn finding(block: &Block) -> Finding {
    let finding = Finding::warning("empty-block", "this block is empty", block.span, "nothing is done here");
    finding.help("take it out, or say in a comment in it why nothing is to be done")
}
