//! One value held against one type.

use std::borrow::Cow;
use std::sync::Arc;

use regex::Regex;

use crate::finding::Finding;
use crate::syntax::ast::{Part, Text, TypeExpr, TypeKind};
use crate::template::{EvalError, Expressions, Scope, render};
use crate::value::{Value, duration_value, parse_duration};

use super::super::evaluate;
use super::super::params::{Node, NodeKind};
use super::Binder;
use super::mismatch;
use super::path::Path;

impl Binder<'_> {
    /// The value of `node` as a `ty`; what is wrong with it is reported.
    pub(super) fn value(
        &self,
        node: &Node,
        ty: &TypeExpr,
        path: Path<'_>,
        scope: &Arc<Scope>,
    ) -> Option<Value> {
        let node = match &node.kind {
            NodeKind::Template(text) => Cow::Owned(self.filled(text, ty, scope)?),
            _ => Cow::Borrowed(node),
        };
        let node = node.as_ref();
        match &ty.kind {
            TypeKind::Named(name) => self.named(node, name, ty, path, scope),
            TypeKind::List(of) => self.list(node, of, ty, path, scope),
            TypeKind::Map(of) => self.map(node, Some(of), ty, path, scope),
            TypeKind::Record(fields, _) => self.record(node, fields, ty, path, scope),
            TypeKind::OneOf(words) => self.one_of(node, words, ty, path),
            TypeKind::Optional(_) if node.kind == NodeKind::Null => Some(Value::from(())),
            TypeKind::Optional(inner) => self.value(node, inner, path, scope),
            TypeKind::Matching(inner, pattern) => {
                let value = self.value(node, inner, path, scope)?;
                self.matching(value, node, pattern, path)
            }
        }
    }

    fn named(
        &self,
        node: &Node,
        name: &str,
        ty: &TypeExpr,
        path: Path<'_>,
        scope: &Arc<Scope>,
    ) -> Option<Value> {
        let value = match (name, &node.kind) {
            ("any", NodeKind::List(_)) => return self.list(node, ty, ty, path, scope),
            ("any", NodeKind::Map(_)) => return self.map(node, None, ty, path, scope),
            ("any", _) | ("string", NodeKind::Text(_)) | ("int", NodeKind::Int(_)) => super::to_value(node),
            ("number", NodeKind::Int(_) | NodeKind::Float(_)) | ("bool", NodeKind::Bool(_)) => {
                super::to_value(node)
            }
            ("duration", NodeKind::Duration(length)) => duration_value(*length),
            ("duration", NodeKind::Text(text)) => match parse_duration(text) {
                Some(length) => duration_value(length),
                None => return self.refuse(mismatch::no_duration(node, text, path)),
            },
            ("target", _) => return self.refuse(mismatch::target(node, path)),
            _ => return self.refuse(self.unquoted(node, name, mismatch::wrong_type(node, name, ty, path))),
        };
        Some(value)
    }

    /// Says how a number would be written as text: as it stands, in quotes.
    fn unquoted(&self, node: &Node, wanted: &str, finding: Finding) -> Finding {
        let written = self.sources.slice(node.span);
        let is_word = written.len() < 40 && !written.contains(|c: char| c.is_whitespace() || c == '"');
        match node.kind {
            NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Bool(_) if wanted == "string" && is_word => {
                finding.help(format!("in quotes it is text: \"{written}\""))
            }
            _ => finding,
        }
    }

    pub(super) fn refuse(&self, finding: Finding) -> Option<Value> {
        self.report(finding);
        None
    }

    fn list(
        &self,
        node: &Node,
        of: &TypeExpr,
        ty: &TypeExpr,
        path: Path<'_>,
        scope: &Arc<Scope>,
    ) -> Option<Value> {
        let NodeKind::List(items) = &node.kind else {
            return self.refuse(mismatch::wrong_type(node, "list", ty, path));
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if self.has_many() {
                return None;
            }
            values.push(self.value(item, of, Path::Item(&path, index), scope));
        }
        values.into_iter().collect::<Option<Vec<_>>>().map(Value::from_iter)
    }

    fn one_of(&self, node: &Node, words: &[Text], ty: &TypeExpr, path: Path<'_>) -> Option<Value> {
        let words: Vec<_> = words.iter().filter_map(Text::as_literal).collect();
        match &node.kind {
            NodeKind::Text(text) if words.contains(text) => Some(Value::from(text.as_str())),
            NodeKind::Text(text) => self.refuse(mismatch::none_of(node, text, &words, ty, path)),
            _ => self.refuse(mismatch::wrong_type(node, "string", ty, path)),
        }
    }

    fn matching(&self, value: Value, node: &Node, pattern: &Text, path: Path<'_>) -> Option<Value> {
        let mut patterns = self.patterns.borrow_mut();
        let compiled = patterns.entry(pattern.span).or_insert_with(|| {
            let whole = format!("^(?:{})$", pattern.as_literal()?);
            Regex::new(&whole).map_err(|error| self.report(mismatch::no_regex(pattern, &error))).ok()
        });
        match (compiled, value.as_str()) {
            (None, _) => None,
            (Some(regex), Some(text)) if !regex.is_match(text) || text.ends_with('\n') => {
                drop(patterns);
                self.refuse(mismatch::no_match(node, pattern, path))
            }
            _ => Some(value),
        }
    }

    /// A string with its holes filled in. A hole that is all of it gives its value as it is, unless
    /// text is wanted.
    fn filled(&self, text: &Text, ty: &TypeExpr, scope: &Arc<Scope>) -> Option<Node> {
        let names = text.holes().flat_map(|hole| self.templates.expression(hole).free_names());
        let names: Vec<_> = names.cloned().collect();
        if self.is_spoilt(&names) {
            return None;
        }
        let node = match text.parts.as_slice() {
            [Part::Hole(hole)] if !is_text(ty) => evaluate::value(hole, self.templates, scope).map(|value| {
                Node::from_value(&value, text.span).unwrap_or(Node { kind: NodeKind::Null, span: text.span })
            }),
            _ => render(text, self.templates, scope)
                .map(|rendered| Node { kind: NodeKind::Text(rendered), span: text.span }),
        };
        node.map_err(|error| self.report(self.template_finding(error, &names, scope))).ok()
    }

    fn template_finding(&self, error: EvalError, names: &[String], scope: &Arc<Scope>) -> Finding {
        let ahead = |name: &&String| self.later.contains(name.as_str()) && scope.get(name).is_none();
        match names.iter().find(ahead) {
            Some(name) => mismatch::used_before(name, error.span),
            None => self.no_variable(&error).unwrap_or_else(|| evaluate::finding(error)),
        }
    }
}

impl Binder<'_> {
    /// A variable that the environment does not have; the names of the others are nobody's business.
    fn no_variable(&self, error: &EvalError) -> Option<Finding> {
        let name = self.sources.slice(error.span).strip_prefix("env.")?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then(|| mismatch::no_variable(name, error.span))
    }
}

fn is_text(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Named(name) => name == "string",
        TypeKind::OneOf(_) | TypeKind::Matching(..) => true,
        TypeKind::Optional(inner) => is_text(inner),
        TypeKind::List(_) | TypeKind::Map(_) | TypeKind::Record(..) => false,
    }
}
