//! A failure is made up for, and nobody is told.
//!
//! An `attempt` changes something and fails, its `otherwise` does something else instead, and the run
//! goes on to a good end. No line of the report says that the first way did not work: it will not work
//! the next night either, and the second way is not what anybody looks after. A `note` is enough.
//!
//! ## Bad
//! ```runbook
//! runbook "Switch over"
//!
//! target balancer = http "https://balancer.example.net"
//!
//! stage "Switch over" {
//!   attempt {
//!     run on balancer PUT "/pools/web/active", json {"to": "spare"}
//!   } otherwise {
//!     run on balancer PUT "/pools/web/active", json {"to": "source"}
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Switch over"
//!
//! target balancer = http "https://balancer.example.net"
//!
//! stage "Switch over" {
//!   attempt {
//!     run on balancer PUT "/pools/web/active", json {"to": "spare"}
//!   } otherwise {
//!     run on balancer PUT "/pools/web/active", json {"to": "source"}
//!     fail "The traffic is on the source again: the spare did not take it."
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::syntax::ast::{Attempt, Statement, StatementKind};
use crate::value::Effect;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let statements = Inside::file(file).statements.into_iter();
    let silent = statements.filter_map(|statement| match &statement.kind {
        StatementKind::Attempt(attempt) if is_silent(attempt) => Some((statement, attempt)),
        _ => None,
    });
    silent.map(finding).collect()
}

/// Whether both ways change something, and the second surely says nothing. To look first and then to do what is lacking is
/// no failure.
fn is_silent(attempt: &Attempt) -> bool {
    let otherwise = Inside::block(&attempt.otherwise);
    let tells = !otherwise.calls.is_empty() || otherwise.statements.iter().any(|statement| tells(statement));
    changes(&Inside::block(&attempt.body)) && changes(&otherwise) && !tells
}

fn changes(inside: &Inside<'_>) -> bool {
    inside.requests.iter().any(|request| request.effect.value != Effect::Check)
}

/// Whether a person hears of it, or who called the action does.
fn tells(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::Note(_)
            | StatementKind::Fail(_)
            | StatementKind::Diagnose(_)
            | StatementKind::Approve(_)
            | StatementKind::Manual(_)
            | StatementKind::Assert(_)
            | StatementKind::Return(_)
    )
}

fn finding((statement, attempt): (&Statement, &Attempt)) -> Finding {
    let title = "nobody is told of this failure";
    let label = "something else is done, and nothing is said";
    let finding = Finding::warning("silent-failure", title, attempt.otherwise.span, label);
    finding
        .also(statement.keyword, "what fails in here is not told")
        .help("say what it means: `note \"…\"`, or `fail \"…\"`")
}
