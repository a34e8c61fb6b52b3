//! Expressions: the names in them, and the type of their value as far as it can be known.
//!
//! Where nothing is known the type is [`Type::Any`], and nothing is reported.

use std::sync::Arc;

use super::super::types::{a, bounded, either, holds_secret, present};
use super::{Checker, secrets};
use crate::finding::Finding;
use crate::source::{Span, Spanned};
use crate::syntax::ast::Expr;
use crate::template::registry::{self, Use};
use crate::template::tree::{Arg, Node, NodeKind};
use crate::value::{Type, Value, to_duration};

impl<'a> Checker<'a> {
    /// The type of an expression; what is wrong in it is reported.
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Type {
        let node = self.expressions[expr.id.0 as usize].tree();
        self.type_of(node)
    }

    pub(super) fn type_of(&mut self, node: &'a Node) -> Type {
        match &node.kind {
            NodeKind::Var(name) => self.value_of(name, node.span),
            NodeKind::Const(value) => constant(value),
            NodeKind::Text(parts) => self.filled(parts),
            NodeKind::Attr { base, name } => {
                let ty = self.type_of(base);
                self.field(&ty, Some(base), &name.value, name.span)
            }
            NodeKind::Index { base, key } => self.index(base, key),
            NodeKind::Slice { base, start, stop, step } => {
                [start, stop, step].into_iter().flatten().for_each(|bound| self.number(bound));
                self.type_of(base)
            }
            NodeKind::Filter { base, name, args } => self.filter(base, name, args),
            NodeKind::Test { base, name, args, .. } => self.test(base, name, args),
            NodeKind::Not(operand) => {
                let ty = self.type_of(operand);
                self.truth(&ty, operand.span);
                Type::Bool
            }
            NodeKind::Negative(operand) => self.negative(operand),
            NodeKind::Binary { op, left, right } => self.binary(*op, left, right),
            NodeKind::Compare { first, rest } => self.compare(first, rest),
            NodeKind::IfElse { condition, then, otherwise } => {
                let asked = self.type_of(condition);
                self.truth(&asked, condition.span);
                let then = self.type_of(then);
                otherwise.as_ref().map_or(Type::Any, |otherwise| either(then, self.type_of(otherwise)))
            }
            NodeKind::List(items) => {
                let items = items.iter().map(|item| self.type_of(item)).reduce(either);
                bounded(Type::List(Box::new(items.unwrap_or(Type::Any))))
            }
            NodeKind::Map(pairs) => self.map(pairs),
            NodeKind::Call { name, args } => self.function(name, args),
            NodeKind::Method { base, name, args } => self.method_call(base, name, args),
        }
    }

    fn filled(&mut self, parts: &'a [Node]) -> Type {
        for part in parts {
            let ty = self.type_of(part);
            self.is_text(&ty, part.span);
        }
        Type::String
    }

    fn number(&mut self, node: &'a Node) {
        let ty = self.type_of(node);
        if !matches!(present(&ty), Type::Any | Type::Int | Type::None) {
            self.report(no_index(&ty, node.span));
        }
    }

    /// A value that is asked whether it is true.
    pub(super) fn truth(&mut self, ty: &Type, span: Span) {
        if let Type::CommandOutcome | Type::HttpOutcome | Type::Transfer | Type::Target | Type::Secret = ty {
            let title = format!("{} is neither true nor false", a(ty));
            let finding = Finding::error("wrong-type", title, span, a(ty));
            self.report(match ty {
                Type::CommandOutcome => finding.help("ask its text or exit code: `….text == \"…\"`"),
                Type::HttpOutcome => finding.help("ask its status: `….status == 200`"),
                _ => finding,
            });
        }
    }

