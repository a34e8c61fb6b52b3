//! A `once` that leaves no trace to ask for has no `done when`.
//!
//! When the answer to a `once` is lost, it is never sent again blindly: it may have taken effect. A
//! POSIX host keeps a claim that tells what became of a command. Over HTTP, on Windows and for files
//! nothing does, so the run stops in the middle of the night until a person has found out. With
//! `done when` it finds out by itself.
//!
//! ## Bad
//! ```runbook
//! runbook "Order a disk"
//!
//! param reference: string
//! target shop = http "https://shop.example.net"
//!
//! stage "Order" {
//!   once on shop POST "/orders", json {"reference": reference, "item": "disk"}
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Order a disk"
//!
//! param reference: string
//! target shop = http "https://shop.example.net"
//!
//! stage "Order" {
//!   once on shop POST "/orders", json {"reference": reference, "item": "disk"}, done when {
//!     let found = check on shop GET "/orders?reference={{ reference }}"
//!     assert found.json != []
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::{Script, plainly_looks};
use crate::source::Span;
use crate::syntax::ast::{ClauseKind, Request};
use crate::value::{Effect, Shell};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let (inside, commands) = (Inside::file(file), commands(file));
    let looped = looped(&inside);
    let once = inside.requests.into_iter().filter(|request| request.effect.value == Effect::Once);
    let unsettled = once.filter(|request| !is_proven(request) && !is_claimed(request, &commands));
    unsettled.filter(|request| !looped.contains(&request.span)).map(finding).collect()
}

/// The requests in loops, of which `once-in-loop` tells.
fn looped(inside: &Inside<'_>) -> Vec<Span> {
    let bodies = inside.loops.iter().map(|each| Inside::block(&each.body));
    bodies.flat_map(|body| body.requests).map(|request| request.span).collect()
}

fn is_proven(request: &Request) -> bool {
    request.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::DoneWhen(_)))
}

/// Whether its host may know what became of it, or there is nothing to know: a command on what may be a POSIX host, or one that
/// only looks.
fn is_claimed(request: &Request, commands: &[Command<'_>]) -> bool {
    let of_request = |command: &&Command<'_>| command.request.span == request.span;
    let claimed = |(shell, script): &(Shell, Script)| {
        matches!(shell, Shell::Sh | Shell::Bash) || plainly_looks(&script.commands, *shell)
    };
    let command = commands.iter().find(of_request);
    command.is_some_and(|command| command.scripts().iter().any(claimed))
}

fn finding(request: &Request) -> Finding {
    let title = "this `once` has no `done when`";
    let label = "if the answer is lost, nothing tells whether it took effect";
    Finding::warning("once-without-done-when", title, request.effect.span, label)
        .help("add `, done when { check … }`: what tells that it was done")
}
