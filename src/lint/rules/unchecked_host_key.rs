//! A target takes any host for the one that is meant.
//!
//! With `host key unchecked` nothing tells the host from another that answers in its place: it is
//! sent your commands, your files, and the password that you log in with. Put the key of the host
//! into known_hosts, by a way that you trust, and take the clause out. For machines that come and
//! go, sign their keys with a host CA and put a `@cert-authority` line into known_hosts.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1", host key unchecked
//!
//! stage "Restart" {
//!   run on host $ sudo systemctl restart nginx
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! stage "Restart" {
//!   run on host $ sudo systemctl restart nginx
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_item, walk_statement};
use crate::syntax::ast::{Item, ItemKind, Statement, StatementKind, TargetClauseKind, TargetDecl};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut search = Search { findings: Vec::new() };
    file.walk(&mut search);
    search.findings
}

struct Search {
    findings: Vec<Finding>,
}

impl Search {
    fn target(&mut self, target: &TargetDecl) {
        let unchecked =
            target.clauses.iter().filter(|clause| matches!(clause.kind, TargetClauseKind::HostKeyUnchecked));
        self.findings.extend(unchecked.map(|clause| {
            let title = format!("any host is taken for `{}`", target.name.value);
            let label = "whoever answers is sent what is meant for it";
            Finding::warning("unchecked-host-key", title, clause.span, label)
                .help("put the key of the host into known_hosts, and take this out")
        }));
    }
}

impl<'a> Visit<'a> for Search {
    fn item(&mut self, item: &'a Item) {
        if let ItemKind::Target(target) = &item.kind {
            self.target(target);
        }
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        if let StatementKind::Target(target) = &statement.kind {
            self.target(target);
        }
        walk_statement(self, statement);
    }
}
