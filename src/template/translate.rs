//! Expression text as a runbook has it, made into Jinja's, with a map of offsets.
//!
//! Durations, strings with `{{ }}` in them, `r"…"`, `"""…"""` and comments are rewritten; all
//! else is Jinja already and stands as it was. Text that needs no rewriting is not copied.

use std::borrow::Cow;

use crate::value::parse_duration;

mod strings;

pub(super) use strings::push_jinja_string;

/// How deep brackets may be nested.
pub const MAX_NESTING: usize = 64;
/// How many operators may follow each other, over all brackets that are open.
const MAX_CHAIN: usize = 256;

/// The function that a rewritten string becomes in Jinja.
pub(super) const TEXT_CALL: &str = "__text";
/// The function that a rewritten duration becomes in Jinja.
pub(super) const DURATION_CALL: &str = "__duration";

/// Why a text is no expression: the byte range at fault, and what to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub start: usize,
    pub end: usize,
    pub title: String,
    pub label: String,
    pub help: Option<String>,
}

impl Mistake {
    pub(super) fn new(start: usize, end: usize, title: impl Into<String>, label: impl Into<String>) -> Self {
        Self { start, end, title: title.into(), label: label.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A piece of the rewritten text, from `out` up to the next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    out: usize,
    source: usize,
    /// It stands byte for byte in the source.
    verbatim: bool,
}

/// Which byte of the source a byte of the rewritten text comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    pieces: Vec<Piece>,
    source_len: usize,
}

impl OffsetMap {
    /// Where in the source what starts at `out` starts.
    #[must_use]
    pub fn start(&self, out: usize) -> usize {
        let at = self.pieces.partition_point(|piece| piece.out <= out);
        let Some(piece) = at.checked_sub(1).and_then(|at| self.pieces.get(at)) else {
            return out.min(self.source_len);
        };
        let start = if piece.verbatim { piece.source + (out - piece.out) } else { piece.source };
        start.min(self.source_len)
    }

    /// Where in the source what ends before `out` ends.
    #[must_use]
    pub fn end(&self, out: usize) -> usize {
        let at = self.pieces.partition_point(|piece| piece.out < out);
        let Some(piece) = at.checked_sub(1).and_then(|at| self.pieces.get(at)) else {
            return out.min(self.source_len);
        };
        if piece.verbatim {
            return (piece.source + (out - piece.out)).min(self.source_len);
        }
        self.pieces.get(at).map_or(self.source_len, |next| next.source)
    }
}

/// Text that Jinja reads, and where it comes from.
#[derive(Debug, PartialEq, Eq)]
pub struct Translated<'s> {
    pub text: Cow<'s, str>,
    pub map: OffsetMap,
}

/// Rewrites an expression into Jinja's.
pub fn translate(source: &str) -> Result<Translated<'_>, Mistake> {
    let mut translator = Translator::new(source);
    translator.expression(End::Source)?;
    Ok(translator.finish())
}

/// Where an expression ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Source,
    /// At the `}}` of a hole in a string.
    Hole,
}

struct Translator<'s> {
    source: &'s str,
    at: usize,
    out: String,
    /// Up to here the source is in `out`, one way or another.
    copied: usize,
    pieces: Vec<Piece>,
    /// The open brackets, and how many operators stand in each up to now.
    open: Vec<(u8, usize)>,
    chain: usize,
}

impl<'s> Translator<'s> {
    fn new(source: &'s str) -> Self {
        let (out, pieces, open) = (String::new(), Vec::new(), vec![(b' ', 0)]);
        Self { source, at: 0, out, copied: 0, pieces, open, chain: 0 }
    }

