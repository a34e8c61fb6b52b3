//! Command lines: quoting by place, taking apart, patterns.
//!
//! In: text and values. Out: text that a shell reads as exactly those values, the simple commands
//! in a command line, and whether they match a pattern. Must not know: the syntax tree, backends.

use std::collections::BTreeMap;

use crate::value::Shell;

/// A piece of a command template: text as typed, or a place where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Literal(&'a str),
    Hole,
}

/// Where a hole stands, and so how its value is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Between words or inside one, unquoted. A list becomes separate words only when `alone`.
    Bare { alone: bool },
    /// Inside `'…'`
    Single,
    /// Inside `"…"`
    Double,
    /// Inside a here-string of PowerShell or a here-document, where that can be right.
    Here,
}

/// A hole where no quoting can be right, or a value that can't be quoted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unquotable {
    /// Which hole, from 0; for a value, the hole it was meant for.
    pub hole: usize,
    pub why: String,
    pub help: String,
}

/// Finds the place of each hole of a command, in order.
pub fn places(_pieces: &[Piece<'_>], _shell: Shell) -> Result<Vec<Place>, Unquotable> {
    todo!()
}

/// Quotes one value for its place. The program receives exactly `value`.
pub fn quote(_value: &str, _place: Place, _shell: Shell) -> Result<String, Unquotable> {
    todo!()
}

/// A part of a command line that runs one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimpleCommand {
    /// Its words, quoting removed.
    Words(Vec<String>),
    /// It can't be taken apart: why.
    Opaque(String),
}

/// The simple commands in a command line, wrappers such as `sudo` taken off as well as kept.
#[must_use]
pub fn simple_commands(_text: &str, _shell: Shell) -> Vec<SimpleCommand> {
    todo!()
}

/// The words of a command line as they stand, quoting removed; operators are words of their own.
#[must_use]
pub fn words(_text: &str, _shell: Shell) -> Vec<String> {
    todo!()
}

/// A command or URL pattern: `a|b` alternatives, `<name>` captures, `...` any words or any rest of a word.
#[derive(Clone, Debug)]
pub struct Pattern {}

/// What the `<name>`s of a pattern caught.
pub type Captures = BTreeMap<String, String>;

impl Pattern {
    /// Reads a pattern of words, as in `systemctl restart|stop docker|docker.service`.
    ///
    /// The error says what is wrong with it and at which byte.
    pub fn command(_text: &str, _shell: Shell) -> Result<Self, (usize, String)> {
        todo!()
    }

    /// Reads a pattern of one string, as in `.../restart?<query>`.
    pub fn string(_text: &str) -> Result<Self, (usize, String)> {
        todo!()
    }

    /// Matches words, all of them.
    #[must_use]
    pub fn match_words(&self, _words: &[String]) -> Option<Captures> {
        todo!()
    }

    /// Matches a string, all of it.
    #[must_use]
    pub fn match_string(&self, _text: &str) -> Option<Captures> {
        todo!()
    }
}
