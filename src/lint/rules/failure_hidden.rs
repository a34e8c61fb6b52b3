//! A command that changes something is made to succeed whatever happens.
//!
//! With `|| true` the step is green when the program is missing, the disk is full or the host
//! refuses, and the run goes on as if it were done. Say which outcome is as good as success:
//! `accept exit`; or let `attempt` say what is done when it fails.
//!
//! ## Bad
//! ```runbook
//! runbook "Stop"
//!
//! target host = ssh "web1"
//!
//! stage "Stop" {
//!   run on host $ sudo systemctl stop web || true
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Stop"
//!
//! target host = ssh "web1"
//!
//! stage "Stop" {
//!   run on host, accept exit 0 or 5 $ sudo systemctl stop web
//! }
//! ```

use crate::finding::Finding;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::{End, Pipeline};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let hidden = commands(file).into_iter().filter(|command| command.changes() && is_hidden(command));
    hidden.map(|command| finding(&command)).collect()
}

fn is_hidden(command: &Command<'_>) -> bool {
    command.pipelines().iter().any(|pipeline| {
        !pipeline.nested && pipeline.otherwise && pipeline.end == End::Told && is_nothing(pipeline)
    })
}

/// `true` or `:`.
fn is_nothing(pipeline: &Pipeline) -> bool {
    let words = pipeline.stages.iter().flat_map(|stage| &stage.words).collect::<Vec<_>>();
    matches!(words.as_slice(), [word] if matches!(word.as_str(), "true" | ":"))
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning("failure-hidden", "this succeeds whatever happens", "no failure of it is ever seen")
        .help("say which exits are as good as success, such as `accept exit 0 or 5`, or write `attempt … otherwise`")
}
