//! An expression: parsed once, compiled when it is first evaluated.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::engine::{Evaluated, Program, complained};
use super::quick::Quick;
use super::scope::Scope;
use super::tree::{Node, NodeKind};
use super::{EvalError, check, machinery, observed, operators};
use crate::finding::{Finding, nearest};
use crate::shell::{Place, Unquotable};
use crate::source::Span;
use crate::syntax::ast;
use crate::value::{Complaint, Shell, Value, is_unknown, unknown};

/// A parsed expression. Compiled when it is first evaluated.
#[derive(Debug)]
pub struct Expression {
    text: Box<str>,
    span: Span,
    tree: Node,
    free_names: Vec<String>,
    quick: OnceLock<Option<Quick>>,
    program: OnceLock<Result<Program, EvalError>>,
    watched: OnceLock<Vec<observed::Watched>>,
    places: OnceLock<(Shell, Vec<Place>)>,
}

impl Expression {
    /// Reads an expression; the finding points at the byte at fault.
    pub fn parse(expr: &ast::Expr) -> Result<Self, Finding> {
        Self::read(&expr.text, expr.span)
    }

    /// Reads an expression that stands at `span`, say in a params file.
    pub fn read(text: &str, span: Span) -> Result<Self, Finding> {
        let tree = machinery::parse(text, span).map_err(|mistake| {
            let at = span.part(mistake.start, mistake.end.saturating_sub(mistake.start));
            let finding = Finding::error("syntax", mistake.title, at, mistake.label);
            Finding { help: mistake.help.filter(|help| !help.is_empty()), ..finding }
        })?;
        if let Some(finding) = check::first_mistake(&tree) {
            return Err(finding);
        }
        let free_names = tree.free_names();
        let (quick, program, watched, places) = Default::default();
        Ok(Self { text: text.into(), span, tree, free_names, quick, program, watched, places })
    }

    /// The tree, with spans of the runbook.
    #[must_use]
    pub fn tree(&self) -> &Node {
        &self.tree
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// The names that the expression takes from its scope, each once, in order.
    #[must_use]
    pub fn free_names(&self) -> &[String] {
        &self.free_names
    }

    /// Whether it ends with `| raw`, and so goes into a command unquoted.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        matches!(&self.tree.kind, NodeKind::Filter { name, .. } if name.value == "raw")
    }

    /// Its value. An undefined name or field is an error, wherever it stands. An expression that
    /// needs a value which is only known later is unknown itself.
    pub fn evaluate(&self, scope: &Arc<Scope>) -> Result<Value, EvalError> {
        if let NodeKind::Const(value) = &self.tree.kind {
            return Ok(value.clone());
        }
        match self.by_tree(scope) {
            Some(value) => Ok(value),
            None => self.by_machine(scope),
        }
    }

    /// Its value as far as that needs no machine.
    pub(super) fn by_tree(&self, scope: &Arc<Scope>) -> Option<Value> {
        self.quick.get_or_init(|| Quick::of(&self.tree)).as_ref()?.run(scope)
    }

    /// Its value, or what is wrong with it.
    pub(super) fn by_machine(&self, scope: &Arc<Scope>) -> Result<Value, EvalError> {
        let program = self.program.get_or_init(|| Program::compile(&self.tree)).as_ref();
        match program.map_err(Clone::clone)?.run(scope) {
            Ok(Evaluated::Known(value)) => Ok(value),
            Ok(Evaluated::Later) => Ok(unknown(one_line(&self.text))),
            Err(error) => Err(self.with_near_name(error, scope)),
        }
    }

    /// Whether its value counts as true; an outcome, target or secret is an error. An unknown
    /// value is neither: `None`.
    pub fn holds(&self, scope: &Arc<Scope>) -> Result<Option<bool>, EvalError> {
        let value = self.evaluate(scope)?;
        if is_unknown(&value) {
            return Ok(None);
        }
        let truth = operators::truth(&value);
        truth.map(Some).map_err(|complaint: Complaint| complained(&complaint, self.span))
    }

    /// The names, fields and filtered values in it and what they are in `scope`, for a failed `assert`.
    #[must_use]
    pub fn observed(&self, scope: &Arc<Scope>) -> Vec<(String, String)> {
        let watched = self.watched.get_or_init(|| observed::watch(&self.tree, &self.text, self.span));
        observed::values(watched, scope)
    }

    /// Where the holes of a command stand whose first hole this is, looked for once.
    pub(super) fn places(
        &self,
        shell: Shell,
        find: impl FnOnce() -> Result<Vec<Place>, Unquotable>,
    ) -> Result<Cow<'_, [Place]>, Unquotable> {
        if let Some((_, places)) = self.places.get().filter(|(of, _)| *of == shell) {
            return Ok(Cow::Borrowed(places));
        }
        let places = find()?;
        // A command may be one for several shells: the first stays.
        _ = self.places.set((shell, places.clone()));
        Ok(Cow::Owned(places))
    }

    /// Says which name was meant, when it is a name that is missing.
    fn with_near_name(&self, mut error: EvalError, scope: &Arc<Scope>) -> EvalError {
        if error.help.is_some() || !error.title.starts_with("there is no `") {
            return error;
        }
        let missing = self.free_names.iter().find(|name| error.title == format!("there is no `{name}` here"));
        let known = scope.names();
        if let Some(near) = missing.and_then(|name| nearest(name, known.iter().map(String::as_str))) {
            error.help = Some(format!("did you mean `{near}`?"));
        }
        error
    }
}

/// Text over several lines on one.
pub(super) fn one_line(text: &str) -> String {
    if text.contains('\n') { text.split_whitespace().collect::<Vec<_>>().join(" ") } else { text.to_owned() }
}
