//! Text from files and remote machines, made harmless for a terminal.
//!
//! Escape codes could move the cursor, repaint what stands there or answer questions in the
//! user's name; bidirectional marks could show a command other than the one that is sent.

use std::borrow::Cow;

/// `text` with control characters and invisible direction marks as pictures of themselves.
///
/// Line breaks and tabs stay.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push_harmless(&mut shown, character);
    }
    Cow::Owned(shown)
}

/// Like [`harmless`], on one line: line breaks and tabs become pictures or spaces.
#[must_use]
pub fn harmless_line(text: &str) -> String {
    let line = text.trim_end().replace("\r\n", "\n").replace('\n', " ⏎ ").replace('\t', " ");
    harmless(&line).into_owned()
}

fn is_harmful(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t')) || is_direction(character)
}

fn is_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn push_harmless(shown: &mut String, character: char) {
    match character {
        '\n' | '\t' => shown.push(character),
        '\u{7f}' => shown.push('␡'),
        '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + character as u32)),
        '\u{80}'..='\u{9f}' => shown.push('\u{fffd}'),
        other if is_direction(other) => shown.push_str(&format!("‹U+{:04X}›", other as u32)),
        other => shown.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_marks_are_pictures() {
        assert_eq!(harmless("plain ✓ text\n\tmore"), "plain ✓ text\n\tmore");
        assert_eq!(harmless("\u{1b}[2Jgone"), "␛[2Jgone");
        assert_eq!(harmless("a\u{202e}b\u{9b}c\u{7f}"), "a‹U+202E›b\u{fffd}c␡");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(harmless_line("one\r\ntwo\tthree\n"), "one ⏎ two three");
    }
}
