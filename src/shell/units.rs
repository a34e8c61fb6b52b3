//! A command template as characters and holes, and what goes wrong while it is read.

use super::{Piece, Quotes, Unquotable};

/// How deep commands, substitutions and quotes may be nested.
pub(super) const DEEPEST: usize = 32;

/// What a lexer reads: a character as typed, or a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Char(char),
    Hole(u32),
}

/// First of the private characters that stand for a hole outside quotes, and inside them.
pub(super) const BARE_MARKS: u32 = 0xF_0000;
pub(super) const QUOTED_MARKS: u32 = 0x10_0000;
/// How many holes can be told apart.
pub(super) const MOST_MARKS: u32 = 0xFFFD;

/// The character that stands for a hole in words.
pub(super) fn mark(hole: u32, quotes: Quotes) -> String {
    let first = if quotes == Quotes::None { BARE_MARKS } else { QUOTED_MARKS };
    char::from_u32(first + hole.min(MOST_MARKS)).map(String::from).unwrap_or_default()
}

pub(super) fn of_text(text: &str) -> Vec<Unit> {
    text.chars().map(Unit::Char).collect()
}

pub(super) fn of_pieces(pieces: &[Piece<'_>]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut hole = 0;
    for piece in pieces {
        match piece {
            Piece::Literal(text) => units.extend(text.chars().map(Unit::Char)),
            Piece::Hole => {
                units.push(Unit::Hole(hole));
                hole += 1;
            }
        }
    }
    units
}

/// Why text can't be read, or a hole can't be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The hole at fault; the text itself is when there is none.
    pub(super) hole: Option<u32>,
    pub(super) why: String,
    pub(super) help: String,
    /// Surely the shell can't read it either.
    pub(super) broken: bool,
}

impl Trouble {
    pub(super) fn text(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self { hole: None, why: why.into(), help: help.into(), broken: false }
    }

    /// Of text that no shell can read.
    pub(super) fn broken(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self { broken: true, ..Self::text(why, help) }
    }

    pub(super) fn hole(hole: u32, why: impl Into<String>, help: impl Into<String>) -> Self {
        Self { hole: Some(hole), ..Self::text(why, help) }
    }
}

impl From<Trouble> for Unquotable {
    fn from(trouble: Trouble) -> Self {
        Self { hole: trouble.hole.unwrap_or(0) as usize, why: trouble.why, help: trouble.help }
    }
}

/// A position in a template.
#[derive(Clone, Debug)]
pub(super) struct Reader<'u> {
    units: &'u [Unit],
    at: usize,
}

impl<'u> Reader<'u> {
    pub(super) fn new(units: &'u [Unit]) -> Self {
        Self { units, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<Unit> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<Unit> {
        self.units.get(self.at + ahead).copied()
    }

    pub(super) fn next(&mut self) -> Option<Unit> {
        let unit = self.peek()?;
        self.at += 1;
        Some(unit)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.units.len());
    }

    pub(super) fn is(&self, c: char) -> bool {
        self.peek() == Some(Unit::Char(c))
    }

    /// Whether `text` comes next.
    pub(super) fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.peek_at(ahead) == Some(Unit::Char(c)))
    }

    /// Takes `c` if it comes next.
    pub(super) fn take(&mut self, c: char) -> bool {
        let found = self.is(c);
        self.at += usize::from(found);
        found
    }

    /// Takes characters as long as they are `wanted`.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(Unit::Char(c)) = self.peek() {
            if !wanted(c) {
                break;
            }
            text.push(c);
            self.at += 1;
        }
        text
    }

    /// The text from here on, holes left out.
    pub(super) fn rest(&self) -> String {
        let chars = self.units[self.at..].iter().filter_map(|unit| match unit {
            Unit::Char(c) => Some(*c),
            Unit::Hole(_) => None,
        });
        chars.collect()
    }

    /// The text from `start` up to here; `hole_text` stands for a hole.
    pub(super) fn since(&self, start: usize, hole_text: impl Fn(u32) -> String) -> String {
        let mut text = String::new();
        for unit in &self.units[start..self.at] {
            match unit {
                Unit::Char(c) => text.push(*c),
                Unit::Hole(hole) => text.push_str(&hole_text(*hole)),
            }
        }
        text
    }
}
