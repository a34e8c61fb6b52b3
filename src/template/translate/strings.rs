//! The strings of an expression.

use super::{End, MAX_NESTING, Mistake, TEXT_CALL, Translator};

impl Translator<'_> {
    /// `'…'` is Jinja's and stands as it is.
    pub(super) fn single_quoted(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        self.at += 1;
        while self.at < self.source.len() {
            match self.byte(0) {
                b'\\' => self.at += 2,
                b'\'' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
        Err(unterminated(start, 1))
    }

    /// `"…"` and `"""…"""`.
    pub(super) fn string(&mut self) -> Result<(), Mistake> {
        let quotes = if self.rest().starts_with("\"\"\"") { 3 } else { 1 };
        if self.open.len() > MAX_NESTING {
            let title = format!("strings and brackets are nested more than {MAX_NESTING} deep");
            return Err(Mistake::new(self.at, self.at + quotes, title, "one too many"));
        }
        let start = self.at;
        let holes = self.plain_end(quotes)?;
        if !holes && quotes == 1 {
            return Ok(());
        }
        self.at = start;
        self.pieces_of_string(quotes)
    }

    /// Moves behind a string that has no holes; says whether it has some, and then stops there.
    fn plain_end(&mut self, quotes: usize) -> Result<bool, Mistake> {
        let start = self.at;
        self.at += quotes;
        while self.at < self.source.len() {
            match self.byte(0) {
                b'\\' => self.escape(start).map(drop)?,
                b'"' if quotes == 1 || self.rest().starts_with("\"\"\"") => {
                    self.at += quotes;
                    return Ok(false);
                }
                b'\n' if quotes == 1 => break,
                b'{' if self.hole_begins() => return Ok(true),
                _ => self.at += 1,
            }
        }
        Err(unterminated(start, quotes))
    }

    /// Docker's `{{.Name}}` begins no hole.
    fn hole_begins(&self) -> bool {
        self.rest().strip_prefix("{{").is_some_and(|rest| !rest.trim_start().starts_with('.'))
    }

    /// The character that an escape stands for; moves behind it.
    fn escape(&mut self, string: usize) -> Result<char, Mistake> {
        let escaped = match self.byte(1) {
            b'"' => '"',
            b'\\' => '\\',
            b'n' => '\n',
            b't' => '\t',
            0 => return Err(unterminated(string, 1)),
            _ => {
                let found = self.rest()[1..].chars().next().unwrap_or(' ');
                let title = format!("`\\{found}` is no escape");
                return Err(Mistake::new(self.at, self.at + 1 + found.len_utf8(), title, "").help(
                    "there are `\\\"`, `\\\\`, `\\n` and `\\t`; `r\"…\"` takes everything as it stands",
                ));
            }
        };
        self.at += 2;
        Ok(escaped)
    }

    /// Rewrites a string with holes, or over several lines, as a call with a list of its parts.
    fn pieces_of_string(&mut self, quotes: usize) -> Result<(), Mistake> {
        let start = self.at;
        let indent = if quotes == 3 { self.common_indent()? } else { 0 };
        let mut pending = format!("{TEXT_CALL}([");
        let mut from = start;
        self.at += quotes;
        if quotes == 3 {
            self.at += usize::from(self.byte(0) == b'\r');
            self.skip_line_break(indent);
        }
        loop {
            let (literal, closed) = self.literal(start, quotes, indent)?;
            push_jinja_string(&mut pending, &literal);
            if closed {
                break;
            }
            self.at += 2;
            pending.push_str(",(");
            self.replace(from, self.at, &pending);
            self.hole()?;
            from = self.at;
            self.at += 2;
            pending = "),".to_owned();
        }
        pending.push_str("])");
        self.replace(from, self.at, &pending);
        Ok(())
    }

    fn hole(&mut self) -> Result<(), Mistake> {
        if self.open.len() > MAX_NESTING {
            let title = format!("strings and brackets are nested more than {MAX_NESTING} deep");
            return Err(Mistake::new(self.at, self.at, title, "one too many"));
        }
        let start = self.at;
        self.open.push((b' ', 0));
        self.expression(End::Hole)?;
        let (_, operators) = self.open.pop().unwrap_or_default();
        self.chain -= operators;
        if self.source[start..self.at].trim().is_empty() {
            return Err(Mistake::new(
                start - 2,
                self.at + 2,
                "`{{ }}` is empty",
                "an expression belongs here",
            ));
        }
        Ok(())
    }

    /// Literal characters up to a hole or the closing quotes; moves behind the latter.
    fn literal(&mut self, start: usize, quotes: usize, indent: usize) -> Result<(String, bool), Mistake> {
        let mut literal = String::new();
        while self.at < self.source.len() {
            match self.byte(0) {
                b'\\' => literal.push(self.escape(start)?),
                b'"' if quotes == 1 || self.rest().starts_with("\"\"\"") => {
                    self.at += quotes;
                    return Ok((literal, true));
                }
                b'{' if self.hole_begins() => return Ok((literal, false)),
                b'\r' if self.byte(1) == b'\n' => self.at += 1,
                b'\n' if quotes == 1 => break,
                b'\n' if self.last_line_break() => {
                    self.at += self.rest().len() - self.rest().trim_start().len();
                }
                b'\n' => {
                    literal.push('\n');
                    self.skip_line_break(indent);
                }
                _ => {
                    let character = self.rest().chars().next().unwrap_or(' ');
                    literal.push(character);
                    self.at += character.len_utf8();
                }
            }
        }
        Err(unterminated(start, quotes))
    }

    /// Moves over a line break and the indentation that the string has in common.
    fn skip_line_break(&mut self, indent: usize) {
        if self.byte(0) != b'\n' {
            return;
        }
        self.at += 1;
        let blanks = self.rest().bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
        self.at += blanks.min(indent);
    }

    /// The indentation that all lines of a `"""` string but the first and empty ones share.
    fn common_indent(&self) -> Result<usize, Mistake> {
        let inside = &self.rest()[3..];
        let end = inside.find("\"\"\"").ok_or_else(|| unterminated(self.at, 3))?;
        let lines = inside[..end].split('\n').skip(1).filter(|line| !line.trim().is_empty());
        Ok(lines.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0))
    }

    /// Whether what is left of a `"""` string is its last line break and the blanks behind it.
    fn last_line_break(&self) -> bool {
        self.rest().trim_start().starts_with("\"\"\"")
            && !self.rest()[1..].trim_start_matches([' ', '\t']).starts_with('\n')
    }

    /// `r"…"`: everything is literal.
    pub(super) fn raw_string(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        let Some(len) = self.rest()[2..].find(['"', '\n']) else { return Err(unterminated(start, 2)) };
        let end = start + 2 + len;
        if self.source.as_bytes()[end] == b'\n' {
            return Err(unterminated(start, 2));
        }
        let mut text = String::new();
        push_jinja_string(&mut text, &self.source[start + 2..end]);
        self.replace(start, end + 1, &text);
        self.at = end + 1;
        Ok(())
    }
}

fn unterminated(start: usize, quotes: usize) -> Mistake {
    Mistake::new(start, start + quotes, "the string is not closed", "it begins here")
}

/// Writes `text` as a string of Jinja.
pub(in crate::template) fn push_jinja_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ => out.push(character),
        }
    }
    out.push('"');
}
