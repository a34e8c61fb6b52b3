//! A wait of more than an hour does not say what it waits for.
//!
//! Who is called to a run that has stood still since midnight sees one line: that it waits. With a
//! text they know whether to go back to bed or to look into it.
//!
//! ## Bad
//! ```runbook
//! runbook "Move the name"
//!
//! target dns = http "https://dns.example.net"
//!
//! stage "Move the name" {
//!   run on dns PUT "/names/www", json {"to": "spare"}
//!   pause 4h
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Move the name"
//!
//! target dns = http "https://dns.example.net"
//!
//! stage "Move the name" {
//!   run on dns PUT "/names/www", json {"to": "spare"}
//!   pause 4h, "resolvers keep the old address that long"
//! }
//! ```

use std::time::Duration;

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::lint::written;
use crate::syntax::ast::{Expr, Statement, StatementKind};

const LONG: Duration = Duration::from_secs(60 * 60);

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let statements = Inside::file(file).statements.into_iter();
    let unexplained = statements.filter_map(|statement| Some((unexplained(statement)?, statement)));
    let is_long = |expr: &Expr| written::duration(file, expr).is_some_and(|length| length > LONG);
    unexplained.filter(|((length, _), _)| is_long(length)).map(finding).collect()
}

/// How long it waits without a text, and how a text is added.
fn unexplained(statement: &Statement) -> Option<(&Expr, &'static str)> {
    match &statement.kind {
        StatementKind::Pause(pause) if pause.reason.is_none() => {
            Some((&pause.duration, "say why: `pause 2h, \"caches expire\"`"))
        }
        StatementKind::Wait(wait) if wait.title.is_none() => {
            Some((&wait.within, "say what for: `wait until \"the copy is done\", within …`"))
        }
        _ => None,
    }
}

fn finding(((length, help), statement): ((&Expr, &'static str), &Statement)) -> Finding {
    let title = "a long wait does not say what it waits for";
    let finding = Finding::warning("long-wait", title, length.span, "the run may stand still this long");
    finding.also(statement.keyword, "without a text").help(help)
}
