//! A pipe hides that the command which changes something has failed.
//!
//! A pipeline ends as its last command ends: with `./deploy.sh | tee log` the deploy may fail at
//! its first line, and the step is green. In bash, `set -o pipefail` lets it end as the first
//! that fails; a script, `$ """`, does so on a target with `shell bash`. What a command prints is
//! kept in the record of the run anyway.
//!
//! ## Bad
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1"
//!
//! stage "Deploy" {
//!   run on host $ ./deploy.sh | tee /var/log/deploy.log
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1", shell bash
//!
//! stage "Deploy" {
//!   run on host $ set -o pipefail; ./deploy.sh | tee /var/log/deploy.log
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` writes `set -o pipefail` where the shell is bash.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::sent::{Command, commands};
use crate::lint::stages::program;
use crate::lint::subject::File;
use crate::shell::{End, Pipeline, Stage};
use crate::syntax::ast::Quotes;
use crate::value::Shell;

/// What only hands on or shows what it reads, and so is not what a `run` is for.
const SHOWING: [&str; 14] =
    ["tee", "tail", "head", "sort", "cat", "wc", "uniq", "cut", "tr", "column", "nl", "sed", "awk", "jq"];
/// What begins a pipeline and does not fail, or does not matter.
const BRINGING: [&str; 14] = [
    "echo",
    "printf",
    "yes",
    "true",
    "ls",
    "ps",
    "df",
    "du",
    "grep",
    "find",
    "date",
    "seq",
    "hostname",
    "journalctl",
];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let hiding = commands(file).into_iter().filter(|command| command.changes() && hides(command));
    hiding.map(|command| finding(&command)).collect()
}

fn hides(command: &Command<'_>) -> bool {
    let script = command.text.quotes == Quotes::Script;
    let heeds = command.filled().to_lowercase().contains("pipe") || script && command.shells == [Shell::Bash];
    !heeds && command.pipelines().iter().any(is_hiding)
}

fn is_hiding(pipeline: &Pipeline) -> bool {
    let [before @ .., last] = pipeline.stages.as_slice() else { return false };
    let tells = matches!(pipeline.end, End::Told);
    let lost = |stage: &Stage| {
        program(stage).is_some_and(|program| !is_showing(program) && !BRINGING.contains(&program))
    };
    tells && program(last).is_some_and(is_showing) && before.iter().any(lost)
}

fn is_showing(program: &str) -> bool {
    SHOWING.contains(&program)
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning("pipe-hides-failure", "this pipe hides a failure", "only how its last command ends is seen")
        .help("take the pipe out, or in bash write `set -o pipefail; …`")
        .fix(fix(command))
}

/// Not every `sh` knows `pipefail`.
fn fix(command: &Command<'_>) -> Option<Fix> {
    let edit = Edit::insert(command.text.span, "set -o pipefail; ");
    let is_line = command.text.quotes == Quotes::Command && command.shells == [Shell::Bash];
    is_line.then(|| Fix::risky("write `set -o pipefail; …`", edit))
}
