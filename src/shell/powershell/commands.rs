//! The words of a PowerShell command line, and the commands it runs.

use super::lex::{Kind, Part, Quoted, Token, lex};
use crate::shell::Quotes;
use crate::shell::known::rows;
use crate::shell::units::{Trouble, Unit, mark, of_text};
use crate::shell::{SimpleCommand, Word};

/// Words that begin a statement and are no commands.
const KEYWORDS: [&str; 24] = [
    "if", "else", "elseif", "foreach", "for", "while", "do", "until", "switch", "return", "throw", "try",
    "catch", "finally", "trap", "break", "continue", "exit", "in", "begin", "process", "end", "function",
    "filter",
];
/// Operators between statements.
const SEPARATORS: [&str; 12] = [";", "|", "||", "&&", "(", ")", "{", "}", "$(", "@(", "@{", "&"];

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
        Part::Expansion { source, .. } => source.clone(),
    }
}

/// Each command that the text runs.
pub(in crate::shell) fn simple_commands(script: &str) -> Vec<SimpleCommand> {
    let mut found = Vec::new();
    match lex(&of_text(script)) {
        Ok(tokens) => gather(&tokens, &mut found),
        Err(trouble) => found.push(SimpleCommand::Opaque(trouble.why)),
    }
    found
}

fn gather(tokens: &[Token], found: &mut Vec<SimpleCommand>) {
    let separates = |token: &Token| match &token.kind {
        Kind::Newline => true,
        Kind::Operator(operator) => SEPARATORS.contains(operator),
        Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => false,
    };
    let mut start = 0;
    for end in 0..=tokens.len() {
        if end < tokens.len() && !separates(&tokens[end]) {
            continue;
        }
        let called = start > 0 && matches!(tokens[start - 1].kind, Kind::Operator("&"));
        let goes_on = start > 0 && matches!(tokens[start - 1].kind, Kind::Operator(")" | "}"));
        let calls = matches!(tokens.get(end), Some(Token { kind: Kind::Operator("("), spaced: false }));
        statement(&tokens[start..end], Around { called, goes_on, calls }, found);
        start = end + 1;
    }
    for token in tokens {
        if let Kind::Text(parts) = &token.kind {
            gather_in_text(parts, found);
        }
    }
}

fn gather_in_text(parts: &[Part], found: &mut Vec<SimpleCommand>) {
    for part in parts {
        match part {
            Part::Expansion { code, .. } => gather(code, found),
            Part::Literal(_) | Part::Hole { .. } => {}
        }
    }
}

/// What stands beside a statement.
#[derive(Clone, Copy)]
struct Around {
    /// `&` before it.
    called: bool,
    /// A bracket was closed right before it.
    goes_on: bool,
    /// A `(` follows without a blank.
    calls: bool,
}

fn statement(tokens: &[Token], around: Around, found: &mut Vec<SimpleCommand>) {
    let tokens = after_assignment(tokens, found);
    let Some(first) = tokens.first() else {
        if around.called {
            found.push(SimpleCommand::Opaque("`&` runs what is computed".to_owned()));
        }
        return;
    };
    if let Some(Kind::Word(last)) = tokens.last().map(|token| &token.kind)
        && around.calls
        && let Some(method) = method_name(last)
        && !is_pure(method)
    {
        found.push(SimpleCommand::Opaque(format!("what the method `{method}` does is not known")));
    }
    match &first.kind {
        Kind::Word(word) if KEYWORDS.contains(&word.to_lowercase().as_str()) => {
            statement(&tokens[1..], Around { called: false, goes_on: false, ..around }, found);
        }
        Kind::Word(word) if word == "." && tokens.len() > 1 => {
            found.push(SimpleCommand::Opaque("`.` runs a script".to_owned()));
        }
        Kind::Word(word) if is_command_name(word) && !around.goes_on => command(tokens, found),
        Kind::Word(word) if around.called => {
            found
                .push(SimpleCommand::Opaque(format!("which program `{word}` is, is only known on the host")));
        }
        Kind::Text(_) if around.called => command(tokens, found),
        Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) | Kind::Operator(_) | Kind::Newline => {
            redirections(tokens, found);
        }
    }
}

