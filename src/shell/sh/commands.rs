//! The words of a command line, and the programs it runs.

use super::grammar::{Item, Simple, items};
use super::lex::lex;
use super::token::{Part, Token, Word};
use crate::shell::Quotes;
use crate::shell::units::{Trouble, Unit, mark, of_text};
use crate::shell::{self, SimpleCommand};

/// Variables that change what a command does or which program is found.
const TELLING_VARIABLES: [&str; 9] =
    ["PATH", "IFS", "ENV", "BASH_ENV", "SHELL", "PROMPT_COMMAND", "DOCKER_HOST", "DOCKER_CONTEXT", "PS4"];

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

/// Each program that the text runs, wrappers left on.
pub(in crate::shell) fn simple_commands(script: &str, bash: bool) -> Vec<SimpleCommand> {
    let mut found = Vec::new();
    let tokens = lex(&of_text(script), bash, 0);
    if let Err(trouble) = tokens.and_then(|tokens| gather(&tokens, &mut found)) {
        found.push(SimpleCommand::Opaque(trouble.why));
    }
    found
}

fn gather(tokens: &[Token], found: &mut Vec<SimpleCommand>) -> Result<(), Trouble> {
    for item in items(tokens)? {
        match item {
            Item::Simple(simple) => gather_simple(&simple, found)?,
            Item::Loose(word, _) => gather_nested(&word.parts, found)?,
            Item::Test(words) => {
                for word in words {
                    gather_nested(&word.parts, found)?;
                }
            }
            Item::Body(parts) => gather_nested(parts, found)?,
        }
    }
    Ok(())
}

fn gather_simple(simple: &Simple<'_>, found: &mut Vec<SimpleCommand>) -> Result<(), Trouble> {
    if let Some(name) =
        simple.assignments.iter().filter_map(|word| word.assigned_name()).find(|name| tells(name))
    {
        found.push(SimpleCommand::Opaque(format!("it sets `{name}`, which changes what commands do")));
    }
    if let Some(first) = simple.words.first() {
        found.push(command(first, &simple.words));
    }
    for (operator, target) in &simple.redirects {
        found.extend(written(operator, target));
    }
    let targets = simple.redirects.iter().map(|(_, target)| target);
    for word in simple.assignments.iter().chain(&simple.words).chain(targets) {
        gather_nested(&word.parts, found)?;
    }
    Ok(())
}

fn tells(name: &str) -> bool {
    TELLING_VARIABLES.contains(&name) || name.starts_with("LD_") || name.starts_with("BASH_FUNC")
}

fn command(first: &Word, words: &[&Word]) -> SimpleCommand {
    if first.is_expanded() {
        return SimpleCommand::Opaque(format!(
            "which program `{}` is, is only known on the host",
            text(first)
        ));
    }
    let globs = first.parts.iter().any(|part| matches!(part, Part::Bare(text) if is_pattern(text)));
    if globs {
        return SimpleCommand::Opaque(format!(
            "which program `{}` is, depends on the files there",
            text(first)
        ));
    }
    SimpleCommand::Words(words.iter().map(|word| told(word)).collect())
}

fn told(word: &Word) -> shell::Word {
    let globs = word.parts.iter().any(|part| matches!(part, Part::Bare(text) if is_pattern(text)));
    shell::Word { text: text(word), known: !word.is_expanded() && !globs }
}

fn is_pattern(text: &str) -> bool {
    text != "[" && text.contains(['*', '?', '[', '{', '~'])
}

/// The pseudo-command `> FILE` of a redirection that writes a file.
fn written(operator: &str, target: &Word) -> Option<SimpleCommand> {
    if !operator.contains('>') {
        return None;
    }
    let path = target.text(&|_: u32, _: Quotes| String::new());
    let harmless = matches!(path.as_str(), "/dev/null" | "/dev/stdout" | "/dev/stderr");
    let descriptor = operator.ends_with('&') && path.chars().all(|c| c.is_ascii_digit() || c == '-');
    (!harmless && !descriptor).then(|| {
        SimpleCommand::Words(vec![
            shell::Word::known(">"),
            shell::Word { text: path, known: told(target).known },
        ])
    })
}

fn gather_nested(parts: &[Part], found: &mut Vec<SimpleCommand>) -> Result<(), Trouble> {
    for part in parts {
        match part {
            Part::Expansion { commands, .. } => {
                for tokens in commands {
                    gather(tokens, found)?;
                }
            }
            Part::Array(tokens) => {
                for token in tokens {
                    if let Token::Word(word) = token {
                        gather_nested(&word.parts, found)?;
                    }
                }
            }
            Part::Bare(_) | Part::Quoted(_) | Part::Hole { .. } => {}
        }
    }
    Ok(())
}
