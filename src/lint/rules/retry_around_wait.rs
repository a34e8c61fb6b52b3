//! A `retry` only repeats a wait.
//!
//! A `wait until` tries again by itself until its time is over. A `retry` around it, with nothing in
//! it that changes something, makes the whole wait start anew: `retry 5 times` and `within 10m` are
//! fifty minutes until somebody is told. A longer `within` says that where it can be seen.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target web = http "https://example.org"
//!
//! stage "Restart" {
//!   retry 5 times {
//!     wait until "the web tier is up", within 10m {
//!       check on web GET "/health"
//!     }
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
//!   wait until "the web tier is up", within 50m {
//!     check on web GET "/health"
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{Block, Statement, StatementKind};
use crate::value::Effect;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let statements = Inside::file(file).statements.into_iter();
    let found = statements.filter_map(|statement| match &statement.kind {
        StatementKind::Retry(retry) => Some((statement, repeated_wait(&retry.body)?)),
        _ => None,
    });
    found.map(finding).collect()
}

/// The wait in a body that does nothing else which could have it end differently.
fn repeated_wait(body: &Block) -> Option<Span> {
    let inside = Inside::block(body);
    let looks = inside.requests.iter().all(|request| request.effect.value == Effect::Check);
    let idle = |statement: &&Statement| {
        let kind = &statement.kind;
        !matches!(kind, StatementKind::Manual(_) | StatementKind::Approve(_) | StatementKind::Pause(_))
    };
    if !looks || !inside.calls.is_empty() || !inside.statements.iter().all(idle) {
        return None;
    }
    let is_wait = |statement: &&&Statement| matches!(statement.kind, StatementKind::Wait(_));
    inside.statements.iter().find(is_wait).map(|wait| wait.keyword)
}

fn finding((retry, wait): (&Statement, Span)) -> Finding {
    let title = "this `retry` only repeats a wait";
    let finding =
        Finding::warning("retry-around-wait", title, retry.keyword, "the wait starts anew each time");
    finding
        .also(wait, "tries again by itself")
        .help("take the `retry` off, and give the wait a longer `within`")
}
