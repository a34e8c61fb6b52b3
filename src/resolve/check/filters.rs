//! Filters and tests: what they take, and what they give. That they exist is checked when an
//! expression is read.

use std::sync::Arc;

use super::super::types::{a, either, holds_secret, present};
use super::{Checker, secrets};
use crate::finding::Finding;
use crate::source::{Span, Spanned};
use crate::template::registry::{self, Entry, Shape, Use};
use crate::template::tree::{Arg, Node, NodeKind};
use crate::value::Type;

impl<'a> Checker<'a> {
    pub(super) fn filter(&mut self, base: &'a Node, name: &'a Spanned<String>, args: &'a [Arg]) -> Type {
        let input = self.maybe_missing(base, name.value == "default");
        let types = self.arguments(args);
        let Some(entry) = registry::find(Use::Filter, &name.value) else { return Type::Any };
        self.given(entry, name, args, &types);
        if entry.name != "default" && !self.takes(entry, &input, base.span) {
            return entry.gives.of(&Type::Any);
        }
        let made = self.filtered(entry, &input, args, &types);
        // Of a list, `map(attribute=…)` takes fields whose types are known.
        if entry.name != "map" || !args.iter().any(|arg| arg.name.as_deref() == Some("attribute")) {
            let mut of = secrets::with_places(&types, args.iter().map(|arg| &arg.value));
            of.push((&input, base.span));
            self.keeps_secrets(&format!("`| {}`", entry.name), &made, &of);
        }
        made
    }

    pub(super) fn test(&mut self, base: &'a Node, name: &'a Spanned<String>, args: &'a [Arg]) -> Type {
        let asks = matches!(name.value.as_str(), "defined" | "undefined");
        let input = self.maybe_missing(base, asks);
        let types = self.arguments(args);
        if let Some(entry) = registry::find(Use::Test, &name.value).filter(|_| !asks) {
            self.given(entry, name, args, &types);
            self.takes(entry, &input, base.span);
        }
        Type::Bool
    }

    /// The type of something that may be missing when just that is asked.
    fn maybe_missing(&mut self, base: &'a Node, asked: bool) -> Type {
        self.lenient += usize::from(asked);
        let ty = self.type_of(base);
        self.lenient -= usize::from(asked);
        ty
    }

    fn takes(&mut self, entry: &Entry, input: &Type, span: Span) -> bool {
        if accepts(entry.input, present(input)) {
            return true;
        }
        if present(input) == &Type::Secret {
            self.keeps_secrets(&format!("`{}`", entry.name), &Type::Any, &[(input, span)]);
            return false;
        }
        let title = match plural(entry.input) {
            Some(plural) => format!("`{}` is for {plural}, not {}", entry.name, a(input)),
            None => format!("`{}` can't be used on {}", entry.name, a(input)),
        };
        let finding = Finding::error("wrong-type", title, span, a(input));
        self.report(match present(input) {
            Type::CommandOutcome => finding.help("name what is in it: `.text`, `.lines`, `.json`"),
            Type::HttpOutcome => finding.help("name what is in it: `.text`, `.json`"),
            Type::String if matches!(entry.input, Shape::List | Shape::Strings) => {
                finding.help("take it apart first: `| lines`, or `| split(\",\")`")
            }
            Type::List(_) => finding.help(format!("for each item of it: `| map(\"{}\")`", entry.name)),
            _ => finding,
        });
        false
    }

    /// What a filter gives; of some more is known than their shape.
    fn filtered(&mut self, entry: &Entry, input: &Type, args: &'a [Arg], types: &[Type]) -> Type {
        match entry.name {
            "default" => match types.first() {
                Some(ty) => either(present(input).clone(), ty.clone()),
                None => present(input).clone(),
            },
            "columns" => columns(args).unwrap_or_else(|| entry.gives.of(input)),
            "map" => self.mapped(input, args),
            "selectattr" | "rejectattr" => {
                if let Some(name) = args.first() {
                    self.attribute(input, &name.value);
                }
                input.clone()
            }
            "sort" | "min" | "max" => {
                if let Some(name) = attribute(args) {
                    self.attribute(input, &name.value);
                }
                entry.gives.of(present(input))
            }
            "sum" => self.summed(input, args),
            "list" if matches!(present(input), Type::List(_)) => present(input).clone(),
            "merge" => merged(input, types),
            _ => entry.gives.of(present(input)),
        }
    }

