//! An `allow` has nothing to let stand.
//!
//! What it was written for has been mended, or it stands in the wrong place. Left there, it would
//! hide the next finding of its kind from whoever changes the lines below.
//!
//! ## Bad
//! ```runbook
//! runbook "Look"
//!
//! target host = ssh "db1"
//!
//! stage "Look" {
//!   # rutter: allow changing-check because "what it removes is its own cache"
//!   check on host $ ls /var/cache/migrate
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Look"
//!
//! target host = ssh "db1"
//!
//! stage "Look" {
//!   # rutter: allow changing-check because "what it removes is its own cache"
//!   check on host $ rm -f /var/cache/migrate/lock
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix` takes it out.

use crate::finding::{Finding, Fix};
use crate::lint::allow::{Allow, allows};
use crate::lint::edits::without;
use crate::lint::rule;
use crate::lint::subject::File;

/// Looks at what the other rules found, too.
pub(in crate::lint) fn check(file: &File<'_>, found: &[Finding]) -> Vec<Finding> {
    let idle = |allow: &Allow| !found.iter().any(|finding| allow.covers(finding));
    let known = |allow: &Allow| allow.codes().all(|code| rule(code).is_some());
    let unused = allows(file).iter().filter(|allow| allow.said.is_some() && known(allow) && idle(allow));
    let finding = |allow: &Allow| {
        let title = "this allows something that is not there";
        let label = format!("no `{}` here", allow.codes().collect::<Vec<_>>().join("`, no `"));
        let fix = Fix::safe("take the comment out", without(file, allow.span));
        Finding::warning("unused-allow", title, allow.span, label).help("take it out").fix(fix)
    };
    unused.map(finding).collect()
}
