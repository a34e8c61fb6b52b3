//! Expressions and strings with `{{ }}`: strict, pure, bounded, with places.
//!
//! In: expressions as text, and a [`Scope`] of values. Out: values, rendered text, and a static
//! look into each expression. Offsets in errors are those of the runbook.
//! Must not know: statements, targets, how anything runs.
//!
//! An expression goes through `translate` (our literals into Jinja's), `machinery` (minijinja's
//! parser, into our tree), `check` (filters and arguments), and, when it is first evaluated,
//! `quick`, which works most of them out by their trees. The others, and whatever is wrong, go to
//! `strict` (the tree as Jinja that refuses what is undefined) and `engine` (minijinja).

mod check;
mod engine;
mod expression;
mod guards;
mod later;
mod machinery;
mod observed;
mod operators;
mod quick;
pub mod registry;
mod render;
mod scope;
mod show;
mod size;
mod strict;
mod translate;
pub mod tree;

use crate::source::Span;
use crate::syntax::ast;

pub use expression::Expression;
pub use render::{render, render_command};
pub use scope::Scope;
pub use show::show;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// The part at fault.
    pub span: Span,
    pub title: String,
    pub label: String,
    pub help: Option<String>,
}

/// Finds the parsed form of an expression of a file.
pub trait Expressions: Sync {
    fn expression(&self, expr: &ast::Expr) -> &Expression;
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
