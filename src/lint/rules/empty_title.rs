//! A title is empty.
//!
//! Plans, reports and questions name each part by its title: without one, the line that says what
//! failed says nothing. A stage without a name can't be named on the command line either, as in `--from STAGE`.
//!
//! ## Bad
//! ```runbook
//! runbook "Move"
//!
//! stage "" {
//!   note "to the spare"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Move"
//!
//! stage "Cut over" {
//!   note "to the spare"
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::lint::titles::{Title, titles};
use crate::syntax::ast::Text;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    titles(file).into_iter().filter(|(_, title)| is_blank(title)).map(finding).collect()
}

fn is_blank(title: &Text) -> bool {
    title.as_literal().is_some_and(|text| text.trim().is_empty())
}

fn finding((_, title): Title<'_>) -> Finding {
    let finding =
        Finding::warning("empty-title", "this title is empty", title.span, "nothing is named by it");
    finding.help("say in a few words what it does: it stands in plans and reports")
}
