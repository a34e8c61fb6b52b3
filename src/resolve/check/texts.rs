//! Strings with holes, and expressions that must have a certain type.

use super::super::types::{a, fits, holds_secret, present};
use super::{Checker, secrets};
use crate::finding::Finding;
use crate::source::Span;
use crate::syntax::ast::{Expr, Text};
use crate::value::Type;

impl<'a> Checker<'a> {
    /// A string: what stands in its holes must be text.
    pub(super) fn text(&mut self, text: &'a Text) {
        for hole in text.holes() {
            let ty = self.expr(hole);
            self.is_text(&ty, hole.span);
        }
    }

    /// The value of a header: text in which a secret may stand, since it is neither shown nor a command.
    pub(super) fn header_value(&mut self, text: &'a Text) {
        text.holes().for_each(|hole| self.text_or_secret(hole));
    }

    /// An expression whose text is handed over and not shown.
    pub(super) fn text_or_secret(&mut self, expr: &'a Expr) {
        let ty = self.expr(expr);
        if ty != Type::Secret {
            self.is_text(&ty, expr.span);
        }
    }

    /// Text that may be left out.
    pub(super) fn maybe_text(&mut self, text: Option<&'a Text>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// A value that is put into text.
    pub(super) fn is_text(&mut self, ty: &Type, span: Span) {
        if holds_secret(ty) {
            return self.report(secrets::in_text(ty, span));
        }
        if let Some(help) = not_text(present(ty)) {
            let title = format!("{} can't stand in text", a(ty));
            self.report(Finding::error("not-text", title, span, a(ty)).help(help));
        }
    }

    /// An expression where only one type has a meaning.
    pub(super) fn wants(&mut self, expr: &'a Expr, wanted: &Type) {
        self.wants_one_of(expr, std::slice::from_ref(wanted));
    }

    /// An expression where some types have a meaning.
    pub(super) fn wants_one_of(&mut self, expr: &'a Expr, wanted: &[Type]) {
        let found = self.expr(expr);
        if wanted.iter().any(|wanted| fits(&found, wanted)) {
            return;
        }
        let names: Vec<_> = wanted.iter().map(a).collect();
        let names = names.join(" or ");
        let finding = Finding::error("wrong-type", format!("{names} is needed here"), expr.span, a(&found));
        self.report(match mend(&found, &wanted[0], &expr.text) {
            Some(help) => finding.help(help),
            None => finding,
        });
    }

    /// Expressions that may be left out.
    pub(super) fn wants_all(&mut self, exprs: &[(&'a Option<Expr>, &Type)]) {
        for (expr, wanted) in exprs {
            if let Some(expr) = expr {
                self.wants(expr, wanted);
            }
        }
    }

    /// A condition: nothing but true or false.
    pub(super) fn condition(&mut self, expr: &'a Expr) {
        let found = self.expr(expr);
        if fits(&found, &Type::Bool) {
            return;
        }
        let title = "a condition is true or false";
        let finding = Finding::error("wrong-type", title, expr.span, a(&found));
        self.report(finding.help(ask(present(&found), &expr.text)));
    }
}

/// Why a value has no text, as what to do about it.
fn not_text(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::None => "there is nothing to show",
        Type::List(_) => "join it: `… | join(\", \")`, or show it as JSON: `… | json`",
        Type::Map(_) | Type::Record(_) => "name a field of it, or show it as JSON: `… | json`",
        Type::Target => "its name is `.name`, its address `.address`",
        Type::CommandOutcome | Type::HttpOutcome => "its text is `.text`",
        Type::Transfer => "how long it took is `.seconds`",
        Type::Any
        | Type::Secret
        | Type::String
        | Type::Int
        | Type::Number
        | Type::Bool
        | Type::Duration
        | Type::OneOf(_)
        | Type::Optional(_) => return None,
    })
}

/// How to make one type of another.
fn mend(found: &Type, wanted: &Type, text: &str) -> Option<String> {
    let known = text.chars().all(|c| c.is_ascii_digit());
    Some(match (wanted, present(found)) {
        (Type::Duration, Type::Int) if known => format!("say the unit: `{text}s`, `{text}m` or `{text}h`"),
        (Type::Duration, Type::String) => "write it without quotes: `90s`, `15m`, `1h30m`".to_owned(),
        (Type::Duration, _) => "durations are written `90s`, `15m`, `1h30m`".to_owned(),
        (Type::Int, Type::String) => "make it one: `… | int`".to_owned(),
        (Type::Int, Type::Duration) => "write a number without a unit".to_owned(),
        (Type::Secret, _) => "declare it: `secret NAME = env \"VAR\"`, and write its name here".to_owned(),
        (Type::String, Type::CommandOutcome | Type::HttpOutcome) => "its text is `.text`".to_owned(),
        (Type::Map(_), _) => "write it as `{\"NAME\": value}`".to_owned(),
        _ => return None,
    })
}

/// How to ask something of a value that is no answer itself.
fn ask(ty: &Type, text: &str) -> String {
    match ty {
        Type::CommandOutcome => "compare what it gave: `….text == \"…\"` or `….exit == 0`".to_owned(),
        Type::HttpOutcome => "compare what it gave: `….status == 200` or `….json.field == …`".to_owned(),
        Type::String | Type::OneOf(_) => format!("compare it: `{text} == \"…\"`, or `{text} != \"\"`"),
        Type::List(_) | Type::Map(_) => format!("count it: `{text} | length > 0`"),
        Type::Int | Type::Number => format!("compare it: `{text} > 0`"),
        _ => "compare it with something".to_owned(),
    }
}
