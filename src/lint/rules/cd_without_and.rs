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

use crate::finding::Finding;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::{End, Pipeline};
use crate::syntax::ast::Quotes;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let lines = commands(file).into_iter().filter(|command| command.text.quotes != Quotes::Script);
    lines.filter(goes_on_elsewhere).map(|command| finding(&command)).collect()
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
