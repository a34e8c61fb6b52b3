//! A `run` or `once` sends a command that plainly only looks.
//!
//! A `check` is left out of nothing: `plan --live` carries it out, it may stand in a `wait until`, an
//! invariant or a checklist, and it is repeated at will. A `once` that only looks is worse: when
//! its answer is lost, the run stops in the middle of the night and asks whether `docker ps` took
//! effect. And a reader takes the step for one that changes something.
//!
//! ## Bad
//! ```runbook
//! runbook "Look"
//!
//! target host = ssh "web1"
//!
//! stage "Look" {
//!   run on host $ sudo docker ps --all
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Look"
//!
//! target host = ssh "web1"
//!
//! stage "Look" {
//!   check on host $ sudo docker ps --all
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` writes `check`.

use crate::finding::Finding;
use crate::lint::edits::send_as;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::plainly_looks;
use crate::value::Effect;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let sent = commands(file).into_iter().filter(|command| command.request.effect.value != Effect::Check);
    sent.filter(only_looks).map(|command| finding(&command)).collect()
}

fn only_looks(command: &Command<'_>) -> bool {
    command.scripts().iter().all(|(shell, script)| plainly_looks(&script.commands, *shell))
}

fn finding(command: &Command<'_>) -> Finding {
    let effect = &command.request.effect;
    let title = format!("this `{}` only looks", effect.value.word());
    let finding = Finding::warning("looking-run", title, command.text.span, "it changes nothing");
    let finding = finding.also(effect.span, "and this says that it does");
    let fix = send_as(command, Effect::Check);
    finding
        .help("write `check`: it may then stand anywhere, and is repeated when its answer is lost")
        .fix(fix)
}
