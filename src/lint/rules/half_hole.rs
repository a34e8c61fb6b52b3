//! A `}}` stands in a text, and no `{{` before it.
//!
//! Without its braces a name is only a word: the message shows `{ host }}`, and a command or an
//! address with it goes somewhere else, or nowhere. Braces that come in pairs of their own are left
//! alone, such as `--format '{{.Name}}'`, and so is `r"…"`, in which nothing is filled in.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart web"
//!
//! target host = ssh "web1"
//!
//! stage "Restart" {
//!   note "{ host.name }} is restarted."
//!   run on host $ sudo systemctl restart web
//!   check on host $ systemctl is-active web
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart web"
//!
//! target host = ssh "web1"
//!
//! stage "Restart" {
//!   note "{{ host.name }} is restarted."
//!   run on host $ sudo systemctl restart web
//!   check on host $ systemctl is-active web
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::Visit;
use crate::source::Span;
use crate::syntax::ast::{Expr, Quotes, Text};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut written = Written(Vec::new());
    file.walk(&mut written);
    let halves = written.0.into_iter().filter_map(|span| Some(span.part(half(file.text(span))?, 2)));
    halves.map(finding).collect()
}

/// Where texts and expressions stand, the holes of a text as a part of it.
struct Written(Vec<Span>);

impl<'a> Visit<'a> for Written {
    fn text(&mut self, text: &'a Text) {
        if text.quotes != Quotes::Raw {
            self.0.push(text.span);
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        self.0.push(expr.span);
    }
}

/// Where the first `}}` stands that ends a name or the like and closes more than was opened.
fn half(source: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, c) in source.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return pair(source, at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The start of the `}}` that the brace at this place is a part of, if what is before it could stand in a hole.
fn pair(source: &str, at: usize) -> Option<usize> {
    let first = if source[..at].ends_with('}') { at - 1 } else { at };
    let ends = |c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '\'' | '"');
    let is_pair = source[first..].starts_with("}}");
    (is_pair && source[..first].trim_end_matches(['}', ' ']).ends_with(ends)).then_some(first)
}

fn finding(span: Span) -> Finding {
    let title = "a `{{` is missing before this `}}`";
    let finding = Finding::warning("half-hole", title, span, "nothing is filled in here");
    finding.help("write `{{ name }}`")
}
