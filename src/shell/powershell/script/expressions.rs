//! Expressions: values, what is taken from them, and operators.

use std::rc::Rc;

use super::chars::{Reading, is_dash, is_name, is_quote};
use super::pipelines::push;
use super::statements::Parser;
use super::tree::{Brackets, Expr, Step};
use crate::shell::quote::{is_double_quote, is_single_quote};

/// More operands than this, nobody means.
const MOST_OPERANDS: usize = 2_000;

/// Whether a comma is an operator.
#[derive(Clone, Copy, PartialEq)]
enum Commas {
    Join,
    End,
}

impl Parser {
    pub(super) fn operation(&mut self) -> Reading<Expr> {
        self.nested(|parser| parser.operands(Commas::Join))
    }

    pub(super) fn without_comma(&mut self) -> Reading<Expr> {
        self.operands(Commas::End)
    }

    fn operands(&mut self, commas: Commas) -> Reading<Expr> {
        let mut operands = vec![self.operand()?];
        let mut operators = Vec::new();
        while let Some(operator) = self.operator(commas)? {
            self.cursor.skip_lines()?;
            operators.push(operator);
            operands.push(self.operand()?);
            if operands.len() > MOST_OPERANDS {
                return Err("an expression has too many parts".to_owned());
            }
        }
        Ok(match operators.is_empty() {
            true => operands.remove(0),
            false => Expr::Operation { operands, operators },
        })
    }

    fn operator(&mut self, commas: Commas) -> Reading<Option<String>> {
        const SIGNS: [&str; 9] = ["..", "??", "+", "*", "/", "%", "?", ":", ","];
        self.cursor.skip_blanks()?;
        if self.assigns() || self.cursor.starts_with("*>") {
            return Ok(None);
        }
        if self.cursor.is(is_dash) {
            self.cursor.next();
            let name = self.cursor.take_while(|c| c.is_ascii_alphabetic());
            return Ok(Some(format!("-{}", name.to_lowercase())));
        }
        let sign = SIGNS.iter().find(|sign| self.cursor.starts_with(sign));
        let sign = sign.filter(|sign| **sign != "," || commas == Commas::Join);
        Ok(sign.filter(|sign| self.cursor.take(sign)).map(|sign| (*sign).to_owned()))
    }

    fn assigns(&self) -> bool {
        let sign =
            self.cursor.is(|c| is_dash(c) || "+*/%".contains(c)) && self.cursor.peek_at(1) == Some('=');
        sign || self.cursor.starts_with("??=")
    }

    fn operand(&mut self) -> Reading<Expr> {
        self.nested(Self::operand_here)
    }

    fn operand_here(&mut self) -> Reading<Expr> {
        self.cursor.skip_blanks()?;
        let operator = match self.cursor.peek() {
            Some(c) if is_dash(c) || c == '+' => {
                self.cursor.next();
                let doubled = self.cursor.is(|next| next == c || is_dash(c) && is_dash(next));
                if doubled {
                    self.cursor.next();
                    "++".to_owned()
                } else {
                    format!("-{}", self.cursor.take_while(|c| c.is_ascii_alphabetic()).to_lowercase())
                }
            }
            Some(c @ ('!' | ',')) => {
                self.cursor.next();
                c.to_string()
            }
            Some('[') => return self.type_or_cast(),
            Some(_) => {
                let of = self.primary()?;
                let of = self.steps(of)?;
                return Ok(self.counted(of));
            }
            None => return Err("a value is missing".to_owned()),
        };
        Ok(Expr::Unary { operator, of: Box::new(self.operand()?) })
    }

    /// `$x++`
    fn counted(&mut self, of: Expr) -> Expr {
        let counts = self.cursor.starts_with("++")
            || self.cursor.is(is_dash) && self.cursor.peek_at(1).is_some_and(is_dash);
        if !counts {
            return of;
        }
        self.cursor.next();
        self.cursor.next();
        Expr::Postfix { of: Box::new(of), steps: vec![Step::Counted] }
    }

