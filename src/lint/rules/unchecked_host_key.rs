//! A target takes any host for the one that is meant.
//!
//! With `host key unchecked` nothing tells the host from another that answers in its place: it is
//! sent your commands, your files, and the password that you log in with. Put the key of the host
//! into known_hosts, by a way that you trust, and take the clause out. For machines that come and
//! go, sign their keys with a host CA and put a `@cert-authority` line into known_hosts.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1", host key unchecked
//!
//! stage "Restart" {
//!   run on host $ sudo systemctl restart nginx
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! stage "Restart" {
//!   run on host $ sudo systemctl restart nginx
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{TargetClauseKind, TargetDecl};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let targets = Inside::file(file).targets.into_iter();
    targets.filter_map(|target| Some(finding(target, unchecked(target)?))).collect()
}

fn unchecked(target: &TargetDecl) -> Option<Span> {
    let is_unchecked = |kind: &TargetClauseKind| matches!(kind, TargetClauseKind::HostKeyUnchecked);
    target.clauses.iter().find(|clause| is_unchecked(&clause.kind)).map(|clause| clause.span)
}

fn finding(target: &TargetDecl, clause: Span) -> Finding {
    let title = format!("any host is taken for `{}`", target.name.value);
    let label = "whoever answers is sent what is meant for it";
    Finding::warning("unchecked-host-key", title, clause, label)
        .help("put the key of the host into known_hosts, and take this out")
}
