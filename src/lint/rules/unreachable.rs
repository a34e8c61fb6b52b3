//! A statement stands after `fail` or `return`, where nothing goes on.
//!
//! ## Bad
//! ```runbook
//! runbook "Revert"
//!
//! stage "Revert" {
//!   fail "Reverted: document the gap."
//!   note "The update was reverted."
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Revert"
//!
//! stage "Revert" {
//!   note "The update was reverted."
//!   fail "Reverted: document the gap."
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_block};
use crate::syntax::ast::{Block, StatementKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut search = Search { findings: Vec::new() };
    file.walk(&mut search);
    search.findings
}

struct Search {
    findings: Vec<Finding>,
}

impl<'a> Visit<'a> for Search {
    fn block(&mut self, block: &'a Block) {
        let ends = |kind: &StatementKind| {
            matches!(kind, StatementKind::Fail(_) | StatementKind::Return(_) | StatementKind::Reply(_))
        };
        let end = block.statements.iter().position(|statement| ends(&statement.kind));
        if let Some(end) = end
            && let Some(next) = block.statements.get(end + 1)
        {
            let title = "this is never carried out";
            let finding = Finding::warning("unreachable", title, next.keyword, "nothing comes this far");
            let finding = finding.also(block.statements[end].keyword, "its block ends here");
            self.findings.push(finding.help("move it above, or take it out"));
        }
        walk_block(self, block);
    }
}
