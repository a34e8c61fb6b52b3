//! Statements: text becomes a tree, or the reason why it can't be read.

use std::rc::Rc;

use super::chars::{Cursor, Reading, is_name};
use super::tree::{Block, Brackets, Expr, Pipeline, Statement};

/// How deep the parts of a script may be nested: a bracket is four.
const DEEPEST: usize = 96;

/// Statements that declare or run what is not followed here.
const UNFOLLOWED: [&str; 9] =
    ["class", "enum", "using", "configuration", "workflow", "data", "parallel", "sequence", "inlinescript"];

pub(super) struct Parser {
    pub(super) cursor: Cursor,
    depth: usize,
}

/// Reads a whole script.
pub(super) fn parse(text: &str, newer: bool) -> Reading<Block> {
    let mut parser = Parser { cursor: Cursor::new(text, newer)?, depth: 0 };
    let block = parser.block_until(None)?;
    match parser.cursor.peek() {
        None => Ok(block),
        Some(c) => Err(format!("a `{c}` of the command closes nothing")),
    }
}

impl Parser {
    /// Runs `read` one level deeper.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Reading<T>) -> Reading<T> {
        if self.depth >= DEEPEST {
            return Err("brackets are nested too deep".to_owned());
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    /// Statements up to a closing bracket, which is taken, or to the end.
    pub(super) fn block_until(&mut self, close: Option<&str>) -> Reading<Block> {
        let mut block = Block::default();
        loop {
            self.cursor.skip_lines()?;
            if self.cursor.take(";") {
                continue;
            }
            match close {
                Some(close) if self.cursor.take(close) => return Ok(block),
                Some(close) if self.cursor.peek().is_none() => return Err(format!("a `{close}` is missing")),
                None if self.cursor.is(|c| c == ')' || c == '}') || self.cursor.peek().is_none() => {
                    return Ok(block);
                }
                Some(_) | None => {}
            }
            self.statement_into(&mut block)?;
            self.ends_statement()?;
        }
    }

    fn ends_statement(&mut self) -> Reading<()> {
        self.cursor.skip_blanks()?;
        match self.cursor.peek() {
            None | Some(';' | '\n' | ')' | '}') => Ok(()),
            // What a block statement ends with needs no separator.
            Some(_)
                if self.cursor.before() == Some('}')
                    || self.cursor.before().is_some_and(char::is_whitespace) =>
            {
                Ok(())
            }
            Some(c) => Err(format!("a `{c}` of the command stands where none can")),
        }
    }

    fn statement_into(&mut self, block: &mut Block) -> Reading<()> {
        if self.keyword("param") {
            return self.parameters(block);
        }
        if self.cursor.is(|c| c == '[') && self.is_attribute() {
            return self.attribute(block);
        }
        let statement = self.statement()?;
        block.body.push(statement);
        Ok(())
    }

    /// Takes a keyword, if it comes next as a word of its own.
    fn keyword(&mut self, wanted: &str) -> bool {
        if self.cursor.letters() != wanted {
            return false;
        }
        let after = self.cursor.peek_at(wanted.len());
        let alone = after.is_none_or(|c| c.is_whitespace() || "({;})|&#$'\"".contains(c));
        alone && self.cursor.take_while(|c| c.is_ascii_alphabetic()).len() == wanted.len()
    }

    pub(super) fn statement(&mut self) -> Reading<Statement> {
        self.nested(Self::statement_here)
    }

    fn statement_here(&mut self) -> Reading<Statement> {
        if self.cursor.is(|c| c == ':') {
            self.cursor.next();
            self.cursor.take_while(is_name);
            self.cursor.skip_lines()?;
        }
        let word = self.cursor.letters();
        if UNFOLLOWED.contains(&word.as_str()) && self.keyword(&word) {
            return Err(format!("what `{word}` declares can't be followed"));
        }
        match word.as_str() {
            "if" if self.keyword("if") => self.conditions(),
            "switch" if self.keyword("switch") => self.switch(),
            "try" if self.keyword("try") => self.attempt(),
            "while" if self.keyword("while") => self.while_loop(),
            "do" if self.keyword("do") => self.do_loop(),
            "for" if self.keyword("for") => self.for_loop(),
            "foreach" if self.keyword("foreach") => self.foreach(),
            "function" | "filter" if self.keyword(&word) => self.function(),
            "trap" if self.keyword("trap") => self.trap(),
            "return" | "throw" | "exit" if self.keyword(&word) => self.leave(),
            "break" | "continue" if self.keyword(&word) => {
                self.cursor.skip_blanks()?;
                self.cursor.take_while(is_name);
                Ok(Statement::Leave(None))
            }
            "begin" | "process" | "end" | "clean" | "dynamicparam" if self.opens_block(&word) => {
                self.keyword(&word);
                Ok(Statement::Part(self.braces()?))
            }
            _ => self.pipelines(),
        }
    }

    fn opens_block(&mut self, word: &str) -> bool {
        let start = self.cursor.at();
        let opens = self.keyword(word) && self.cursor.skip_lines().is_ok() && self.cursor.is(|c| c == '{');
        self.cursor.back_to(start);
        opens
    }

    /// `{ … }`
    pub(super) fn braces(&mut self) -> Reading<Block> {
        self.cursor.skip_lines()?;
        if !self.cursor.take("{") {
            return Err("a `{` is missing".to_owned());
        }
        self.nested(|parser| parser.block_until(Some("}")))
    }

    /// `( … )` of a statement
    fn head(&mut self) -> Reading<Statement> {
        self.cursor.skip_lines()?;
        if !self.cursor.take("(") {
            return Err("a `(` is missing".to_owned());
        }
        let block = self.nested(|parser| parser.block_until(Some(")")))?;
        Ok(sub(block.body))
    }

    fn conditions(&mut self) -> Reading<Statement> {
        let (mut heads, mut bodies) = (vec![self.head()?], vec![self.braces()?]);
        while self.follows("elseif")? {
            heads.push(self.head()?);
            bodies.push(self.braces()?);
        }
        if self.follows("else")? {
            bodies.push(self.braces()?);
        }
        Ok(Statement::Branches { heads, bodies })
    }

    /// Takes a keyword that goes on with the statement before it.
    fn follows(&mut self, word: &str) -> Reading<bool> {
        let start = self.cursor.at();
        self.cursor.skip_lines()?;
        let found = self.keyword(word);
        if !found {
            self.cursor.back_to(start);
        }
        Ok(found)
    }

    fn switch(&mut self) -> Reading<Statement> {
        self.cursor.skip_lines()?;
        while self.cursor.is(super::chars::is_dash) {
            self.cursor.next();
            if self.cursor.take_while(char::is_alphabetic).eq_ignore_ascii_case("file") {
                return Err("what `switch -File` reads is not known".to_owned());
            }
            self.cursor.skip_lines()?;
        }
        let (mut heads, mut bodies) = (vec![self.head()?], Vec::new());
        self.cursor.skip_lines()?;
        if !self.cursor.take("{") {
            return Err("a `{` is missing".to_owned());
        }
        loop {
            self.cursor.skip_lines()?;
            if self.cursor.take(";") {
                continue;
            }
            if self.cursor.take("}") {
                return Ok(Statement::Branches { heads, bodies });
            }
            heads.push(value(self.nested(Self::argument_value)?));
            bodies.push(self.braces()?);
        }
    }

    fn attempt(&mut self) -> Reading<Statement> {
        let mut bodies = vec![self.braces()?];
        while self.follows("catch")? {
            self.cursor.skip_lines()?;
            while self.cursor.is(|c| c == '[' || c == ',') {
                self.cursor.take_while(|c| c != ']' && c != '{');
                self.cursor.take("]");
                self.cursor.skip_lines()?;
            }
            bodies.push(self.braces()?);
        }
        if self.follows("finally")? {
            bodies.push(self.braces()?);
        }
        Ok(Statement::Branches { heads: Vec::new(), bodies })
    }

    fn while_loop(&mut self) -> Reading<Statement> {
        let heads = vec![self.head()?];
        Ok(Statement::Loop { heads, body: self.braces()? })
    }

    fn do_loop(&mut self) -> Reading<Statement> {
        let body = self.braces()?;
        if self.follows("while")? || self.follows("until")? {
            return Ok(Statement::Loop { heads: vec![self.head()?], body });
        }
        Err("a `while` is missing".to_owned())
    }

    fn for_loop(&mut self) -> Reading<Statement> {
        self.cursor.skip_lines()?;
        if !self.cursor.take("(") {
            return Err("a `(` is missing".to_owned());
        }
        let heads = self.nested(|parser| parser.block_until(Some(")")))?.body;
        Ok(Statement::Loop { heads, body: self.braces()? })
    }

    fn foreach(&mut self) -> Reading<Statement> {
        self.cursor.skip_lines()?;
        let mut opened = self.cursor.take("(");
        if !opened && self.cursor.is(super::chars::is_dash) {
            self.cursor.next();
            self.cursor.take_while(char::is_alphabetic);
            self.cursor.skip_lines()?;
            opened = self.cursor.take("(");
        }
        self.cursor.skip_lines()?;
        let variable = if self.cursor.is(|c| c == '$') { self.variable()? } else { None };
        self.cursor.skip_lines()?;
        let (Some(variable), true, true) = (variable, opened, self.keyword("in")) else {
            return Err("a `foreach` can't be read".to_owned());
        };
        let over = sub(self.nested(|parser| parser.block_until(Some(")")))?.body);
        Ok(Statement::Foreach { variable, over: Box::new(over), body: self.braces()? })
    }

    fn function(&mut self) -> Reading<Statement> {
        self.cursor.skip_blanks()?;
        let name = self.cursor.take_while(|c| is_name(c) || matches!(c, '-' | ':' | '.' | '?' | '%'));
        if name.is_empty() {
            return Err("the name of a function can't be read".to_owned());
        }
        self.cursor.skip_lines()?;
        let mut head = Block::default();
        if self.cursor.is(|c| c == '(') {
            self.parameters(&mut head)?;
        }
        let mut body = self.braces()?;
        body.parameters.append(&mut head.parameters);
        body.body.append(&mut head.body);
        Ok(Statement::Function { name: name.to_lowercase(), body: Rc::new(body) })
    }

    fn trap(&mut self) -> Reading<Statement> {
        self.cursor.skip_lines()?;
        if self.cursor.is(|c| c == '[') {
            self.cursor.take_while(|c| c != ']' && c != '{');
            self.cursor.take("]");
        }
        Ok(Statement::Trap(Rc::new(self.braces()?)))
    }

    fn leave(&mut self) -> Reading<Statement> {
        self.cursor.skip_blanks()?;
        if self.cursor.is(|c| matches!(c, ';' | '\n' | '}' | ')')) || self.cursor.peek().is_none() {
            return Ok(Statement::Leave(None));
        }
        Ok(Statement::Leave(Some(Box::new(self.statement()?))))
    }

    /// `( [type]$a = 1, $b )`: names, and what their defaults and attributes run.
    fn parameters(&mut self, block: &mut Block) -> Reading<()> {
        self.cursor.skip_lines()?;
        if !self.cursor.take("(") {
            return Err("a `(` is missing".to_owned());
        }
        loop {
            self.cursor.skip_lines()?;
            match self.cursor.peek() {
                Some(')') => {
                    self.cursor.next();
                    return Ok(());
                }
                Some(',') => {
                    self.cursor.next();
                }
                Some('[') => self.attribute(block)?,
                Some('$') => self.parameter(block)?,
                Some(_) | None => return Err("a `param(…)` can't be read".to_owned()),
            }
        }
    }

    /// Whether what stands before `param` comes next.
    fn is_attribute(&mut self) -> bool {
        const ATTRIBUTES: [&str; 4] = ["cmdletbinding", "outputtype", "diagnostics", "alias"];
        let start = self.cursor.at();
        self.cursor.next();
        let name = self.cursor.letters();
        let found =
            ATTRIBUTES.contains(&name.as_str()) && matches!(self.cursor.peek_at(name.len()), Some('(' | '.'));
        self.cursor.back_to(start);
        found
    }

    /// `[Name(…)]` or a type: its brackets are matched, and it may run no code.
    fn attribute(&mut self, block: &mut Block) -> Reading<()> {
        let mut depth = 0_usize;
        loop {
            match self.cursor.peek() {
                Some('[' | '(') => depth += 1,
                Some(']' | ')') => depth = depth.saturating_sub(1),
                Some('{') => {
                    let code = self.braces()?;
                    block.body.push(Statement::Part(code));
                    continue;
                }
                Some(c) if super::chars::is_quote(c) => {
                    self.string()?;
                    continue;
                }
                Some('`' | '#' | '<') | None => return Err("an attribute can't be read".to_owned()),
                Some(_) => {}
            }
            self.cursor.next();
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn parameter(&mut self, block: &mut Block) -> Reading<()> {
        let name = self.variable()?.ok_or("the name of a parameter can't be read")?;
        self.cursor.skip_lines()?;
        if self.cursor.take("=") {
            self.cursor.skip_lines()?;
            let default = self.nested(Self::without_comma)?;
            block.body.push(value(default));
        }
        block.parameters.push(name);
        Ok(())
    }
}

/// Statements in brackets as one.
pub(super) fn sub(body: Vec<Statement>) -> Statement {
    value(Expr::Sub(Brackets::Dollar, body))
}

pub(super) fn value(of: Expr) -> Statement {
    let element = super::tree::Element::Value { of, writes: Vec::new() };
    Statement::Pipelines(vec![Pipeline { elements: vec![element] }])
}
