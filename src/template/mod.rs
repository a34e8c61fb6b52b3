//! Expressions and strings with `{{ }}`: strict, pure, bounded, with places.
//!
//! In: expressions as text, and a [`Scope`] of values. Out: values, rendered text, and a static
//! look into each expression. Offsets in errors are those of the runbook.
//! Must not know: statements, targets, how anything runs.

use std::sync::Arc;

use crate::finding::Finding;
use crate::source::Span;
use crate::syntax::ast;
use crate::value::{Shell, Value};

/// A parsed expression. Compiled when it is first evaluated.
#[derive(Debug)]
pub struct Expression {}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// The part at fault.
    pub span: Span,
    pub title: String,
    pub label: String,
    pub help: Option<String>,
}

impl Expression {
    /// Reads an expression; the finding points at the byte at fault.
    pub fn parse(_expr: &ast::Expr) -> Result<Self, Finding> {
        todo!()
    }

    /// The names that the expression takes from its scope, each once, in order.
    #[must_use]
    pub fn free_names(&self) -> &[String] {
        todo!()
    }

    /// Its value. An undefined name or field is an error, wherever it stands.
    pub fn evaluate(&self, _scope: &Arc<Scope>) -> Result<Value, EvalError> {
        todo!()
    }

    /// The names, fields and filtered values in it and what they are in `scope`, for a failed `assert`.
    #[must_use]
    pub fn observed(&self, _scope: &Arc<Scope>) -> Vec<(String, String)> {
        todo!()
    }
}

/// Finds the parsed form of an expression of a file.
pub trait Expressions: Sync {
    fn expression(&self, expr: &ast::Expr) -> &Expression;
}

/// Names and their values: one frame of a block, and through `parent` those around it.
#[derive(Debug)]
pub struct Scope {}

impl Scope {
    /// A scope with nothing around it.
    #[must_use]
    pub fn root() -> Arc<Self> {
        todo!()
    }

    /// A scope inside this one.
    #[must_use]
    pub fn child(self: &Arc<Self>) -> Arc<Self> {
        todo!()
    }

    /// Names a value in this frame.
    pub fn set(&self, _name: &str, _value: Value) {
        todo!()
    }

    /// The value of a name here or around.
    #[must_use]
    pub fn get(&self, _name: &str) -> Option<Value> {
        todo!()
    }
}

/// Fills in a string. Values are rendered as text; an outcome, list or record in it is an error.
pub fn render(
    _text: &ast::Text,
    _expressions: &dyn Expressions,
    _scope: &Arc<Scope>,
) -> Result<String, EvalError> {
    todo!()
}

/// Fills in a command, every value quoted for `shell` and its place.
pub fn render_command(
    _text: &ast::Text,
    _shell: Shell,
    _expressions: &dyn Expressions,
    _scope: &Arc<Scope>,
) -> Result<String, EvalError> {
    todo!()
}

/// A value as a message shows it: strings in quotes, cut at `limit` characters.
#[must_use]
pub fn show(_value: &Value, _limit: usize) -> String {
    todo!()
}
