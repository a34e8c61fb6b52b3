//! Types as written.

use crate::source::Span;
use crate::syntax::ast::{Field, Text, TypeExpr, TypeKind};
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::scan::DEEPEST;

use super::{Lowering, parts};

impl<'t> Lowering<'t> {
    /// A type; `matching` belongs to what it follows, `or none` to the whole.
    pub(super) fn type_expr(&mut self, node: Node<'t>) -> TypeExpr {
        let (start, whole) = (node.as_span().start(), self.span(&node));
        let mut parts = parts(node);
        let prefixes = parts.take_all(Rule::type_prefix);
        let base = parts.next().map(|node| self.type_base(node));
        let mut ty = base.unwrap_or(TypeExpr { kind: TypeKind::Named(String::new()), span: whole });
        let mut optional = false;
        let mut layers = prefixes.len();
        while let Some(suffix) = parts.next() {
            layers += 1;
            match suffix.as_rule() {
                Rule::matching if layers <= DEEPEST => ty = self.matching(ty, suffix),
                _ => optional = true,
            }
        }
        if layers > DEEPEST {
            self.too_deep(whole);
            return ty;
        }
        for prefix in prefixes.iter().rev() {
            let span = Span::new(self.file, prefix.as_span().start(), ty.span.end as usize);
            let list = prefix.as_str().starts_with("list");
            let of = Box::new(ty);
            ty = TypeExpr { kind: if list { TypeKind::List(of) } else { TypeKind::Map(of) }, span };
        }
        if optional {
            let span = Span::new(self.file, start, whole.end as usize);
            ty = TypeExpr { kind: TypeKind::Optional(Box::new(ty)), span };
        }
        ty
    }

    fn matching(&mut self, ty: TypeExpr, node: Node<'t>) -> TypeExpr {
        let span = ty.span.to(self.span(&node));
        match parts(node).next() {
            Some(regex) => TypeExpr { kind: TypeKind::Matching(Box::new(ty), self.text(&regex)), span },
            None => ty,
        }
    }

    fn type_base(&mut self, node: Node<'t>) -> TypeExpr {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::record => self.record(node),
            Rule::one_of => TypeKind::OneOf(self.words(node)),
            Rule::type_group => match parts(node).next() {
                Some(inner) => return self.type_expr(inner),
                None => TypeKind::Named(String::new()),
            },
            _ => TypeKind::Named(node.as_str().to_owned()),
        };
        TypeExpr { kind, span }
    }

    fn words(&mut self, node: Node<'t>) -> Vec<Text> {
        let nodes = parts(node).take_all(Rule::string);
        nodes.iter().map(|node| self.text(node)).collect()
    }

    fn record(&mut self, node: Node<'t>) -> TypeKind {
        let end = node.as_span().end();
        let mut parts = parts(node);
        let mut fields: Vec<Field> = Vec::new();
        loop {
            let comma = parts.marks(Rule::comma);
            let Some(node) = parts.take(Rule::field) else { break };
            if !comma && let Some(before) = fields.last() {
                let at = Span::new(self.file, before.ty.span.end as usize, before.ty.span.end as usize);
                let at = before.default.as_ref().map_or(at, |default| default.span);
                self.error(
                    "a comma is missing between two fields",
                    at,
                    "after this field",
                    "end each field with a comma",
                );
            }
            let field = self.field(node);
            fields.push(field);
        }
        TypeKind::Record(fields, self.comments.until(end))
    }

    fn field(&mut self, node: Node<'t>) -> Field {
        let (start, end) = (node.as_span().start(), node.as_span().start() + node.as_str().trim_end().len());
        let mut trivia = self.comments.before(start);
        let mut parts = parts(node);
        let name =
            parts.next().map(|node| self.name(&node)).unwrap_or_else(|| unreachable!("a field has a name"));
        let ty = parts
            .next()
            .map(|node| self.type_expr(node))
            .unwrap_or_else(|| unreachable!("a field has a type"));
        let default = parts.take(Rule::expression).map(|node| self.expr(&node));
        trivia.leading.extend(self.inside(end));
        trivia.trailing = self.comments.after(end);
        Field { name, ty, default, trivia }
    }

    fn too_deep(&mut self, span: Span) {
        self.error(
            format!("nested deeper than {DEEPEST} levels"),
            span,
            "",
            "flatten it: no runbook needs that depth",
        );
    }
}
