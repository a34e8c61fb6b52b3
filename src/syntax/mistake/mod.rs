//! What to say of text that is no runbook: the habits of shell, YAML, Ansible and HCL, and plain slips.
//!
//! In: the text at fault and what stood there. Out: a finding in the user's words.
//! Must not know: pest's pairs, beyond the names of its rules.

mod clauses;
mod shape;
mod stray;
mod unknown;
mod usage;

pub(super) use clauses::{clause, clause_form, misplaced};
pub(super) use shape::{
    for_without_each, handler_brace, hyphen, missing, no_head, open_block, shell_test, too_deep, too_much,
    wrong_file,
};
pub(super) use stray::{Stray, stray};
pub(super) use unknown::{Stands, unknown};
pub(super) use usage::{Usage, usage};

/// The code of every finding of this stage.
pub(super) const CODE: &str = "syntax";

/// What a habit should have been: the part of the text at fault, and what to say of it.
struct Advice {
    at: std::ops::Range<usize>,
    title: String,
    label: String,
    help: String,
    /// The word that was most likely meant.
    meant: Option<String>,
}

impl Advice {
    fn new(at: std::ops::Range<usize>, title: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, title: title.into(), label: String::new(), help: help.into(), meant: None }
    }

    fn meant(at: std::ops::Range<usize>, title: impl Into<String>, near: &str) -> Self {
        Self { meant: Some(near.to_owned()), ..Self::new(at, title, "") }
    }

    fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    fn finding(self, span: crate::source::Span) -> crate::finding::Finding {
        let span = span.part(self.at.start, self.at.len());
        let finding = crate::finding::Finding::error(CODE, self.title, span, self.label);
        match self.meant {
            Some(near) => finding.meant(&near),
            None => finding.help(self.help),
        }
    }
}

/// The first word of a text: letters, digits and `_`.
fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The first line of a text, and no more than 60 characters of it.
fn excerpt(text: &str) -> String {
    let line = text.lines().next().unwrap_or("").trim_end();
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
