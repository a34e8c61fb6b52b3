//! A runbook has neither a stage nor a checklist: running it does nothing.
//!
//! Actions are only carried out when a stage or a checklist calls them. A file of actions alone
//! is a library.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! about "Restarts the web tier."
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! action restart(host: target) {
//!   run on host $ systemctl restart web
//! }
//!
//! stage "Restart" {
//!   restart(host)
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::syntax::ast::{FileKind, ItemKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let acts = |kind: &ItemKind| matches!(kind, ItemKind::Stage(_) | ItemKind::Checklist(_));
    if !file.is(FileKind::Runbook) || file.tree.items.iter().any(|item| acts(&item.kind)) {
        return Vec::new();
    }
    let title = "this runbook does nothing";
    let finding =
        Finding::warning("nothing-to-do", title, file.tree.kind.span, "without a stage or checklist");
    vec![finding.help("write `stage \"…\" {…}`; a file that others use begins with `library \"…\"`")]
}
