//! Filling in strings and commands.

use std::borrow::Cow;
use std::sync::Arc;

use minijinja::value::ValueKind;

use super::engine::complained;
use super::expression::Expression;
use super::scope::Scope;
use super::show::{show, text_of};
use super::{EvalError, Expressions};
use crate::shell::{self, Piece, Place, Unquotable};
use crate::source::Span;
use crate::syntax::ast;
use crate::value::{Complaint, Shell, Value, is_unknown};

/// Fills in a string. Values are rendered as text; an outcome, list or record in it is an error.
pub fn render(
    text: &ast::Text,
    expressions: &dyn Expressions,
    scope: &Arc<Scope>,
) -> Result<String, EvalError> {
    let mut rendered = String::new();
    for part in &text.parts {
        match part {
            ast::Part::Literal(literal) => rendered.push_str(&literal.value),
            ast::Part::Hole(hole) => {
                let value = expressions.expression(hole).evaluate(scope)?;
                let text = text_of(&value).map_err(|complaint| complained(&complaint, hole.span))?;
                rendered.push_str(&text);
            }
        }
    }
    Ok(rendered)
}

/// Fills in a command, every value quoted for `shell` and its place.
pub fn render_command(
    text: &ast::Text,
    shell: Shell,
    expressions: &dyn Expressions,
    scope: &Arc<Scope>,
) -> Result<String, EvalError> {
    if let Some(literal) = text.as_literal() {
        return Ok(literal);
    }
    let places = match text.holes().next() {
        Some(first) => expressions.expression(first).places(shell, || places_of(text, shell)),
        None => Ok(Cow::default()),
    };
    let places = places.map_err(|why| unquotable(&why, text, text.span))?;
    let mut rendered = String::new();
    let mut places = places.iter().copied();
    for part in &text.parts {
        match part {
            ast::Part::Literal(literal) => rendered.push_str(&literal.value),
            ast::Part::Hole(hole) => {
                let place = places.next().unwrap_or(Place::Bare { alone: false });
                let filled = fill(expressions.expression(hole), place, shell, scope, hole.span)?;
                rendered.push_str(&filled);
            }
        }
    }
    Ok(rendered)
}

fn places_of(text: &ast::Text, shell: Shell) -> Result<Vec<Place>, Unquotable> {
    let pieces: Vec<Piece<'_>> = text.parts.iter().map(piece).collect();
    shell::places(&pieces, shell)
}

fn piece(part: &ast::Part) -> Piece<'_> {
    match part {
        ast::Part::Literal(literal) => Piece::Literal(&literal.value),
        ast::Part::Hole(_) => Piece::Hole,
    }
}

fn unquotable(why: &Unquotable, text: &ast::Text, whole: Span) -> EvalError {
    let span = text.holes().nth(why.hole).map_or(whole, |hole| hole.span);
    complained(&Complaint::new(why.why.clone()).help(why.help.clone()), span)
}

fn fill(
    expression: &Expression,
    place: Place,
    shell: Shell,
    scope: &Arc<Scope>,
    span: Span,
) -> Result<String, EvalError> {
    let value = expression.evaluate(scope)?;
    // What is only known later is shown in a plan, never sent.
    if is_unknown(&value) || expression.is_raw() {
        return text_of(&value).map_err(|complaint| complained(&complaint, span));
    }
    let quote = |value: &Value| {
        let text = text_of(value).map_err(|complaint| complained(&complaint, span))?;
        let quoted = shell::quote(&text, place, shell);
        quoted.map_err(|why| complained(&Complaint::new(why.why).help(why.help), span))
    };
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return quote(&value);
    }
    if !place.takes_lists() {
        return Err(complained(&list_in_word(&value), span));
    }
    let items = value.try_iter().into_iter().flatten();
    Ok(items.map(|item| quote(&item)).collect::<Result<Vec<_>, _>>()?.join(" "))
}

fn list_in_word(value: &Value) -> Complaint {
    Complaint::new("a list can't be part of a word")
        .label(format!("its value is {}", show(value, 60)))
        .help("let it stand alone between blanks, where each item becomes a word, or write `| join(\",\")`")
}

#[cfg(test)]
mod tests;
