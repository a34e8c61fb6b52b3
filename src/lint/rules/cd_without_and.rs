//! A `cd` may fail, and what follows then runs elsewhere.
//!
//! When the directory is not there, the shell says so and goes on where it stood, in the home of
//! the user most likely: the `git clean` or `rm` after it works there. It happens on the one host
//! that was set up in another way. A script, `$ """`, ends at the `cd` by itself.
//!
//! ## Bad
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1"
//!
//! stage "Deploy" {
//!   run on host $ cd /srv/app; git clean -fd
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1"
//!
//! stage "Deploy" {
//!   run on host $ cd /srv/app && git clean -fd
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` writes `&&`, where one command follows.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::edits::place;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::{End, Pipeline};
use crate::source::Span;
use crate::syntax::ast::Quotes;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let lines = commands(file).into_iter().filter(|command| command.text.quotes != Quotes::Script);
    let found = lines.filter(goes_on_elsewhere);
    found.map(|command| finding(&command).fix(fix(file, &command))).collect()
}

fn goes_on_elsewhere(command: &Command<'_>) -> bool {
    let text = command.filled();
    let heeds = text.contains("set -") || text.contains("$?");
    !heeds && command.pipelines().iter().any(is_unheeded)
}

/// A `cd` to a place that may not be there, with nothing that asks whether it could.
fn is_unheeded(pipeline: &Pipeline) -> bool {
    let [stage] = pipeline.stages.as_slice() else { return false };
    let [program, directory] = stage.words.as_slice() else { return false };
    pipeline.end == End::Ignored && program == "cd" && !matches!(directory.as_str(), "/" | "~" | "-")
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning(
            "cd-without-and",
            "this `cd` may fail, and the rest runs elsewhere",
            "what follows runs wherever the shell stands",
        )
        .help("write `cd DIR && …`, or make it a script, `$ \"\"\"`, which ends at what fails")
}

/// `&&` for the `;` behind the directory, if what follows is one command: after another `;` the rest would still run elsewhere.
fn fix(file: &File<'_>, command: &Command<'_>) -> Option<Fix> {
    let rest = Span { start: place(file, command, "cd")?.end, ..command.text.span };
    let (directory, after) = file.text(rest).split_once(';')?;
    let is_open = |quote: char| directory.matches(quote).count() % 2 == 1;
    let is_plain = !directory.contains(['&', '|', '(', '`', '\\']) && !is_open('"') && !is_open('\'');
    let end = directory.trim_end().len();
    let edit = Edit::replace(rest.part(end, directory.len() + 1 - end), " &&");
    let is_one = !after.contains([';', '&', '|', '\n']);
    (is_plain && is_one).then(|| Fix::risky("write `&&`: what follows then waits for the `cd`", edit))
}
