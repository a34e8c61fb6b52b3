//! Operators: what they can be used on, and what they give.

use super::super::types::{a, either, fits, holds_secret, one_of, present};
use super::Checker;
use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::template::tree::{BinaryOp, CompareOp, Node, NodeKind};
use crate::value::Type;

impl<'a> Checker<'a> {
    pub(super) fn negative(&mut self, operand: &'a Node) -> Type {
        let ty = self.type_of(operand);
        match present(&ty) {
            Type::Int | Type::Number | Type::Any => ty,
            other => {
                let title = format!("{} has no negative", a(other));
                self.report(Finding::error("wrong-type", title, operand.span, a(other)));
                Type::Any
            }
        }
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &'a Node, right: &'a Node) -> Type {
        let (one, other) = (self.type_of(left), self.type_of(right));
        match op {
            BinaryOp::And | BinaryOp::Or => {
                self.truth(&one, left.span);
                self.truth(&other, right.span);
                either(one, other)
            }
            BinaryOp::Concat => {
                self.is_text(&one, left.span);
                self.is_text(&other, right.span);
                Type::String
            }
            BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::FloorDiv
            | BinaryOp::Rem
            | BinaryOp::Pow => self.arithmetic(op, (present(&one), left.span), (present(&other), right.span)),
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, left: (&Type, Span), right: (&Type, Span)) -> Type {
        if let Some(ty) = result(op, left.0, right.0) {
            return ty;
        }
        let title = format!("`{}` can't be used on {} and {}", op.symbol(), a(left.0), a(right.0));
        let finding = Finding::error("wrong-type", title, right.1, a(right.0)).also(left.1, a(left.0));
        let text = |ty: &Type| matches!(ty, Type::String | Type::OneOf(_));
        self.report(match op {
            BinaryOp::Add if text(left.0) || text(right.0) => {
                finding.help("put text together with `~`; make a number of text with `| int`")
            }
            _ if left.0 == &Type::Duration || right.0 == &Type::Duration => {
                finding.help("durations are added to durations, and multiplied by numbers")
            }
            _ if text(left.0) || text(right.0) => finding.help("make a number of text with `| int`"),
            _ => finding,
        });
        Type::Any
    }

    pub(super) fn compare(&mut self, first: &'a Node, rest: &'a [(CompareOp, Node)]) -> Type {
        let (mut left, mut before) = ((self.type_of(first), first.span), first);
        for (op, node) in rest {
            let right = (self.type_of(node), node.span);
            match op {
                CompareOp::Eq | CompareOp::Ne => {
                    self.equal(*op, &left, &right);
                    self.is_a_choice(&left, node);
                    self.is_a_choice(&right, before);
                }
                CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => {
                    self.ordered(*op, &left, &right);
                }
                CompareOp::In | CompareOp::NotIn => self.inside(&left, &right),
            }
            (left, before) = (right, node);
        }
        Type::Bool
    }

    /// A word that is written out, and held against a choice that it is none of.
    fn is_a_choice(&mut self, (ty, span): &(Type, Span), written: &Node) {
        let (Type::OneOf(words), NodeKind::Const(value)) = (present(ty), &written.kind) else { return };
        let Some(text) = value.as_str() else { return };
        if words.iter().any(|word| word == text) {
            return;
        }
        let title = format!("\"{text}\" is not {}", one_of(words));
        let finding = Finding::error("wrong-value", title, written.span, "never this");
        let near = nearest(text, words.iter().map(String::as_str));
        let finding = finding.also(*span, a(ty));
        self.report(match near {
            Some(near) => finding.help(format!("did you mean `\"{near}\"`?")),
            None => finding,
        });
    }

    fn equal(&mut self, op: CompareOp, left: &(Type, Span), right: &(Type, Span)) {
        if !self.compares_no_secret([left, right]) {
            return;
        }
        if alike(&left.0, &right.0) {
            return;
        }
        let never = if op == CompareOp::Eq { "never equal" } else { "always unequal" };
        let (one, other) = (a(&left.0), a(&right.0));
        let title = format!("{one} and {other} are {never}");
        let finding = Finding::error("wrong-type", title, right.1, other).also(left.1, one);
        self.report(match (present(&left.0), present(&right.0)) {
            (Type::String, Type::Int | Type::Number) | (Type::Int | Type::Number, Type::String) => {
                finding.help("make a number of the text with `| int`, or compare with text in quotes")
            }
            (Type::CommandOutcome | Type::HttpOutcome, _) => finding.help("compare its text: `….text`"),
            (Type::String, Type::Bool) => finding.help("compare with text in quotes: `\"True\"`, `\"true\"`"),
            _ => finding,
        });
    }

    fn ordered(&mut self, op: CompareOp, left: &(Type, Span), right: &(Type, Span)) {
        if !self.compares_no_secret([left, right]) {
            return;
        }
        let class = |ty: &Type| match present(ty) {
            Type::Int | Type::Number => Some("number"),
            Type::String | Type::OneOf(_) => Some("text"),
            Type::Duration => Some("duration"),
            Type::List(_) => Some("list"),
            _ => None,
        };
        let (one, other) = (class(&left.0), class(&right.0));
        let unknown = |ty: &Type| present(ty) == &Type::Any;
        let fits = match (one, other) {
            (Some(one), Some(other)) => one == other,
            _ => (one.is_some() || unknown(&left.0)) && (other.is_some() || unknown(&right.0)),
        };
        if fits {
            return;
        }
        let title = format!("{} and {} have no order", a(&left.0), a(&right.0));
        let finding = Finding::error("wrong-type", title, right.1, a(&right.0)).also(left.1, a(&left.0));
        let text = one == Some("text") || other == Some("text");
        self.report(match text {
            true => finding.help(format!("make a number of the text: `… | int {} …`", op.symbol())),
            false => finding,
        });
    }

    fn inside(&mut self, left: &(Type, Span), right: &(Type, Span)) {
        let compared =
            holds_secret(&left.0) || matches!(present(&right.0), Type::List(of) if holds_secret(of));
        if compared && !self.compares_no_secret([left, right]) {
            return;
        }
        let (title, help) = match (present(&left.0), present(&right.0)) {
            (
                Type::Any,
                Type::Any | Type::List(_) | Type::Map(_) | Type::Record(_) | Type::String | Type::OneOf(_),
            )
            | (_, Type::Any) => return,
            (
                Type::String | Type::OneOf(_),
                Type::String | Type::OneOf(_) | Type::Map(_) | Type::Record(_),
            ) => return,
            (item, Type::List(of)) if alike(item, of) => return,
            (item, Type::List(_)) => (
                format!("{} is never in {}", a(item), a(&right.0)),
                "look for something of the same type: numbers without quotes, text in quotes".to_owned(),
            ),
            (_, Type::CommandOutcome | Type::HttpOutcome) => (
                "`in` looks into text, lists and maps".to_owned(),
                "look into its text: `in ….text`".to_owned(),
            ),
            (_, Type::String | Type::OneOf(_)) => (
                format!("{} can't be looked for in text", a(&left.0)),
                "put what is looked for in quotes".to_owned(),
            ),
            (_, Type::Map(_) | Type::Record(_)) => {
                (format!("{} is never a key of a map", a(&left.0)), "keys are text".to_owned())
            }
            (_, _) => ("`in` looks into text, lists and maps".to_owned(), format!("this is {}", a(&right.0))),
        };
        let finding = Finding::error("wrong-type", title, right.1, a(&right.0)).also(left.1, a(&left.0));
        self.report(finding.help(help));
    }
}

/// Whether values of two types can be equal.
fn alike(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::None | Type::Optional(_), _) | (_, Type::None | Type::Optional(_)) => true,
        (Type::Number, Type::Int) => true,
        (Type::List(one), Type::List(other)) => alike(one, other),
        (Type::Map(_) | Type::Record(_), Type::Map(_) | Type::Record(_)) => true,
        _ => fits(one, other),
    }
}

