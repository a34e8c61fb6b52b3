//! An `undo` takes nothing back.
//!
//! `rutter undo` goes through the stages backwards and says of each that it was taken back. A block
//! that only looks or says something makes that untrue, at the moment when people rely on it most. What can't
//! be taken back is better left without an `undo`, or ends in `fail`; what a person does is a `manual`.
//!
//! ## Bad
//! ```runbook
//! runbook "Move"
//!
//! target api = http "https://example.org"
//!
//! stage "Cut over" {
//!   run on api PUT "/traffic", json {"to": "spare"}
//!
//!   undo {
//!     note "The traffic goes back to the source."
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Move"
//!
//! target api = http "https://example.org"
//!
//! stage "Cut over" {
//!   run on api PUT "/traffic", json {"to": "spare"}
//!
//!   undo {
//!     run on api PUT "/traffic", json {"to": "source"}
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{Block, ItemKind, Stage, Statement, StatementKind};
use crate::value::Effect;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let stages = file.tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Stage(stage) => Some(stage),
        _ => None,
    });
    stages.filter_map(of_stage).collect()
}

fn of_stage(stage: &Stage) -> Option<Finding> {
    let undo = stage.undo.as_ref()?;
    let change = first_change(&stage.body)?;
    takes_nothing_back(&undo.body).then(|| finding(undo.keyword, change))
}

fn first_change(body: &Block) -> Option<Span> {
    let mut requests = Inside::block(body).requests.into_iter();
    requests.find(|request| request.effect.value != Effect::Check).map(|request| request.effect.span)
}

fn takes_nothing_back(body: &Block) -> bool {
    let inside = Inside::block(body);
    let acts = |statement: &&Statement| {
        let kind = &statement.kind;
        matches!(kind, StatementKind::Manual(_) | StatementKind::Fail(_) | StatementKind::Wait(_))
    };
    let looks = inside.requests.iter().all(|request| request.effect.value == Effect::Check);
    looks && inside.calls.is_empty() && !inside.statements.iter().any(acts)
}

fn finding(undo: Span, change: Span) -> Finding {
    let title = "this `undo` takes nothing back";
    let finding = Finding::warning("idle-undo", title, undo, "it changes nothing");
    let finding = finding.also(change, "this would have to be taken back");
    finding.help("send what takes it back, ask for it with `manual`, or take the `undo` out")
}
