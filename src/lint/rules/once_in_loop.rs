//! A `once` in a loop has no `done when`.
//!
//! When the connection is lost just after a `once` was sent, nobody knows whether it took effect.
//! It is never sent again blindly: the run stops and asks. In a loop over many items that is
//! likely to happen, and `done when` lets the run find out by itself.
//!
//! ## Bad
//! ```runbook
//! runbook "Migrate"
//!
//! param hosts: list of string
//!
//! stage "Migrate" {
//!   for each name in hosts {
//!     target host = ssh "{{ name }}"
//!     once on host $ ./migrate.sh
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Migrate"
//!
//! param hosts: list of string
//!
//! stage "Migrate" {
//!   for each name in hosts {
//!     target host = ssh "{{ name }}"
//!     once on host, done when {
//!       check on host $ test -e /var/lib/migrated
//!     } $ ./migrate.sh
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_request, walk_statement};
use crate::source::Span;
use crate::syntax::ast::{ClauseKind, Effect, Let, LetValue, Request, Statement, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut search = Search { loops: Vec::new(), findings: Vec::new() };
    file.walk(&mut search);
    search.findings
}

struct Search {
    loops: Vec<Span>,
    findings: Vec<Finding>,
}

impl<'a> Visit<'a> for Search {
    fn statement(&mut self, statement: &'a Statement) {
        let is_loop = matches!(
            statement.kind,
            StatementKind::ForEach(_) | StatementKind::Let(Let { value: LetValue::Each(_), .. })
        );
        if is_loop {
            self.loops.push(statement.keyword);
        }
        walk_statement(self, statement);
        if is_loop {
            self.loops.pop();
        }
    }

    fn request(&mut self, request: &'a Request) {
        let settled = request.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::DoneWhen(_)));
        if let Some(around) = self.loops.last()
            && request.effect.value == Effect::Once
            && !settled
        {
            let title = "this `once` has no `done when`, and stands in a loop";
            let label = "if its outcome is lost, the run stops";
            let finding = Finding::warning("once-in-loop", title, request.effect.span, label);
            let finding = finding.also(*around, "once for each of these");
            self.findings.push(finding.help("add `, done when { check … }`: what tells that it was done"));
        }
        walk_request(self, request);
    }
}
