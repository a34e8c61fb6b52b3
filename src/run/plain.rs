//! Values on their way out of the language: as text, pairs or JSON, secrets among them.

use bytes::Bytes;
use minijinja::value::ValueKind;
use zeroize::Zeroizing;

use crate::backend::Sensitive;
use crate::source::Span;
use crate::syntax::ast;
use crate::value::{SecretString, Value, to_duration, to_secret};

use super::context::Context;
use super::fault::Fault;

/// The text of the secret `name`.
pub(super) fn secret(context: &Context<'_>, name: &str, span: Span) -> Result<SecretString, Fault> {
    context.engine.secrets.get(name).cloned().ok_or_else(|| {
        let title = format!("the secret `{name}` was not fetched");
        context.failed(title, span, "it is needed here")
    })
}

/// What an expression gives, as text that may be a secret.
pub(super) fn sensitive(context: &Context<'_>, expr: &ast::Expr) -> Result<Sensitive, Fault> {
    sensitive_value(context, expr, &context.eval(expr)?)
}

/// The pairs of a map, whose values may be secrets.
pub(super) fn sensitive_map(
    context: &Context<'_>,
    expr: &ast::Expr,
) -> Result<Vec<(String, Sensitive)>, Fault> {
    let map = context.eval(expr)?;
    pairs(context, expr, &map)?
        .into_iter()
        .map(|(name, value)| Ok((name, sensitive_value(context, expr, &value)?)))
        .collect()
}

fn pairs(context: &Context<'_>, expr: &ast::Expr, map: &Value) -> Result<Vec<(String, Value)>, Fault> {
    let unfit = || context.unfit(expr, map, "a map", "write it as `{\"name\": value}`");
    if map.kind() != ValueKind::Map {
        return Err(unfit());
    }
    let names = map.try_iter().map_err(|_| unfit())?;
    names
        .map(|name| {
            let value = map.get_item(&name).map_err(|_| unfit())?;
            Ok((name.as_str().ok_or_else(unfit)?.to_owned(), value))
        })
        .collect()
}

fn sensitive_value(context: &Context<'_>, expr: &ast::Expr, value: &Value) -> Result<Sensitive, Fault> {
    if let Some(named) = to_secret(value) {
        return secret(context, &named.name, expr.span).map(Sensitive::Secret);
    }
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => Ok(sensitive_text(context, value)),
        _ if to_duration(value).is_some() => Ok(sensitive_text(context, value)),
        _ => Err(context.unfit(expr, value, "text", "join a list with `| join`, or write `| json`")),
    }
}

/// What a host said may hold a secret, and is one then.
fn sensitive_text(context: &Context<'_>, text: impl ToString) -> Sensitive {
    let text = text.to_string();
    match context.engine.secrets.count(&text) {
        0 => Sensitive::Plain(text),
        _ => Sensitive::Secret(SecretString::new(text)),
    }
}

/// What a target's own clause says.
pub(super) fn of_target(context: &Context<'_>, name: &str, text: &str) -> (String, Sensitive) {
    (name.to_owned(), sensitive_text(context, text))
}

/// Bytes that are wiped once they are sent.
pub(super) fn wiped(text: String) -> Bytes {
    Bytes::from_owner(Zeroizing::new(text.into_bytes()))
}

/// A value as JSON; secrets in it are filled in, durations are text.
pub(super) fn to_json(
    context: &Context<'_>,
    expr: &ast::Expr,
    value: &Value,
) -> Result<serde_json::Value, Fault> {
    if let Some(named) = to_secret(value) {
        return Ok(secret(context, &named.name, expr.span)?.reveal().into());
    }
    if to_duration(value).is_some() {
        return Ok(value.to_string().into());
    }
    match value.kind() {
        ValueKind::Map => {
            let pairs = pairs(context, expr, value)?.into_iter();
            let pairs = pairs.map(|(name, value)| Ok((name, to_json(context, expr, &value)?)));
            pairs.collect::<Result<serde_json::Map<_, _>, _>>().map(Into::into)
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|_| unjson(context, expr, value))?;
            items.map(|item| to_json(context, expr, &item)).collect::<Result<Vec<_>, _>>().map(Into::into)
        }
        _ => serde_json::to_value(value).map_err(|_| unjson(context, expr, value)),
    }
}

fn unjson(context: &Context<'_>, expr: &ast::Expr, value: &Value) -> Fault {
    context.unfit(expr, value, "a value that JSON can hold", "take the field that is meant, such as `.text`")
}
