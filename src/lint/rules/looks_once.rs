//! A wait is over before its second look.
//!
//! A `wait until` looks at once, and then every so often until its time is over. Where the time
//! between looks is no shorter than the whole wait, it looks a single time: what takes two seconds
//! to come up fails the run, at the first blink. The next look is after 5s if nothing is said.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target web = http "https://example.org"
//!
//! stage "Restart" {
//!   wait until "the web tier is up", within 10s, every 30s {
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
//!   wait until "the web tier is up", within 5m, every 10s {
//!     check on web GET "/health"
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::lint::written;
use crate::syntax::ast::{StatementKind, Wait};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let statements = Inside::file(file).statements.into_iter();
    let waits = statements.filter_map(|statement| match &statement.kind {
        StatementKind::Wait(wait) => Some(wait),
        _ => None,
    });
    waits.filter(|wait| written::looks(file, wait) == Some((1, 1))).map(finding).collect()
}

fn finding(wait: &Wait) -> Finding {
    let title = "this wait looks only once";
    let finding = Finding::warning("looks-once", title, wait.within.span, "over before the second look");
    let finding = match &wait.every {
        Some(every) => finding.also(every.span, "which would come after this"),
        None => finding,
    };
    finding.help("give it more time, or let it look more often: `every` is 5s if nothing is said")
}
