//! cmd, the old shell of Windows: no value can be quoted in it for certain, and little be read.

use super::{SimpleCommand, Unquotable, Word};

/// No quoting holds in cmd: a `%` or `"` in a value always can break out.
pub(super) fn refusal() -> Unquotable {
    Unquotable {
        hole: 0,
        why: "no value can be quoted safely for cmd".to_owned(),
        help: "give the target `shell powershell`, or pass the value with `env`".to_owned(),
    }
}

/// Whether a program is a batch file, which Windows gives to cmd whoever starts it.
pub(super) fn is_batch(program: &str) -> bool {
    let name = program.to_lowercase();
    [".bat", ".cmd"].iter().any(|end| name.ends_with(end))
}

/// Blanks part words, double quotes hold them together, operators are words of their own.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = vec![];
    let (mut word, mut quoted, mut begun) = (String::new(), false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => (quoted, begun) = (!quoted, true),
            ' ' | '\t' | '\r' if !quoted => end_word(&mut words, &mut word, &mut begun),
            '&' | '|' | '\n' | '<' | '>' if !quoted => {
                end_word(&mut words, &mut word, &mut begun);
                let doubled = c != '\n' && chars.next_if_eq(&c).is_some();
                let operator = if c == '\n' { "&".to_owned() } else { c.to_string() };
                words.push(if doubled { operator.repeat(2) } else { operator });
            }
            _ => {
                word.push(c);
                begun = true;
            }
        }
    }
    end_word(&mut words, &mut word, &mut begun);
    words
}

fn end_word(words: &mut Vec<String>, word: &mut String, begun: &mut bool) {
    if std::mem::take(begun) {
        words.push(std::mem::take(word));
    }
}

/// The programs of a line; anything that cmd expands or groups is opaque.
pub(super) fn simple_commands(text: &str) -> Vec<SimpleCommand> {
    if let Some(c) = text.chars().find(|c| matches!(c, '%' | '^' | '!' | '(' | ')')) {
        return vec![SimpleCommand::Opaque(format!("what cmd makes of `{c}` can't be followed"))];
    }
    let words = words(text);
    let operators = ["&", "|", "&&", "||", "<", ">", ">>"];
    let parts = words.split(|word| operators.contains(&word.as_str()));
    let commands = parts
        .filter(|part| !part.is_empty())
        .map(|part| SimpleCommand::Words(part.iter().map(Word::known).collect()));
    let mut found: Vec<_> = commands.collect();
    if words.iter().any(|word| word.starts_with('>')) {
        found.push(SimpleCommand::Opaque("it writes a file".to_owned()));
    }
    found
}
