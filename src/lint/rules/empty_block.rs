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
//!
//! ## Fix
//! `rutter lint --fix` takes out an `else`, `always` or `on failure` that is empty, and the braces of a `manual`.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::inside::{Inside, is_empty};
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{
    Attempt, Block, ClauseKind, ForEach, If, ItemKind, Request, Stage, Statement, StatementKind,
};

/// A block, and where what is before it ends, if it can be left out.
type Place<'a> = (&'a Block, Option<Span>);

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let inside = Inside::file(file);
    let explaining = file.tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Stage(stage) => of_stage(stage),
        _ => None,
    });
    let loops = inside.loops.into_iter().flat_map(of_loop);
    let proofs = inside.requests.into_iter().flat_map(of_request);
    let blocks =
        inside.statements.into_iter().flat_map(of_statement).chain(loops).chain(explaining).chain(proofs);
    let empty = blocks.filter(|(block, _)| is_empty(block));
    empty
        .map(|(block, before)| finding(block).fix(before.and_then(|before| fix(file, before, block))))
        .collect()
}

fn of_stage(stage: &Stage) -> Option<Place<'_>> {
    stage.on_failure.as_ref().map(|block| (block, Some(stage.body.span)))
}

/// The blocks that do nothing where they are empty. Other rules look at the rest.
fn of_statement(statement: &Statement) -> Vec<Place<'_>> {
    match &statement.kind {
        StatementKind::If(branches) => of_if(branches),
        StatementKind::Retry(retry) => vec![(&retry.body, None)],
        StatementKind::Together(body) => vec![(body, None)],
        StatementKind::Wait(wait) => left_out(wait.on_failure.as_ref(), wait.body.span),
        StatementKind::Attempt(attempt) => of_attempt(attempt),
        StatementKind::Manual(manual) => left_out(manual.body.as_ref(), manual.text.span),
        StatementKind::After(after) => vec![(&after.body, None)],
        _ => Vec::new(),
    }
}

/// What proves that it was done: empty, it proves that of all.
fn of_request(request: &Request) -> impl Iterator<Item = Place<'_>> {
    request.clauses.iter().filter_map(|clause| match &clause.kind {
        ClauseKind::DoneWhen(block) => Some((block, None)),
        _ => None,
    })
}

fn left_out(block: Option<&Block>, before: Span) -> Vec<Place<'_>> {
    block.map(|block| (block, Some(before))).into_iter().collect()
}

fn of_attempt(attempt: &Attempt) -> Vec<Place<'_>> {
    let always = left_out(attempt.always.as_ref(), attempt.otherwise.span);
    std::iter::once((&attempt.body, None)).chain(always).collect()
}

fn of_if(branches: &If) -> Vec<Place<'_>> {
    let last = branches.branches.last().map(|(_, block)| block.span).unwrap_or_default();
    let otherwise = left_out(branches.otherwise.as_ref(), last);
    branches.branches.iter().map(|(_, block)| (block, None)).chain(otherwise).collect()
}

fn of_loop(each: &ForEach) -> Vec<Place<'_>> {
    let explaining = left_out(each.on_failure.as_ref(), each.body.span);
    std::iter::once((&each.body, None)).chain(explaining).collect()
}

fn finding(block: &Block) -> Finding {
    let finding = Finding::warning("empty-block", "this block is empty", block.span, "nothing is done here");
    finding.help("take it out, or say in a comment in it why nothing is to be done")
}

/// Takes the block out with the words before it: `else`, `always`, `on failure`. Nothing else must stand there.
fn fix(file: &File<'_>, before: Span, block: &Block) -> Option<Fix> {
    let clause = Span { start: before.end, ..block.span };
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_whitespace() || matches!(c, '{' | '}');
    let fix = Fix::safe("take it out", Edit::delete(clause));
    file.text(clause).chars().all(is_plain).then_some(fix)
}
