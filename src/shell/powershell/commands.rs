//! The words of a PowerShell command line as they stand.

use super::lex::{Kind, Part, Quoted, lex};
use crate::shell::Quotes;
use crate::shell::units::{Trouble, Unit, mark};

/// Words that begin a statement and are no commands.
const KEYWORDS: [&str; 24] = [
    "if", "else", "elseif", "foreach", "for", "while", "do", "until", "switch", "return", "throw", "try",
    "catch", "finally", "trap", "break", "continue", "exit", "in", "begin", "process", "end", "function",
    "filter",
];

/// Words and operators as they stand. What stands in brackets is one word, as it is one argument.
pub(in crate::shell) fn words(units: &[Unit]) -> Result<Vec<String>, Trouble> {
    let mut words: Vec<String> = Vec::new();
    let (mut joins, mut depth) = (false, 0_usize);
    for token in lex(units)? {
        let text = text(&token.kind);
        let alone = depth == 0 && parts_words(&token.kind);
        match words.last_mut() {
            Some(last) if depth > 0 => {
                last.push_str(if token.spaced { " " } else { "" });
                last.push_str(&text);
            }
            Some(last) if joins && !token.spaced && !alone => last.push_str(&text),
            Some(last) if matches!(token.kind, Kind::Newline) && last == ";" => {}
            None if matches!(token.kind, Kind::Newline) => {}
            Some(_) | None => words.push(text),
        }
        depth = match token.kind {
            Kind::Operator("(" | "{" | "$(" | "@(" | "@{") => depth + 1,
            Kind::Operator(")" | "}") => depth.saturating_sub(1),
            Kind::Operator(_) | Kind::Newline | Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => depth,
        };
        joins = !alone;
    }
    if words.last().is_some_and(|last| last == ";") {
        words.pop();
    }
    Ok(words)
}

fn parts_words(kind: &Kind) -> bool {
    match kind {
        Kind::Newline => true,
        Kind::Operator(operator) => operator.contains([';', '|', '&', '<', '>']),
        Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => false,
    }
}

/// A token without its quotes.
pub(super) fn text(kind: &Kind) -> String {
    match kind {
        Kind::Word(word) => word.clone(),
        Kind::Text(parts) => parts.iter().map(part_text).collect(),
        Kind::Hole(hole) => mark(*hole, Quotes::None),
        Kind::Operator(operator) => (*operator).to_owned(),
        Kind::Newline => ";".to_owned(),
    }
}

fn part_text(part: &Part) -> String {
    match part {
        Part::Literal(text) => text.clone(),
        Part::Hole { hole, inside: Quoted::Single | Quoted::Double | Quoted::Here } => {
            mark(*hole, Quotes::Double)
        }
        Part::Expansion(source) => source.clone(),
    }
}

/// Whether a bare word at the start of a statement is a command.
pub(super) fn is_command_name(word: &str) -> bool {
    let path = word.starts_with(['\\', '/', '~']) || word.starts_with(".\\") || word.starts_with("./");
    let alias = matches!(word, "%" | "?");
    let named = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (path || alias || named) && !KEYWORDS.contains(&word.to_lowercase().as_str())
}
