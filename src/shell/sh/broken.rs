//! Scripts that no shell of the sh family can read.
//!
//! In: a script. Out: why it can't be read, where that is sure. Must not know: what its commands do.

use brush_parser::{ParseError, TokenizerError};

use super::lex::lex;
use super::tree::{check_bounds, parsed};
use crate::shell::units::of_text;

/// Where shells, or the parser and a shell, may read differently.
const UNSURE: [&str; 14] = [
    "case", "=~", "extglob", "coproc", "select", "function", "((", "<<", "!(", "@(", "?(", "*(", "+(", "\\\n",
];

/// Why neither sh nor bash can read a script; nothing where one of them may.
pub(in crate::shell) fn broken(script: &str) -> Option<&'static str> {
    let unsure = UNSURE.iter().any(|text| script.contains(text)) || has_quoted_default(script);
    if unsure || check_bounds(script).is_err() {
        return None;
    }
    why(script, false).and(why(script, true))
}

/// Whether quotes stand in `${…}`: there they mean one thing to one shell and another to the next.
fn has_quoted_default(script: &str) -> bool {
    let mut defaults = script.split("${").skip(1).map(|rest| rest.split('}').next().unwrap_or_default());
    defaults.any(|default| default.contains(['\'', '"']))
}

fn why(script: &str, bash: bool) -> Option<&'static str> {
    match parsed(script, bash)?.err()? {
        ParseError::ParsingNear(_) => Some("the shell can't make sense of it"),
        ParseError::ParsingAtEndOfInput => Some("it is not complete, or its end belongs to nothing"),
        ParseError::Tokenizing { inner, .. } => {
            lex(&of_text(script), bash, 0).is_err().then(|| unclosed(&inner)).flatten()
        }
    }
}

/// What is opened and not closed. The rest is read by one shell or the other.
fn unclosed(error: &TokenizerError) -> Option<&'static str> {
    match error {
        TokenizerError::UnterminatedSingleQuote(_) => Some("a `'` is not closed"),
        TokenizerError::UnterminatedDoubleQuote(_) => Some("a `\"` is not closed"),
        TokenizerError::UnterminatedBackquote(_) => Some("a backtick is not closed"),
        TokenizerError::UnterminatedCommandSubstitution => Some("a `$(` is not closed"),
        TokenizerError::UnterminatedVariable => Some("a `${` is not closed"),
        _ => None,
    }
}