    fn summed(&mut self, input: &Type, args: &'a [Arg]) -> Type {
        let of = attribute(args).map_or(item(input), |name| self.attribute(input, &name.value));
        match of {
            Type::Int | Type::Number => of,
            // Of durations it is a number where there are none.
            _ => Type::Any,
        }
    }

    fn mapped(&mut self, input: &Type, args: &'a [Arg]) -> Type {
        let list = |of| Type::List(Box::new(of));
        let Some(arg) = attribute(args) else {
            let filter = args.first().filter(|arg| arg.name.is_none()).and_then(|arg| text(&arg.value));
            let entry = filter.and_then(|name| registry::find(Use::Filter, name));
            return list(entry.map_or(Type::Any, |entry| entry.gives.of(&item(input))));
        };
        let lenient = args.iter().any(|arg| arg.name.as_deref() == Some("default"));
        self.lenient += usize::from(lenient);
        let of = self.attribute(input, &arg.value);
        self.lenient -= usize::from(lenient);
        list(of)
    }

    /// The field, named in a string, of each item of a list.
    fn attribute(&mut self, list: &Type, name: &'a Node) -> Type {
        match (present(list), text(name)) {
            (Type::List(of), Some(path)) => {
                path.split('.').fold((**of).clone(), |ty, part| self.field(&ty, None, part, name.span))
            }
            _ => Type::Any,
        }
    }
}

/// What `attribute=` says.
fn attribute(args: &[Arg]) -> Option<&Arg> {
    args.iter().find(|arg| arg.name.as_deref() == Some("attribute"))
}

/// The type of a list's items.
fn item(list: &Type) -> Type {
    match present(list) {
        Type::List(of) => (**of).clone(),
        _ => Type::Any,
    }
}

/// The fields of all, the last winning, where they are known and there is a secret among them.
fn merged(input: &Type, types: &[Type]) -> Type {
    let all = || std::iter::once(present(input)).chain(types.iter().map(present));
    if !all().any(holds_secret) {
        return Type::Map(Box::new(Type::Any));
    }
    let fields = |ty: &Type| match ty {
        Type::Record(fields) => Some((**fields).clone()),
        _ => None,
    };
    match all().map(fields).collect::<Option<Vec<_>>>() {
        Some(records) => Type::Record(Arc::new(records.into_iter().flatten().collect())),
        None => Type::Map(Box::new(Type::Secret)),
    }
}

fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Const(value) => value.as_str(),
        _ => None,
    }
}

/// The records that `columns([…])` makes.
fn columns(args: &[Arg]) -> Option<Type> {
    let NodeKind::List(names) = &args.first()?.value.kind else { return None };
    let fields = names.iter().map(|name| Some((text(name)?.to_owned(), Type::String)));
    let fields: Option<indexmap::IndexMap<String, Type>> = fields.collect();
    Some(Type::List(Box::new(Type::Record(Arc::new(fields?)))))
}

/// Whether a filter or test of this input takes the type.
fn accepts(shape: Shape, ty: &Type) -> bool {
    let text = matches!(ty, Type::String | Type::OneOf(_));
    let number = matches!(ty, Type::Int | Type::Number);
    let map = matches!(ty, Type::Map(_) | Type::Record(_));
    let list = matches!(ty, Type::List(_));
    if ty == &Type::Any || ty == &Type::None {
        return true;
    }
    match shape {
        Shape::Any | Shape::Same | Shape::Item => {
            !matches!(ty, Type::Secret | Type::CommandOutcome | Type::HttpOutcome | Type::Transfer)
        }
        Shape::String => text || number,
        Shape::Int | Shape::Number => number || text,
        Shape::Bool => ty == &Type::Bool,
        Shape::Duration => ty == &Type::Duration,
        Shape::List | Shape::Strings | Shape::Maps => list || map,
        Shape::Map => map,
        Shape::Lines => text || list,
    }
}

fn plural(shape: Shape) -> Option<&'static str> {
    Some(match shape {
        Shape::Any | Shape::Same | Shape::Item => return None,
        Shape::String => "text",
        Shape::Int | Shape::Number => "numbers",
        Shape::Bool => "true and false",
        Shape::Duration => "durations",
        Shape::List => "lists",
        Shape::Strings => "lists of text",
        Shape::Map => "maps",
        Shape::Maps => "lists of maps",
        Shape::Lines => "text and lists of text",
    })
}
