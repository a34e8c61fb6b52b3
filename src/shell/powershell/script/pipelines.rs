//! Pipelines: commands with their arguments, and values that flow into them.

use super::chars::{Reading, ends_word, is_dash, is_name, is_quote};
use super::statements::Parser;
use super::tree::{Argument, Called, Command, Element, Expr, Pipeline, Statement, Step};

/// What a value may be set with.
const ASSIGNING: [&str; 7] = ["??=", "+=", "-=", "*=", "/=", "%=", "="];

impl Parser {
    /// Pipelines joined by `&&` and `||`, or an assignment.
    pub(super) fn pipelines(&mut self) -> Reading<Statement> {
        let first = self.element()?;
        if let Element::Value { of, writes } = &first
            && writes.is_empty()
            && let Some(operator) = self.assigning()?
        {
            self.cursor.skip_lines()?;
            let value = Box::new(self.statement()?);
            return Ok(Statement::Assign { targets: targets(of), operator, value });
        }
        let mut pipelines = vec![self.pipeline_from(first)?];
        loop {
            self.cursor.skip_blanks()?;
            if self.cursor.take("&&") || self.cursor.take("||") {
                self.cursor.skip_lines()?;
                let first = self.element()?;
                pipelines.push(self.pipeline_from(first)?);
            } else if !self.cursor.take("&") {
                return Ok(Statement::Pipelines(pipelines));
            }
        }
    }

    fn assigning(&mut self) -> Reading<Option<String>> {
        self.cursor.skip_blanks()?;
        let found = ASSIGNING.iter().find(|operator| self.cursor.starts_with(operator));
        Ok(found.filter(|operator| self.cursor.take(operator)).map(|operator| (*operator).to_owned()))
    }

    fn pipeline_from(&mut self, first: Element) -> Reading<Pipeline> {
        let mut elements = vec![first];
        while self.pipes()? {
            self.cursor.skip_lines()?;
            elements.push(self.element()?);
        }
        Ok(Pipeline { elements })
    }

    /// Takes a `|`, which may stand on the next line in PowerShell 7.
    fn pipes(&mut self) -> Reading<bool> {
        let start = self.cursor.at();
        self.cursor.skip_lines()?;
        if !self.cursor.starts_with("||") && self.cursor.take("|") {
            return Ok(true);
        }
        self.cursor.back_to(start);
        self.cursor.skip_blanks()?;
        Ok(false)
    }

    fn element(&mut self) -> Reading<Element> {
        self.cursor.skip_blanks()?;
        let called = match self.cursor.peek() {
            None => return Err("a command is missing".to_owned()),
            Some('&') => Called::Invoked,
            Some('.') if self.sources() => Called::Sourced,
            Some(_) if self.begins_value()? => return self.value_element(),
            Some(_) => Called::Plainly,
        };
        if called != Called::Plainly {
            self.cursor.next();
            self.cursor.skip_blanks()?;
        }
        self.command(called).map(Element::Command)
    }

    fn sources(&self) -> bool {
        let after = self.cursor.peek_at(1);
        after.is_some_and(|c| c.is_whitespace() || is_quote(c) || "$({".contains(c))
    }

    /// Whether an expression stands here rather than the name of a command.
    fn begins_value(&mut self) -> Reading<bool> {
        const UNARY: [&str; 6] = ["not", "bnot", "split", "isplit", "csplit", "join"];
        let (Some(c), after) = (self.cursor.peek(), self.cursor.peek_at(1)) else { return Ok(false) };
        if "$@({[!,".contains(c) || is_quote(c) {
            return Ok(true);
        }
        if c.is_ascii_digit() {
            return Ok(self.number_ahead());
        }
        if !is_dash(c) && c != '+' {
            return Ok(false);
        }
        if after.is_some_and(|c| is_dash(c) || c.is_ascii_digit() || "+$(".contains(c)) {
            return Ok(true);
        }
        let start = self.cursor.at();
        self.cursor.next();
        let unary = UNARY.contains(&self.cursor.letters().as_str());
        self.cursor.back_to(start);
        if unary { Ok(true) } else { Err(format!("a `{c}` of the command stands where none can")) }
    }