    /// `[Type]`, `[Type]::…` or `[Type]value`
    fn type_or_cast(&mut self) -> Reading<Expr> {
        let name = self.type_name()?;
        if self.cursor.starts_with("::") || self.cursor.starts_with(".") {
            return self.steps(Expr::Type(name));
        }
        let start = self.cursor.at();
        self.cursor.skip_blanks()?;
        let digit = self.cursor.peek_at(1).is_some_and(|c| c.is_ascii_digit());
        let begins =
            |c: char| "$@({[".contains(c) || is_quote(c) || c.is_ascii_digit() || is_dash(c) && digit;
        if self.cursor.is(begins) {
            return Ok(Expr::Cast { to: name, of: Box::new(self.operand()?) });
        }
        self.cursor.back_to(start);
        Ok(Expr::Type(name))
    }

    fn type_name(&mut self) -> Reading<String> {
        let start = self.cursor.at();
        let mut depth = 0_usize;
        loop {
            match self.cursor.next() {
                Some('[') => depth += 1,
                Some(']') => depth -= 1,
                Some(c) if is_name(c) || c == '`' || " .,+".contains(c) => {}
                Some(_) | None => return Err("the name of a type can't be read".to_owned()),
            }
            if depth == 0 {
                let text = self.cursor.since(start).to_lowercase();
                let name = text.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&text);
                return Ok(name.trim().trim_start_matches("system.").to_owned());
            }
        }
    }

    pub(super) fn primary(&mut self) -> Reading<Expr> {
        let after = self.cursor.peek_at(1);
        match self.cursor.peek() {
            Some(c) if is_quote(c) => self.string(),
            Some('@') if after.is_some_and(is_quote) => self.here_string(),
            Some('@') if after == Some('{') => self.hash(),
            Some('@') if after == Some('(') => self.brackets(Brackets::List),
            Some('$') if after == Some('(') => self.brackets(Brackets::Dollar),
            Some('(') => self.brackets(Brackets::Round),
            Some('{') => Ok(Expr::Block(Rc::new(self.braces()?))),
            Some('$') => match self.variable()? {
                Some(name) => Ok(Expr::Variable(name)),
                None => Err("a `$` of the command names nothing".to_owned()),
            },
            Some('[') => self.type_or_cast(),
            Some(c) if c.is_ascii_digit() => Ok(self.number()),
            Some('.') if after.is_some_and(|c| c.is_ascii_digit()) => Ok(self.number()),
            Some(c) => Err(format!("a `{c}` of the command stands where none can")),
            None => Err("a value is missing".to_owned()),
        }
    }

    fn brackets(&mut self, kind: Brackets) -> Reading<Expr> {
        self.cursor.take_while(|c| c != '(');
        self.cursor.next();
        let block = self.nested(|parser| parser.block_until(Some(")")))?;
        Ok(Expr::Sub(kind, block.body))
    }

    fn number(&mut self) -> Expr {
        let mut text = self.cursor.take_while(|c| c.is_ascii_alphanumeric());
        let fraction =
            self.cursor.is(|c| c == '.') && self.cursor.peek_at(1).is_some_and(|c| c.is_ascii_digit());
        if fraction {
            self.cursor.next();
            text = format!("{text}.{}", self.cursor.take_while(|c| c.is_ascii_alphanumeric()));
        }
        Expr::Number(text)
    }

    /// Whether a number comes next rather than a word that begins with one, such as `7z`.
    pub(super) fn number_ahead(&mut self) -> bool {
        let start = self.cursor.at();
        let Expr::Number(text) = self.number() else { return false };
        let digits = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').to_lowercase();
        let hex = digits.strip_prefix('x').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_hexdigit()));
        let unit = matches!(digits.as_str(), "" | "kb" | "mb" | "gb" | "tb" | "pb" | "l" | "d" | "u" | "ul");
        let ended = !self.cursor.is(|c| is_name(c) || "\\:".contains(c));
        self.cursor.back_to(start);
        ended && (hex || unit)
    }

    /// `.Name`, `::Name`, `(…)` and `[…]` after a value.
    pub(super) fn steps(&mut self, of: Expr) -> Reading<Expr> {
        let mut steps = Vec::new();
        while let Some(step) = self.step(steps.last())? {
            steps.push(step);
            if steps.len() > MOST_OPERANDS {
                return Err("an expression has too many parts".to_owned());
            }
        }
        Ok(if steps.is_empty() { of } else { Expr::Postfix { of: Box::new(of), steps } })
    }

    fn step(&mut self, last: Option<&Step>) -> Reading<Option<Step>> {
        let names = |c: Option<char>| c.is_some_and(|c| is_name(c) || is_quote(c) || "$({".contains(c));
        match self.cursor.peek() {
            Some('(') if matches!(last, Some(Step::Member(_) | Step::Static(_))) => self.call().map(Some),
            Some('{') if matches!(last, Some(Step::Member(Expr::Text(name))) if is_looping(name)) => {
                Ok(Some(Step::Call(vec![Expr::Block(Rc::new(self.braces()?))])))
            }
            Some('[') => {
                self.cursor.next();
                self.cursor.skip_lines()?;
                let index = self.operation()?;
                self.closes("]")?;
                Ok(Some(Step::Index(index)))
            }
            Some('.') if names(self.cursor.peek_at(1)) => {
                self.cursor.next();
                self.member().map(Step::Member).map(Some)
            }
            Some('?') if self.cursor.starts_with("?.") && names(self.cursor.peek_at(2)) => {
                self.cursor.take("?.");
                self.member().map(Step::Member).map(Some)
            }
            Some(':') if self.cursor.starts_with("::") => {
                self.cursor.take("::");
                self.member().map(Step::Static).map(Some)
            }
            Some(_) | None => Ok(None),
        }
    }

    fn member(&mut self) -> Reading<Expr> {
        match self.cursor.peek() {
            Some(c) if is_quote(c) || "$(".contains(c) => self.primary(),
            Some('{') => Err("a member can't be read".to_owned()),
            Some(_) | None => Ok(Expr::Text(self.cursor.take_while(is_name))),
        }
    }

    fn call(&mut self) -> Reading<Step> {
        self.cursor.next();
        self.cursor.skip_lines()?;
        if self.cursor.take(")") {
            return Ok(Step::Call(Vec::new()));
        }
        let arguments = self.operation()?;
        self.closes(")")?;
        Ok(Step::Call(vec![arguments]))
    }

    fn closes(&mut self, close: &str) -> Reading<()> {
        self.cursor.skip_lines()?;
        if self.cursor.take(close) { Ok(()) } else { Err(format!("a `{close}` is missing")) }
    }

    /// `@{ key = value; … }`
    fn hash(&mut self) -> Reading<Expr> {
        self.cursor.take("@{");
        let mut pairs = Vec::new();
        loop {
            self.cursor.skip_lines()?;
            if self.cursor.take(";") {
                continue;
            }
            if self.cursor.take("}") {
                return Ok(Expr::Hash(pairs));
            }
            let key = self.key()?;
            self.closes("=")?;
            self.cursor.skip_lines()?;
            pairs.push((key, self.statement()?));
        }
    }

    fn key(&mut self) -> Reading<Expr> {
        let name = self.cursor.take_while(|c| is_name(c) || c == '-');
        if !name.is_empty() {
            return Ok(Expr::Text(name));
        }
        let key = self.nested(Self::primary)?;
        self.steps(key)
    }

    /// The name of a variable, in lower case; none for a lone `$`. The cursor stands on the `$`.
    pub(super) fn variable(&mut self) -> Reading<Option<String>> {
        self.cursor.next();
        if self.cursor.take("{") {
            let name = self.cursor.take_while(|c| c != '}' && c != '`');
            let closed = self.cursor.take("}");
            return if closed {
                Ok(Some(name.to_lowercase()))
            } else {
                Err("a `${` is not closed".to_owned())
            };
        }
        let mut name = self.cursor.take_while(|c| is_name(c) || c == '?');
        if !name.is_empty() && self.cursor.is(|c| c == ':') && self.cursor.peek_at(1).is_some_and(is_name) {
            self.cursor.next();
            name = format!("{name}:{}", self.cursor.take_while(|c| is_name(c) || c == '?'));
        }
        if name.is_empty() && self.cursor.is(|c| c == '$' || c == '^') {
            name.extend(self.cursor.next());
        }
        Ok(Some(name.to_lowercase()).filter(|name| !name.is_empty()))
    }

    pub(super) fn string(&mut self) -> Reading<Expr> {
        match self.cursor.next() {
            Some(c) if is_single_quote(c) => self.single(),
            _ => self.nested(Self::double),
        }
    }

    fn single(&mut self) -> Reading<Expr> {
        let mut text = String::new();
        loop {
            match self.cursor.next() {
                None => return Err("a single quote of the command is not closed".to_owned()),
                Some(c) if is_single_quote(c) && !self.cursor.is(is_single_quote) => {
                    return Ok(Expr::Text(text));
                }
                Some(c) if is_single_quote(c) => text.extend(self.cursor.next()),
                Some(c) => text.push(c),
            }
        }
    }

    fn double(&mut self) -> Reading<Expr> {
        let mut pieces = vec![Expr::Text(String::new())];
        loop {
            match self.cursor.peek() {
                None => return Err("a double quote of the command is not closed".to_owned()),
                Some(c) if is_double_quote(c) => {
                    self.cursor.next();
                    match self.cursor.peek().filter(|c| is_double_quote(*c)) {
                        Some(second) => push(&mut pieces, second),
                        None => return Ok(joined(pieces)),
                    }
                    self.cursor.next();
                }
                Some(_) => self.in_double(&mut pieces)?,
            }
        }
    }

    fn in_double(&mut self, pieces: &mut Vec<Expr>) -> Reading<()> {
        match self.cursor.peek() {
            Some('`') => {
                let c = self.cursor.escape()?;
                push(pieces, c);
            }
            Some('$') => self.dollar(pieces)?,
            Some(c) => {
                self.cursor.next();
                push(pieces, c);
            }
            None => {}
        }
        Ok(())
    }

    /// `@'⏎…⏎'@` or `@"⏎…⏎"@`
    fn here_string(&mut self) -> Reading<Expr> {
        self.cursor.next();
        let expands = self.cursor.is(is_double_quote);
        self.cursor.next();
        self.cursor.take_while(super::chars::is_blank);
        if !self.cursor.take("\n") {
            return Err("text follows the start of a here-string".to_owned());
        }
        let mut pieces = vec![Expr::Text(String::new())];
        while !(self.cursor.before() == Some('\n') && self.at_here_end(expands)) {
            match self.cursor.peek() {
                None => return Err("a here-string of the command is not closed".to_owned()),
                Some(_) if expands => self.nested(|parser| parser.in_double(&mut pieces))?,
                Some(c) => {
                    self.cursor.next();
                    push(&mut pieces, c);
                }
            }
        }
        self.cursor.next();
        self.cursor.next();
        if let Some(Expr::Text(text)) = pieces.last_mut() {
            text.pop();
        }
        Ok(joined(pieces))
    }

    fn at_here_end(&self, expands: bool) -> bool {
        let quote = if expands { is_double_quote } else { is_single_quote };
        self.cursor.is(quote) && self.cursor.peek_at(1) == Some('@')
    }
}

/// Methods that take a block without brackets.
fn is_looping(name: &str) -> bool {
    name.eq_ignore_ascii_case("foreach") || name.eq_ignore_ascii_case("where")
}

fn joined(mut pieces: Vec<Expr>) -> Expr {
    if pieces.len() == 1 { pieces.remove(0) } else { Expr::Joined(pieces) }
}
