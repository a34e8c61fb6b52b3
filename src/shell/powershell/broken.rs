//! Command lines that PowerShell can't read.
//!
//! In: a command line. Out: why it can't be read, where that is sure. Must not know: what its commands do.

use super::lex::{Kind, Token, lex};
use crate::shell::units::of_text;

/// Why PowerShell can't read a command line; nothing where it may.
pub(in crate::shell) fn broken(text: &str) -> Option<String> {
    match lex(&of_text(text)) {
        Ok(tokens) => dangling(&tokens).map(|operator| format!("nothing follows its last `{operator}`")),
        Err(trouble) => trouble.broken.then_some(trouble.why),
    }
}

/// An operator at the end that needs another command.
fn dangling(tokens: &[Token]) -> Option<&'static str> {
    let last = tokens.iter().rev().find(|token| !matches!(token.kind, Kind::Newline))?;
    match last.kind {
        Kind::Operator(operator @ ("|" | "&&" | "||")) => Some(operator),
        Kind::Operator(_) | Kind::Newline | Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => None,
    }
}
