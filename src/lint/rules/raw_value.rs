//! A value goes into a command unquoted.
//!
//! `{{ x | raw }}` puts the text of `x` into the command as it is: it can end a word, start
//! another command or expand. Everything else is quoted for the shell and the place where it
//! stands. Where several words are meant, hand over a list.
//!
//! ## Bad
//! ```runbook
//! runbook "Clean up"
//!
//! param files: string
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ rm -f {{ files | raw }}
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Clean up"
//!
//! param files: list of string
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ rm -f {{ files }}
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::subject::File;
use crate::syntax::ast::Expr;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let exprs = Inside::file(file).exprs.into_iter();
    let raw = exprs.filter(|expr| file.expression(expr).is_raw());
    raw.map(|expr| finding(file, expr)).collect()
}

fn finding(file: &File<'_>, expr: &Expr) -> Finding {
    let label = "its text is taken for a part of the command";
    let finding = Finding::warning("raw-value", "this value is not quoted", expr.span, label);
    let written = file.text(expr.span);
    let value = written.rsplit_once('|').map_or(written, |(value, _)| value.trim());
    finding.help(format!("write `{{{{ {value} }}}}`; for several words hand over a list"))
}
