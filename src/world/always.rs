//! What must be true of a world at every moment.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::agenda::Cause;
use crate::finding::Finding;
use crate::resolve::ResolvedWorld;
use crate::source::Span;
use crate::syntax::ast::{self, StatementKind};
use crate::template::{self, Expressions, Scope};

use super::body::Falsehood;
use super::state::no_value;

/// An `always` that was false at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenAlways {
    /// The title of the `always`.
    pub title: String,
    /// Since the rehearsal began.
    pub at: Duration,
    /// The `assert`'s own message, or that it is false.
    pub said: String,
    /// The condition that is false.
    pub span: Span,
    /// The values in it.
    pub values: Vec<(String, String)>,
    /// What changed the state so.
    pub cause: Cause,
}

/// An `always` block, and whether it held when it was looked at last.
#[derive(Clone, Debug)]
pub(super) struct Always {
    pub title: Arc<str>,
    pub body: Arc<ast::Block>,
    /// The names that it reads: when none of them was changed, it holds as before.
    reads: Arc<BTreeSet<String>>,
    pub holds: bool,
}

impl Always {
    /// Every `always` of a world.
    pub(super) fn all(world: &ResolvedWorld, scope: &Arc<Scope>) -> Result<Vec<Self>, Finding> {
        let found = world.file.items.iter().filter_map(|item| match &item.kind {
            ast::ItemKind::Always(always) => Some(always),
            _ => None,
        });
        found.map(|always| Self::new(world, always, scope)).collect()
    }

    fn new(world: &ResolvedWorld, always: &ast::Always, scope: &Arc<Scope>) -> Result<Self, Finding> {
        let title = template::render(&always.title, world, scope).map_err(no_value)?;
        let mut reads = BTreeSet::new();
        for expr in expressions(&always.body) {
            reads.extend(world.expression(expr).free_names().iter().cloned());
        }
        let (title, reads) = (title.into(), Arc::new(reads));
        Ok(Self { title, body: Arc::new(always.body.clone()), reads, holds: true })
    }

    /// Whether what was changed can make a difference.
    pub(super) fn concerns(&self, changed: &BTreeSet<String>) -> bool {
        !self.reads.is_disjoint(changed)
    }

    pub(super) fn broken(&self, at: Duration, falsehood: Falsehood, cause: &Cause) -> BrokenAlways {
        let Falsehood { span, said, values } = falsehood;
        BrokenAlways { title: self.title.to_string(), at, said, span, values, cause: cause.clone() }
    }
}

/// The expressions that say what a block looks at; statements that may not stand here have none.
fn expressions(block: &ast::Block) -> Vec<&ast::Expr> {
    let mut found = Vec::new();
    for statement in &block.statements {
        match &statement.kind {
            StatementKind::Let(ast::Let { value: ast::LetValue::Expr(expr), .. }) => found.push(expr),
            StatementKind::Assert(assert) => found.push(&assert.condition),
            StatementKind::ForEach(each) => {
                found.push(&each.list);
                found.extend(expressions(&each.body));
            }
            StatementKind::If(branches) => {
                for (condition, block) in &branches.branches {
                    found.push(condition);
                    found.extend(expressions(block));
                }
                found.extend(branches.otherwise.iter().flat_map(expressions));
            }
            StatementKind::Let(_)
            | StatementKind::Target(_)
            | StatementKind::Request(_)
            | StatementKind::Call(_)
            | StatementKind::Wait(_)
            | StatementKind::Retry(_)
            | StatementKind::Pause(_)
            | StatementKind::Together(_)
            | StatementKind::Attempt(_)
            | StatementKind::Approve(_)
            | StatementKind::Manual(_)
            | StatementKind::Diagnose(_)
            | StatementKind::Note(_)
            | StatementKind::Fail(_)
            | StatementKind::Return(_)
            | StatementKind::Set(_)
            | StatementKind::After(_)
            | StatementKind::Reply(_) => {}
        }
    }
    found
}
