//! Types.

use crate::syntax::ast::{ActionParam, Field, Text, TypeExpr, TypeKind};

use super::Printer;
use super::columns::{Anchors, paddings};

impl Printer<'_> {
    pub(super) fn ty(&mut self, ty: &TypeExpr) {
        match &ty.kind {
            TypeKind::Named(name) => self.put(name),
            TypeKind::List(of) => {
                self.put("list of ");
                self.inner_type(of);
            }
            TypeKind::Map(of) => {
                self.put("map of ");
                self.inner_type(of);
            }
            TypeKind::Record(fields, dangling) if self.one_line(ty.span) && dangling.is_empty() => {
                self.short_record(fields);
            }
            TypeKind::Record(fields, dangling) => self.long_record(fields, dangling),
            TypeKind::OneOf(words) => self.one_of(words),
            TypeKind::Optional(of) => {
                self.grouped(of, matches!(of.kind, TypeKind::Optional(_)));
                self.put(" or none");
            }
            TypeKind::Matching(of, regex) => {
                let composed =
                    matches!(of.kind, TypeKind::List(_) | TypeKind::Map(_) | TypeKind::Optional(_));
                self.grouped(of, composed);
                self.put(" matching ");
                self.text(regex);
            }
        }
    }

    fn inner_type(&mut self, ty: &TypeExpr) {
        self.grouped(ty, matches!(ty.kind, TypeKind::Optional(_)));
    }

    fn grouped(&mut self, ty: &TypeExpr, in_parentheses: bool) {
        if !in_parentheses {
            return self.ty(ty);
        }
        self.put("(");
        self.ty(ty);
        self.put(")");
    }

    fn one_of(&mut self, words: &[Text]) {
        self.put("one of [");
        for (number, word) in words.iter().enumerate() {
            self.put(if number > 0 { ", " } else { "" });
            self.text(word);
        }
        self.put("]");
    }

    fn short_record(&mut self, fields: &[Field]) {
        if fields.is_empty() {
            return self.put("{}");
        }
        self.put("{ ");
        for (number, field) in fields.iter().enumerate() {
            self.put(if number > 0 { ", " } else { "" });
            self.field(field, 1);
        }
        self.put(" }");
    }

    fn long_record(&mut self, fields: &[Field], dangling: &[crate::syntax::ast::Comment]) {
        let mut anchors = Anchors::new(self.source);
        let anchors: Vec<_> = fields.iter().map(|field| anchors.of_field(field)).collect();
        self.put("{\n");
        self.depth += 1;
        for (number, (field, blanks)) in fields.iter().zip(paddings(&anchors)).enumerate() {
            self.before(&field.trivia, number == 0);
            self.field(field, blanks);
            self.put(",");
            self.after(&field.trivia);
        }
        self.dangling(dangling, fields.is_empty());
        self.depth -= 1;
        self.start_line();
        self.put("}");
    }

    fn field(&mut self, field: &Field, blanks: usize) {
        self.put(&field.name.value);
        self.put(":");
        self.pad(blanks);
        self.ty(&field.ty);
        self.default(field.default.as_ref());
    }

    pub(super) fn default(&mut self, default: Option<&crate::syntax::ast::Expr>) {
        if let Some(default) = default {
            self.put(" = ");
            self.expr(default);
        }
    }

    pub(super) fn pad(&mut self, blanks: usize) {
        self.out.extend(std::iter::repeat_n(' ', blanks));
    }

    /// `(name: type, …)`: on one line, or one a line where the source breaks after the `(`.
    pub(super) fn params(&mut self, params: &[ActionParam], from: usize) {
        let breaks = params.first().is_some_and(|first| self.breaks(from, first.name.span.range().start));
        let start = self.out.len();
        if !breaks {
            self.short_params(params);
        }
        if breaks || (!params.is_empty() && self.is_too_long_with(" {".len())) {
            self.out.truncate(start);
            self.long_params(params);
        }
    }

    fn short_params(&mut self, params: &[ActionParam]) {
        self.put("(");
        for (number, param) in params.iter().enumerate() {
            self.put(if number > 0 { ", " } else { "" });
            self.param(param);
        }
        self.put(")");
    }

    fn long_params(&mut self, params: &[ActionParam]) {
        self.put("(\n");
        self.depth += 1;
        for param in params {
            self.start_line();
            self.param(param);
            self.put(",\n");
        }
        self.depth -= 1;
        self.start_line();
        self.put(")");
    }

    fn param(&mut self, param: &ActionParam) {
        self.put(&param.name.value);
        self.put(": ");
        self.ty(&param.ty);
        self.default(param.default.as_ref());
    }
}