    fn value_element(&mut self) -> Reading<Element> {
        let of = self.operation()?;
        let mut writes = Vec::new();
        self.cursor.skip_blanks()?;
        while self.redirects() {
            writes.extend(self.redirection()?);
            self.cursor.skip_blanks()?;
        }
        Ok(Element::Value { of, writes })
    }

    fn command(&mut self, called: Called) -> Reading<Command> {
        let name = self.nested(Self::argument_value)?;
        let mut command = Command { called, name, arguments: Vec::new(), writes: Vec::new() };
        loop {
            self.cursor.skip_blanks()?;
            match self.cursor.peek() {
                None | Some(';' | '\n' | '|' | ')' | '}' | '&') => return Ok(command),
                Some(_) if self.redirects() => command.writes.extend(self.redirection()?),
                Some(_) => {
                    let argument = self.argument()?;
                    command.arguments.push(argument);
                }
            }
        }
    }

    fn redirects(&self) -> bool {
        let numbered =
            self.cursor.is(|c| matches!(c, '1'..='6' | '*')) && self.cursor.peek_at(1) == Some('>');
        numbered || self.cursor.is(|c| c == '>')
    }

    /// A redirection, and the file that it writes.
    fn redirection(&mut self) -> Reading<Option<Expr>> {
        self.cursor.take_while(|c| c != '>');
        self.cursor.take(">");
        self.cursor.take(">");
        if self.cursor.take("&") {
            self.cursor.take_while(|c| c.is_ascii_digit());
            return Ok(None);
        }
        self.cursor.skip_blanks()?;
        self.nested(Self::argument_value).map(Some)
    }

    fn argument(&mut self) -> Reading<Argument> {
        let after = self.cursor.peek_at(1);
        match self.cursor.peek() {
            Some('@') if after.is_some_and(is_name) => {
                self.cursor.next();
                let name = self.cursor.take_while(|c| is_name(c) || c == ':');
                Ok(Argument::Splat(name.to_lowercase()))
            }
            Some(c) if is_dash(c) && self.cursor.starts_with("--%") => Ok(self.verbatim()),
            Some(c) if is_dash(c) && after.is_some_and(|c| is_name(c) && !c.is_ascii_digit() || c == '?') => {
                self.parameter_argument()
            }
            Some(_) => self.nested(Self::values).map(Argument::Value),
            None => Err("an argument is missing".to_owned()),
        }
    }

    /// After `--%`, the rest of the line as it stands.
    fn verbatim(&mut self) -> Argument {
        self.cursor.take("--%");
        Argument::Verbatim(self.cursor.take_while(|c| !matches!(c, '\n' | '\r' | '|')))
    }

    fn parameter_argument(&mut self) -> Reading<Argument> {
        let start = self.cursor.at();
        self.cursor.next();
        let name = self
            .cursor
            .take_while(|c| !ends_word(c) && !is_quote(c) && !matches!(c, '.' | '[' | ':' | '`' | '$'));
        if self.cursor.is(|c| is_quote(c) || c == '`' || c == '$') {
            self.cursor.back_to(start);
            return Ok(Argument::Value(self.bare_word()?));
        }
        let name = format!("-{name}");
        if !self.cursor.take(":") {
            return Ok(Argument::Parameter { name, value: None });
        }
        self.cursor.skip_blanks()?;
        let ended = self.cursor.peek().is_none()
            || self.cursor.is(|c| c == '\n' || ends_word(c) && c != '(' && c != '{');
        let value = if ended { None } else { Some(self.nested(Self::values)?) };
        Ok(Argument::Parameter { name, value })
    }

    /// `a, b`
    fn values(&mut self) -> Reading<Expr> {
        let mut operands = vec![self.argument_value()?];
        loop {
            let start = self.cursor.at();
            self.cursor.skip_blanks()?;
            if !self.cursor.take(",") {
                self.cursor.back_to(start);
                break;
            }
            self.cursor.skip_lines()?;
            operands.push(self.argument_value()?);
        }
        let operators = vec![",".to_owned(); operands.len() - 1];
        Ok(match operands.len() {
            1 => operands.remove(0),
            _ => Expr::Operation { operands, operators },
        })
    }

