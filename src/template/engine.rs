//! The one minijinja environment: strict, without files, bounded.

use std::sync::{Arc, LazyLock};

use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior};

use super::later::Later;
use super::scope::Scope;
use super::strict::Strict;
use super::tree::Node;
use super::{EvalError, guards, registry, size};
use crate::source::Span;
use crate::value::{Complaint, Value, special_name};

/// How many steps of minijinja an evaluation may take; an expression has no loops, so that only
/// a very long one comes near.
const FUEL: u64 = 1_000_000;
/// How many bytes a text may have that an expression makes.
pub(super) const LONGEST_TEXT: usize = 32 << 20;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(64);
    env.set_unknown_method_callback(registry::call_method);
    guards::install(&mut env);
    registry::install(&mut env);
    env
});

/// What filters and tests are asked with outside of an evaluation.
pub(super) fn empty_state() -> State<'static, 'static> {
    ENVIRONMENT.empty_state()
}

/// Refuses texts beyond the bound.
pub(super) fn bounded(len: usize) -> Result<(), Complaint> {
    if len <= LONGEST_TEXT {
        return Ok(());
    }
    Err(Complaint::new(format!("the text grows beyond {} MB", LONGEST_TEXT >> 20)))
}

/// A compiled expression.
pub(super) struct Program {
    strict: Strict,
    compiled: minijinja::Expression<'static, 'static>,
    span: Span,
    /// Whether its value can be larger than those it is made of.
    grows: bool,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("strict", &self.strict.text).finish_non_exhaustive()
    }
}

/// What an evaluation gave.
pub(super) enum Evaluated {
    Known(Value),
    /// It needs a value that is only known later.
    Later,
}

impl Program {
    /// Compiles the strict form of `node`.
    pub(super) fn compile(node: &Node) -> Result<Self, EvalError> {
        let strict = Strict::of(node);
        match ENVIRONMENT.compile_expression_owned(strict.text.clone()) {
            Ok(compiled) => Ok(Self { strict, compiled, span: node.span, grows: size::may_grow(node) }),
            Err(error) => Err(described(&error, &strict, node.span)),
        }
    }

    pub(super) fn run(&self, scope: &Arc<Scope>) -> Result<Evaluated, EvalError> {
        let value = match self.compiled.eval(Value::from_dyn_object(Arc::clone(scope))) {
            Ok(value) => value,
            Err(error) if is_later(&error) => return Ok(Evaluated::Later),
            Err(error) => return Err(described(&error, &self.strict, self.span)),
        };
        if let Err(complaint) = self.acceptable(&value) {
            return Err(complained(&complaint, self.span));
        }
        Ok(Evaluated::Known(value))
    }

    fn acceptable(&self, value: &Value) -> Result<(), Complaint> {
        if value.is_undefined() {
            return Err(Complaint::new("the expression has no value").label("it is undefined"));
        }
        value.as_str().map_or(Ok(()), |text| bounded(text.len()))?;
        if self.grows { size::fits(value) } else { Ok(()) }
    }
}

fn is_later(error: &Error) -> bool {
    causes(error).any(<dyn std::error::Error + 'static>::is::<Later>)
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

/// A complaint about the part at `span`.
pub(super) fn complained(complaint: &Complaint, span: Span) -> EvalError {
    let help = complaint.help.clone().filter(|help| !help.is_empty());
    EvalError { span, title: complaint.title.clone(), label: complaint.label.clone(), help }
}

fn described(error: &Error, strict: &Strict, whole: Span) -> EvalError {
    let span = error.range().and_then(|range| strict.place(&range)).unwrap_or(whole);
    if let Some(complaint) = causes(error).find_map(|cause| cause.downcast_ref::<Complaint>()) {
        return complained(complaint, span);
    }
    let detail = error.detail().unwrap_or_default();
    let title = match error.kind() {
        ErrorKind::OutOfFuel => "the expression takes too many steps".to_owned(),
        ErrorKind::UndefinedError => "a value in it is undefined".to_owned(),
        ErrorKind::SyntaxError if detail.contains("recursion") => {
            "the expression is nested too deep".to_owned()
        }
        ErrorKind::MissingArgument => "an argument is missing".to_owned(),
        ErrorKind::TooManyArguments => "there are too many arguments".to_owned(),
        kind if detail.is_empty() => kind.to_string(),
        _ => plain(detail),
    };
    EvalError { span, title, label: String::new(), help: None }
}

/// minijinja's names of kinds as this language calls them.
fn plain(detail: &str) -> String {
    detail.replace("sequence", "list").replace("plain object", "value").replace("iterator", "list")
}

/// Whether `value` is one that a step gave, or a target or secret: nothing to be shown whole.
pub(super) fn is_opaque(value: &Value) -> bool {
    special_name(value).is_some_and(|name| name != "a duration")
}
