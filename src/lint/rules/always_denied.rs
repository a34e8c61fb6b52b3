//! A guard denies a command whenever the run comes to it.
//!
//! A guard without `when` denies what it forbids on every occasion. A command that does what such a
//! guard forbids, however it is spelled, can never be sent: the run always ends there. Take the
//! command out, write what it is really meant to do, or say in `when` on which occasions it is
//! wrong.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! guard "never restart docker" on host {
//!   forbid $ systemctl restart docker
//! }
//!
//! stage "Restart" {
//!   run on host $ sudo service docker restart
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! guard "never restart docker" on host {
//!   forbid $ systemctl restart docker
//! }
//!
//! stage "Restart" {
//!   run on host $ sudo docker restart web
//! }
//! ```

use crate::finding::Finding;
use crate::lint::guarded::{Guarded, Sending, guarded};
use crate::lint::subject::File;
use crate::shell::Verdict;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let guards = guarded(file).into_iter().filter(|guarded| guarded.guard.when.is_none());
    guards
        .flat_map(|guarded| {
            guarded.sent.iter().filter_map(|sent| finding(&guarded, sent)).collect::<Vec<_>>()
        })
        .collect()
}

fn finding(guarded: &Guarded<'_>, sent: &Sending<'_>) -> Option<Finding> {
    let Verdict::Forbidden { command, why } = guarded.verdict(sent.command()?) else { return None };
    let title = format!("the guard always denies `{command}`");
    let label = why.unwrap_or_else(|| "it is forbidden".to_owned());
    let finding = Finding::warning("always-denied", title, sent.span(), label);
    let finding = finding.also(guarded.guard.title.span, "this guard has no `when`");
    Some(finding.help("take the command out, or say with `when { … }` on which occasions it is wrong"))
}