    /// One argument, or the name of a command.
    pub(super) fn argument_value(&mut self) -> Reading<Expr> {
        let start = self.cursor.at();
        let after = self.cursor.peek_at(1);
        let of = match self.cursor.peek() {
            Some(c) if is_quote(c) => self.string()?,
            Some('@') if after.is_some_and(|c| is_quote(c) || "({".contains(c)) => self.primary()?,
            Some('(' | '{') => self.primary()?,
            Some('$') if after == Some('(') => self.primary()?,
            Some('$') if after.is_some_and(|c| is_name(c) || "{?$^".contains(c)) => {
                let of = self.primary()?;
                return self.after_variable(of, start);
            }
            Some(_) => return self.bare_word(),
            None => return Err("an argument is missing".to_owned()),
        };
        let whole = self.steps(of)?;
        self.glued(whole, start)
    }

    /// `$x`, `$x.y`, `$x\y`
    fn after_variable(&mut self, of: Expr, start: usize) -> Reading<Expr> {
        let whole = self.steps(of)?;
        let plain = matches!(whole, Expr::Variable(_)) && !self.cursor.is(is_quote);
        match self.cursor.peek() {
            Some(c) if plain && !ends_word(c) && c != '`' => Ok(Expr::Joined(vec![whole, self.bare_word()?])),
            Some(_) | None => self.glued(whole, start),
        }
    }

    /// What is joined to a value without a blank may be a word of its own or not.
    fn glued(&mut self, whole: Expr, start: usize) -> Reading<Expr> {
        let ends = self.cursor.peek().is_none_or(ends_word) || self.cursor.starts_with("`\n");
        // A bracket or brace after a string begins an argument of its own.
        if ends {
            return Ok(whole);
        }
        let rest = self.bare_word()?;
        Ok(Expr::Joined(vec![whole, rest, Expr::Unknown(self.cursor.since(start))]))
    }

    /// A word without quotes around it; there may be some inside.
    pub(super) fn bare_word(&mut self) -> Reading<Expr> {
        let mut pieces: Vec<Expr> = Vec::new();
        while let Some(c) = self.cursor.peek().filter(|c| !ends_word(*c)) {
            match c {
                '`' if self.cursor.starts_with("`\n") => break,
                '`' => {
                    let c = self.cursor.escape()?;
                    push(&mut pieces, c);
                }
                c if is_quote(c) => pieces.push(self.string()?),
                '$' => self.dollar(&mut pieces)?,
                _ => {
                    self.cursor.next();
                    push(&mut pieces, c);
                }
            }
        }
        match pieces.len() {
            0 => Err("a character of the command stands where none can".to_owned()),
            1 => Ok(pieces.remove(0)),
            _ => Ok(Expr::Joined(pieces)),
        }
    }

    /// `$x` or `$(…)` within a word or a string, or a lone `$`.
    pub(super) fn dollar(&mut self, pieces: &mut Vec<Expr>) -> Reading<()> {
        if self.cursor.starts_with("$(") {
            let code = self.primary()?;
            pieces.push(code);
            return Ok(());
        }
        match self.variable()? {
            Some(name) => pieces.push(Expr::Variable(name)),
            None => push(pieces, '$'),
        }
        Ok(())
    }
}

pub(super) fn push(pieces: &mut Vec<Expr>, c: char) {
    match pieces.last_mut() {
        Some(Expr::Text(text)) => text.push(c),
        _ => pieces.push(Expr::Text(c.to_string())),
    }
}

/// What stands to the left of a `=`.
fn targets(of: &Expr) -> Vec<Expr> {
    match of {
        Expr::Operation { operands, .. } => operands.iter().flat_map(targets).collect(),
        Expr::Cast { of, .. } => targets(of),
        Expr::Postfix { of, steps } if matches!(steps.as_slice(), [Step::Counted]) => targets(of),
        other => vec![other.clone()],
    }
}
