//! The tree that every params format becomes.

use std::time::Duration;

use indexmap::IndexMap;

use crate::source::Span;
use crate::syntax::ast;
use crate::value::{Value, duration_value, to_duration};

/// How deep lists and maps may stand in one another.
pub(super) const MAX_DEPTH: usize = 64;

/// A value and where it was written; a list or map over several lines stands at its first.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A string with `{{ }}`: it has no value until its record's fields have.
    Template(ast::Text),
    /// Only from a world: files write durations as text.
    Duration(Duration),
    List(Vec<Node>),
    Map(IndexMap<String, Entry>),
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: Span,
    pub node: Node,
}

impl Node {
    /// The tree of a value that was made in a runbook or world, all of it standing at `span`.
    ///
    /// The error names a kind of value that no param can have.
    pub fn from_value(value: &Value, span: Span) -> Result<Self, String> {
        Self::from_value_within(value, span, MAX_DEPTH)
    }

    fn from_value_within(value: &Value, span: Span, depth: usize) -> Result<Self, String> {
        use minijinja::value::ValueKind as Kind;
        let inside = |value: &Value| match depth {
            0 => Err("a value nested too deep".to_owned()),
            _ => Self::from_value_within(value, span, depth - 1),
        };
        if let Some(duration) = to_duration(value) {
            return Ok(Self { kind: NodeKind::Duration(duration), span });
        }
        let kind = match value.kind() {
            Kind::None => NodeKind::Null,
            Kind::Bool => NodeKind::Bool(value.is_true()),
            Kind::Number => number(value)?,
            Kind::String => NodeKind::Text(value.as_str().unwrap_or_default().to_owned()),
            Kind::Seq | Kind::Iterable => {
                NodeKind::List(items(value)?.map(|item| inside(&item)).collect::<Result<_, _>>()?)
            }
            Kind::Map => NodeKind::Map(entries(value, span, inside)?),
            other => return Err(format!("a value of kind {other}")),
        };
        Ok(Self { kind, span })
    }

    /// What it is, in the words of a message.
    pub fn describe(&self) -> String {
        match &self.kind {
            NodeKind::Null => "nothing".to_owned(),
            NodeKind::Bool(value) => format!("the bool `{value}`"),
            NodeKind::Int(value) => format!("the number `{value}`"),
            NodeKind::Float(value) => format!("the number `{value}`"),
            NodeKind::Text(text) => format!("the text {}", quoted(text)),
            NodeKind::Template(_) => "a text with `{{ }}`".to_owned(),
            NodeKind::Duration(_) => "a duration".to_owned(),
            NodeKind::List(items) => counted(items.len(), "a list of", "item"),
            NodeKind::Map(entries) => counted(entries.len(), "a map of", "field"),
        }
    }
}

fn counted(count: usize, start: &str, word: &str) -> String {
    match count {
        1 => format!("{start} 1 {word}"),
        _ => format!("{start} {count} {word}s"),
    }
}

/// A text in a message: cut where it is long, control characters written out.
pub(in crate::plan) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

fn number(value: &Value) -> Result<NodeKind, String> {
    if value.is_integer() {
        return i64::try_from(value.clone()).map(NodeKind::Int).map_err(|_| "a number too large".to_owned());
    }
    f64::try_from(value.clone()).map(NodeKind::Float).map_err(|_| "a number too large".to_owned())
}

fn items(value: &Value) -> Result<impl Iterator<Item = Value>, String> {
    value.try_iter().map_err(|_| format!("a value of kind {}", value.kind()))
}

fn entries(
    value: &Value,
    span: Span,
    inside: impl Fn(&Value) -> Result<Node, String>,
) -> Result<IndexMap<String, Entry>, String> {
    let entry = |key: Value| {
        let node = inside(&value.get_item(&key).unwrap_or_default())?;
        Ok((key.to_string(), Entry { key: span, node }))
    };
    items(value)?.map(entry).collect()
}

/// The value of a tree in which nothing is left to fill in; a template stands as its literal parts.
pub fn to_value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::from(()),
        NodeKind::Bool(value) => Value::from(*value),
        NodeKind::Int(value) => Value::from(*value),
        NodeKind::Float(value) => Value::from(*value),
        NodeKind::Text(text) => Value::from(text.as_str()),
        NodeKind::Template(text) => Value::from(text.as_literal().unwrap_or_default()),
        NodeKind::Duration(duration) => duration_value(*duration),
        NodeKind::List(items) => items.iter().map(to_value).collect(),
        NodeKind::Map(entries) => {
            Value::from_pairs(entries.iter().map(|(key, entry)| (key.as_str(), to_value(&entry.node))))
        }
    }
}