/// The type of `left op right`; `None` where that has no meaning.
fn result(op: BinaryOp, left: &Type, right: &Type) -> Option<Type> {
    let text = |ty: &Type| matches!(ty, Type::String | Type::OneOf(_));
    Some(match (op, left, right) {
        (_, Type::Any, Type::Any) => Type::Any,
        (_, Type::Any, known) | (_, known, Type::Any) => return half_known(op, known),
        (BinaryOp::Add | BinaryOp::Sub, Type::Duration, Type::Duration) => Type::Duration,
        (BinaryOp::Div, Type::Duration, Type::Duration) => Type::Number,
        (BinaryOp::Mul | BinaryOp::Div, Type::Duration, Type::Int | Type::Number) => Type::Duration,
        (BinaryOp::Mul, Type::Int | Type::Number, Type::Duration) => Type::Duration,
        (BinaryOp::Div, Type::Int | Type::Number, Type::Int | Type::Number) => Type::Number,
        (_, Type::Int, Type::Int) => Type::Int,
        (_, Type::Int | Type::Number, Type::Int | Type::Number) => Type::Number,
        (BinaryOp::Add, left, right) if text(left) && text(right) => Type::String,
        (BinaryOp::Mul, left, Type::Int) if text(left) => Type::String,
        (BinaryOp::Mul, Type::Int, right) if text(right) => Type::String,
        (BinaryOp::Add, Type::List(one), Type::List(other)) => {
            Type::List(Box::new(either((**one).clone(), (**other).clone())))
        }
        (BinaryOp::Mul, Type::List(of), Type::Int) => Type::List(of.clone()),
        _ => return None,
    })
}

/// One side is not known: only what no operator takes is wrong.
fn half_known(op: BinaryOp, known: &Type) -> Option<Type> {
    match known {
        Type::Int | Type::Number | Type::Duration | Type::String | Type::OneOf(_) | Type::List(_) => {
            Some(Type::Any)
        }
        Type::Any => Some(Type::Any),
        Type::None
        | Type::Bool
        | Type::Target
        | Type::Secret
        | Type::Map(_)
        | Type::Record(_)
        | Type::Optional(_)
        | Type::CommandOutcome
        | Type::HttpOutcome
        | Type::Transfer => {
            debug_assert!(!matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Concat));
            None
        }
    }
}
