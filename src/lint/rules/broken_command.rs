//! A command can't be read by its shell: a quote is open, or something is missing.
//!
//! The shell says so only when the command is sent: in the middle of the work, with half of the
//! stage done, and it does nothing of what stands there. Where shells differ, or the shell of the
//! target is not known and one of them could read it, nothing is said.
//!
//! ## Bad
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1"
//!
//! stage "Deploy" {
//!   run on host $ tar xzf 'release.tar.gz -C /srv/app
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
//!   run on host $ tar xzf 'release.tar.gz' -C /srv/app
//! }
//! ```

use crate::finding::Finding;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::broken;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    // What a raw value holds may be just what is missing.
    let is_raw = |command: &Command<'_>| command.text.holes().any(|hole| file.expression(hole).is_raw());
    let whole = commands(file).into_iter().filter(|command| !is_raw(command));
    whole.filter_map(|command| Some(finding(&command, why(&command)?))).collect()
}

/// Why none of the shells that may read it can.
fn why(command: &Command<'_>) -> Option<String> {
    let whys: Option<Vec<_>> = command.shells.iter().map(|shell| broken(command.filled(), *shell)).collect();
    whys?.into_iter().next()
}

fn finding(command: &Command<'_>, why: String) -> Finding {
    let finding = command.warning("broken-command", "the shell can't read this command", why);
    finding.help("it fails when it is sent; write it so that the shell takes it")
}
