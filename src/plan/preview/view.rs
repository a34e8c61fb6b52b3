//! What can be known where a statement stands, before anything was sent.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};

use crate::resolve::Module;
use crate::source::Spanned;
use crate::syntax::ast::{Expr, Part, Text};
use crate::template::{EvalError, Expressions, Scope, render, render_command};
use crate::value::{Shell, Value, format_duration, to_duration};

/// Stands under the name of a value that only a run can give.
#[derive(Debug)]
struct Unknown;

impl Object for Unknown {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹…›")
    }
}

fn is_unknown(value: &Value) -> bool {
    value.downcast_object_ref::<Unknown>().is_some()
}

/// The names around a statement.
#[derive(Clone, Debug)]
pub(super) struct View<'p> {
    pub module: &'p Module,
    pub scope: Arc<Scope>,
    /// How many calls stand around.
    pub depth: usize,
}

impl View<'_> {
    /// The same, with names of its own.
    pub fn child(&self) -> Self {
        Self { module: self.module, scope: self.scope.child(), depth: self.depth }
    }

    /// Names a value, or says that it is not known.
    pub fn set(&self, name: &str, value: Option<Value>) {
        self.scope.set(name, value.unwrap_or_else(|| Value::from_object(Unknown)));
    }

    /// The value of an expression, where nothing in it is unknown.
    pub fn value(&self, expr: &Expr) -> Option<Value> {
        let expression = self.module.expression(expr);
        let unknown = |name: &String| self.scope.get(name).is_some_and(|value| is_unknown(&value));
        match expression.free_names().iter().any(unknown) {
            true => None,
            false => expression.evaluate(&self.scope).ok(),
        }
    }

    /// A value as a line shows it: `‹as written›` where it is not known.
    pub fn shown(&self, expr: &Expr) -> String {
        match self.value(expr) {
            Some(value) => match to_duration(&value) {
                Some(duration) => format_duration(duration),
                None => value.to_string(),
            },
            None => later(expr),
        }
    }

    /// A string with what is known filled in.
    pub fn text(&self, text: &Text) -> String {
        self.filled(text, |text| render(text, self.module, &self.scope))
    }

    /// A command with what is known filled in, quoted.
    pub fn command(&self, text: &Text, shell: Shell) -> String {
        self.filled(text, |text| render_command(text, shell, self.module, &self.scope))
    }

    fn filled(&self, text: &Text, render: impl Fn(&Text) -> Result<String, EvalError>) -> String {
        let known = without(text, |hole| self.value(hole).is_none());
        render(&known).unwrap_or_else(|_| without(text, |_| true).as_literal().unwrap_or_default())
    }
}

/// The text with some holes as they will be known later.
fn without(text: &Text, unknown: impl Fn(&Expr) -> bool) -> Text {
    let part = |part: &Part| match part {
        Part::Hole(expr) if unknown(expr) => Part::Literal(Spanned::new(later(expr), expr.span)),
        other => other.clone(),
    };
    Text { quotes: text.quotes, parts: text.parts.iter().map(part).collect(), span: text.span }
}

fn later(expr: &Expr) -> String {
    let words: Vec<_> = expr.text.split_whitespace().collect();
    format!("‹{}›", words.join(" "))
}