/// What stands after `$x =`; setting what commands depend on is reported.
fn after_assignment<'t>(tokens: &'t [Token], found: &mut Vec<SimpleCommand>) -> &'t [Token] {
    const ASSIGNING: [&str; 6] = ["=", "+=", "-=", "*=", "/=", "??="];
    let [Token { kind: Kind::Word(name), .. }, Token { kind: Kind::Word(sign), .. }, rest @ ..] = tokens
    else {
        return tokens;
    };
    if !name.starts_with(['$', '[']) || !ASSIGNING.contains(&sign.as_str()) {
        return tokens;
    }
    let lower = name.to_lowercase();
    if ["$env:", "$function:", "$alias:", "$psdefaultparametervalues", "${"]
        .iter()
        .any(|it| lower.starts_with(it))
    {
        found.push(SimpleCommand::Opaque(format!("it sets `{name}`, which changes what commands do")));
    }
    rest
}

/// `.Name` or `::Name` at the end of a word: the method that a `(` after it calls.
fn method_name(word: &str) -> Option<&str> {
    word.rsplit_once(['.', ':']).map(|(_, name)| name)
}

/// Methods that only compute; the list is `methods.txt`.
fn is_pure(method: &str) -> bool {
    rows(include_str!("methods.txt")).any(|row| row.eq_ignore_ascii_case(method))
}

/// Whether a bare word at the start of a statement is a command.
pub(super) fn is_command_name(word: &str) -> bool {
    let path = word.starts_with(['\\', '/', '~']) || word.starts_with(".\\") || word.starts_with("./");
    let alias = matches!(word, "%" | "?");
    let named = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (path || alias || named) && !KEYWORDS.contains(&word.to_lowercase().as_str())
}

/// The words of a command; what its redirections write is a command of its own.
fn command(tokens: &[Token], found: &mut Vec<SimpleCommand>) {
    let arguments = tokens.iter().position(is_redirection).unwrap_or(tokens.len());
    if let Some(Token { kind: Kind::Text(parts), .. }) = tokens.first()
        && parts.iter().any(|part| matches!(part, Part::Expansion { .. }))
    {
        found.push(SimpleCommand::Opaque("which program it is, is only known on the host".to_owned()));
        return;
    }
    let mut words: Vec<Word> = Vec::new();
    for (at, token) in tokens[..arguments].iter().enumerate() {
        match words.last_mut() {
            Some(last) if at > 0 && !token.spaced => {
                last.text.push_str(&text(&token.kind));
                last.known &= is_known(&token.kind);
            }
            Some(_) | None => words.push(Word { text: text(&token.kind), known: is_known(&token.kind) }),
        }
    }
    found.push(SimpleCommand::Words(words));
    redirections(&tokens[arguments..], found);
}

/// Whether a token is what the command gets, as it stands.
fn is_known(kind: &Kind) -> bool {
    match kind {
        Kind::Word(word) => !word.contains(['$', '*', '@']),
        Kind::Text(parts) => parts.iter().all(|part| matches!(part, Part::Literal(_))),
        Kind::Hole(_) | Kind::Operator(_) | Kind::Newline => false,
    }
}

fn is_redirection(token: &Token) -> bool {
    matches!(&token.kind, Kind::Operator(operator) if operator.contains('>'))
}

fn redirections(tokens: &[Token], found: &mut Vec<SimpleCommand>) {
    for pair in tokens.windows(2) {
        let path = text(&pair[1].kind);
        let discarded = path.eq_ignore_ascii_case("$null");
        if is_redirection(&pair[0]) && !discarded && !matches!(pair[0].kind, Kind::Operator("2>&1")) {
            found.push(SimpleCommand::Words(vec![Word::known(">"), Word::known(path)]));
        }
    }
}
