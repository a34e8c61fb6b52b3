//! What begins with `$` or a backtick, and process substitution: expansions.

use super::lex::{Lexer, lex, push_quoted, unbalanced};
use super::token::{Part, Token, Word};
use crate::shell::Quotes;
use crate::shell::units::{Reader, Trouble, Unit, mark};

impl Lexer<'_> {
    pub(super) fn dollar(&mut self, word: &mut Word, quotes: Quotes) -> Result<(), Trouble> {
        let start = self.reader.at();
        self.reader.skip(1);
        self.skip_continuations();
        match self.reader.peek() {
            Some(Unit::Hole(hole)) => {
                let why = "it stands right after a `$`, so its value would name a variable";
                return Err(Trouble::hole(hole, why, "write `\\$` for a dollar sign, or remove it"));
            }
            Some(Unit::Char('(')) => self.parenthesis(word, start, quotes)?,
            Some(Unit::Char('{')) => self.parameter(word, start, quotes)?,
            Some(Unit::Char('[')) => return Err(Trouble::text("`$[…]` is not known", "write `$((…))`")),
            Some(Unit::Char('\'')) if quotes == Quotes::None => self.ansi(word)?,
            Some(Unit::Char('"')) if quotes == Quotes::None && self.bash => self.double(word)?,
            Some(Unit::Char(c)) if c == '_' || c.is_ascii_alphanumeric() || "@*#?-$!".contains(c) => {
                self.variable(word, start, quotes)?;
            }
            Some(Unit::Char(_)) | None => push_quoted(word, '$'),
        }
        Ok(())
    }

    fn source(&self, start: usize) -> String {
        self.reader.since(start, |hole| mark(hole, Quotes::Double))
    }

    fn expansion(&self, word: &mut Word, start: usize, inside: Quotes, found: Nested) {
        let Nested { commands, scripts } = found;
        word.parts.push(Part::Expansion { source: self.source(start), inside, commands, scripts });
    }

    fn variable(&mut self, word: &mut Word, start: usize, quotes: Quotes) -> Result<(), Trouble> {
        let name = self.reader.take_while(|c| c == '_' || c.is_ascii_alphanumeric());
        if name.is_empty() {
            self.reader.skip(1);
        }
        self.skip_continuations();
        if let Some(Unit::Hole(hole)) = self.reader.peek() {
            let typed = self.source(start);
            let why = format!("it is joined to `{typed}`, whose name its value could lengthen");
            let help = format!("write `${{{}}}` before it", typed.trim_start_matches('$'));
            return Err(Trouble::hole(hole, why, help));
        }
        self.expansion(word, start, quotes, Nested::default());
        Ok(())
    }

    fn parenthesis(&mut self, word: &mut Word, start: usize, quotes: Quotes) -> Result<(), Trouble> {
        self.reader.skip(1);
        self.skip_continuations();
        if self.reader.take('(') {
            let part = self.arithmetic(start, quotes)?;
            word.parts.push(part);
            return Ok(());
        }
        let found = self.nested_script()?;
        self.expansion(word, start, quotes, found);
        Ok(())
    }

    /// The commands up to a `)`, which is taken too.
    fn nested_script(&mut self) -> Result<Nested, Trouble> {
        let start = self.reader.at();
        let commands = self.nested()?;
        let mut script = self.source(start);
        script.pop();
        Ok(Nested { commands: vec![commands], scripts: vec![script] })
    }

    /// `((…))` or `$((…))`; the reader stands behind both parentheses.
    pub(super) fn arithmetic(&mut self, start: usize, quotes: Quotes) -> Result<Part, Trouble> {
        let depth = self.deeper()?;
        let outer = std::mem::replace(&mut self.depth, depth);
        let mut inside = Word::default();
        let mut open = 0_usize;
        loop {
            match self.reader.peek() {
                None => return Err(unbalanced("((", "))")),
                Some(Unit::Hole(hole)) => {
                    let help = "compute it in an expression: `{{ n + 1 }}`";
                    return Err(Trouble::hole(
                        hole,
                        "it stands in shell arithmetic, which runs code in it",
                        help,
                    ));
                }
                Some(Unit::Char('(')) => open += 1,
                Some(Unit::Char(')')) if open > 0 => open -= 1,
                Some(Unit::Char(')')) => break,
                Some(Unit::Char('\'' | '"' | '\\')) => {
                    return Err(Trouble::text("quotes in shell arithmetic can't be followed", "remove them"));
                }
                Some(Unit::Char('$' | '`')) => {
                    self.inside_double(&mut inside, true)?;
                    continue;
                }
                Some(Unit::Char(_)) => {}
            }
            self.reader.skip(1);
        }
        if !self.reader.starts_with("))") {
            return Err(Trouble::text("`((` is not closed by `))`", "write `( (` for a list in a list"));
        }
        self.reader.skip(2);
        self.depth = outer;
        let Nested { commands, scripts } = nested_in(inside);
        Ok(Part::Expansion { source: self.source(start), inside: quotes, commands, scripts })
    }

    fn parameter(&mut self, word: &mut Word, start: usize, quotes: Quotes) -> Result<(), Trouble> {
        let depth = self.deeper()?;
        let outer = std::mem::replace(&mut self.depth, depth);
        self.reader.skip(1);
        if matches!(self.reader.peek(), Some(Unit::Char(' ' | '\t' | '\n' | '|'))) {
            return Err(Trouble::text("`${ …}` is not known to every shell", "write `$(…)`"));
        }
        let mut inside = Word::default();
        while !self.reader.is('}') {
            self.in_parameter(&mut inside, quotes)?;
        }
        self.reader.skip(1);
        self.depth = outer;
        let prompts = self.source(start).contains("@P");
        if prompts {
            return Err(Trouble::text("`${…@P}` runs what the variable holds", "write `$(…)`"));
        }
        self.expansion(word, start, quotes, nested_in(inside));
        Ok(())
    }

    fn in_parameter(&mut self, inside: &mut Word, quotes: Quotes) -> Result<(), Trouble> {
        match self.reader.peek() {
            None => return Err(unbalanced("${", "}")),
            Some(Unit::Hole(hole)) => {
                let why = "it stands inside `${…}`, where no quoting is right in every shell";
                return Err(Trouble::hole(hole, why, "decide it in the runbook: `{{ x or \"default\" }}`"));
            }
            Some(Unit::Char('\'' | '"')) if quotes == Quotes::Double => {
                let why = "quotes inside `\"${…}\"` mean different things to different shells";
                return Err(Trouble::text(why, "take them out"));
            }
            Some(Unit::Char('\'')) => {
                self.reader.skip(1);
                self.reader.take_while(|c| c != '\'');
                return self.end_of_quote();
            }
            Some(Unit::Char('"')) => self.double(inside)?,
            Some(Unit::Char('\\')) if self.reader.starts_with("\\}") => {
                return Err(Trouble::text(
                    "`\\}` inside `${…}` is not the same in every shell",
                    "take it out",
                ));
            }
            Some(Unit::Char(_)) => self.inside_double(inside, true)?,
        }
        Ok(())
    }

    fn end_of_quote(&mut self) -> Result<(), Trouble> {
        match self.reader.next() {
            Some(Unit::Hole(hole)) => {
                let why = "it stands inside `${…}`, where no quoting is right in every shell";
                Err(Trouble::hole(hole, why, "decide it in the runbook: `{{ x or \"default\" }}`"))
            }
            Some(Unit::Char(_)) => Ok(()),
            None => Err(unbalanced("'", "'")),
        }
    }

    pub(super) fn backtick(&mut self, word: &mut Word, quotes: Quotes) -> Result<(), Trouble> {
        let start = self.reader.at();
        self.reader.skip(1);
        let mut inner: Vec<Unit> = Vec::new();
        loop {
            match self.reader.next() {
                None => return Err(unbalanced("`", "`")),
                Some(Unit::Char('`')) => break,
                Some(Unit::Hole(hole)) => {
                    let why = "it stands inside backticks, where quoting changes with their depth";
                    return Err(Trouble::hole(hole, why, "write `$(…)` instead of the backticks"));
                }
                Some(Unit::Char('\\')) => self.escaped_in_backtick(&mut inner, quotes),
                Some(unit @ Unit::Char(_)) => inner.push(unit),
            }
        }
        let commands = lex(&inner, self.bash, self.deeper()?)?;
        let script = Reader::new(&inner).rest();
        self.expansion(word, start, quotes, Nested { commands: vec![commands], scripts: vec![script] });
        Ok(())
    }

    fn escaped_in_backtick(&mut self, inner: &mut Vec<Unit>, quotes: Quotes) {
        match self.reader.peek() {
            Some(Unit::Char(c))
                if matches!(c, '$' | '`' | '\\') || (c == '"' && quotes == Quotes::Double) =>
            {
                self.reader.skip(1);
                inner.push(Unit::Char(c));
            }
            Some(Unit::Char(_) | Unit::Hole(_)) | None => inner.push(Unit::Char('\\')),
        }
    }

    /// `<(…)` or `>(…)`.
    pub(super) fn process(&mut self, word: &mut Word) -> Result<(), Trouble> {
        let start = self.reader.at();
        self.reader.skip(2);
        let found = self.nested_script()?;
        self.expansion(word, start, Quotes::None, found);
        Ok(())
    }

    /// `$'…'`, with its escapes.
    fn ansi(&mut self, word: &mut Word) -> Result<(), Trouble> {
        if !self.bash {
            let help = "give the target `shell bash`, or use `printf`";
            return Err(Trouble::text("`$'…'` means different things to different shells", help));
        }
        self.reader.skip(1);
        let mut text = String::new();
        loop {
            match self.reader.next() {
                None => return Err(unbalanced("$'", "'")),
                Some(Unit::Char('\'')) => break,
                Some(Unit::Hole(hole)) => {
                    let why = "it stands inside `$'…'`, which reads escapes";
                    return Err(Trouble::hole(hole, why, "use `\"…\"`, or end the quotes before it"));
                }
                Some(Unit::Char('\\')) => text.push(self.ansi_escape()?),
                Some(Unit::Char(c)) => text.push(c),
            }
        }
        word.parts.push(Part::Quoted(text));
        Ok(())
    }

    fn ansi_escape(&mut self) -> Result<char, Trouble> {
        let unknown = || Trouble::text("an escape in `$'…'` is not known", "write the character itself");
        let Some(Unit::Char(c)) = self.reader.next() else { return Err(unknown()) };
        Ok(match c {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'e' | 'E' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '\'' | '"' | '?' => c,
            'x' => self.coded(2, 16).ok_or_else(unknown)?,
            'u' => self.coded(4, 16).ok_or_else(unknown)?,
            'U' => self.coded(8, 16).ok_or_else(unknown)?,
            '0'..='7' => {
                let first = c.to_digit(8).ok_or_else(unknown)?;
                self.digits(first, 2, 8).filter(char::is_ascii).ok_or_else(unknown)?
            }
            _ => return Err(unknown()),
        })
    }

    /// A character by its code; bytes that are no characters of their own are not known.
    fn coded(&mut self, most: usize, radix: u32) -> Option<char> {
        let Some(Unit::Char(c)) = self.reader.next() else { return None };
        let found = self.digits(c.to_digit(radix)?, most - 1, radix)?;
        (most > 2 || found.is_ascii()).then_some(found)
    }

    fn digits(&mut self, first: u32, most: usize, radix: u32) -> Option<char> {
        let mut code = first;
        for _ in 0..most {
            let Some(Unit::Char(c)) = self.reader.peek() else { break };
            let Some(digit) = c.to_digit(radix) else { break };
            code = code.checked_mul(radix)?.checked_add(digit)?;
            self.reader.skip(1);
        }
        char::from_u32(code).filter(|c| *c != '\0')
    }
}

/// The commands inside an expansion: as tokens, and as text.
#[derive(Debug, Default)]
struct Nested {
    commands: Vec<Vec<Token>>,
    scripts: Vec<String>,
}

/// The commands in the expansions of a word.
fn nested_in(word: Word) -> Nested {
    let mut nested = Nested::default();
    for part in word.parts {
        if let Part::Expansion { commands, scripts, .. } = part {
            nested.commands.extend(commands);
            nested.scripts.extend(scripts);
        }
    }
    nested
}
