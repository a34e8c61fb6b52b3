//! The raw output of a command is compared with text that has no line break at its end.
//!
//! `stdout` is what came, and nearly every program ends its last line with a line break: `"yes\n"` is
//! not `"yes"`, so the comparison never holds and the run fails on a healthy host. `text` is the
//! same without blanks and line breaks at its ends.
//!
//! ## Bad
//! ```runbook
//! runbook "Look"
//!
//! target host = ssh "web1"
//!
//! stage "Look" {
//!   let seen = check on host $ systemctl is-active web
//!   assert seen.stdout == "active"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Look"
//!
//! target host = ssh "web1"
//!
//! stage "Look" {
//!   let seen = check on host $ systemctl is-active web
//!   assert seen.text == "active"
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` writes `.text`.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::inside::nodes;
use crate::lint::subject::File;
use crate::source::Spanned;
use crate::template::tree::{CompareOp, Node, NodeKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    nodes(file).into_iter().filter_map(compared).map(finding).collect()
}

/// The `stdout` that is compared, and with what.
fn compared(node: &Node) -> Option<(&Spanned<String>, &Node)> {
    let NodeKind::Compare { first, rest } = &node.kind else { return None };
    let [(CompareOp::Eq | CompareOp::Ne, other)] = rest.as_slice() else { return None };
    let one_line = |node: &Node| match &node.kind {
        NodeKind::Const(value) => {
            value.as_str().is_some_and(|text| !text.is_empty() && !text.ends_with('\n'))
        }
        _ => false,
    };
    let sides = [(&**first, other), (other, &**first)];
    sides.into_iter().find_map(|(raw, text)| Some((stdout(raw)?, text)).filter(|_| one_line(text)))
}

fn stdout(node: &Node) -> Option<&Spanned<String>> {
    match &node.kind {
        NodeKind::Attr { base, name } if matches!(base.kind, NodeKind::Var(_)) => {
            Some(name).filter(|name| name.value == "stdout")
        }
        _ => None,
    }
}

fn finding((raw, text): (&Spanned<String>, &Node)) -> Finding {
    let title = "raw output is compared with text that has no line break";
    let label = "what came, with the line break at its end";
    let finding = Finding::warning("untrimmed-compare", title, raw.span, label);
    let finding = finding.also(text.span, "ends without one");
    let fix = Fix::risky("compare `.text`", Edit::replace(raw.span, "text"));
    finding.help("compare `.text`: the same without blanks at its ends").fix(fix)
}
