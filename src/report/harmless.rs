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

/// Like [`harmless`], but colours stay: escape codes that say how text looks, and nothing else.
#[must_use]
pub fn harmless_painted(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return harmless(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        shown.push_str(&harmless(&rest[..at]));
        let code = colour(&rest[at..]);
        shown.push_str(&rest[at..at + code]);
        rest = &rest[at + code..];
        if code == 0 {
            push_harmless(&mut shown, '\u{1b}');
            rest = &rest[1..];
        }
    }
    shown.push_str(&harmless(rest));
    Cow::Owned(shown)
}

/// The length of the code for a colour that `text` begins with.
fn colour(text: &str) -> usize {
    let Some(code) = text.strip_prefix("\u{1b}[") else { return 0 };
    let length = code.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if code[length..].starts_with('m') { length + 3 } else { 0 }
}

/// JSON that means the same, with such characters escaped as JSON escapes them.
#[must_use]
pub fn harmless_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_harmful) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if is_harmful(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn is_harmful(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t')) || is_direction(character)
}

/// What turns text around, or is not seen at all.
fn is_direction(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
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
    fn colours_stay_and_nothing_else() {
        assert_eq!(
            harmless_painted("\u{1b}[1;31mred\u{1b}[0m \u{202e}"),
            "\u{1b}[1;31mred\u{1b}[0m ‹U+202E›"
        );
        for text in ["\u{1b}[2J", "\u{1b}]0;x\u{7}", "\u{1b}", "\u{1b}[1", "\u{1b}[1K\r"] {
            let shown = harmless_painted(text);
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
        }
    }

    #[test]
    fn json_means_the_same_and_moves_nothing() {
        let text = "a\u{7f}\u{9b}2J\u{202e}\u{e0041}\u{1b}\n\t✓";
        let json = serde_json::Value::from(text).to_string();
        let shown = harmless_json(&json);
        assert!(!shown.chars().any(is_harmful), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(harmless_line("one\r\ntwo\tthree\n"), "one ⏎ two three");
    }
}
