//! A reader of PowerShell, written from its published rules and from nothing of this crate: the
//! language specification (chapter 2.3 and appendix B.1) and about_Parsing, about_Quoting_Rules
//! and about_Special_Characters. It knows what stands in the templates of the tests, and fails
//! on all else: it never guesses.

/// What a line of PowerShell is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word of a command, or a string, after all quoting is taken off.
    Text {
        value: String,
        how: How,
    },
    /// `$name`, `$env:NAME`, `${…}`
    Variable(String),
    /// `(`, `)`, `{`, `}`, `;`, `,`, `|`, `=` and the like.
    Punctuator(String),
    NewLine,
}

/// How a text was written, which says whether it could be taken for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Without quotes: it may be a number, a parameter, an operator or a keyword.
    Bare,
    /// In quotes, all of it or a part.
    Quoted,
}

struct Reader {
    text: Vec<char>,
    at: usize,
}

/// The tokens of a script, or what is wrong with it. A variable or `$(…)` inside a string is an
/// error: no value may come to that.
pub fn tokens(script: &str) -> Result<Vec<Token>, String> {
    let mut reader = Reader { text: script.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = reader.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

/// B.1.9.3: single-quote-character
fn single_quote(c: char) -> bool {
    ['\u{27}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'].contains(&c)
}

/// B.1.9.3: double-quote-character
fn double_quote(c: char) -> bool {
    ['\u{22}', '\u{201c}', '\u{201d}', '\u{201e}'].contains(&c)
}

/// B.1.2: dash
fn dash(c: char) -> bool {
    ['\u{2d}', '\u{2013}', '\u{2014}', '\u{2015}'].contains(&c)
}

/// B.1.1: new-line-character
fn new_line(c: char) -> bool {
    c == '\r' || c == '\n'
}

/// B.1.3: the classes Zs, Zl and Zp, and the blanks of ASCII. (NEL is one to the programs, too.)
fn white_space(c: char) -> bool {
    let spaces = matches!(
        c,
        '\u{20}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    );
    let lines = matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}');
    spaces || lines || matches!(c, '\u{9}' | '\u{b}' | '\u{c}')
}

/// B.1.6: variable-character, near enough for the names in the tests
fn names_variable(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '?' || c == ':'
}

/// B.1.7: what a generic token can't hold unquoted
fn ends_generic(c: char) -> bool {
    white_space(c) || new_line(c) || "{}();,|&".contains(c)
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        Some(c)
    }

    fn token(&mut self) -> Result<Option<Token>, String> {
        self.skip_white_space()?;
        let Some(c) = self.peek(0) else { return Ok(None) };
        Ok(Some(match c {
            _ if new_line(c) => {
                self.at += 1;
                if c == '\r' && self.peek(0) == Some('\n') {
                    self.at += 1;
                }
                Token::NewLine
            }
            '@' if self.peek(1).is_some_and(single_quote) => self.verbatim_here_string()?,
            '@' if self.peek(1).is_some_and(double_quote) => return Err("an expandable here-string".into()),
            '$' if self.peek(1) == Some('(') => return Err("a subexpression".into()),
            '$' => self.variable(),
            '@' if matches!(self.peek(1), Some('(' | '{')) => {
                self.at += 2;
                Token::Punctuator(format!("@{}", self.text[self.at - 1]))
            }
            '@' => return Err("splatting".into()),
            '<' => return Err("a redirection from a file".into()),
            '>' => {
                self.at += 1;
                Token::Punctuator(">".into())
            }
            '{' | '}' | '(' | ')' | ';' | ',' | '|' | '&' => {
                self.at += 1;
                Token::Punctuator(c.to_string())
            }
            _ => self.generic()?,
        }))
    }

    fn skip_white_space(&mut self) -> Result<(), String> {
        loop {
            match self.peek(0) {
                Some(c) if white_space(c) => self.at += 1,
                Some('`') if self.peek(1).is_some_and(new_line) => self.at += 2,
                Some('#') => {
                    while self.peek(0).is_some_and(|c| !new_line(c)) {
                        self.at += 1;
                    }
                }
                Some('<') if self.peek(1) == Some('#') => return Err("a comment of several lines".into()),
                Some(_) | None => return Ok(()),
            }
        }
    }

    fn variable(&mut self) -> Token {
        let start = self.at;
        self.at += 1;
        while self.peek(0).is_some_and(names_variable) {
            self.at += 1;
        }
        Token::Variable(self.text[start..self.at].iter().collect())
    }

    /// B.1.7: generic-token; a string that begins it is a token of its own unless text is joined
    /// before it, and what is joined behind it begins another.
    fn generic(&mut self) -> Result<Token, String> {
        let (mut value, mut how, begins_quoted) = (String::new(), How::Bare, self.at_quote());
        while let Some(c) = self.peek(0) {
            match c {
                _ if single_quote(c) => {
                    value += &self.verbatim_string()?;
                    how = How::Quoted;
                }
                _ if double_quote(c) => {
                    value += &self.expandable_string()?;
                    how = How::Quoted;
                }
                '`' => {
                    self.at += 1;
                    value.push(self.next().ok_or("a backtick at the end")?);
                    how = How::Quoted;
                }
                '$' => return Err("a variable inside a word".into()),
                _ if ends_generic(c) => break,
                _ => {
                    value.push(c);
                    self.at += 1;
                }
            }
            // `-Name:` is a parameter, and what follows is its value.
            if begins_quoted || (value.ends_with(':') && value.starts_with(dash)) {
                break;
            }
        }
        if how == How::Bare && value.chars().count() == 3 && value.ends_with('%') {
            let dashes = value.chars().take(2).all(dash);
            if dashes {
                return Err("the stop-parsing token".into());
            }
        }
        Ok(Token::Text { value, how })
    }

    fn at_quote(&self) -> bool {
        self.peek(0).is_some_and(|c| single_quote(c) || double_quote(c))
    }

    /// B.1.9.3: verbatim-string-literal. Two single quotes of any kind are one, the second.
    fn verbatim_string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let c = self.next().ok_or("a single quote is not closed")?;
            if !single_quote(c) {
                value.push(c);
            } else if let Some(second) = self.peek(0).filter(|second| single_quote(*second)) {
                value.push(second);
                self.at += 1;
            } else {
                return Ok(value);
            }
        }
    }

    /// B.1.9.3: expandable-string-literal; about_Special_Characters for the escapes.
    fn expandable_string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let c = self.next().ok_or("a double quote is not closed")?;
            match c {
                '`' => value.push(escaped(self.next().ok_or("a backtick at the end")?)?),
                '$' if self.peek(0).is_some_and(|next| names_variable(next) || "({$^".contains(next)) => {
                    return Err("a string that is expanded".into());
                }
                _ if double_quote(c) => match self.peek(0).filter(|second| double_quote(*second)) {
                    Some(second) => {
                        value.push(second);
                        self.at += 1;
                    }
                    None => return Ok(value),
                },
                _ => value.push(c),
            }
        }
    }

    /// B.1.9.3: verbatim-here-string-literal. Its last line break is not part of it.
    fn verbatim_here_string(&mut self) -> Result<Token, String> {
        self.at += 2;
        while self.peek(0).is_some_and(white_space) {
            self.at += 1;
        }
        if self.next() != Some('\n') {
            return Err("text after the head of a here-string".into());
        }
        let start = self.at;
        loop {
            let at_line_start =
                self.at == start || self.text[self.at - 1] == '\n' || self.text[self.at - 1] == '\r';
            let ends = self.peek(0).is_some_and(single_quote) && self.peek(1) == Some('@');
            if at_line_start && ends {
                let end = self.at.saturating_sub(1).max(start);
                self.at += 2;
                return Ok(Token::Text { value: self.text[start..end].iter().collect(), how: How::Quoted });
            }
            self.next().ok_or("a here-string is not closed")?;
        }
    }
}

/// about_Special_Characters
fn escaped(c: char) -> Result<char, String> {
    Ok(match c {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1b}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'u' => return Err("an escape by code point".into()),
        _ => c,
    })
}
