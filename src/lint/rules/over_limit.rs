//! A stage may wait for longer than `rutter.toml` allows.
//!
//! A change that has to be over within a window of maintenance must also fail within it, with time left
//! to take it back. `longest-stage = "4h"` in `[lint]` says how long a stage may wait: its waits and
//! pauses are added up, each loop gone through once, of the branches of an `if` the longest. Where
//! nothing is said, nothing is found.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! stage "Wait" {
//!   pause 1h, "the caches expire"
//!   wait until "the host is back", within 3h30m {
//!     check on host $ systemctl is-active web
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! stage "Wait" {
//!   pause 1h, "the caches expire"
//!   wait until "the host is back", within 30m {
//!     check on host $ systemctl is-active web
//!   }
//! }
//! ```

use std::time::Duration;

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::lint::written::duration;
use crate::syntax::ast::{
    Attempt, Block, Expr, If, ItemKind, Let, LetValue, Stage, Statement, StatementKind,
};
use crate::value::format_duration;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let Some(limit) = file.longest_stage else { return Vec::new() };
    let stages = file.tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Stage(stage) => Some(stage),
        _ => None,
    });
    let waiting = stages.map(|stage| (stage, of_block(file, &stage.body)));
    waiting.filter(|(_, waits)| *waits > limit).map(|(stage, waits)| finding(stage, waits, limit)).collect()
}

fn of_block(file: &File<'_>, block: &Block) -> Duration {
    block
        .statements
        .iter()
        .map(|statement| of_statement(file, statement))
        .fold(Duration::ZERO, Duration::saturating_add)
}

/// How long a statement waits at most, as far as that is written out.
fn of_statement(file: &File<'_>, statement: &Statement) -> Duration {
    match &statement.kind {
        StatementKind::Wait(wait) => written(file, &wait.within),
        StatementKind::Pause(pause) => written(file, &pause.duration),
        StatementKind::ForEach(each) => of_block(file, &each.body),
        StatementKind::Let(Let { value: LetValue::Each(each), .. }) => of_block(file, &each.value.body),
        StatementKind::Retry(retry) => of_block(file, &retry.body),
        StatementKind::Together(block) => {
            longest(block.statements.iter().map(|statement| of_statement(file, statement)))
        }
        StatementKind::If(branches) => of_if(file, branches),
        StatementKind::Attempt(attempt) => of_attempt(file, attempt),
        StatementKind::Manual(manual) => longest(manual.body.iter().map(|body| of_block(file, body))),
        _ => Duration::ZERO,
    }
}

fn written(file: &File<'_>, expr: &Expr) -> Duration {
    duration(file, expr).unwrap_or_default()
}

fn of_if(file: &File<'_>, branches: &If) -> Duration {
    let blocks = branches.branches.iter().map(|(_, block)| block).chain(&branches.otherwise);
    longest(blocks.map(|block| of_block(file, block)))
}

fn of_attempt(file: &File<'_>, attempt: &Attempt) -> Duration {
    let blocks = [&attempt.body, &attempt.otherwise].into_iter().chain(&attempt.always);
    blocks.map(|block| of_block(file, block)).fold(Duration::ZERO, Duration::saturating_add)
}

fn longest(durations: impl Iterator<Item = Duration>) -> Duration {
    durations.max().unwrap_or_default()
}

fn finding(stage: &Stage, waits: Duration, limit: Duration) -> Finding {
    let (waits, limit) = (format_duration(waits), format_duration(limit));
    let title = format!("this stage may wait for {waits}");
    let label = format!("`longest-stage` is {limit}");
    Finding::warning("over-limit", title, stage.title.span, label)
        .help("give its waits less time, or part it: what fails late can't be taken back in time")
}
