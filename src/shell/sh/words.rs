//! The words of a command line.

use super::lex::lex;
use super::token::{Token, Word};
use crate::shell::units::{Trouble, Unit, mark};

/// Words and operators as they stand. Holes stand as the characters that [`mark`] gives.
pub(in crate::shell) fn words(units: &[Unit], bash: bool) -> Result<Vec<String>, Trouble> {
    let mut words: Vec<String> = Vec::new();
    for token in lex(units, bash, 0)? {
        match token {
            Token::Word(word) => words.push(text(&word)),
            Token::Operator(operator) => words.push(operator.to_owned()),
            Token::Descriptor(number) => words.push(number),
            Token::Newline if words.last().is_none_or(|last| last == ";") => {}
            Token::Newline => words.push(";".to_owned()),
            Token::Body(_) => {}
        }
    }
    if words.last().is_some_and(|last| last == ";") {
        words.pop();
    }
    Ok(words)
}

fn text(word: &Word) -> String {
    word.text(&mark)
}
