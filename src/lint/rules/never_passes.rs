//! A wait can't pass: its time is over before it has looked often enough.
//!
//! `stable 3 times` asks for three looks in a row that pass. With `every 30s` the third comes after
//! a minute, so a wait `within 1m` always fails, however healthy what it looks at is. It is found
//! out only when the run is in the middle of its work. The time between looks is 5s if nothing is said.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target web = http "https://example.org"
//!
//! stage "Restart" {
//!   wait until "the web tier is up", within 1m, every 30s, stable 3 times {
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
//!   wait until "the web tier is up", within 5m, every 30s, stable 3 times {
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
    let found = statements.filter_map(|statement| match &statement.kind {
        StatementKind::Wait(wait) => too_short(file, wait),
        _ => None,
    });
    found.collect()
}

fn too_short(file: &File<'_>, wait: &Wait) -> Option<Finding> {
    let (looks, stable) = written::looks(file, wait)?;
    let asked = wait.stable.as_ref().filter(|_| looks < stable)?;
    let title = "this wait can never pass";
    let times = if looks == 1 { "once".to_owned() } else { format!("{looks} times") };
    let label = format!("until then it looks {times}");
    let finding = Finding::warning("never-passes", title, wait.within.span, label);
    let finding = finding.also(asked.span, "so many must pass in a row");
    Some(finding.help("give it more time, or let it look more often"))
}
