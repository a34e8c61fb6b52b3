//! The words for values that do not fit.

use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::syntax::ast::{Field, Param, Text, TypeExpr, TypeKind};

use super::super::params::{Node, NodeKind, quoted};
use super::path::Path;

/// Names in a message: `` `a`, `b` and `c` ``.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// All params that were not given and have no default, in one finding.
pub(super) fn missing(params: &[&Param]) -> Option<Finding> {
    let (first, rest) = params.split_first()?;
    let names = listed(params.iter().map(|param| param.name.value.as_str()));
    let (title, label) = match rest {
        [] => (format!("the param {names} is missing"), "it has no default"),
        _ => (format!("{} params are missing: {names}", params.len()), "no default"),
    };
    let finding = Finding::error("missing-param", title, first.name.span, label);
    let finding = rest.iter().fold(finding, |finding, param| finding.also(param.name.span, "no default"));
    let name = &first.name.value;
    Some(finding.help(match is_simple(&first.ty) {
        true => format!("give it in a file, `--params FILE` with a line `{name}: …`, or with `-p {name}=…`"),
        false => format!("give it in a file: `--params FILE` with `{name}: …`"),
    }))
}

fn is_simple(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Named(_) | TypeKind::OneOf(_) => true,
        TypeKind::Matching(inner, _) | TypeKind::Optional(inner) => is_simple(inner),
        TypeKind::List(_) | TypeKind::Map(_) | TypeKind::Record(..) => false,
    }
}

/// A record without a field that it needs.
pub(super) fn missing_field(node: &Node, field: &Field, path: Path<'_>) -> Finding {
    let name = &field.name.value;
    Finding::error("missing-field", format!("`{path}` has no `{name}`"), node.span, "it is missing here")
        .also(field.name.span, "declared here, without a default")
        .help(format!("add it to the record: `{name}: …`"))
}

/// A value of another kind than the type says.
pub(super) fn wrong_type(node: &Node, wanted: &str, ty: &TypeExpr, path: Path<'_>) -> Finding {
    let title = format!("`{path}` should be {}", with_article(wanted));
    let finding = Finding::error("wrong-type", title, node.span, format!("it is {}", node.describe()));
    let finding = finding.also(ty.span, "declared here");
    match wrong_type_help(node, wanted) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn with_article(wanted: &str) -> String {
    match wanted {
        "int" => "a whole number (int)".to_owned(),
        "string" => "text (string)".to_owned(),
        "bool" => "true or false (bool)".to_owned(),
        _ => format!("a {wanted}"),
    }
}

fn wrong_type_help(node: &Node, wanted: &str) -> Option<String> {
    match (&node.kind, wanted) {
        (NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Bool(_), "string") => {
            Some("quotes make it text: \"…\"".to_owned())
        }
        (NodeKind::Null, "string") => Some("an empty text is written \"\"".to_owned()),
        (NodeKind::Text(text), "bool") => matches!(
            text.to_ascii_lowercase().as_str(),
            "yes" | "no" | "on" | "off" | "y" | "n" | "true" | "false"
        )
        .then(|| "write true or false, without quotes".to_owned()),
        (NodeKind::Text(text), "int") if text.parse::<i64>().is_ok() => {
            Some(format!("without quotes it is a number: {text}"))
        }
        (NodeKind::Text(text), "number") if text.parse::<f64>().is_ok() => {
            Some(format!("without quotes it is a number: {text}"))
        }
        (NodeKind::Float(number), "int") if number.fract() == 0.0 => Some(format!("write {number:.0}")),
        (NodeKind::Int(number), "duration") => {
            Some(format!("say the unit: {number}s, {number}m or {number}h"))
        }
        (NodeKind::Map(_), "list") => Some("a list of one begins with `- `".to_owned()),
        (NodeKind::Text(_) | NodeKind::Int(_), "list") => {
            Some("a list is written [a, b], also of one item".to_owned())
        }
        _ => None,
    }
}

/// Text where a duration is wanted.
pub(super) fn no_duration(node: &Node, text: &str, path: Path<'_>) -> Finding {
    let title = format!("`{path}` should be a duration");
    Finding::error("wrong-type", title, node.span, format!("it is the text {}", quoted(text)))
        .help("durations are written `90s`, `15m`, `1h30m`")
}

/// A target can't come from outside.
pub(super) fn target(node: &Node, path: Path<'_>) -> Finding {
    let title = format!("`{path}` is a target, and those can't be given");
    Finding::error("wrong-type", title, node.span, "")
        .help("take the host's name as a string, and declare `target NAME = ssh \"{{ name }}\"`")
}

/// None of the words that are allowed.
pub(super) fn none_of(node: &Node, text: &str, words: &[String], ty: &TypeExpr, path: Path<'_>) -> Finding {
    let allowed: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let title = format!("`{path}` should be one of {}", allowed.join(", "));
    let finding = Finding::error("no-match", title, node.span, format!("it is {}", quoted(text)))
        .also(ty.span, "declared here");
    match nearest(text, words.iter().map(String::as_str)) {
        Some(near) => finding.help(format!("did you mean \"{near}\"?")),
        None => finding,
    }
}

/// Text that a pattern does not match as a whole.
pub(super) fn no_match(node: &Node, pattern: &Text, path: Path<'_>) -> Finding {
    let regex = pattern.as_literal().unwrap_or_default();
    let title = format!("`{path}` does not match \"{regex}\"");
    Finding::error("no-match", title, node.span, format!("it is {}", node.describe()))
        .also(pattern.span, "the whole text has to match this")
}

/// A pattern that is no regular expression.
pub(super) fn no_regex(pattern: &Text, error: &regex::Error) -> Finding {
    let said = error.to_string();
    let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    Finding::error("bad-regex", "this is not a regular expression", pattern.span, why)
}

/// A variable of the environment that is not set.
pub(super) fn no_variable(name: &str, span: Span) -> Finding {
    Finding::error("no-value", format!("the environment has no `{name}`"), span, "it is not set")
        .help(format!("set it, or say what holds without it: `env.{name} | default('…')`"))
}

/// A template that uses a param which comes later.
pub(super) fn used_before(name: &str, span: Span) -> Finding {
    let title = format!("`{name}` has no value yet");
    Finding::error("used-before", title, span, "the runbook declares it later, or it is this very param")
        .help("a params file may use its record's own fields, params that the runbook declares before, and `env.NAME`")
}
