//! From characters to tokens, with PowerShell's rules of quoting.

use crate::shell::Quotes;
use crate::shell::quote::{is_double_quote, is_single_quote};
use crate::shell::units::{DEEPEST, Reader, Trouble, Unit, mark};

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// A blank stands before it.
    pub(super) spaced: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// An unquoted word, escapes taken out: a name, a parameter, a variable, a number.
    Word(String),
    /// A quoted string.
    Text(Vec<Part>),
    /// An unquoted hole.
    Hole(u32),
    /// `( ) { } , ; | & || && $( @( @{ > >> <` and the like.
    Operator(&'static str),
    Newline,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    Literal(String),
    Hole {
        hole: u32,
        inside: Quoted,
    },
    /// `$x` or `$(…)` in double quotes, as typed.
    Expansion(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoted {
    Single,
    Double,
    Here,
}

/// Longest first.
const OPERATORS: [&str; 17] =
    ["*>>", "2>>", "2>&1", "&&", "||", "$(", "@(", "@{", ">>", "2>", "*>", ">", "<", ";", "|", "&", ","];
const BRACKETS: [&str; 4] = ["(", ")", "{", "}"];

pub(super) struct Lexer<'u> {
    reader: Reader<'u>,
    depth: usize,
    /// What closes each bracket that is open.
    open: Vec<&'static str>,
}

/// The tokens of a whole command line.
pub(super) fn lex(units: &[Unit]) -> Result<Vec<Token>, Trouble> {
    let mut lexer = Lexer { reader: Reader::new(units), depth: 0, open: Vec::new() };
    let tokens = lexer.tokens()?;
    match lexer.reader.peek() {
        None => Ok(tokens),
        Some(_) => Err(Trouble::broken("a `)` has no `(`", "remove it")),
    }
}

/// Blanks of PowerShell: those of Unicode, line ends left out.
fn is_blank(c: char) -> bool {
    c != '\n' && c.is_whitespace()
}

/// What is a blank to one version of PowerShell and a letter to another.
fn is_unsure(c: char) -> bool {
    matches!(c, '\u{180e}' | '\u{feff}')
}

fn ends_word(c: char) -> bool {
    c == '\n' || is_blank(c) || is_single_quote(c) || is_double_quote(c) || "(){};|&,<>`$".contains(c)
}

fn lone_return() -> Trouble {
    let why = "a carriage return without a line feed ends a line of PowerShell";
    Trouble::text(why, "end the line with a line feed")
}

fn unclosed(what: &str) -> Trouble {
    Trouble::broken(format!("a {what} of the command is not closed"), "close it")
}

impl Lexer<'_> {
    /// Tokens up to the end, or to a `)` that closes nothing here.
    fn tokens(&mut self) -> Result<Vec<Token>, Trouble> {
        let mut tokens = Vec::new();
        let base = self.open.len();
        loop {
            self.check_joined_comment(tokens.last())?;
            let spaced = self.skip_blanks()?;
            let Some(unit) = self.reader.peek() else { break };
            if unit == Unit::Char(')') && self.open.len() == base && base == 0 {
                return Ok(tokens);
            }
            let kind = self.kind(unit)?;
            let stops = matches!(&kind, Kind::Word(word) if word == "--%");
            tokens.push(Token { kind, spaced });
            if stops {
                self.stopped(&mut tokens)?;
            }
        }
        match self.open.last() {
            Some(close) => Err(Trouble::broken(format!("a `{close}` is missing"), "close every bracket")),
            None => Ok(tokens),
        }
    }

    /// `$x#…` is one word, `'a'#…` a string and a comment: such text is refused rather than read wrongly.
    fn check_joined_comment(&self, before: Option<&Token>) -> Result<(), Trouble> {
        let joins = matches!(before, Some(Token { kind: Kind::Word(_) | Kind::Text(_) | Kind::Hole(_), .. }));
        if joins && self.reader.is('#') {
            return Err(Trouble::text("a `#` is joined to a word", "put a blank before it, or quote it"));
        }
        Ok(())
    }

    fn skip_blanks(&mut self) -> Result<bool, Trouble> {
        let start = self.reader.at();
        loop {
            match self.reader.peek() {
                Some(Unit::Char('\r')) if !self.reader.starts_with("\r\n") => return Err(lone_return()),
                Some(Unit::Char(c)) if is_blank(c) => self.reader.skip(1),
                Some(Unit::Char('`')) if self.reader.starts_with("`\n") => self.reader.skip(2),
                Some(Unit::Char('`')) if self.reader.starts_with("`\r\n") => self.reader.skip(3),
                Some(Unit::Char('#')) => self.comment("\n")?,
                Some(Unit::Char('<')) if self.reader.starts_with("<#") => {
                    self.comment("#>")?;
                    self.reader.skip(2);
                }
                Some(Unit::Char(_) | Unit::Hole(_)) | None => return Ok(self.reader.at() > start),
            }
        }
    }

    fn comment(&mut self, end: &str) -> Result<(), Trouble> {
        while !self.reader.starts_with(end) {
            match self.reader.next() {
                Some(Unit::Char('\r')) if end == "\n" && !self.reader.is('\n') => return Err(lone_return()),
                Some(Unit::Char(_)) => {}
                Some(Unit::Hole(hole)) => {
                    let help = "remove it, or move the comment out of the command";
                    return Err(Trouble::hole(hole, "it stands in a comment of the command", help));
                }
                None if end == "\n" => return Ok(()),
                None => return Err(unclosed("comment")),
            }
        }
        Ok(())
    }

    fn kind(&mut self, unit: Unit) -> Result<Kind, Trouble> {
        match unit {
            Unit::Hole(hole) => {
                self.reader.skip(1);
                Ok(Kind::Hole(hole))
            }
            Unit::Char('\n') => {
                self.reader.skip(1);
                Ok(Kind::Newline)
            }
            Unit::Char('@') if self.at_here_string() => self.here_string(),
            Unit::Char(c) if is_single_quote(c) => self.single(),
            Unit::Char(c) if is_double_quote(c) => self.double(),
            Unit::Char(_) => self.operator_or_word(),
        }
    }

    fn operator_or_word(&mut self) -> Result<Kind, Trouble> {
        if let Some(bracket) = BRACKETS.iter().find(|bracket| self.reader.starts_with(bracket)) {
            self.reader.skip(1);
            self.bracket(bracket)?;
            return Ok(Kind::Operator(bracket));
        }
        let Some(operator) = OPERATORS.iter().find(|operator| self.reader.starts_with(operator)) else {
            return self.word();
        };
        self.reader.skip(operator.len());
        match *operator {
            "$(" | "@(" => self.opened(")")?,
            "@{" => self.opened("}")?,
            _ => {}
        }
        Ok(Kind::Operator(operator))
    }

    fn opened(&mut self, close: &'static str) -> Result<(), Trouble> {
        if self.open.len() >= DEEPEST {
            return Err(Trouble::text("brackets are nested too deep", "split the command up"));
        }
        self.open.push(close);
        Ok(())
    }

    fn bracket(&mut self, bracket: &'static str) -> Result<(), Trouble> {
        match bracket {
            "(" => self.opened(")"),
            "{" => self.opened("}"),
            _ if self.open.pop() == Some(bracket) => Ok(()),
            _ => Err(Trouble::broken(format!("a `{bracket}` closes nothing"), "remove it")),
        }
    }

    fn word(&mut self) -> Result<Kind, Trouble> {
        let mut word = String::new();
        loop {
            match self.reader.peek() {
                Some(Unit::Char('`')) => word.push(self.escape()?),
                Some(Unit::Char('$')) if word.is_empty() => word.push_str(&self.variable()?),
                Some(Unit::Char('$')) => break,
                Some(Unit::Char(c)) if ends_word(c) => break,
                Some(Unit::Char(c)) if is_unsure(c) => {
                    let why = "an invisible character may or may not end a word";
                    return Err(Trouble::text(why, "remove it, or put it in quotes"));
                }
                Some(Unit::Char(c)) => {
                    self.reader.skip(1);
                    word.push(c);
                }
                Some(Unit::Hole(_)) | None => break,
            }
        }
        if word.is_empty() {
            return Err(Trouble::text("a character of the command can't be read", "write it in quotes"));
        }
        Ok(Kind::Word(word))
    }

    /// A backtick and what it escapes.
    fn escape(&mut self) -> Result<char, Trouble> {
        self.reader.skip(1);
        match self.reader.next() {
            Some(Unit::Hole(hole)) => {
                let why = "it stands right after a backtick, which would take its first character";
                Err(Trouble::hole(hole, why, "remove the backtick"))
            }
            Some(Unit::Char(c)) => Ok(match c {
                '0' => '\0',
                'a' => '\u{7}',
                'b' => '\u{8}',
                'e' => '\u{1b}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                'u' => {
                    return Err(Trouble::text("`` `u{…} `` can't be followed", "write the character itself"));
                }
                _ => c,
            }),
            None => Err(Trouble::text("the command ends with a backtick", "remove it")),
        }
    }

    /// `$name`, `${name}`, `$?` and the like; the reader stands on the `$`.
    fn variable(&mut self) -> Result<String, Trouble> {
        let start = self.reader.at();
        self.reader.skip(1);
        if self.reader.take('{') {
            loop {
                match self.reader.next() {
                    Some(Unit::Char('}')) => break,
                    Some(Unit::Char(_)) => {}
                    Some(Unit::Hole(hole)) => {
                        return Err(Trouble::hole(hole, "it names a variable", "write the name itself"));
                    }
                    None => return Err(unclosed("`${`")),
                }
            }
        } else {
            let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '?');
            if self.reader.take_while(named).is_empty() && (self.reader.is('$') || self.reader.is('^')) {
                self.reader.skip(1);
            }
        }
        let typed = self.reader.since(start, |_| String::new());
        match self.reader.peek() {
            Some(Unit::Hole(hole)) if typed == "$" => {
                let why = "it stands right after a `$`, so its value would name a variable";
                Err(Trouble::hole(hole, why, "write `` `$ `` for a dollar sign, or remove it"))
            }
            Some(Unit::Hole(hole)) if !typed.starts_with("${") => {
                let why = format!("it is joined to `{typed}`, whose name its value could lengthen");
                Err(Trouble::hole(
                    hole,
                    why,
                    format!("write `${{{}}}` before it", typed.trim_start_matches('$')),
                ))
            }
            Some(Unit::Char(_) | Unit::Hole(_)) | None => Ok(typed),
        }
    }

    /// After `--%` the rest of the line is taken as it stands, up to a pipe.
    fn stopped(&mut self, tokens: &mut Vec<Token>) -> Result<(), Trouble> {
        let mut line = self.reader.clone();
        line.take_while(|c| c != '\n');
        if let Some(Unit::Hole(hole)) = line.peek() {
            return Err(Trouble::hole(
                hole,
                "it stands after `--%`, where nothing is quoted",
                "remove the `--%`",
            ));
        }
        let rest = self.reader.take_while(|c| !matches!(c, '\n' | '|' | '&'));
        for word in rest.split_whitespace() {
            tokens.push(Token { kind: Kind::Word(word.to_owned()), spaced: true });
        }
        Ok(())
    }

    fn single(&mut self) -> Result<Kind, Trouble> {
        self.reader.skip(1);
        let mut parts = vec![Part::Literal(String::new())];
        loop {
            match self.reader.next() {
                None => return Err(unclosed("single quote")),
                Some(Unit::Hole(hole)) => parts.push(Part::Hole { hole, inside: Quoted::Single }),
                Some(Unit::Char(c)) if is_single_quote(c) => match self.reader.peek() {
                    Some(Unit::Char(second)) if is_single_quote(second) => {
                        self.reader.skip(1);
                        push(&mut parts, second);
                    }
                    Some(Unit::Char(_) | Unit::Hole(_)) | None => return Ok(Kind::Text(parts)),
                },
                Some(Unit::Char(c)) => push(&mut parts, c),
            }
        }
    }

    fn double(&mut self) -> Result<Kind, Trouble> {
        self.reader.skip(1);
        let mut parts = vec![Part::Literal(String::new())];
        loop {
            match self.reader.peek() {
                None => return Err(unclosed("double quote")),
                Some(Unit::Char(c)) if is_double_quote(c) => {
                    self.reader.skip(1);
                    match self.reader.peek() {
                        Some(Unit::Char(second)) if is_double_quote(second) => {
                            self.reader.skip(1);
                            push(&mut parts, second);
                        }
                        Some(Unit::Char(_) | Unit::Hole(_)) | None => return Ok(Kind::Text(parts)),
                    }
                }
                Some(_) => self.inside_double(&mut parts)?,
            }
        }
    }

    fn inside_double(&mut self, parts: &mut Vec<Part>) -> Result<(), Trouble> {
        match self.reader.peek() {
            None => {}
            Some(Unit::Hole(hole)) => {
                self.reader.skip(1);
                parts.push(Part::Hole { hole, inside: Quoted::Double });
            }
            Some(Unit::Char('`')) => {
                let c = self.escape()?;
                push(parts, c);
            }
            Some(Unit::Char('$')) if self.reader.starts_with("$(") => parts.push(self.sub_expression()?),
            Some(Unit::Char('$')) => {
                let source = self.variable()?;
                match source.as_str() {
                    "$" => push(parts, '$'),
                    _ => parts.push(Part::Expansion(source)),
                }
            }
            Some(Unit::Char(c)) => {
                self.reader.skip(1);
                push(parts, c);
            }
        }
        Ok(())
    }

    /// `$(…)` inside double quotes: code of its own.
    fn sub_expression(&mut self) -> Result<Part, Trouble> {
        if self.depth >= DEEPEST {
            return Err(Trouble::text("strings are nested too deep", "split the command up"));
        }
        let start = self.reader.at();
        self.reader.skip(2);
        self.depth += 1;
        let outer = std::mem::take(&mut self.open);
        let code = self.tokens()?;
        self.open = outer;
        self.depth -= 1;
        if !self.reader.take(')') {
            return Err(unclosed("`$(`"));
        }
        if let Some(hole) = first_hole(&code) {
            let why = "it stands in code inside a string";
            return Err(Trouble::hole(hole, why, "put it outside the `$(…)`, or set a variable before"));
        }
        Ok(Part::Expansion(self.reader.since(start, |hole| mark(hole, Quotes::Double))))
    }

    fn at_here_string(&self) -> bool {
        matches!(self.reader.peek_at(1), Some(Unit::Char(c)) if is_single_quote(c) || is_double_quote(c))
    }

    /// `@'⏎…⏎'@` or `@"⏎…⏎"@`
    fn here_string(&mut self) -> Result<Kind, Trouble> {
        let expands = matches!(self.reader.peek_at(1), Some(Unit::Char(c)) if is_double_quote(c));
        self.reader.skip(2);
        self.reader.take_while(is_blank);
        if !self.reader.take('\n') {
            return Err(Trouble::text(
                "text follows the start of a here-string",
                "begin it on the next line",
            ));
        }
        let mut parts = vec![Part::Literal(String::new())];
        let mut at_line_start = true;
        while !(at_line_start && self.at_here_end(expands)) {
            at_line_start = self.reader.is('\n');
            self.in_here_string(&mut parts, expands)?;
        }
        self.reader.skip(2);
        Ok(Kind::Text(parts))
    }

    fn at_here_end(&self, expands: bool) -> bool {
        let quote = if expands { is_double_quote } else { is_single_quote };
        let at_quote = matches!(self.reader.peek(), Some(Unit::Char(c)) if quote(c));
        at_quote && self.reader.peek_at(1) == Some(Unit::Char('@'))
    }

    fn in_here_string(&mut self, parts: &mut Vec<Part>, expands: bool) -> Result<(), Trouble> {
        match self.reader.peek() {
            None => Err(unclosed("here-string")),
            Some(Unit::Hole(hole)) if expands => {
                let why = "it stands in a here-string that expands, whose end its value could be";
                Err(Trouble::hole(hole, why, "write it as `@'…'@`, or pass the text with `stdin`"))
            }
            Some(Unit::Hole(hole)) => {
                if matches!(parts.last(), Some(Part::Literal(text)) if text.ends_with(is_single_quote)) {
                    let why = "a quote stands before it in a here-string, which could end there";
                    return Err(Trouble::hole(hole, why, "put a blank behind the quote"));
                }
                self.reader.skip(1);
                if matches!(self.reader.peek(), Some(Unit::Char(c)) if is_single_quote(c)) {
                    let why = "a quote follows it in a here-string, which could end there";
                    return Err(Trouble::hole(hole, why, "put a blank before the quote"));
                }
                parts.push(Part::Hole { hole, inside: Quoted::Here });
                Ok(())
            }
            Some(Unit::Char(_)) if expands => self.inside_double(parts),
            Some(Unit::Char(c)) => {
                self.reader.skip(1);
                push(parts, c);
                Ok(())
            }
        }
    }
}

fn push(parts: &mut Vec<Part>, c: char) {
    match parts.last_mut() {
        Some(Part::Literal(text)) => text.push(c),
        _ => parts.push(Part::Literal(c.to_string())),
    }
}

/// The first hole among tokens, in strings too.
fn first_hole(tokens: &[Token]) -> Option<u32> {
    tokens.iter().find_map(|token| match &token.kind {
        Kind::Hole(hole) => Some(*hole),
        Kind::Text(parts) => parts.iter().find_map(|part| match part {
            Part::Hole { hole, .. } => Some(*hole),
            Part::Literal(_) | Part::Expansion(_) => None,
        }),
        Kind::Word(_) | Kind::Operator(_) | Kind::Newline => None,
    })
}