    fn index(&mut self, base: &'a Node, key: &'a Node) -> Type {
        let ty = self.type_of(base);
        if let NodeKind::Const(value) = &key.kind
            && let Some(name) = value.as_str()
        {
            return match present(&ty) {
                Type::List(_) => {
                    let title = "a list has no names, only numbers from 0";
                    let finding = Finding::error("wrong-type", title, key.span, "a name");
                    self.report(finding.help("name an item of it first: `[0]`, or `| first`"));
                    Type::Any
                }
                _ => self.field(&ty, Some(base), name, key.span),
            };
        }
        let key_type = self.type_of(key);
        match present(&ty) {
            Type::List(of) => {
                if !matches!(present(&key_type), Type::Any | Type::Int) {
                    self.report(no_index(&key_type, key.span));
                }
                (**of).clone()
            }
            Type::Map(of) => (**of).clone(),
            Type::String | Type::OneOf(_) => Type::String,
            Type::Record(_) if holds_secret(&ty) => Type::Secret,
            Type::CommandOutcome | Type::HttpOutcome | Type::Transfer if present(&key_type) == &Type::Int => {
                let what = a(&ty);
                let finding = Finding::error("wrong-type", format!("{what} has no items"), base.span, what);
                self.report(finding.help("name what is in it: `.lines[0]`, `.json[0]`"));
                Type::Any
            }
            _ => Type::Any,
        }
    }

    /// A map that is written out is a record, so that its fields are known.
    fn map(&mut self, pairs: &'a [(Node, Node)]) -> Type {
        let mut fields = indexmap::IndexMap::new();
        let mut all_named = true;
        for (key, value) in pairs {
            let name = match &key.kind {
                NodeKind::Const(name) => name.as_str(),
                _ => {
                    self.type_of(key);
                    None
                }
            };
            let ty = self.type_of(value);
            all_named &= name.is_some();
            if let Some(name) = name
                && fields.insert(name.to_owned(), ty).is_some()
            {
                let title = format!("\"{name}\" stands twice");
                let finding = Finding::error("duplicate-name", title, key.span, "again");
                self.report(finding.help("take one of them out: the last would win"));
            }
        }
        if all_named {
            return bounded(Type::Record(Arc::new(fields)));
        }
        Type::Map(Box::new(Type::Any))
    }

    pub(super) fn arguments(&mut self, args: &'a [Arg]) -> Vec<Type> {
        args.iter().map(|arg| self.type_of(&arg.value)).collect()
    }

    fn function(&mut self, name: &'a Spanned<String>, args: &'a [Arg]) -> Type {
        let types = self.arguments(args);
        let made = registry::find(Use::Function, &name.value);
        let made = made.map_or(Type::Any, |entry| entry.gives.of(&Type::Any));
        let args = secrets::with_places(&types, args.iter().map(|arg| &arg.value));
        self.keeps_secrets(&format!("`{}`", name.value), &made, &args);
        made
    }

    fn method_call(&mut self, base: &'a Node, name: &'a Spanned<String>, args: &'a [Arg]) -> Type {
        let types = self.arguments(args);
        let input = self.type_of(base);
        let made = registry::find(Use::Method, &name.value);
        let made = made.map_or(Type::Any, |entry| entry.gives.of(present(&input)));
        let mut of = secrets::with_places(&types, args.iter().map(|arg| &arg.value));
        of.push((&input, base.span));
        self.keeps_secrets(&format!("`{}`", name.value), &made, &of);
        made
    }
}

/// The type of something written out.
fn constant(value: &Value) -> Type {
    use minijinja::value::ValueKind;
    if to_duration(value).is_some() {
        return Type::Duration;
    }
    match value.kind() {
        ValueKind::None => Type::None,
        ValueKind::Bool => Type::Bool,
        ValueKind::Number if value.is_integer() => Type::Int,
        ValueKind::Number => Type::Number,
        ValueKind::String => Type::String,
        _ => Type::Any,
    }
}

fn no_index(ty: &Type, span: Span) -> Finding {
    let title = format!("{} can't be the number of an item", a(ty));
    let help = "items are counted from 0, as an int: `[0]` is the first; `| int` makes one of text";
    Finding::error("wrong-type", title, span, a(ty)).help(help)
}
