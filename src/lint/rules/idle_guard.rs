//! No command can ever meet a guard.
//!
//! A guard is asked about each `run` and `once` that is sent to its targets. When nothing but
//! checks is sent there, it guards nothing, and whoever reads it believes in a protection that is
//! not there.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//! target standby = ssh "web2"
//!
//! guard "never restart docker" on standby {
//!   forbid $ systemctl restart docker
//! }
//!
//! stage "Restart" {
//!   run on host $ sudo systemctl restart nginx
//!   check on standby $ systemctl is-active docker
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
//!   run on host $ sudo systemctl restart nginx
//! }
//! ```

use crate::finding::Finding;
use crate::lint::guarded::{Guarded, guarded};
use crate::lint::subject::File;
use crate::syntax::ast::FileKind;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    // What a library's targets are sent, the runbooks that use it know.
    if !file.is(FileKind::Runbook) {
        return Vec::new();
    }
    let idle = guarded(file).into_iter().filter(|guarded| guarded.sent.is_empty());
    let finding = |guarded: Guarded<'_>| {
        let title = format!("nothing that it could forbid is sent to `{}`", guarded.target.name.value);
        Finding::warning("idle-guard", title, guarded.guard.title.span, "this guard is never asked")
            .help("guard the target that is meant, or take the guard out")
    };
    idle.map(finding).collect()
}
