//! What a loop goes over: its items with names for people and for keys.

use std::collections::HashMap;

use minijinja::value::ValueKind;

use crate::syntax::ast;
use crate::template::show;
use crate::value::Value;

use super::Secrets;
use super::context::Context;
use super::fault::Fault;

/// One item of a loop.
pub(super) struct Item {
    /// As people call it: its text, or the field that names it.
    pub label: String,
    /// The part of a key that it stands for; no two of a loop are the same.
    pub key: String,
    /// A value for each name of the loop.
    pub values: Vec<Value>,
}

/// The fields that say which record it is, the first that is there.
const NAMING: [&str; 6] = ["name", "id", "title", "host", "hostname", "key"];
/// How long a label may be.
const LABEL: usize = 60;

/// The items of a list, the keys of a map; or, for two names, keys with their values, and pairs.
pub(super) fn items(context: &Context<'_>, each: &ast::ForEach) -> Result<Vec<Item>, Fault> {
    let over = context.eval(&each.list)?;
    let unfit = || context.unfit(&each.list, &over, "a list or a map", "a loop goes over the items of one");
    if !matches!(over.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::Iterable) {
        return Err(unfit());
    }
    let name = each.names.first().map_or("item", |name| name.value.as_str());
    let mut labels = Labels { name, secrets: &context.engine.secrets, taken: HashMap::new() };
    let entries = over.try_iter().map_err(|_| unfit())?.enumerate();
    entries
        .map(|(at, entry)| {
            let values = values(context, each, &over, entry)?;
            Ok(labels.item(at, values))
        })
        .collect()
}

fn values(
    context: &Context<'_>,
    each: &ast::ForEach,
    over: &Value,
    entry: Value,
) -> Result<Vec<Value>, Fault> {
    if each.names.len() < 2 {
        return Ok(vec![entry]);
    }
    if over.kind() == ValueKind::Map {
        let value = over.get_item(&entry).unwrap_or_default();
        return Ok(vec![entry, value]);
    }
    let parts: Vec<Value> = entry.try_iter().map(Iterator::collect).unwrap_or_default();
    if entry.kind() == ValueKind::Seq && parts.len() == each.names.len() {
        return Ok(parts);
    }
    let help = "two names go over a map, or over a list of pairs";
    Err(context.unfit(&each.list, &entry, "a list of pairs", help))
}

struct Labels<'n> {
    name: &'n str,
    /// Labels are shown, and stand in keys.
    secrets: &'n Secrets,
    taken: HashMap<String, u32>,
}

impl Labels<'_> {
    fn item(&mut self, at: usize, values: Vec<Value>) -> Item {
        let label = values.first().map_or_else(String::new, |value| label(value, at));
        let label = self.secrets.hide(&label).into_owned();
        let taken = self.taken.entry(label.clone()).or_default();
        *taken += 1;
        let word = label.replace('/', "%2F");
        let key = match taken {
            1 => format!("for:{}={word}", self.name),
            again => format!("for:{}={word}#{again}", self.name),
        };
        Item { label, key, values }
    }
}

fn label(value: &Value, at: usize) -> String {
    match value.kind() {
        ValueKind::Map => named(value).unwrap_or_else(|| format!("#{}", at + 1)),
        ValueKind::String => show(value, LABEL).trim_matches('"').to_owned(),
        _ => show(value, LABEL),
    }
}

fn named(record: &Value) -> Option<String> {
    let field = |name: &&str| record.get_attr(name).ok().filter(|value| value.as_str().is_some());
    NAMING.iter().find_map(field).map(|value| value.to_string())
}
