//! Values as text: in strings and commands, and as a message shows them.

use minijinja::value::ValueKind;

use crate::value::Complaint;
use crate::value::{Value, is_unknown, special_name, to_duration, to_json};

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
    let text = match value.kind() {
        ValueKind::Undefined => "undefined".to_owned(),
        ValueKind::Plain => value.to_string(),
        // Only as much as can be shown is written out.
        ValueKind::String => quoted(value.as_str().unwrap_or_default(), limit),
        _ => to_json(value).map_or_else(|_| value.to_string(), |json| json_text(&json)),
    };
    cut(&text, limit)
}

fn quoted(text: &str, limit: usize) -> String {
    let end = text.char_indices().nth(limit.saturating_add(1)).map_or(text.len(), |(at, _)| at);
    serde_json::Value::from(&text[..end]).to_string()
}

/// JSON with a blank after each comma and colon.
fn json_text(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::Array(items) => {
            let items: Vec<_> = items.iter().map(json_text).collect();
            format!("[{}]", items.join(", "))
        }
        serde_json::Value::Object(fields) => {
            let named = |(name, value): (&String, _)| {
                format!("{}: {}", serde_json::Value::from(name.as_str()), json_text(value))
            };
            let fields: Vec<_> = fields.iter().map(named).collect();
            format!("{{{}}}", fields.join(", "))
        }
        serde_json::Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}
