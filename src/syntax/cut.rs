//! Strings, comments and brackets inside an expression's text, for cutting it at the right places.

/// The first byte, outside strings and comments, at which `stop` says so of the depth after it.
pub(super) fn find(text: &str, stop: impl Fn(usize, u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'"' | b'\'' => at += string_len(text, at) - 1,
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at) - 1,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if stop(depth, byte) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The first bracket that nothing in the text closes.
pub(super) fn unclosed(text: &str) -> Option<usize> {
    let opens = |byte: &u8| matches!(byte, b'(' | b'[' | b'{');
    let mut from = 0;
    while let Some(open) = text.as_bytes()[from..].iter().position(opens).map(|at| from + at) {
        let closes = find(&text[open..], |depth, byte| depth == 0 && matches!(byte, b')' | b']' | b'}'));
        let Some(closes) = closes else { return Some(open) };
        from = open + closes + 1;
    }
    None
}

/// The length of the brackets that `text` begins with, and all in them.
pub(super) fn group_len(text: &str) -> usize {
    find(text, |depth, byte| depth == 0 && matches!(byte, b')' | b']' | b'}')).map_or(text.len(), |at| at + 1)
}

/// The length of the string whose opening quote stands at byte `at`, quotes included.
fn string_len(text: &str, at: usize) -> usize {
    let string = &text[at..];
    if let Some(inner) = string.strip_prefix("\"\"\"") {
        let bytes = inner.as_bytes();
        let mut end = 0;
        while end < bytes.len() && !bytes[end..].starts_with(b"\"\"\"") {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        return (end + 6).min(string.len());
    }
    let raw = is_raw(text, at);
    let (bytes, mut end) = (string.as_bytes(), 1);
    while end < bytes.len() && bytes[end] != bytes[0] {
        end += if bytes[end] == b'\\' && !raw { 2 } else { 1 };
    }
    (end + 1).min(bytes.len())
}

/// `r"…"`, and not a word that ends in `r`.
fn is_raw(text: &str, at: usize) -> bool {
    let before = text[..at].strip_suffix('r').map(|rest| rest.chars().next_back());
    text[at..].starts_with('"') && before.is_some_and(|c| c.is_none_or(|c| !c.is_alphanumeric() && c != '_'))
}

/// Where the lines after the first begin, if they do not begin inside a string.
pub(super) fn line_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut from = 0;
    while let Some(at) = find_newline(text, from) {
        starts.push(at + 1);
        from = at + 1;
    }
    starts
}

/// The next newline from byte `from`, which stands outside strings.
fn find_newline(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => return Some(at),
            b'"' | b'\'' => at += string_len(text, at),
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_strings_have_no_escapes() {
        assert_eq!(find(r#"r"\", x"#, |_, byte| byte == b','), Some(4));
        assert_eq!(find(r#""\",", x"#, |_, byte| byte == b','), Some(5));
    }

    #[test]
    fn lines_in_strings_are_no_lines() {
        assert_eq!(line_starts("[\n  1, # \"\n  \"\"\"\n a\n\"\"\",\n]"), [2, 11, 25]);
    }
}
