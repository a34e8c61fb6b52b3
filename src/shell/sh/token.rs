//! What the lexer gives: words with their quoting known, and operators.

use crate::shell::Quotes;

/// A word, an operator, or what a here-document expands.
#[derive(Clone, Debug)]
pub(super) enum Token {
    Word(Word),
    Operator(&'static str),
    /// The number before a redirection.
    Descriptor(String),
    Newline,
    /// The expansions in the body of a here-document.
    Body(Vec<Part>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Unquoted text.
    Bare(String),
    /// Text whose quotes were removed.
    Quoted(String),
    Hole {
        hole: u32,
        inside: Quotes,
    },
    /// `$x`, `$(…)`, `<(…)` and the like as typed, and the commands in it: as tokens, and as text.
    Expansion {
        source: String,
        inside: Quotes,
        commands: Vec<Vec<Token>>,
        scripts: Vec<String>,
    },
    /// The words of `name=(…)`.
    Array(Vec<Token>),
}

impl Word {
    /// The word when it is plain unquoted text: only such a word can be a keyword.
    pub(super) fn keyword(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Bare(text)] => Some(text),
            _ => None,
        }
    }

    /// What is typed at the word's start without quotes.
    pub(super) fn bare_start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Bare(text)) => text,
            _ => "",
        }
    }

    /// The word without its quotes; `hole_text` stands for a hole, expansions stand as typed.
    pub(super) fn text(&self, hole_text: &impl Fn(u32, Quotes) -> String) -> String {
        let part_text = |part: &Part| match part {
            Part::Bare(text) | Part::Quoted(text) => text.clone(),
            Part::Hole { hole, inside } => hole_text(*hole, *inside),
            Part::Expansion { source, .. } => source.clone(),
            Part::Array(_) => "(…)".to_owned(),
        };
        self.parts.iter().map(part_text).collect()
    }

    /// Whether it is an assignment such as `NAME=…`, `NAME+=…` or `NAME[…]=…`.
    pub(super) fn is_assignment(&self) -> bool {
        self.assigned_name().is_some()
    }

    /// The name that an assignment sets.
    pub(super) fn assigned_name(&self) -> Option<&str> {
        let start = self.bare_start();
        let end = start.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        let named = end > 0 && !start.starts_with(|c: char| c.is_ascii_digit());
        let rest = &start[end..];
        let assigns = rest.starts_with('=') || rest.starts_with("+=") || rest.starts_with('[');
        (named && assigns).then(|| &start[..end])
    }

    /// The holes in it with the quotes around each, those in nested commands left out.
    pub(super) fn holes(&self) -> impl Iterator<Item = (u32, Quotes)> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Hole { hole, inside } => Some((*hole, *inside)),
            Part::Bare(_) | Part::Quoted(_) | Part::Expansion { .. } | Part::Array(_) => None,
        })
    }

    /// Whether its value depends on the host.
    pub(super) fn is_expanded(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Expansion { .. } | Part::Array(_)))
    }
}
