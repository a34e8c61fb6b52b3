//! What a rule is given to look at.

use std::cell::OnceCell;
use std::ops::Range;
use std::time::Duration;

use super::allow::Allow;
use super::sent::Command;
use crate::resolve::visit::{Visit, walk_file};
use crate::resolve::{ResolvedRunbook, ResolvedWorld};
use crate::source::{Sources, Span};
use crate::syntax::ast::{self, FileKind};
use crate::syntax::comments;
use crate::template::Expression;

/// One file, its expressions read.
pub(super) struct File<'a> {
    pub(super) tree: &'a ast::File,
    pub(super) expressions: &'a [Expression],
    /// With the libraries that it uses; a world uses none.
    pub(super) runbook: Option<&'a ResolvedRunbook>,
    sources: &'a Sources,
    /// How long a stage may wait, where that is limited.
    pub(super) longest_stage: Option<Duration>,
    /// What it sends, once a rule has asked for it.
    pub(super) commands: OnceCell<Vec<Command<'a>>>,
    comments: OnceCell<Vec<Range<usize>>>,
    pub(super) allows: OnceCell<Vec<Allow>>,
}

impl<'a> File<'a> {
    pub(super) fn of_runbook(runbook: &'a ResolvedRunbook, sources: &'a Sources) -> Self {
        let root = runbook.root();
        Self {
            tree: &root.file,
            expressions: &root.expressions,
            runbook: Some(runbook),
            sources,
            longest_stage: None,
            commands: OnceCell::new(),
            comments: OnceCell::new(),
            allows: OnceCell::new(),
        }
    }

    pub(super) fn of_world(world: &'a ResolvedWorld, sources: &'a Sources) -> Self {
        Self {
            tree: &world.file,
            expressions: &world.expressions,
            runbook: None,
            sources,
            longest_stage: None,
            commands: OnceCell::new(),
            comments: OnceCell::new(),
            allows: OnceCell::new(),
        }
    }

    pub(super) fn is(&self, kind: FileKind) -> bool {
        self.tree.kind.value == kind
    }

    /// The whole file, as it is written.
    pub(super) fn source(&self) -> &'a str {
        &self.sources.get(self.tree.id).text
    }

    /// Where its comments are, in order.
    pub(super) fn comments(&self) -> &[Range<usize>] {
        self.comments.get_or_init(|| comments(self.source()))
    }

    /// The text that a span covers.
    pub(super) fn text(&self, span: Span) -> &'a str {
        self.sources.slice(span)
    }

    /// Whether two places read the same but for line breaks and indentation.
    pub(super) fn reads_alike(&self, one: Span, other: Span) -> bool {
        self.text(one).split_whitespace().eq(self.text(other).split_whitespace())
    }

    /// Walks the whole file.
    pub(super) fn walk(&self, visit: &mut impl Visit<'a>) {
        walk_file(visit, self.tree);
    }

    /// The parsed form of an expression.
    pub(super) fn expression(&self, expr: &ast::Expr) -> &'a Expression {
        &self.expressions[expr.id.0 as usize]
    }
}
