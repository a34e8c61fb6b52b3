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
//!   check on host $ sudo docker service update --force web
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
//!   run on host $ sudo docker service update --force web
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` writes `run`.

use crate::finding::Finding;
use crate::lint::edits::send_as;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::plainly_changes;
use crate::value::Effect;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let checks = commands(file).into_iter().filter(|command| command.request.effect.value == Effect::Check);
    let changing = checks.filter_map(|command| Some((command.find(plainly_changes)?, command)));
    let finding = |(what, command): (String, Command<'_>)| {
        let title = "this `check` changes something";
        let finding = Finding::warning("changing-check", title, command.text.span, format!("it {what}"));
        let finding = finding.also(command.request.effect.span, "and this says that it only looks");
        let fix = send_as(&command, Effect::Run);
        finding.help("write `run` if it may be repeated, `once` if it must not be").fix(fix)
    };
    changing.map(finding).collect()
}
