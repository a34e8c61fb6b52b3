//! Declared types: their words, constraints and defaults.

use super::super::types::{TYPE_WORDS, a, fits, lower, named, one_of};
use super::super::whole::WholeMatch;
use super::Checker;
use super::scope::Kind;
use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::syntax::ast::{Expr, Field, Param, Text, TypeExpr, TypeKind};
use crate::template::tree::NodeKind;
use crate::value::Type;

impl<'a> Checker<'a> {
    /// A param of the file. Its default may use the params above it, and nothing else.
    pub(super) fn param(&mut self, param: &'a Param) {
        self.declared(&param.ty, param.default.as_ref());
        if let Some(span) = mentions(&param.ty, "secret") {
            let title = "a param of a runbook can't be a secret";
            let finding = Finding::error("secret-param", title, span, "params are kept and shown");
            self.report(finding.help("declare it apart: `secret NAME = env \"VAR\"`"));
        }
        if let Some(span) = mentions(&param.ty, "target") {
            let title = "a param of a runbook can't be a target";
            let finding = Finding::error("target-param", title, span, "not something that a file can hold");
            self.report(
                finding.help("take the address as a `string`, and declare `target NAME = ssh …` from it"),
            );
        }
        if param.may_be_empty && !matches!(lower(&param.ty), Type::List(_) | Type::Map(_) | Type::Any) {
            let title = format!("{} has no `may be empty`", a(&lower(&param.ty)));
            let finding = Finding::error("wrong-type", title, param.ty.span, "neither a list nor a map");
            self.report(
                finding.help("take `may be empty` off; for a value that may be missing write `or none`"),
            );
        }
        if let Some(default) = &param.default {
            self.only_params(default);
        }
    }

    /// Checks a type and the default of what has it.
    pub(super) fn declared(&mut self, ty: &'a TypeExpr, default: Option<&'a Expr>) {
        self.type_expr(ty);
        let Some(default) = default else { return };
        let (found, wanted) = (self.expr(default), lower(ty));
        if !fits(&found, &wanted) {
            let title = format!("the default is {}, not {}", a(&found), a(&wanted));
            let finding = Finding::error("wrong-type", title, default.span, a(&found));
            self.report(finding.also(ty.span, "declared here"));
        } else if let Some(text) = self.constant_text(default) {
            self.fits_constraint(&text, ty, default.span);
        }
    }

    fn only_params(&mut self, default: &'a Expr) {
        let node = self.expressions[default.id.0 as usize].tree();
        let mut wrong = None;
        node.walk(&mut |node| {
            if let NodeKind::Var(name) = &node.kind
                && let super::scope::Found::Symbol(symbol) = self.scopes.find(name)
                && matches!(symbol.kind, Kind::Let | Kind::Secret | Kind::Target(_))
            {
                wrong = wrong.take().or(Some((name.as_str(), node.span, symbol.clone())));
            }
        });
        let Some((name, span, symbol)) = wrong else { return };
        let what = symbol.kind.described();
        let finding = Finding::error("default-uses", format!("a default can't use `{name}`"), span, what)
            .also(symbol.span, "declared here");
        self.report(
            finding.help("params are known first: a default may use fields and params declared before it"),
        );
    }

    /// The string that an expression is, if it is written out.
    pub(super) fn constant_text(&self, expr: &Expr) -> Option<String> {
        match &self.expressions[expr.id.0 as usize].tree().kind {
            NodeKind::Const(value) => value.as_str().map(str::to_owned),
            _ => None,
        }
    }

    fn type_expr(&mut self, ty: &'a TypeExpr) {
        match &ty.kind {
            TypeKind::Named(word) => self.type_word(word, ty.span),
            TypeKind::List(of) | TypeKind::Map(of) | TypeKind::Optional(of) => self.type_expr(of),
            TypeKind::Record(fields, _) => self.record(fields),
            TypeKind::OneOf(words) => self.one_of(words, ty.span),
            TypeKind::Matching(of, regex) => {
                self.type_expr(of);
                self.matching(of, regex);
            }
        }
    }

    fn type_word(&mut self, word: &str, span: Span) {
        if named(word).is_some() {
            return;
        }
        let finding =
            Finding::error("unknown-type", format!("there is no type `{word}`"), span, "not a type");
        self.report(match (habit(word), nearest(word, TYPE_WORDS)) {
            (Some(meant), _) => finding.help(format!("write `{meant}`")),
            (None, Some(near)) => finding.meant(near),
            (None, None) => finding.help(format!(
                "types are {}, `list of T`, `map of T`, `one of [\"…\"]` and records",
                TYPE_WORDS.join(", ")
            )),
        });
    }

