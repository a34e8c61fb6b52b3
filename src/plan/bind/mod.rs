//! Params: what was given, held against what the runbook declares.
//!
//! In: the trees of the params files and settings, the runbook's `param`s. Out: a value for each
//! param, or findings at the places in the params files.

mod given;
mod mismatch;
mod order;
mod path;
mod record;
mod typed;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;
use regex::Regex;

use crate::finding::{Finding, nearest};
use crate::ids::ModuleId;
use crate::resolve::{Module, ResolvedRunbook};
use crate::source::{Sources, Span};
use crate::syntax::ast::{Expr, Item, ItemKind, Param, TypeExpr, TypeKind};
use crate::template::Scope;
use crate::value::Value;
use minijinja::value::ValueKind;

use super::evaluate;
use super::params::{Entry, Node, Templates, to_value};
use path::Path;

pub(super) use given::{Given, from_inputs, from_values};

/// After so many findings no more items of a list are looked at.
const MANY: usize = 50;

/// The `param`s of the runbook's own file, in order.
pub(super) fn declared(runbook: &ResolvedRunbook) -> Vec<&Param> {
    let items = runbook.module(ModuleId(0)).file.items.iter();
    items
        .filter_map(|item| if let ItemKind::Param(param) = &item.kind { Some(param) } else { None })
        .collect()
}

/// A value for every param. `outer` holds what params files may use beyond params: `env`.
pub(super) fn bind(
    runbook: &ResolvedRunbook,
    sources: &Sources,
    given: &Given,
    outer: &Arc<Scope>,
) -> Result<IndexMap<String, Value>, Vec<Finding>> {
    let params = declared(runbook);
    let binder = Binder {
        module: runbook.root(),
        sources,
        templates: &given.templates,
        later: params.iter().map(|param| param.name.value.as_str()).collect(),
        failed: RefCell::default(),
        patterns: RefCell::default(),
        findings: RefCell::default(),
    };
    binder.unknown(runbook, &given.entries);
    if !given.incomplete {
        binder.missing(&params, given);
    }
    let scope = outer.child();
    let values = params.iter().filter_map(|param| {
        let value = binder.param(param, given.entries.get(&param.name.value), &scope);
        let name = &param.name.value;
        match &value {
            Some(value) => scope.set(name, value.clone()),
            None => _ = binder.failed.borrow_mut().insert(name.clone()),
        }
        Some((name.clone(), value?))
    });
    let values = values.collect();
    let findings = binder.findings.into_inner();
    if findings.is_empty() { Ok(values) } else { Err(findings) }
}

/// Binds nodes to types, and keeps what it finds wrong.
struct Binder<'b> {
    module: &'b Module,
    sources: &'b Sources,
    templates: &'b Templates,
    /// All params by name, for templates that look ahead.
    later: HashSet<&'b str>,
    /// Params that have no value because of a finding: what uses them is not complained of too.
    failed: RefCell<HashSet<String>>,
    /// Compiled `matching`es by their place.
    patterns: RefCell<HashMap<Span, Option<Regex>>>,
    findings: RefCell<Vec<Finding>>,
}

impl Binder<'_> {
    fn report(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    fn has_many(&self) -> bool {
        self.findings.borrow().len() >= MANY
    }

    fn param(&self, param: &Param, given: Option<&Entry>, scope: &Arc<Scope>) -> Option<Value> {
        let path = Path::Name(&param.name.value);
        let (node, place) = match (given, &param.default) {
            (Some(entry), _) => (entry.node.clone(), entry.node.span),
            (None, Some(default)) => (self.default(default, scope)?, default.span),
            (None, None) => return is_optional(&param.ty).then(|| Value::from(())),
        };
        let value = self.value(&node, &param.ty, path, scope)?;
        if is_list(&param.ty) && is_empty_list(&value) && !param.may_be_empty {
            self.report(empty(param, place));
            return None;
        }
        Some(value)
    }

    /// The tree of a default.
    fn default(&self, default: &Expr, scope: &Arc<Scope>) -> Option<Node> {
        if self.is_spoilt(self.module.expressions[default.id.0 as usize].free_names()) {
            return None;
        }
        let value = match evaluate::value(default, self.module, scope) {
            Ok(value) => value,
            Err(error) => {
                self.report(evaluate::finding(error));
                return None;
            }
        };
        match Node::from_value(&value, default.span) {
            Ok(node) => Some(node),
            Err(kind) => {
                let title = format!("this default is {kind}");
                self.report(Finding::error(
                    "wrong-type",
                    title,
                    default.span,
                    "no param can have such a value",
                ));
                None
            }
        }
    }

    /// Whether one of these names has no value because of an earlier finding.
    fn is_spoilt(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.failed.borrow().contains(name))
    }

    fn unknown(&self, runbook: &ResolvedRunbook, entries: &IndexMap<String, Entry>) {
        for (name, entry) in entries.iter().filter(|(name, _)| !self.later.contains(name.as_str())) {
            let title = format!("the runbook has no param `{name}`");
            let finding = Finding::error("unknown-param", title, entry.key, "");
            self.report(match self.unknown_help(runbook, name) {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
    }

    fn unknown_help(&self, runbook: &ResolvedRunbook, name: &str) -> Option<String> {
        let is_secret =
            |item: &Item| matches!(&item.kind, ItemKind::Secret(secret) if secret.name.value == name);
        if runbook.root().file.items.iter().any(is_secret) {
            return Some(format!(
                "`{name}` is a secret: it comes from where its declaration says, never from here"
            ));
        }
        let declared = declared(runbook);
        let names = || declared.iter().map(|param| param.name.value.as_str());
        if let Some((record, field)) = name.split_once('.').filter(|(record, _)| self.later.contains(record))
        {
            return Some(format!("give the whole record: `{record}: {{ {field}: … }}`"));
        }
        match nearest(name, names()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if declared.is_empty() => Some("it has no params at all".to_owned()),
            None => Some(format!("its params are {}", mismatch::listed(names()))),
        }
    }

    fn missing(&self, params: &[&Param], given: &Given) {
        let absent = |param: &&&Param| {
            param.default.is_none()
                && !is_optional(&param.ty)
                && !given.entries.contains_key(&param.name.value)
                && !given.failed.contains(&param.name.value)
        };
        let missing: Vec<_> = params.iter().filter(absent).copied().collect();
        if let Some(finding) = mismatch::missing(&missing) {
            self.report(finding);
        }
    }
}

fn is_optional(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Optional(_) => true,
        TypeKind::Matching(inner, _) => is_optional(inner),
        TypeKind::Named(_)
        | TypeKind::List(_)
        | TypeKind::Map(_)
        | TypeKind::Record(..)
        | TypeKind::OneOf(_) => false,
    }
}

fn is_list(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::List(_) => true,
        TypeKind::Optional(inner) => is_list(inner),
        TypeKind::Named(_)
        | TypeKind::Map(_)
        | TypeKind::Record(..)
        | TypeKind::OneOf(_)
        | TypeKind::Matching(..) => false,
    }
}

fn is_empty_list(value: &Value) -> bool {
    value.kind() == ValueKind::Seq && value.len() == Some(0)
}

fn empty(param: &Param, place: Span) -> Finding {
    let name = &param.name.value;
    let help =
        format!("give at least one item, or let the runbook say `may be empty` after `param {name}: …`");
    Finding::error("empty-list", format!("`{name}` is empty"), place, "a list without items")
        .also(param.name.span, "declared here, without `may be empty`")
        .help(help)
}
