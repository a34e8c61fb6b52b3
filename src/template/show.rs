//! Values as text: in strings and commands, and as a message shows them.

use minijinja::value::ValueKind;

use crate::value::{Complaint, Value, is_unknown, special_name, to_duration};

/// The text that `value` stands for in a string: of strings, numbers, bools and durations.
pub(super) fn text_of(value: &Value) -> Result<String, Complaint> {
    match value.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Bool => Ok(value.is_true().to_string()),
        ValueKind::Number => Ok(value.to_string()),
        _ if to_duration(value).is_some() || is_unknown(value) || is_version(value) => Ok(value.to_string()),
        _ => Err(no_text(value)),
    }
}

fn is_version(value: &Value) -> bool {
    super::registry::is_version(value)
}

fn no_text(value: &Value) -> Complaint {
    let complaint = Complaint::new(format!("{} is no text", kind_name(value)));
    let shown = show(value, 60);
    let (label, help) = match (value.kind(), special_name(value)) {
        (_, Some("the outcome of a command")) => {
            (String::new(), "say which part of it: `.text`, `.lines | join(\" \")`, `.exit`")
        }
        (_, Some("the outcome of a request")) => {
            (String::new(), "say which part of it: `.text`, `.json`, `.status`")
        }
        (_, Some("a target")) => (String::new(), "targets are named after `on`, not in a text"),
        (_, Some("a secret")) => (
            String::new(),
            "secrets stand where they are never shown: `bearer`, `header`, `env {…}`, `stdin`",
        ),
        (ValueKind::None, _) => {
            (String::new(), "give it another value with `| default(\"…\", true)`, or test `is none` before")
        }
        (ValueKind::Undefined, _) => (String::new(), "test `is defined` before"),
        (ValueKind::Seq | ValueKind::Iterable, _) => {
            (format!("its value is {shown}"), "join it with `| join(\" \")`, or write `| json`")
        }
        _ => (format!("its value is {shown}"), "name a field of it, or write `| json`"),
    };
    complaint.label(label).help(help)
}

/// What kind of value it is, with its article: `a string`, `the outcome of a command`.
pub(super) fn kind_name(value: &Value) -> &'static str {
    if let Some(name) = special_name(value) {
        return name;
    }
    match value.kind() {
        ValueKind::Undefined => "an undefined value",
        ValueKind::None => "none",
        ValueKind::Bool => "a bool",
        ValueKind::Number if value.is_integer() => "an int",
        ValueKind::Number => "a number",
        ValueKind::String => "a string",
        ValueKind::Bytes => "bytes",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a record",
        _ if is_version(value) => "a version",
        _ => "a value",
    }
}

/// A value as a message shows it: strings in quotes, cut at `limit` characters.
#[must_use]
pub fn show(value: &Value, limit: usize) -> String {
    let mut text = String::new();
    write(value, &mut text, limit, DEEPEST);
    cut(&text, limit)
}

/// How deep lists and records are shown.
const DEEPEST: usize = 16;

/// Writes a value; of a large one not much more than can be shown.
fn write(value: &Value, out: &mut String, limit: usize, depth: usize) {
    match value.kind() {
        _ if depth == 0 => out.push('…'),
        ValueKind::String => out.push_str(&quoted(value.as_str().unwrap_or_default(), limit)),
        ValueKind::Undefined => out.push_str("undefined"),
        ValueKind::None => out.push_str("none"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Seq | ValueKind::Iterable => {
            write_all(value, ['[', ']'], out, limit, |item, out| write(&item, out, limit, depth - 1));
        }
        ValueKind::Map => write_all(value, ['{', '}'], out, limit, |key, out| {
            write(&key, out, limit, depth - 1);
            out.push_str(": ");
            write(&value.get_item(&key).unwrap_or_default(), out, limit, depth - 1);
        }),
        _ => out.push_str(&value.to_string()),
    }
}

fn write_all(
    value: &Value,
    brackets: [char; 2],
    out: &mut String,
    limit: usize,
    mut each: impl FnMut(Value, &mut String),
) {
    out.push(brackets[0]);
    let enough = limit.saturating_mul(4);
    for (at, item) in value.try_iter().into_iter().flatten().enumerate() {
        if out.len() > enough {
            break;
        }
        out.push_str(if at == 0 { "" } else { ", " });
        each(item, out);
    }
    out.push(brackets[1]);
}

/// A string as JSON writes it, cut behind what can be shown.
fn quoted(text: &str, limit: usize) -> String {
    let end = text.char_indices().nth(limit.saturating_add(1)).map_or(text.len(), |(at, _)| at);
    serde_json::Value::from(&text[..end]).to_string()
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}
