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
use crate::lint::subject::File;
use crate::resolve::visit::Visit;
use crate::syntax::ast::Expr;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut search = Search { file, findings: Vec::new() };
    file.walk(&mut search);
    search.findings
}

struct Search<'f, 'a> {
    file: &'f File<'a>,
    findings: Vec<Finding>,
}

impl<'a> Visit<'a> for Search<'_, 'a> {
    fn expr(&mut self, expr: &'a Expr) {
        if self.file.expression(expr).is_raw() {
            let title = "this value is not quoted";
            let label = "its text is taken for a part of the command";
            let finding = Finding::warning("raw-value", title, expr.span, label);
            let written = self.file.text(expr.span);
            let value = written.rsplit_once('|').map_or(written, |(value, _)| value.trim());
            self.findings
                .push(finding.help(format!("write `{{{{ {value} }}}}`; for several words hand over a list")));
        }
    }
}
