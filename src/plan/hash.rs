//! The name of what would be done: a hash over everything that decides it.
//!
//! An approval is bound to it, and a run can only be resumed with the same one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indexmap::IndexMap;
use ring::digest::{Context, SHA256};

use crate::resolve::ResolvedRunbook;
use crate::source::Sources;
use crate::value::{Value, format_duration, to_duration};

/// SHA-256, in hex, over the files of a runbook, the files it loads and its params.
///
/// Each part goes in with its length, so that no two lists of parts look the same.
pub(super) fn hash(
    runbook: &ResolvedRunbook,
    sources: &Sources,
    loaded: &BTreeMap<String, String>,
    params: &IndexMap<String, Value>,
) -> String {
    let mut parts = vec!["rutter plan 1".to_owned()];
    for module in &runbook.modules {
        parts.push(module.name.clone());
        parts.push(sources.get(module.file.id).text.to_string());
    }
    for (path, text) in loaded {
        parts.extend([path.clone(), text.clone()]);
    }
    parts.push(canonical_params(params).to_string());
    digest(&parts)
}

fn digest(parts: &[String]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part.as_bytes());
    }
    let mut hex = String::with_capacity(64);
    for byte in context.finish().as_ref() {
        _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Params as JSON with sorted names, durations as text: the same for the same params however they
/// were written down.
pub fn canonical_params(params: &IndexMap<String, Value>) -> serde_json::Value {
    sorted(params_as_json(params))
}

/// Params as JSON, durations as text, each map in its own order: bound again, they give the same plan.
pub fn params_as_json(params: &IndexMap<String, Value>) -> serde_json::Value {
    let named = params.iter().map(|(name, value)| (name.clone(), as_json(value)));
    serde_json::Value::Object(named.collect())
}

fn as_json(value: &Value) -> serde_json::Value {
    use minijinja::value::ValueKind as Kind;
    if let Some(duration) = to_duration(value) {
        return format_duration(duration).into();
    }
    match value.kind() {
        Kind::Seq | Kind::Iterable => {
            let items = value.try_iter().into_iter().flatten();
            items.map(|item| as_json(&item)).collect()
        }
        Kind::Map => {
            let keys = value.try_iter().into_iter().flatten();
            let entry = |key: Value| (key.to_string(), as_json(&value.get_item(&key).unwrap_or_default()));
            serde_json::Value::Object(keys.map(entry).collect())
        }
        _ => serde_json::to_value(value).unwrap_or_default(),
    }
}

fn sorted(json: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match json {
        Json::Array(items) => items.into_iter().map(sorted).collect(),
        Json::Object(entries) => {
            let entries: BTreeMap<_, _> =
                entries.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            Json::Object(entries.into_iter().collect())
        }
        plain @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_)) => plain,
    }
}
