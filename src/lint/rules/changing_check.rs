//! A `check` runs a command that plainly changes something.
//!
//! A `check` only looks: it is repeated at will, carried out by `plan --live`, and sent past the
//! guards. A command that removes, restarts or writes is a `run` if it may be repeated, and a
//! `once` if it must not be.
//!
//! ## Bad
//! ```runbook
//! runbook "Clean up"
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   check on host $ sudo docker stack rm web
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Clean up"
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ sudo docker stack rm web
//! }
//! ```

use std::collections::HashMap;

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_item, walk_request, walk_statement};
use crate::shell::{SimpleCommand, plainly_changes, simple_commands};
use crate::syntax::ast::*;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut search = Search { shells: HashMap::new(), findings: Vec::new() };
    file.walk(&mut search);
    search.findings
}

struct Search<'a> {
    /// By name of the target; what is handed to an action may have any shell.
    shells: HashMap<&'a str, Shell>,
    findings: Vec<Finding>,
}

impl<'a> Search<'a> {
    fn declared(&mut self, target: &'a TargetDecl) {
        let shell = target.clauses.iter().find_map(|clause| match &clause.kind {
            TargetClauseKind::Shell(name) => Shell::from_name(&name.value),
            _ => None,
        });
        self.shells.insert(&target.name.value, shell.unwrap_or(Shell::Sh));
    }

    fn changes(&self, request: &Request, text: &Text) -> Option<String> {
        let known = self.shells.get(request.target.value.as_str()).copied();
        let shells = known.map_or(vec![Shell::Sh, Shell::PowerShell], |shell| vec![shell]);
        let text = with_holes_filled(text);
        shells.into_iter().find_map(|shell| {
            simple_commands(&text, shell).iter().find_map(|command| match command {
                SimpleCommand::Words(words) => plainly_changes(words, shell),
                SimpleCommand::Opaque(_) => None,
            })
        })
    }
}

/// The command as it could be: a word for each value.
fn with_holes_filled(text: &Text) -> String {
    let part = |part: &Part| match part {
        Part::Literal(text) => text.value.clone(),
        Part::Hole(_) => "value".to_owned(),
    };
    text.parts.iter().map(part).collect()
}

impl<'a> Visit<'a> for Search<'a> {
    fn item(&mut self, item: &'a Item) {
        if let ItemKind::Target(target) = &item.kind {
            self.declared(target);
        }
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        if let StatementKind::Target(target) = &statement.kind {
            self.declared(target);
        }
        walk_statement(self, statement);
    }

    fn request(&mut self, request: &'a Request) {
        if request.effect.value == Effect::Check
            && let Operation::Command(text) = &request.operation
            && let Some(what) = self.changes(request, text)
        {
            let title = "this `check` changes something";
            let finding = Finding::warning("changing-check", title, text.span, format!("it {what}"));
            let finding = finding.also(request.effect.span, "and this says that it only looks");
            self.findings.push(finding.help("write `run` if it may be repeated, `once` if it must not be"));
        }
        walk_request(self, request);
    }
}
