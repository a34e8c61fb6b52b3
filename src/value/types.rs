//! Types, as far as they are known before a run.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

/// The type of a value. `Any` is a type that nothing is known of: it fits everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Any,
    None,
    String,
    Int,
    Number,
    Bool,
    Duration,
    Target,
    Secret,
    List(Box<Type>),
    Map(Box<Type>),
    Record(Arc<IndexMap<String, Type>>),
    /// One of these strings.
    OneOf(Arc<[String]>),
    /// The type, or none.
    Optional(Box<Type>),
    /// What a command gave: `stdout stderr text lines json json_lines exit seconds`.
    CommandOutcome,
    /// What an HTTP request gave: `status headers text json seconds`.
    HttpOutcome,
    /// What a file transfer gave: `seconds`.
    Transfer,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any value"),
            Type::None => f.write_str("none"),
            Type::String => f.write_str("string"),
            Type::Int => f.write_str("int"),
            Type::Number => f.write_str("number"),
            Type::Bool => f.write_str("bool"),
            Type::Duration => f.write_str("duration"),
            Type::Target => f.write_str("target"),
            Type::Secret => f.write_str("secret"),
            Type::List(of) => write!(f, "list of {of}"),
            Type::Map(of) => write!(f, "map of {of}"),
            Type::Record(fields) => {
                let names: Vec<_> = fields.keys().map(String::as_str).collect();
                write!(f, "record {{ {} }}", names.join(", "))
            }
            Type::OneOf(words) => write!(f, "one of {words:?}"),
            Type::Optional(of) => write!(f, "{of} or none"),
            Type::CommandOutcome => f.write_str("outcome of a command"),
            Type::HttpOutcome => f.write_str("outcome of an HTTP request"),
            Type::Transfer => f.write_str("outcome of a file transfer"),
        }
    }
}
