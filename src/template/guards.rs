//! The internal filters of the strict form: they refuse what is undefined, unknown, or of a kind
//! that can't be compared, added, joined or tested.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error};

use super::later::later;
use super::operators;
use super::show::{kind_name, show, text_of};
use crate::finding::nearest;
use crate::value::{Complaint, Value, duration_value, is_unknown, parse_duration};

/// Undefined values are let pass, for `is defined` and `default`.
const SOFT: i64 = 1;
/// Unknown values are let pass.
const PASSING: i64 = 2;

/// Registers the internal filters.
pub(super) fn install(env: &mut Environment<'static>) {
    env.add_filter("_name", name);
    env.add_filter("_field", field);
    env.add_filter("_item", item);
    env.add_filter("_duration", |text: &str| parse_duration(text).map(duration_value));
    env.add_filter("_text", text);
    env.add_filter("_condition", condition);
    env.add_filter("_key", key);
    env.add_filter("_no_else", no_else);
    env.add_filter("_found", found);
    env.add_filter("_negative", |value: &Value| operators::negative(value));
    env.add_filter("_calculate", operators::calculate);
    env.add_filter("_compare", operators::compare);
}

/// Lets a value through as `mode` says.
fn admit(value: Value, mode: i64, missing: impl FnOnce() -> Error) -> Result<Value, Error> {
    if value.is_undefined() {
        return if mode == SOFT { Ok(value) } else { Err(missing()) };
    }
    if mode != PASSING && is_unknown(&value) {
        return Err(later());
    }
    Ok(value)
}

fn name(value: Value, name: &str, mode: i64) -> Result<Value, Error> {
    admit(value, mode, || {
        Complaint::new(format!("there is no `{name}` here")).label("this name has no value").into()
    })
}

pub(super) fn field(base: Value, name: &str, mode: i64) -> Result<Value, Error> {
    if base.is_undefined() {
        return Ok(base);
    }
    let value = checked(base.get_attr(name)?)?;
    admit(value, mode, || no_field(&base, name))
}

/// An object may answer a field with an error instead of a value; a lookup hands it out as a value.
fn checked(value: Value) -> Result<Value, Error> {
    if value.kind() != ValueKind::Invalid {
        return Ok(value);
    }
    let mut items = Value::from(vec![value]).try_iter()?.checked();
    items.next().unwrap_or_else(|| Ok(Value::UNDEFINED))
}

pub(super) fn no_field(base: &Value, name: &str) -> Error {
    let complaint = match fields_of(base) {
        Some(fields) if fields.is_empty() => {
            Complaint::new(format!("there is no field `{name}`")).label("the record has no fields")
        }
        Some(fields) => {
            let listed: Vec<_> = fields.iter().take(12).map(|field| format!("`{field}`")).collect();
            let more = if fields.len() > 12 { ", …" } else { "" };
            let near = nearest(name, fields.iter().map(String::as_str));
            let complaint = Complaint::new(format!("there is no field `{name}`"))
                .label(format!("it has {}{more}", listed.join(", ")));
            match near {
                Some(near) => complaint.help(format!("did you mean `{near}`?")),
                None => complaint,
            }
        }
        None => Complaint::new(format!("{} has no field `{name}`", kind_name(base)))
            .label(format!("its value is {}", show(base, 60))),
    };
    complaint.into()
}

/// The names of what can stand behind a dot, if anything can.
fn fields_of(base: &Value) -> Option<Vec<String>> {
    if let Some(fields) = crate::value::outcome_fields(base) {
        return Some(fields.iter().map(ToString::to_string).collect());
    }
    if base.kind() != ValueKind::Map {
        return None;
    }
    Some(base.try_iter().ok()?.filter_map(|key| key.as_str().map(str::to_owned)).collect())
}

pub(super) fn item(base: Value, key: &Value, mode: i64) -> Result<Value, Error> {
    if base.is_undefined() {
        return Ok(base);
    }
    if let Some(name) = key.as_str() {
        return field(base, name, mode);
    }
    let value = checked(base.get_item(key)?)?;
    admit(value, mode, || no_item(&base, key))
}

fn no_item(base: &Value, key: &Value) -> Error {
    let indexed = matches!(base.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::String);
    let complaint = match base.len() {
        Some(len) if indexed && key.is_integer() => {
            let what = if base.as_str().is_some() { "character" } else { "item" };
            let plural = if len == 1 { "" } else { "s" };
            Complaint::new(format!("there is no {what} {key}")).label(format!("it has {len} {what}{plural}"))
        }
        _ => Complaint::new(format!("{} has no item {}", kind_name(base), show(key, 40)))
            .label(format!("its value is {}", show(base, 60))),
    };
    let complaint = if indexed && key.is_integer() {
        complaint.help("items are counted from 0; the last one is -1")
    } else {
        complaint
    };
    complaint.into()
}

fn text(parts: &Value) -> Result<String, Error> {
    let mut text = String::new();
    for part in parts.try_iter()? {
        match text_of(&part) {
            Ok(part) => text.push_str(&part),
            Err(complaint) => return Err(complaint.into()),
        }
        super::engine::bounded(text.len())?;
    }
    Ok(text)
}

fn condition(value: Value) -> Result<Value, Error> {
    operators::truth(&value)?;
    Ok(value)
}

pub(super) fn key(value: Value) -> Result<Value, Error> {
    if value.as_str().is_some() || value.is_integer() || value.kind() == ValueKind::Bool {
        return Ok(value);
    }
    Err(Complaint::new(format!("{} can't be a key", kind_name(&value))).label("a key is a string").into())
}

/// What a filter gives that may find nothing.
pub(super) fn found(value: Value, filter: &str) -> Result<Value, Error> {
    if !value.is_undefined() {
        return Ok(value);
    }
    let (title, label) = match filter {
        "first" | "last" | "min" | "max" => (format!("there is no {filter} item"), "the list is empty"),
        "attr" => ("there is no such field".to_owned(), ""),
        _ => ("nothing was found".to_owned(), ""),
    };
    Err(Complaint::new(title).label(label).help("where that may be, add `| default(…)`").into())
}

fn no_else(_: &Value) -> Result<Value, Error> {
    Err(Complaint::new("the expression has no value")
        .label("the condition is false and there is no `else`")
        .into())
}
