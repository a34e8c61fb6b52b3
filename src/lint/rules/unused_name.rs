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

use std::collections::HashSet;

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_arguments, walk_item, walk_request, walk_statement};
use crate::syntax::ast::*;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut names = Names { file, declared: Vec::new(), used: HashSet::new() };
    file.walk(&mut names);
    let used = names.used;
    let unused = names.declared.into_iter().filter(|(name, _)| !used.contains(name.value.as_str()));
    let finding = |(name, what): (&Name, &str)| {
        let title = format!("`{}` is never used", name.value);
        Finding::warning("unused-name", title, name.span, format!("this {what} can go"))
            .help("take it out, or use it")
    };
    unused.map(finding).collect()
}

struct Names<'f, 'a> {
    file: &'f File<'a>,
    declared: Vec<(&'a Name, &'static str)>,
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

    fn declares(&mut self, kind: &'a ItemKind) {
        let shared = self.file.is(FileKind::Library);
        let declared = match kind {
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
        self.declared.extend(declared);
    }
}

impl<'a> Visit<'a> for Names<'_, 'a> {
    fn item(&mut self, item: &'a Item) {
        self.declares(&item.kind);
        if let ItemKind::Guard(guard) = &item.kind {
            self.rules(guard);
        }
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        if let StatementKind::Let(item) = &statement.kind {
            self.declared.push((&item.name, "`let`"));
        }
        if let StatementKind::Target(target) = &statement.kind {
            self.declared.push((&target.name, "target"));
        }
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