    fn record(&mut self, fields: &'a [Field]) {
        self.scopes.enter();
        for field in fields {
            self.declared(&field.ty, field.default.as_ref());
            self.declare(&field.name, Kind::Field, lower(&field.ty));
        }
        self.scopes.leave();
    }

    fn one_of(&mut self, words: &'a [Text], span: Span) {
        if words.is_empty() {
            let finding =
                Finding::error("wrong-type", "`one of` needs something to choose from", span, "empty");
            self.report(finding.help("name the values that are taken: `one of [\"blue\", \"green\"]`"));
        }
        let mut seen: Vec<(String, Span)> = Vec::new();
        for word in words {
            let Some(text) = word.as_literal() else {
                self.plain_text(word, "a choice");
                continue;
            };
            match seen.iter().find(|(known, _)| *known == text) {
                Some((_, first)) => {
                    let title = format!("\"{text}\" stands twice in `one of`");
                    let finding =
                        Finding::error("duplicate-name", title, word.span, "again").also(*first, "the first");
                    self.report(finding.help("take one of them out"));
                }
                None => seen.push((text, word.span)),
            }
        }
    }

    fn plain_text(&mut self, text: &Text, what: &str) {
        let title = format!("{what} can't have `{{{{ }}}}` in it");
        let finding = Finding::error("templated-type", title, text.span, "not known before a run");
        self.report(finding.help("write it out"));
    }

    fn matching(&mut self, of: &TypeExpr, regex: &'a Text) {
        if !matches!(lower(of), Type::String | Type::Any) {
            let title = format!("`matching` is for strings, and this is {}", a(&lower(of)));
            let finding = Finding::error("wrong-type", title, of.span, a(&lower(of)));
            self.report(finding.help("put `matching` behind the `string` that it is about"));
        }
        let Some(text) = regex.as_literal() else { return self.plain_text(regex, "a pattern") };
        if let Err(error) = WholeMatch::new(&text) {
            let finding =
                Finding::error("bad-regex", "this is not a regular expression", regex.span, why(&error));
            self.report(
                finding.help(
                    "write a literal `(`, `[`, `.` or `*` with a backslash before it, best in `r\"…\"`",
                ),
            );
        }
    }

    /// A string that is known already, against `matching` and `one of`.
    pub(super) fn fits_constraint(&mut self, text: &str, ty: &TypeExpr, span: Span) {
        match &ty.kind {
            TypeKind::Optional(of) => self.fits_constraint(text, of, span),
            TypeKind::Matching(_, regex) => {
                let Some(pattern) = regex.as_literal() else { return };
                if WholeMatch::new(&pattern).is_ok_and(|regex| !regex.fits(text)) {
                    let title = format!("\"{text}\" does not match `{pattern}`");
                    let finding = Finding::error("wrong-value", title, span, "does not match");
                    self.report(finding.also(regex.span, "the whole string must match this"));
                }
            }
            TypeKind::OneOf(_) => {
                let Type::OneOf(words) = lower(ty) else { return };
                if !words.iter().any(|word| word == text) {
                    let title = format!("\"{text}\" is not {}", one_of(&words));
                    let finding = Finding::error("wrong-value", title, span, "not one of the choices");
                    self.report(finding.also(ty.span, "the choices"));
                }
            }
            TypeKind::Named(_) | TypeKind::List(_) | TypeKind::Map(_) | TypeKind::Record(..) => {}
        }
    }
}

/// The type that a word of other languages means.
fn habit(word: &str) -> Option<&'static str> {
    Some(match word {
        "str" | "text" | "String" => "string",
        "integer" | "Int" | "i64" => "int",
        "boolean" | "Bool" => "bool",
        "float" | "double" | "decimal" => "number",
        "list" | "array" | "List" => "list of TYPE",
        "map" | "dict" | "object" | "record" => "map of TYPE` or `{ field: TYPE }",
        "time" | "timeout" | "seconds" => "duration",
        "host" | "server" => "target",
        "password" | "sensitive" => "secret",
        _ => return None,
    })
}

fn mentions(ty: &TypeExpr, name: &str) -> Option<Span> {
    match &ty.kind {
        TypeKind::Named(word) => (word == name).then_some(ty.span),
        TypeKind::List(of) | TypeKind::Map(of) | TypeKind::Optional(of) | TypeKind::Matching(of, _) => {
            mentions(of, name)
        }
        TypeKind::Record(fields, _) => fields.iter().find_map(|field| mentions(&field.ty, name)),
        TypeKind::OneOf(_) => None,
    }
}

/// The last line of the error, which says what is wrong without drawing it.
fn why(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}
