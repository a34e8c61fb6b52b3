//! From tokens to commands: which words are programs, which are arguments, which are neither.

use super::token::{Part, Token, Word};
use crate::shell::units::Trouble;

/// A command or a part of a compound command, nested commands left inside its words.
#[derive(Debug)]
pub(super) enum Item<'t> {
    Simple(Simple<'t>),
    /// A word of `for`, `case` or a function.
    Loose(&'t Word, Role),
    /// The words of `[[ … ]]`
    Test(Vec<&'t Word>),
    /// What a here-document expands.
    Body(&'t [Part]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A name that must be fixed: of a function, or what `for` sets.
    Name,
    ForItem,
    CaseSubject,
    CasePattern,
}

#[derive(Debug, Default)]
pub(super) struct Simple<'t> {
    pub(super) assignments: Vec<&'t Word>,
    pub(super) words: Vec<&'t Word>,
    pub(super) redirects: Vec<(&'static str, &'t Word)>,
}

impl Simple<'_> {
    fn is_empty(&self) -> bool {
        self.assignments.is_empty() && self.words.is_empty() && self.redirects.is_empty()
    }
}

/// Keywords that only say how commands hang together.
const JOINERS: [&str; 13] =
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "esac"];
/// Words that mean something else than a program where a command begins.
pub(super) const KEYWORDS: [&str; 21] = [
    "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "esac", "for",
    "select", "case", "function", "[[", "coproc", "in", "]]",
];

struct Grammar<'t> {
    tokens: &'t [Token],
    at: usize,
    items: Vec<Item<'t>>,
    current: Simple<'t>,
    /// How many `case`s are open.
    cases: usize,
}

/// The commands of a list of tokens, in order.
pub(super) fn items(tokens: &[Token]) -> Result<Vec<Item<'_>>, Trouble> {
    let mut grammar = Grammar { tokens, at: 0, items: Vec::new(), current: Simple::default(), cases: 0 };
    while grammar.at < tokens.len() {
        grammar.step()?;
    }
    grammar.flush();
    Ok(grammar.items)
}

impl<'t> Grammar<'t> {
    fn step(&mut self) -> Result<(), Trouble> {
        let tokens = self.tokens;
        let token = &tokens[self.at];
        self.at += 1;
        match token {
            Token::Newline => self.flush(),
            Token::Descriptor(_) => {}
            Token::Body(parts) => self.items.push(Item::Body(parts)),
            Token::Operator(operator) => self.operator(operator)?,
            Token::Word(word) => self.word(word)?,
        }
        Ok(())
    }

    fn flush(&mut self) {
        let simple = std::mem::take(&mut self.current);
        if !simple.is_empty() {
            self.items.push(Item::Simple(simple));
        }
    }

    fn operator(&mut self, operator: &'static str) -> Result<(), Trouble> {
        if operator.contains(['<', '>']) {
            let Some(Token::Word(word)) = self.tokens.get(self.at) else {
                let why = format!("no word follows `{operator}`");
                return Err(Trouble::text(why, "say where it goes"));
            };
            self.at += 1;
            self.current.redirects.push((operator, word));
            return Ok(());
        }
        if operator == "(" && !self.current.is_empty() {
            return self.function();
        }
        self.flush();
        if self.cases > 0 && matches!(operator, ";;" | ";&" | ";;&") {
            return self.case_patterns();
        }
        Ok(())
    }

    /// `name()`: its body is taken for commands like any other.
    fn function(&mut self) -> Result<(), Trouble> {
        let closes = matches!(self.tokens.get(self.at), Some(Token::Operator(")")));
        let named = std::mem::take(&mut self.current);
        let ([name], true) = (named.words.as_slice(), closes) else {
            return Err(Trouble::text("a `(` follows a word", "quote it, or put it before the command"));
        };
        self.items.push(Item::Loose(name, Role::Name));
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &'t Word) -> Result<(), Trouble> {
        if !self.current.words.is_empty() {
            self.current.words.push(word);
            return Ok(());
        }
        if self.current.is_empty()
            && let Some(keyword) = word.keyword()
        {
            return self.first_word(word, keyword);
        }
        self.command_word(word);
        Ok(())
    }

    fn command_word(&mut self, word: &'t Word) {
        if word.is_assignment() {
            self.current.assignments.push(word);
        } else {
            self.current.words.push(word);
        }
    }

    fn first_word(&mut self, word: &'t Word, keyword: &str) -> Result<(), Trouble> {
        match keyword {
            "for" | "select" => self.for_loop()?,
            "case" => self.case()?,
            "function" => self.named_function()?,
            "[[" => self.test(),
            "coproc" => return Err(Trouble::text("`coproc` can't be followed", "write the command alone")),
            "esac" => self.cases = self.cases.saturating_sub(1),
            _ if JOINERS.contains(&keyword) => {}
            _ => self.command_word(word),
        }
        Ok(())
    }

    fn next_word(&mut self, of: &str) -> Result<&'t Word, Trouble> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else {
            return Err(Trouble::text(format!("`{of}` is not complete"), "write it in full"));
        };
        self.at += 1;
        Ok(word)
    }

    fn skip_newlines(&mut self) {
        while matches!(self.tokens.get(self.at), Some(Token::Newline | Token::Body(_))) {
            self.at += 1;
        }
    }

    fn for_loop(&mut self) -> Result<(), Trouble> {
        let name = self.next_word("for")?;
        self.items.push(Item::Loose(name, Role::Name));
        self.skip_newlines();
        if !self.take_keyword("in") {
            return Ok(());
        }
        while let Some(Token::Word(word)) = self.tokens.get(self.at) {
            self.items.push(Item::Loose(word, Role::ForItem));
            self.at += 1;
        }
        Ok(())
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.keyword() == Some(keyword));
        self.at += usize::from(found);
        found
    }

    fn named_function(&mut self) -> Result<(), Trouble> {
        let name = self.next_word("function")?;
        self.items.push(Item::Loose(name, Role::Name));
        if matches!(self.tokens.get(self.at), Some(Token::Operator("("))) {
            self.at += 2;
        }
        Ok(())
    }

    fn test(&mut self) {
        let mut words = Vec::new();
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Word(word) if word.keyword() == Some("]]") => break,
                Token::Word(word) => words.push(word),
                Token::Operator(_) | Token::Newline | Token::Descriptor(_) | Token::Body(_) => {}
            }
        }
        self.items.push(Item::Test(words));
    }

    fn case(&mut self) -> Result<(), Trouble> {
        let subject = self.next_word("case")?;
        self.items.push(Item::Loose(subject, Role::CaseSubject));
        self.skip_newlines();
        if !self.take_keyword("in") {
            return Err(Trouble::text("`case` has no `in`", "write `case WORD in`"));
        }
        self.cases += 1;
        self.case_patterns()
    }

    fn case_patterns(&mut self) -> Result<(), Trouble> {
        self.skip_newlines();
        if self.take_keyword("esac") {
            self.cases -= 1;
            return Ok(());
        }
        loop {
            let token = self.tokens.get(self.at);
            self.at += 1;
            match token {
                Some(Token::Operator("(" | "|")) => {}
                Some(Token::Operator(")")) => return Ok(()),
                Some(Token::Word(word)) => self.items.push(Item::Loose(word, Role::CasePattern)),
                Some(Token::Operator(_) | Token::Newline | Token::Descriptor(_) | Token::Body(_)) | None => {
                    return Err(Trouble::text("a pattern of `case` has no `)`", "write `PATTERN)`"));
                }
            }
        }
    }
}
