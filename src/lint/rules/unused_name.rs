//! A name is declared and never used.
//!
//! A param that nobody reads asks for an answer that changes nothing; a library, target or
//! `let` that is not used hides what the runbook really does. Actions and commands of a library
//! are there for others, so they are not looked at.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! param tenant: string
//! param region: string
//!
//! stage "Restart" {
//!   note "Restarting {{ tenant }}"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! param tenant: string
//!
//! stage "Restart" {
//!   note "Restarting {{ tenant }}"
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix` takes out a `use`; with `--unsafe-fixes` other declarations, and the name of an answer. Params, which somebody hands over, stay.

use std::collections::HashSet;

use crate::finding::{Edit, Finding, Fix};
use crate::lint::edits::without_bare;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_arguments, walk_item, walk_request, walk_statement};
use crate::source::Span;
use crate::syntax::ast::*;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut names = Names { file, declared: Vec::new(), used: HashSet::new() };
    file.walk(&mut names);
    let used = names.used;
    let unused = names.declared.into_iter().filter(|declared| !used.contains(declared.name.value.as_str()));
    unused.map(finding).collect()
}

fn finding(declared: Declared<'_>) -> Finding {
    let Declared { name, what, fix } = declared;
    let title = format!("`{}` is never used", name.value);
    let finding = Finding::warning("unused-name", title, name.span, format!("this {what} can go"));
    finding.help("take it out, or use it").fix(fix)
}

/// A name that is given, and how it is taken out.
struct Declared<'a> {
    name: &'a Name,
    what: &'static str,
    fix: Option<Fix>,
}

struct Names<'f, 'a> {
    file: &'f File<'a>,
    declared: Vec<Declared<'a>>,
    used: HashSet<&'a str>,
}

impl<'a> Names<'_, 'a> {
    fn path(&mut self, path: &'a Path) {
        self.used.extend(path.names.first().map(|name| name.value.as_str()));
    }

    fn rules(&mut self, guard: &'a Guard) {
        self.used.extend(guard.targets.iter().map(|name| name.value.as_str()));
        for rule in &guard.rules {
            if let GuardPattern::Commands(path) = &rule.pattern {
                self.path(path);
            }
        }
    }

    fn declares(&mut self, item: &'a Item) {
        let shared = self.file.is(FileKind::Library);
        let declared = match &item.kind {
            ItemKind::Use(item) => match (&item.alias, &item.path) {
                (Some(name), _) | (None, UsePath::Std(name)) => Some((name, "library")),
                (None, UsePath::File(_)) => None,
            },
            ItemKind::Param(param) => Some((&param.name, "param")),
            ItemKind::Secret(secret) => Some((&secret.name, "secret")),
            ItemKind::Let(item) => Some((&item.name, "`let`")),
            ItemKind::Target(target) => Some((&target.name, "target")),
            ItemKind::Action(action) if !shared => Some((&action.name, "action")),
            ItemKind::Commands(commands) if !shared => Some((&commands.name, "set of commands")),
            ItemKind::State(state) => Some((&state.name, "state")),
            ItemKind::Action(_)
            | ItemKind::Commands(_)
            | ItemKind::About(_)
            | ItemKind::Lock(_)
            | ItemKind::Guard(_)
            | ItemKind::Invariant(_)
            | ItemKind::Stage(_)
            | ItemKind::Checklist(_)
            | ItemKind::Rehearses(_)
            | ItemKind::Handler(_)
            | ItemKind::Always(_)
            | ItemKind::Scenario(_) => None,
        };
        let declared = declared.map(|(name, what)| Declared { name, what, fix: self.without_item(item) });
        self.declared.extend(declared);
    }

    /// A library that nobody asks does nothing; the other declarations look at something, or are what somebody hands over.
    fn without_item(&self, item: &'a Item) -> Option<Fix> {
        let edit = || without_bare(self.file, item.span, &item.trivia);
        match &item.kind {
            ItemKind::Use(_) => Some(Fix::safe("take the `use` out", edit()?)),
            ItemKind::Let(of) => unnamed(of, item.span, edit()),
            ItemKind::Secret(_) | ItemKind::Target(_) | ItemKind::Action(_) | ItemKind::Commands(_) => {
                Some(Fix::risky("take the declaration out", edit()?))
            }
            _ => None,
        }
    }

    fn inside(&mut self, statement: &'a Statement) {
        let edit = without_bare(self.file, statement.span, &statement.trivia);
        let declared = match &statement.kind {
            StatementKind::Let(of) => {
                Declared { name: &of.name, what: "`let`", fix: unnamed(of, statement.span, edit) }
            }
            StatementKind::Target(of) => {
                let fix = edit.map(|edit| Fix::risky("take the declaration out", edit));
                Declared { name: &of.name, what: "target", fix }
            }
            _ => return,
        };
        self.declared.push(declared);
    }
}

/// A request is still sent, and only its answer has no name any more; with a value its declaration goes.
fn unnamed(of: &Let, whole: Span, without: Option<Edit>) -> Option<Fix> {
    let kept = match &of.value {
        LetValue::Request(request) => request.span,
        LetValue::Call(call) => call.span,
        LetValue::Expr(_) | LetValue::Load(_) => {
            return Some(Fix::risky("take the declaration out", without?));
        }
        LetValue::Each(_) => return None,
    };
    let name = Span { end: kept.start, ..whole };
    Some(Fix::risky("leave the name out", Edit::delete(name)))
}

impl<'a> Visit<'a> for Names<'_, 'a> {
    fn item(&mut self, item: &'a Item) {
        self.declares(item);
        if let ItemKind::Guard(guard) = &item.kind {
            self.rules(guard);
        }
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        self.inside(statement);
        walk_statement(self, statement);
    }

    fn request(&mut self, request: &'a Request) {
        self.used.insert(&request.target.value);
        walk_request(self, request);
    }

    fn call(&mut self, call: &'a Call) {
        self.path(&call.path);
        walk_arguments(self, &call.args);
    }

    fn expr(&mut self, expr: &'a Expr) {
        self.used.extend(self.file.expression(expr).free_names().iter().map(String::as_str));
    }
}
