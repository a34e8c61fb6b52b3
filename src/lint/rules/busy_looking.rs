//! A wait or an invariant looks many times a second.
//!
//! Each look is a request or a process on the other side. A service that just comes up, or is under
//! load, is kept from it by whoever asks it ten times a second whether it is there yet; and the
//! record of the run fills with looks.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target web = http "https://example.org"
//!
//! stage "Restart" {
//!   wait until "the web tier is up", within 5m, every 50ms {
//!     check on web GET "/health"
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! target web = http "https://example.org"
//!
//! stage "Restart" {
//!   wait until "the web tier is up", within 5m, every 2s {
//!     check on web GET "/health"
//!   }
//! }
//! ```

use std::time::Duration;

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::lint::written;
use crate::syntax::ast::{Expr, Item, ItemKind, Statement, StatementKind};

/// An invariant looks all along, a wait only until it passes.
const FASTEST_INVARIANT: Duration = Duration::from_secs(1);
const FASTEST_WAIT: Duration = Duration::from_millis(200);

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let waits = Inside::file(file).statements.into_iter().filter_map(of_wait);
    let invariants = file.tree.items.iter().filter_map(of_invariant);
    let too_often = |(every, fastest): &(&Expr, Duration)| {
        written::duration(file, every).is_some_and(|every| every < *fastest)
    };
    waits.chain(invariants).filter(too_often).map(|(every, _)| finding(every)).collect()
}

fn of_wait(statement: &Statement) -> Option<(&Expr, Duration)> {
    match &statement.kind {
        StatementKind::Wait(wait) => Some((wait.every.as_ref()?, FASTEST_WAIT)),
        _ => None,
    }
}

fn of_invariant(item: &Item) -> Option<(&Expr, Duration)> {
    match &item.kind {
        ItemKind::Invariant(invariant) => Some((invariant.every.as_ref()?, FASTEST_INVARIANT)),
        _ => None,
    }
}

fn finding(every: &Expr) -> Finding {
    let title = "this looks many times a second";
    let finding = Finding::warning("busy-looking", title, every.span, "each look is work for the other side");
    finding.help("a few seconds are soon enough: `every 2s`")
}
