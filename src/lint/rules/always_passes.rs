//! A wait, an invariant or an item of a checklist asks nothing, so that it always passes.
//!
//! What waits until a thing is true must ask for it: with a `check`, a call or an `assert`.
//! Without any of them the wait is over at once, and the reader believes that something was seen.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! stage "Restart" {
//!   wait until "the web tier is up", within 5m {
//!     note "Still waiting."
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
//!   wait until "the web tier is up", within 5m {
//!     check on web GET "/health"
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_block, walk_item, walk_statement};
use crate::source::Span;
use crate::syntax::ast::{Block, Call, Item, ItemCheck, ItemKind, Request, Statement, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut search = Search { findings: Vec::new() };
    file.walk(&mut search);
    search.findings
}

struct Search {
    findings: Vec<Finding>,
}

impl Search {
    fn look(&mut self, body: &Block, what: &str, span: Span) {
        let mut asks = Asks(false);
        walk_block(&mut asks, body);
        if !asks.0 {
            let title = format!("this {what} asks nothing and always passes");
            let finding =
                Finding::warning("always-passes", title, span, "no `check`, call or `assert` in it");
            self.findings
                .push(finding.help("say what must be true: `assert …`, or a `check` that must succeed"));
        }
    }
}

impl<'a> Visit<'a> for Search {
    fn item(&mut self, item: &'a Item) {
        if let ItemKind::Invariant(invariant) = &item.kind {
            self.look(&invariant.body, "invariant", item.keyword);
        }
        if let ItemKind::Checklist(checklist) = &item.kind {
            for item in &checklist.items {
                if let ItemCheck::Body(body) = &item.check {
                    self.look(body, "item", item.title.span);
                }
            }
        }
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        if let StatementKind::Wait(wait) = &statement.kind {
            self.look(&wait.body, "wait", statement.keyword);
        }
        walk_statement(self, statement);
    }
}

/// Whether anything is asked.
struct Asks(bool);

impl<'a> Visit<'a> for Asks {
    fn statement(&mut self, statement: &'a Statement) {
        let asks = matches!(
            statement.kind,
            StatementKind::Assert(_) | StatementKind::Fail(_) | StatementKind::Manual(_)
        );
        self.0 |= asks;
        walk_statement(self, statement);
    }

    fn request(&mut self, _request: &'a Request) {
        self.0 = true;
    }

    fn call(&mut self, _call: &'a Call) {
        self.0 = true;
    }
}
