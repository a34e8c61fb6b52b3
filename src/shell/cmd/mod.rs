//! cmd, the old shell of Windows: no value can be quoted in it for certain.
//!
//! What a line runs is found by `script`, after the published rules of its parser: it was not held
//! against a cmd.

mod script;
#[cfg(test)]
mod tests;

use super::Unquotable;

pub(super) use script::simple_commands;

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

/// A command line parted into words as programs of Windows do it: blanks part them, double quotes
/// hold them together.
pub(super) fn arguments(line: &str) -> Vec<String> {
    let mut words = vec![];
    let (mut word, mut quoted, mut begun) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            '"' => (quoted, begun) = (!quoted, true),
            ' ' | '\t' | '\r' | '\n' if !quoted => end_word(&mut words, &mut word, &mut begun),
            _ => {
                word.push(c);
                begun = true;
            }
        }
    }
    end_word(&mut words, &mut word, &mut begun);
    words
}
