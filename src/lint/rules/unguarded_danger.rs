//! A command that takes a host or data away is sent before anything has been looked at.
//!
//! A reboot, a stop of the daemon that carries everything else, a dropped database: with the wrong
//! params, at three in the morning, such a step hits the wrong host. Nothing stands before this
//! one: no guard on its target, no question to a person, no check, `assert` or `if`, no invariant.
//!
//! ## Bad
//! ```runbook
//! runbook "Reboot"
//!
//! param name: string
//! target host = ssh "{{ name }}"
//!
//! stage "Reboot" {
//!   run on host $ sudo systemctl reboot
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Reboot"
//!
//! param name: string
//! target host = ssh "{{ name }}"
//!
//! stage "Reboot" {
//!   approve "Reboot {{ name }}?"
//!   run on host $ sudo systemctl reboot
//! }
//! ```

use crate::finding::Finding;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_item, walk_statement};
use crate::shell::plainly_endangers;
use crate::source::Span;
use crate::syntax::ast::{Call, FileKind, Item, ItemKind, Request, Statement, StatementKind};
use crate::value::Effect;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    if !file.is(FileKind::Runbook) {
        return Vec::new();
    }
    // Invariants are looked at before the first step, wherever they stand.
    let watched = file.tree.items.iter().any(|item| matches!(item.kind, ItemKind::Invariant(_)));
    let mut search = Search { asked: watched, ..Search::default() };
    file.walk(&mut search);
    let exposed = commands(file).into_iter().filter(|command| search.is_exposed(command));
    exposed.filter_map(|command| Some(finding(command.find(plainly_endangers)?, &command))).collect()
}

/// What is sent before anything is asked, and which targets are guarded.
#[derive(Default)]
struct Search {
    asked: bool,
    unasked: Vec<Span>,
    guarded: Vec<String>,
}

impl Search {
    fn is_exposed(&self, command: &Command<'_>) -> bool {
        let request = command.request;
        self.unasked.contains(&request.span) && !self.guarded.contains(&request.target.value)
    }
}

impl<'a> Visit<'a> for Search {
    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::Guard(guard) => {
                self.guarded.extend(guard.targets.iter().map(|name| name.value.clone()));
            }
            // An action is carried out where it is called, which counts as asking.
            ItemKind::Action(_) => {}
            ItemKind::Checklist(_) => self.asked = true,
            _ => walk_item(self, item),
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        self.asked |= matches!(
            statement.kind,
            StatementKind::Assert(_)
                | StatementKind::If(_)
                | StatementKind::Approve(_)
                | StatementKind::Manual(_)
        );
        walk_statement(self, statement);
    }

    fn request(&mut self, request: &'a Request) {
        if request.effect.value == Effect::Check {
            self.asked = true;
        } else if !self.asked {
            self.unasked.push(request.span);
        }
    }

    fn call(&mut self, _call: &'a Call) {
        self.asked = true;
    }
}

fn finding(what: String, command: &Command<'_>) -> Finding {
    let title = "nothing stands before this command";
    let finding = Finding::warning("unguarded-danger", title, command.text.span, format!("it {what}"));
    finding.help("look first, or ask: `check …`, `assert …`, `approve \"…\"`, or a `guard` on its target")
}
