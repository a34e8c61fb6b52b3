//! What has which fields.

use super::super::load::list;
use super::super::types::{a, present};
use super::Checker;
use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::template::registry::{self, Use};
use crate::template::tree::Node;
use crate::value::Type;

/// The fields of an outcome.
fn outcome_fields(ty: &Type) -> Option<&'static [&'static str]> {
    match ty {
        Type::CommandOutcome => {
            Some(&["stdout", "stderr", "text", "lines", "json", "json_lines", "exit", "seconds"])
        }
        Type::HttpOutcome => Some(&["status", "headers", "text", "json", "seconds"]),
        Type::Transfer => Some(&["value", "seconds"]),
        Type::Target => Some(&["name", "address"]),
        _ => None,
    }
}

fn outcome_field(name: &str) -> Type {
    match name {
        "stdout" | "stderr" | "text" | "name" | "address" => Type::String,
        "lines" => Type::List(Box::new(Type::String)),
        "json_lines" => Type::List(Box::new(Type::Any)),
        "headers" => Type::Map(Box::new(Type::String)),
        "exit" | "status" => Type::Int,
        "seconds" => Type::Number,
        _ => Type::Any,
    }
}

impl Checker<'_> {
    /// The type of a field. One that can't be there is reported, unless the expression asks
    /// just that.
    pub(super) fn field(&mut self, base: &Type, written: Option<&Node>, name: &str, span: Span) -> Type {
        let base = present(base);
        match base {
            Type::Any => Type::Any,
            Type::Map(of) => (**of).clone(),
            Type::Record(fields) => match fields.get(name) {
                Some(ty) => ty.clone(),
                None => self.no_field(base, written, name, span),
            },
            Type::CommandOutcome | Type::HttpOutcome | Type::Transfer | Type::Target => {
                match outcome_fields(base).is_some_and(|known| known.contains(&name)) {
                    true => outcome_field(name),
                    false => self.no_field(base, written, name, span),
                }
            }
            Type::None
            | Type::String
            | Type::Int
            | Type::Number
            | Type::Bool
            | Type::Duration
            | Type::Secret
            | Type::List(_)
            | Type::OneOf(_)
            | Type::Optional(_) => self.no_field(base, written, name, span),
        }
    }

    fn no_field(&mut self, base: &Type, written: Option<&Node>, name: &str, span: Span) -> Type {
        if self.lenient == 0 {
            let (title, label) = match written.and_then(Node::dotted) {
                Some(written) => {
                    (format!("`{written}` has no `{name}`"), format!("not a field of {}", a(base)))
                }
                None => (format!("{} has no `{name}`", a(base)), "not a field of it".to_owned()),
            };
            let finding = Finding::error("unknown-field", title, span, label);
            self.report(match help(base, name) {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
        Type::Any
    }
}

fn help(base: &Type, name: &str) -> Option<String> {
    if let Some(elsewhere) = elsewhere(base, name) {
        return Some(elsewhere);
    }
    let known: Vec<&str> = match base {
        Type::Record(fields) => fields.keys().map(String::as_str).collect(),
        Type::List(_) => {
            return Some(
                "name an item of it first: `[0]`, `| first`, or go through it with `for each`".into(),
            );
        }
        Type::Secret => return Some("a secret is handed over whole, and never looked into".into()),
        other => match outcome_fields(other) {
            Some(known) => known.to_vec(),
            None => return filter(name),
        },
    };
    Some(match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "it has no fields".to_owned(),
        None => format!("it has {}", list(known.iter().map(|name| format!("`{name}`")))),
    })
}

/// A filter that was written like a field.
fn filter(name: &str) -> Option<String> {
    registry::find(Use::Filter, name).map(|_| format!("`{name}` is a filter: write `… | {name}`"))
}

/// What is asked of one kind of outcome, and is only there in the other.
fn elsewhere(base: &Type, name: &str) -> Option<String> {
    Some(match (base, name) {
        (Type::CommandOutcome, "status" | "code" | "exit_code" | "rc" | "returncode") => {
            "the exit code of a command is `.exit`".to_owned()
        }
        (Type::CommandOutcome, "output" | "out") => {
            "the output of a command is `.text`, or `.lines`".to_owned()
        }
        (Type::HttpOutcome, "exit" | "code" | "status_code") => "the answer's status is `.status`".to_owned(),
        (Type::HttpOutcome, "body" | "stdout" | "content") => {
            "the body is `.text`, or as JSON `.json`".to_owned()
        }
        (Type::HttpOutcome, "lines") => "its lines are `.text | lines`".to_owned(),
        _ => return None,
    })
}
