//! It can't be told what a command does, and its target is guarded.
//!
//! A list of spellings can always be got round, so on a guarded target a command goes ahead only if
//! it is known to be harmless. A program that rutter does not know, a script, a variable as the
//! command, code that is decoded or downloaded: each counts as what the guard forbids, and is asked
//! about just before it is sent. If it is harmless, name it in the guard with `allow`; else write
//! it so that it can be read.
//!
//! ## Bad
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1"
//!
//! guard "docker keeps running" on host {
//!   forbid $ systemctl restart docker
//! }
//!
//! stage "Deploy" {
//!   run on host $ ./deploy.sh
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1"
//!
//! guard "docker keeps running" on host {
//!   forbid $ systemctl restart docker
//!   allow $ ./deploy.sh
//! }
//!
//! stage "Deploy" {
//!   run on host $ ./deploy.sh
//! }
//! ```

use crate::finding::Finding;
use crate::lint::guarded::{Guarded, Sending, guarded};
use crate::lint::subject::File;
use crate::shell::Verdict;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let found = guarded(file);
    found.iter().flat_map(|guarded| guarded.sent.iter().filter_map(|sent| finding(guarded, sent))).collect()
}

fn finding(guarded: &Guarded<'_>, sent: &Sending<'_>) -> Option<Finding> {
    let Verdict::NotUnderstood { command, why } = guarded.verdict(sent.command()?) else { return None };
    let title = format!("it can't be told what `{command}` does");
    let finding = Finding::warning("not-understood", title, sent.span(), why);
    let finding = finding.also(guarded.guard.title.span, "so this guard takes it for what it forbids");
    Some(finding.help("if it is harmless, name it in the guard: `allow $ …`"))
}