    fn finish(mut self) -> Translated<'s> {
        let source_len = self.source.len();
        if self.pieces.is_empty() {
            let map = OffsetMap { pieces: self.pieces, source_len };
            return Translated { text: Cow::Borrowed(self.source), map };
        }
        self.copy_up_to(source_len);
        let map = OffsetMap { pieces: self.pieces, source_len };
        Translated { text: Cow::Owned(self.out), map }
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.source.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or("")
    }

    /// Takes the source from `copied` to `end` over as it stands.
    fn copy_up_to(&mut self, end: usize) {
        if end > self.copied {
            self.pieces.push(Piece { out: self.out.len(), source: self.copied, verbatim: true });
            self.out.push_str(&self.source[self.copied..end]);
            self.copied = end;
        }
    }

    /// Puts `text` in place of the source from `start` to `end`.
    fn replace(&mut self, start: usize, end: usize, text: &str) {
        self.copy_up_to(start);
        self.pieces.push(Piece { out: self.out.len(), source: start, verbatim: false });
        self.out.push_str(text);
        self.copied = end;
    }

    fn expression(&mut self, end: End) -> Result<(), Mistake> {
        let depth = self.open.len();
        while self.at < self.source.len() {
            if end == End::Hole && self.open.len() == depth && self.rest().starts_with("}}") {
                return Ok(());
            }
            self.token(depth)?;
        }
        match end {
            End::Source => Ok(()),
            End::Hole => Err(Mistake::new(self.at, self.at, "`{{` is not closed", "`}}` is missing here")),
        }
    }

    fn token(&mut self, depth: usize) -> Result<(), Mistake> {
        match self.byte(0) {
            b'\'' => self.single_quoted(),
            b'"' => self.string(),
            b'r' if self.byte(1) == b'"' => self.raw_string(),
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'#' => self.comment(),
            b'(' | b'[' | b'{' => self.opening(),
            b')' | b']' | b'}' => self.closing(depth),
            byte => self.operator(byte),
        }
    }

    fn opening(&mut self) -> Result<(), Mistake> {
        if self.open.len() > MAX_NESTING {
            let title = format!("brackets are nested more than {MAX_NESTING} deep");
            return Err(Mistake::new(self.at, self.at + 1, title, "one too many"));
        }
        self.count()?;
        self.open.push((self.byte(0), 0));
        self.at += 1;
        Ok(())
    }

    fn closing(&mut self, depth: usize) -> Result<(), Mistake> {
        let (opened, operators) = *self.open.last().unwrap_or(&(b' ', 0));
        let closes = matches!((opened, self.byte(0)), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
        if !closes || self.open.len() <= depth {
            let title = format!("unexpected `{}`", self.byte(0) as char);
            let label = match opened {
                b' ' => "nothing is open here".to_owned(),
                bracket => format!("`{}` is still open", bracket as char),
            };
            return Err(Mistake::new(self.at, self.at + 1, title, label));
        }
        self.open.pop();
        self.chain -= operators;
        self.at += 1;
        Ok(())
    }

    /// Counts an operator: what they join nests in the tree.
    fn count(&mut self) -> Result<(), Mistake> {
        self.chain += 1;
        if let Some((_, operators)) = self.open.last_mut() {
            *operators += 1;
        }
        if self.chain > MAX_CHAIN {
            let title = format!("more than {MAX_CHAIN} operators follow each other");
            return Err(Mistake::new(self.at, self.at + 1, title, "one too many")
                .help("name a part of it with `let`"));
        }
        Ok(())
    }

    fn comma(&mut self) {
        if let Some((_, operators)) = self.open.last_mut() {
            self.chain -= std::mem::take(operators);
        }
    }

    fn operator(&mut self, byte: u8) -> Result<(), Mistake> {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            b',' => self.comma(),
            b':' => {}
            b'+' | b'-' | b'*' | b'/' | b'%' | b'.' | b'~' | b'|' | b'<' | b'>' | b'=' | b'!' => {
                self.habits()?;
                self.count()?;
                self.at += usize::from(
                    matches!(&self.source.as_bytes()[self.at..], [a, b'=', ..] if b"=!<>".contains(a)),
                );
            }
            _ => return self.stray(),
        }
        self.at += 1;
        Ok(())
    }

    /// What other languages write and this one does not.
    fn habits(&self) -> Result<(), Mistake> {
        let wrong = |len: usize, title: &str, help: &str| {
            Err(Mistake::new(self.at, self.at + len, title, "").help(help))
        };
        let in_call = self.open.last().is_some_and(|(bracket, _)| *bracket == b'(');
        match (self.byte(0), self.byte(1)) {
            (b'=', b'=') if self.byte(2) == b'=' => wrong(3, "`===` is no operator", "write `==`"),
            (b'=', b'~') => wrong(2, "`=~` is no operator", "write `x is matching(\"REGEX\")`"),
            (b'=', next) if next != b'=' && !in_call => {
                wrong(1, "`=` does not compare", "write `==` to compare two values")
            }
            (b'|', b'|') => wrong(2, "`||` is no operator", "write `or`"),
            (b'!', next) if next != b'=' => wrong(1, "`!` is no operator", "write `not`"),
            _ => Ok(()),
        }
    }

    fn stray(&self) -> Result<(), Mistake> {
        let found = self.rest().chars().next().unwrap_or(' ');
        let mistake = |len, title: String| Mistake::new(self.at, self.at + len, title, "");
        Err(match found {
            '&' if self.byte(1) == b'&' => mistake(2, "`&&` is no operator".into()).help("write `and`"),
            '?' => mistake(1, "`?` is no operator".into()).help("write `a if condition else b`"),
            '$' => mistake(1, "`$` stands before commands only".into())
                .help("in an expression a name stands as it is, without `$`"),
            '“' | '”' | '„' | '‘' | '’' => {
                mistake(found.len_utf8(), format!("`{found}` is no quote")).help("write `\"` or `'`")
            }
            _ => mistake(found.len_utf8(), format!("`{found}` can't stand in an expression")),
        })
    }

    fn word(&mut self) -> Result<(), Mistake> {
        let len = self.rest().bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let word = &self.source[self.at..self.at + len];
        if word.starts_with("__") {
            let title = "a name can't begin with two underscores";
            return Err(Mistake::new(self.at, self.at + len, title, ""));
        }
        if matches!(word, "and" | "or" | "not" | "if" | "else" | "in" | "is") {
            self.count()?;
        }
        self.at += len;
        Ok(())
    }

    fn comment(&mut self) -> Result<(), Mistake> {
        let len = self.rest().find('\n').unwrap_or(self.rest().len());
        self.replace(self.at, self.at + len, " ");
        self.at += len;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        let digits = |text: &str| text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'_').count();
        self.at += digits(self.rest());
        let item = start > 0 && self.source.as_bytes()[start - 1] == b'.';
        if !item && self.byte(0) == b'.' && self.byte(1).is_ascii_digit() {
            self.at += 1;
            self.at += digits(self.rest());
        }
        let letters = self.rest().bytes().take_while(|b| b.is_ascii_alphanumeric()).count();
        if letters == 0 {
            return Ok(());
        }
        let end = self.at + letters;
        if !self.is_jinja_number(start, end) {
            self.duration(start, end)?;
        }
        self.at = end.max(self.at);
        Ok(())
    }

    /// `1e9`, `2.5e-3`, `0x1f`; moves past the sign of an exponent.
    fn is_jinja_number(&mut self, start: usize, end: usize) -> bool {
        let text = &self.source[start..end];
        let radix = |digits: &str, base| !digits.is_empty() && u128::from_str_radix(digits, base).is_ok();
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            return radix(digits, 16);
        }
        if let Some(digits) = text.strip_prefix("0b").or_else(|| text.strip_prefix("0o")) {
            return radix(digits, 8);
        }
        let exponent = &self.source[self.at..end];
        let Some(digits) = exponent.strip_prefix(['e', 'E']) else { return false };
        if !digits.is_empty() {
            return digits.bytes().all(|b| b.is_ascii_digit());
        }
        let signed = &self.source.as_bytes()[end..];
        let signed = matches!(signed, [b'+' | b'-', digit, ..] if digit.is_ascii_digit());
        if signed {
            self.at = end + 1;
            self.at += self.rest().bytes().take_while(u8::is_ascii_digit).count();
        }
        signed
    }

    fn duration(&mut self, start: usize, end: usize) -> Result<(), Mistake> {
        let text = &self.source[start..end];
        if parse_duration(text).is_none() {
            let title = format!("`{text}` is no duration");
            let label = if text.contains('.') { "it has a fraction" } else { "it can't be read" };
            return Err(Mistake::new(start, end, title, label)
                .help("durations are whole numbers with `d`, `h`, `m`, `s` or `ms`, large before small, as in `1h30m`"));
        }
        self.replace(start, end, &format!("{DURATION_CALL}(\"{text}\")"));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
