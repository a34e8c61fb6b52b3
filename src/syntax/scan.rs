//! One look over the bytes before pest: where the comments are, and whether brackets nest too deep.
//!
//! In: a file's text. Out: the comments in order, and the bracket that goes too deep.
//! It cuts the text as `grammar/lexical.pest` does: strings, commands and comments hide what is in them.

use std::ops::Range;

/// Blocks, brackets and types may be nested this deep.
pub(super) const DEEPEST: usize = 64;

/// What [`scan`] found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// From `#` to the end of its line, in order.
    pub comments: Vec<Range<usize>>,
    /// The first bracket that is nested deeper than [`DEEPEST`].
    pub too_deep: Option<usize>,
}

/// Finds comments and depth; linear in the length of the text.
pub(super) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, open: Vec::new(), found: Scan::default() };
    while scanner.at < scanner.bytes.len() && scanner.found.too_deep.is_none() {
        scanner.step();
    }
    scanner.found
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    open: Vec<u8>,
    found: Scan,
}

impl Scanner<'_> {
    fn step(&mut self) {
        match self.bytes[self.at] {
            b'#' => self.comment(),
            b'"' => self.at = self.string_end(),
            b'\'' => self.at = self.quoted_end(),
            b'$' => self.command(),
            b'{' | b'[' | b'(' => self.push(),
            b'}' => self.pop(b'{'),
            b']' => self.pop(b'['),
            b')' => self.pop(b'('),
            _ => self.at += 1,
        }
    }

    fn push(&mut self) {
        self.open.push(self.bytes[self.at]);
        if self.open.len() > DEEPEST {
            self.found.too_deep = Some(self.at);
        }
        self.at += 1;
    }

    /// A closer ends the nearest opener of its kind, and what was left open inside it.
    fn pop(&mut self, opener: u8) {
        if let Some(at) = self.open.iter().rposition(|open| *open == opener) {
            self.open.truncate(at);
        }
        self.at += 1;
    }

    fn comment(&mut self) {
        let end = self.line_end(self.at);
        self.found.comments.push(self.at..end);
        self.at = end;
    }

    /// A command ends with its line, a script with its quotes; the block of a world's handler stays open.
    fn command(&mut self) {
        let script = self.skip_blanks(self.at + 1);
        if self.bytes[script..].starts_with(b"\"\"\"") {
            self.at = self.after(script + 3, b"\"\"\"");
            return;
        }
        let end = self.line_end(self.at);
        let line = self.bytes[self.at..end].trim_ascii_end();
        let opens = line.ends_with(b" {") || line.ends_with(b"\t{");
        self.at = end;
        if opens && self.line_begins_with_on(end - 1) {
            self.at = end.min(self.bytes.len()) - 1;
            while self.bytes[self.at] != b'{' {
                self.at -= 1;
            }
            self.push();
        }
    }

    fn line_begins_with_on(&self, at: usize) -> bool {
        let start = self.bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
        self.bytes[start..].trim_ascii_start().starts_with(b"on ")
    }

    /// Where the string that begins here ends: `"""…"""`, `r"…"` or `"…"`, closed or not.
    fn string_end(&self) -> usize {
        if self.bytes[self.at..].starts_with(b"\"\"\"") {
            return self.block_end(self.at + 3);
        }
        let raw = self.at > 0 && self.bytes[self.at - 1] == b'r' && !self.is_word(self.at.wrapping_sub(2));
        self.quote_end(b'"', raw).unwrap_or_else(|end| end)
    }

    fn quoted_end(&self) -> usize {
        self.quote_end(b'\'', false).unwrap_or(self.at + 1)
    }

    /// After the closing quote, or where the line ends without one.
    fn quote_end(&self, quote: u8, raw: bool) -> Result<usize, usize> {
        let mut at = self.at + 1;
        while at < self.bytes.len() && self.bytes[at] != b'\n' {
            match self.bytes[at] {
                byte if byte == quote => return Ok(at + 1),
                b'\\' if !raw && self.bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
                _ => at += 1,
            }
        }
        Err(at.min(self.bytes.len()))
    }

    fn is_word(&self, at: usize) -> bool {
        self.bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    }

    fn skip_blanks(&self, from: usize) -> usize {
        let blanks = self.bytes[from..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
        from + blanks.count()
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        rest.iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |end| from + end)
    }

    /// After the quotes that close a `"""` string; `\` takes the next character out of the count.
    fn block_end(&self, from: usize) -> usize {
        let mut at = from;
        while at < self.bytes.len() && !self.bytes[at..].starts_with(b"\"\"\"") {
            at += if self.bytes[at] == b'\\' { 2 } else { 1 };
        }
        (at + 3).min(self.bytes.len())
    }

    fn after(&self, from: usize, what: &[u8]) -> usize {
        let rest = &self.bytes[from.min(self.bytes.len())..];
        let found = rest.windows(what.len()).position(|window| window == what);
        found.map_or(self.bytes.len(), |at| from + at + what.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comments(text: &str) -> Vec<&str> {
        scan(text).comments.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn finds_comments_outside_strings_and_commands() {
        let text = "# a\nlet x = \"#no\" # b\nrun on m $ echo # no\nlet y = '#' + r\"\\\" # c\n";
        assert_eq!(comments(text), ["# a", "# b", "# c"]);
    }

    #[test]
    fn a_script_hides_what_is_in_it() {
        assert_eq!(comments("run on m $ \"\"\"\n# no {{{\n\"\"\"\n# yes"), ["# yes"]);
    }

    #[test]
    fn deep_nesting_is_found_and_long_files_are_not_deep() {
        assert_eq!(scan(&"(".repeat(65)).too_deep, Some(64));
        assert_eq!(scan(&"(".repeat(64)).too_deep, None);
        assert_eq!(scan(&"f({})\n".repeat(1000)).too_deep, None);
    }
}
