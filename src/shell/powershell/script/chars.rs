//! A position in a script, and what its characters are to PowerShell.

use crate::shell::quote::{is_double_quote, is_single_quote};

/// Why a script can't be read.
pub(super) type Reading<T> = Result<T, String>;

/// The hyphen and the dashes that PowerShell takes for one.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

pub(super) fn is_quote(c: char) -> bool {
    is_single_quote(c) || is_double_quote(c)
}

/// Blanks of PowerShell, line ends left out.
pub(super) fn is_blank(c: char) -> bool {
    c != '\n' && c != '\r' && c.is_whitespace()
}

/// What a word of a command ends with.
pub(super) fn ends_word(c: char) -> bool {
    c.is_whitespace() || "{}();,|&<>".contains(c)
}

pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Characters that one version of PowerShell takes for blanks and another for letters, or that
/// nobody sees.
fn is_unsure(c: char) -> bool {
    matches!(c, '\u{180e}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\0')
}

pub(super) struct Cursor {
    chars: Vec<char>,
    at: usize,
    /// PowerShell 7 has escapes that 5.1 has not.
    newer: bool,
}

impl Cursor {
    pub(super) fn new(text: &str, newer: bool) -> Reading<Self> {
        let chars: Vec<char> = text.replace("\r\n", "\n").chars().collect();
        if chars.iter().any(|c| is_unsure(*c)) {
            return Err("an invisible character may or may not end a word".to_owned());
        }
        Ok(Self { chars, at: 0, newer })
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    pub(super) fn before(&self) -> Option<char> {
        self.at.checked_sub(1).and_then(|at| self.chars.get(at)).copied()
    }

    pub(super) fn is(&self, wanted: impl Fn(char) -> bool) -> bool {
        self.peek().is_some_and(wanted)
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.peek_at(ahead) == Some(c))
    }

    /// Takes `text` if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.starts_with(text);
        self.at += if found { text.chars().count() } else { 0 };
        found
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| wanted(*c)) {
            text.push(c);
            self.at += 1;
        }
        text
    }

    pub(super) fn since(&self, start: usize) -> String {
        self.chars[start.min(self.at)..self.at].iter().collect()
    }

    /// Skips blanks, lines joined by a backtick, and comments.
    pub(super) fn skip_blanks(&mut self) -> Reading<()> {
        loop {
            match self.peek() {
                Some(c) if is_blank(c) => self.at += 1,
                Some('`') if self.starts_with("`\n") => self.at += 2,
                Some('#') => {
                    self.take_while(|c| c != '\n' && c != '\r');
                }
                Some('\r') => {
                    return Err("a carriage return without a line feed ends a line of PowerShell".to_owned());
                }
                Some('<') if self.starts_with("<#") => self.comment()?,
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// The same, with line ends.
    pub(super) fn skip_lines(&mut self) -> Reading<()> {
        loop {
            self.skip_blanks()?;
            if !self.take("\n") {
                return Ok(());
            }
        }
    }

    fn comment(&mut self) -> Reading<()> {
        while !self.take("#>") {
            self.next().ok_or("a comment of the command is not closed")?;
        }
        Ok(())
    }

    /// The letters of ASCII that come next, in lower case.
    pub(super) fn letters(&self) -> String {
        let rest = &self.chars[self.at.min(self.chars.len())..];
        rest.iter().take_while(|c| c.is_ascii_alphabetic()).take(20).collect::<String>().to_lowercase()
    }

    /// What a backtick and the character after it stand for; the cursor stands on the backtick.
    pub(super) fn escape(&mut self) -> Reading<char> {
        self.at += 1;
        let c = self.next().ok_or("the command ends with a backtick")?;
        Ok(match c {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'e' if self.newer => '\u{1b}',
            'u' if self.newer && self.peek() == Some('{') => return self.code_point(),
            _ => c,
        })
    }

    fn code_point(&mut self) -> Reading<char> {
        self.at += 1;
        let digits = self.take_while(|c| c.is_ascii_hexdigit());
        let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        match (code, self.take("}")) {
            (Some(c), true) => Ok(c),
            _ => Err("a `` `u{…} `` can't be read".to_owned()),
        }
    }
}
