//! A text or a comment says that something is still to be done.
//!
//! `TODO` and `FIXME` are read at night by somebody who did not write them and can't do them now.
//! What is not known yet is better asked for: with a param, an `approve` or a `manual`.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! stage "Restart" {
//!   # TODO: ask the network team which load balancer
//!   note "Restarting"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! stage "Restart" {
//!   manual "Ask the network team which load balancer it is."
//!   note "Restarting"
//! }
//! ```

use std::ops::Range;

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::Visit;
use crate::source::Span;
use crate::syntax::ast::{Part, Text};

const WORDS: [&str; 3] = ["TODO", "FIXME", "XXX"];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let source = file.source();
    let mut texts = Texts(file.comments().to_vec());
    file.walk(&mut texts);
    let found = texts.0.into_iter().filter_map(|range| word(source, range));
    found.map(|range| finding(Span::new(file.tree.id, range.start, range.end))).collect()
}

struct Texts(Vec<Range<usize>>);

impl<'a> Visit<'a> for Texts {
    fn text(&mut self, text: &'a Text) {
        self.0.extend(text.parts.iter().filter_map(|part| match part {
            Part::Literal(literal) => Some(literal.span.range()),
            Part::Hole(_) => None,
        }));
        text.holes().for_each(|hole| self.expr(hole));
    }
}

/// The first of these words that stands there on its own; nothing of names in capitals such as `XXX_DIR`.
fn word(source: &str, range: Range<usize>) -> Option<Range<usize>> {
    let text = &source[range.clone()];
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let alone = |(at, word): (usize, &str)| {
        let end = at + word.len();
        !text[..at].ends_with(is_part) && !text[end..].starts_with(is_part)
    };
    let found = WORDS.iter().flat_map(|word| text.match_indices(word)).filter(|found| alone(*found));
    let (at, word) = found.min_by_key(|(at, _)| *at)?;
    Some(range.start + at..range.start + at + word.len())
}

fn finding(word: Span) -> Finding {
    let title = "something is still to be done here";
    let finding = Finding::warning("unfinished", title, word, "nobody can do it when it runs");
    finding.help("do it, or ask for it with a param, an `approve` or a `manual`")
}
