//! A loop that changes things goes on whatever fails.
//!
//! With `tolerating 100%` no number of failures stops the loop. A build that breaks the first host
//! then breaks all of them, one after the other, while everybody is asleep. Without a budget
//! the loop stops at the first failure; a small one leaves room for the host that is always broken.
//!
//! ## Bad
//! ```runbook
//! runbook "Upgrade"
//!
//! param hosts: list of string
//!
//! stage "Upgrade" {
//!   for each host in hosts, 5 at a time, tolerating 100% {
//!     target node = ssh "{{ host }}"
//!     run on node $ sudo apt-get --yes upgrade
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Upgrade"
//!
//! param hosts: list of string
//!
//! stage "Upgrade" {
//!   for each host in hosts, 5 at a time, tolerating 10% {
//!     target node = ssh "{{ host }}"
//!     run on node $ sudo apt-get --yes upgrade
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::lint::written;
use crate::source::Span;
use crate::syntax::ast::{Expr, ForEach, Tolerance};
use crate::value::Effect;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let loops = Inside::file(file).loops.into_iter();
    loops.filter_map(|each| Some(finding(all(file, each)?, change(each)?))).collect()
}

/// The percentage, if it is that of all passes.
fn all<'a>(file: &File<'_>, each: &'a ForEach) -> Option<&'a Expr> {
    match &each.tolerating {
        Some(Tolerance::Percent(percent)) if written::number(file, percent) == Some(100) => Some(percent),
        _ => None,
    }
}

/// The first thing in the loop that changes something.
fn change(each: &ForEach) -> Option<Span> {
    let requests = Inside::block(&each.body).requests.into_iter();
    let mut changes = requests.filter(|request| request.effect.value != Effect::Check);
    changes.next().map(|request| request.effect.span)
}

fn finding(percent: &Expr, change: Span) -> Finding {
    let title = "no failure stops this loop";
    let finding = Finding::warning("tolerates-all", title, percent.span, "every pass may fail");
    finding.also(change, "and each changes something").help("name what may fail at most: `tolerating 10%`")
}
