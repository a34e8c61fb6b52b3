//! A line of ssh_config(5) taken apart, and the small values that stand in it.
//!
//! In: one line. Out: its keyword, its arguments without quotes, numbers, times and flags.
//! Must not know: what a keyword means.

use std::time::Duration;

/// Blanks as readconf.c has them; a form feed counts at the end of a line only.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// `Keyword value`, `Keyword=value` or `Keyword = value`; nothing for a blank line or a comment.
/// The keyword comes back in small letters, with the rest of the line as it stands.
pub fn keyword(line: &str) -> Option<(String, &str)> {
    let line = line.trim_end_matches(|c| BLANK.contains(&c) || c == '\u{c}').trim_start_matches(BLANK);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (word, rest) = first_word(line);
    let rest = rest.trim_start_matches(BLANK);
    Some((word.to_ascii_lowercase(), rest.strip_prefix('=').unwrap_or(rest).trim_start_matches(BLANK)))
}

fn first_word(line: &str) -> (&str, &str) {
    if let Some((word, rest)) = line.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
        return (word, rest);
    }
    let end = line.find(|c: char| BLANK.contains(&c) || c == '=').unwrap_or(line.len());
    line.split_at(end)
}

/// The arguments of a line: quotes and escapes done, cut at a comment. Like OpenSSH's `argv_split`.
pub fn arguments(rest: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut letters = rest.chars().peekable();
    while let Some(&next) = letters.peek() {
        match next {
            ' ' | '\t' => drop(letters.next()),
            '#' => break,
            _ => found.push(argument(&mut letters)?),
        }
    }
    Ok(found)
}

fn argument(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    let mut word = String::new();
    let mut quote = None;
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', _) => {
                let escaped =
                    |next: &char| matches!(next, '\'' | '"' | '\\') || (quote.is_none() && *next == ' ');
                word.push(letters.next_if(escaped).unwrap_or('\\'));
            }
            (' ' | '\t', None) => return Ok(word),
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (letter, _) => word.push(letter),
        }
    }
    quote.map_or(Ok(word), |open| Err(format!("a quote `{open}` is never closed")))
}

/// `yes`, `no`, `true` or `false`, in any letters.
pub fn flag(word: &str) -> Result<bool, String> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("`{word}` is neither yes nor no")),
    }
}

/// 1 to 65535.
pub fn port(word: &str) -> Result<u16, String> {
    match word.parse() {
        Ok(0) | Err(_) => Err(format!("`{word}` is not a port")),
        Ok(port) => Ok(port),
    }
}

/// A time in the format of sshd_config(5), TIME FORMATS: `90`, `1m30s`, `2h`; nothing for `none`.
pub fn time(word: &str) -> Result<Option<Duration>, String> {
    if word == "none" {
        return Ok(None);
    }
    let bad = || format!("`{word}` is not a time such as 30 or 1m30s");
    let mut seconds: u64 = 0;
    let mut rest = word;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let count: u64 = rest[..digits].parse().map_err(|_| bad())?;
        let (unit, after) = unit(&rest[digits..]).ok_or_else(bad)?;
        seconds = count.checked_mul(unit).and_then(|more| seconds.checked_add(more)).ok_or_else(bad)?;
        rest = after;
    }
    let fits = !word.is_empty() && seconds <= i32::MAX as u64;
    fits.then(|| Some(Duration::from_secs(seconds))).ok_or_else(bad)
}

/// Seconds of the unit that `rest` begins with, and what follows it.
fn unit(rest: &str) -> Option<(u64, &str)> {
    let mut letters = rest.chars();
    let seconds = match letters.next().map(|letter| letter.to_ascii_lowercase()) {
        None | Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        Some('w') => 604_800,
        Some(_) => return None,
    };
    Some((seconds, letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{arguments, keyword, time};

    #[test]
    fn keywords() {
        let table = [
            ("Host a b", Some(("host", "a b"))),
            ("  User=bob  ", Some(("user", "bob"))),
            ("User = bob\r", Some(("user", "bob"))),
            ("User\t=\tbob\u{c}", Some(("user", "bob"))),
            ("\"User\" bob", Some(("user", "bob"))),
            ("User", Some(("user", ""))),
            ("# User bob", None),
            ("   ", None),
        ];
        for (line, wanted) in table {
            assert_eq!(keyword(line), wanted.map(|(word, rest)| (word.to_owned(), rest)), "{line:?}");
        }
    }

    #[test]
    fn words_with_quotes() {
        let table: [(&str, &[&str]); 8] = [
            ("a b", &["a", "b"]),
            ("\"a b\" 'c d'", &["a b", "c d"]),
            ("a\"b c\"d", &["ab cd"]),
            (r"a\ b \\ \x", &["a b", r"\", r"\x"]),
            (r#""a \" b""#, &["a \" b"]),
            ("a # b", &["a"]),
            ("a#b", &["a#b"]),
            ("\"\"", &[""]),
        ];
        for (rest, wanted) in table {
            assert_eq!(arguments(rest).unwrap(), wanted, "{rest}");
        }
        assert!(arguments("\"a").is_err() && arguments("'a\" b").is_err());
    }

    #[test]
    fn times() {
        let table =
            [("90", 90), ("1m30s", 90), ("2H", 7_200), ("1w2d3h4m5", 788_645), ("0", 0), ("1m1m", 120)];
        for (word, seconds) in table {
            assert_eq!(time(word).unwrap().unwrap().as_secs(), seconds, "{word}");
        }
        assert_eq!(time("none"), Ok(None));
        for word in ["", "m", "1x", "-1", "1.5m", "99999999999", "18446744073709551615w", "5é"] {
            assert!(time(word).is_err(), "{word}");
        }
    }
}
