//! An `allow` gives no reason, or names no rule.
//!
//! `# rutter: allow CODE because "…"` lets a finding stand: on a line of its own for the statement or
//! item below, at the end of a line for that line, above the first line for the whole file. Who
//! reads it in a year must see why, so it takes a reason; and a code that is no rule's allows
//! nothing. Errors can't be allowed: such a runbook does not run.
//!
//! ## Bad
//! ```runbook
//! runbook "Migrate"
//!
//! target host = ssh "db1"
//!
//! stage "Migrate" {
//!   # rutter: allow changing-chek because "it only writes its cache"
//!   check on host $ ./migrate.sh --dry-run
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Migrate"
//!
//! target host = ssh "db1"
//!
//! stage "Migrate" {
//!   # rutter: allow changing-check because "what it removes is its own cache"
//!   check on host $ rm -f /var/cache/migrate/lock
//! }
//! ```

use crate::finding::{Finding, nearest};
use crate::lint::RULES;
use crate::lint::allow::{Allow, allows};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::syntax::ast::Part;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let allows = allows(file);
    let unclear = allows.iter().filter_map(unclear);
    unclear.chain(commands(file).iter().filter_map(swallowed)).collect()
}

/// A command goes on to the end of its line.
fn swallowed(command: &Command<'_>) -> Option<Finding> {
    let is_in = |part: &Part| matches!(part, Part::Literal(text) if text.value.contains("# rutter: allow"));
    command.text.parts.iter().any(is_in).then(|| {
        let title = "this `allow` is a part of the command";
        let label = "all of this is sent";
        let finding = Finding::warning("unclear-allow", title, command.text.span, label);
        finding.help("write it on a line of its own above the statement")
    })
}

fn unclear(allow: &Allow) -> Option<Finding> {
    let warning = |title: &str, label: &str| Finding::warning("unclear-allow", title, allow.span, label);
    let Some(said) = &allow.said else {
        let finding = warning("this comment says `rutter:`, and is not understood", "what should be done?");
        return Some(finding.help("write `# rutter: allow CODE because \"…\"`"));
    };
    let codes = || RULES.iter().map(|rule| rule.code);
    if let Some(wrong) = said.codes.iter().find(|code| codes().all(|known| known != code.as_str())) {
        let finding = warning(&format!("there is no lint rule `{wrong}`"), "this allows nothing");
        return Some(match nearest(wrong, codes()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("`rutter explain` lists the rules; errors can't be allowed"),
        });
    }
    let finding = warning("this does not say why", "a reason is missing");
    said.reason.is_none().then(|| finding.help("add ` because \"…\"`"))
}
