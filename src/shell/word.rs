//! The words of a command, and whether they are known before a shell has seen them.

use std::fmt;
use std::ops::Deref;

use super::units::BARE_MARKS;

/// A word of a command, quoting removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// Whether the text is what the program gets. It is not where the host expands it: `$x`,
    /// `$(…)`, a glob, `~`, or what a pipe brings. Such a word may become several words, or none.
    pub known: bool,
}

impl Word {
    /// A word that the program gets as it stands.
    #[must_use]
    pub fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), known: true }
    }

    /// Whether it is known, and no value is yet to fill a hole in it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.known && !self.text.chars().any(|c| u32::from(c) >= BARE_MARKS)
    }

    /// A word of which only the host knows what becomes of it.
    #[must_use]
    pub fn expanded(text: impl Into<String>) -> Self {
        Self { text: text.into(), known: false }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq<str> for Word {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl AsRef<str> for Word {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// The words with blanks between them, as a person would read them.
#[must_use]
pub(super) fn spelled(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}
