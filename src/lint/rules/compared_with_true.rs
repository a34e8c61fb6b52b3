//! A truth is compared with `true` or `false`.
//!
//! What is true or false already is its own condition: `assert ready` reads as it is said, and
//! `not ready` can't be mistaken at a glance for `ready == true`. Only what is plainly a truth is
//! looked at: a param of type `bool`, a comparison, a test, a `not`.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! param force: bool
//!
//! stage "Restart" {
//!   if force == false {
//!     approve "Restart?"
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! param force: bool
//!
//! stage "Restart" {
//!   if not force {
//!     approve "Restart?"
//!   }
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix` takes the comparison off.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::inside::nodes;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{ItemKind, Name, TypeExpr, TypeKind};
use crate::template::tree::{CompareOp, Node, NodeKind};
use crate::value::Value;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let comparisons = nodes(file).into_iter().filter_map(comparison);
    let doubled = comparisons.filter(|(truth, ..)| is_truth(file, truth));
    doubled.map(|(truth, op, constant)| finding(file, truth, op == CompareOp::Eq, constant)).collect()
}

/// A comparison with `true` or `false` written out.
fn comparison(node: &Node) -> Option<(&Node, CompareOp, &Node)> {
    let NodeKind::Compare { first, rest } = &node.kind else { return None };
    let [(op @ (CompareOp::Eq | CompareOp::Ne), constant)] = rest.as_slice() else { return None };
    as_bool(constant).map(|_| (&**first, *op, constant))
}

fn as_bool(node: &Node) -> Option<bool> {
    match &node.kind {
        NodeKind::Const(value) => [true, false].into_iter().find(|truth| *value == Value::from(*truth)),
        _ => None,
    }
}

fn is_truth(file: &File<'_>, node: &Node) -> bool {
    match &node.kind {
        NodeKind::Compare { .. } | NodeKind::Test { .. } | NodeKind::Not(_) => true,
        NodeKind::Var(name) => is_bool_param(file, name),
        _ => false,
    }
}

/// Whether all that has this name in the file, be it of an action, is a `bool`.
fn is_bool_param(file: &File<'_>, name: &str) -> bool {
    let params = file.tree.items.iter().flat_map(|item| params(&item.kind));
    let types: Vec<_> = params.filter(|(known, _)| known.value == name).map(|(_, ty)| &ty.kind).collect();
    !types.is_empty() && types.iter().all(|ty| matches!(ty, TypeKind::Named(ty) if ty == "bool"))
}

fn params(kind: &ItemKind) -> Vec<(&Name, &TypeExpr)> {
    match kind {
        ItemKind::Param(param) => vec![(&param.name, &param.ty)],
        ItemKind::Action(action) => action.params.iter().map(|param| (&param.name, &param.ty)).collect(),
        _ => Vec::new(),
    }
}

fn finding(file: &File<'_>, truth: &Node, equal: bool, constant: &Node) -> Finding {
    let written = file.text(truth.span);
    let title = "a truth is compared with a truth";
    let label = "it is true or false already";
    let finding = Finding::warning("compared-with-true", title, constant.span, label);
    let asked = as_bool(constant) == Some(equal);
    let whole =
        if matches!(truth.kind, NodeKind::Var(_)) { written.to_owned() } else { format!("({written})") };
    let finding = finding.also(truth.span, "this alone is the condition");
    let help = if asked { format!("write `{written}`") } else { format!("write `not {whole}`") };
    let fix = taken_off(file, truth, constant).map(|comparison| {
        let fix = Fix::safe(help.clone(), comparison);
        if asked { fix } else { fix.and(Edit::insert(truth.span, "not ")) }
    });
    finding.help(help).fix(fix)
}

/// Takes the comparison off, from the blank before its operator to its end. The brackets of the truth stay.
fn taken_off(file: &File<'_>, truth: &Node, constant: &Node) -> Option<Edit> {
    let between = Span { start: truth.span.end, end: constant.span.start, ..truth.span };
    let text = file.text(between);
    let operator = text.find(['=', '!']).filter(|at| !text[*at..].contains('('))?;
    let brackets = text[..operator].trim_end().len();
    Some(Edit::delete(between.part(brackets, 0).to(constant.span)))
}
