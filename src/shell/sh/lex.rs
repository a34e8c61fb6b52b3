//! From characters to tokens, with the shell's rules of quoting.

use super::here::HereDocument;
use super::token::{Part, Token, Word};
use crate::shell::Quotes;
use crate::shell::units::{DEEPEST, Reader, Trouble, Unit, of_text};

/// Longest first.
const OPERATORS: [&str; 20] = [
    "&>>", ";;&", "<<<", "<<-", "&>", ";;", ";&", "<<", "<&", "<>", ">>", ">&", ">|", "&&", "||", "|&", ";",
    "&", "|", "<",
];
/// After these a command begins.
const BEFORE_A_COMMAND: [&str; 11] =
    ["if", "then", "elif", "else", "while", "until", "do", "!", "{", "fi", "done"];

pub(super) struct Lexer<'u> {
    pub(super) reader: Reader<'u>,
    pub(super) bash: bool,
    pub(super) depth: usize,
    pub(super) waiting: Vec<HereDocument>,
    /// A word that stands here could be a program or a keyword.
    at_command: bool,
    /// Inside `[[ … ]]`, where operators are parts of words.
    in_test: bool,
    /// Inside `name=(…)`, where no command begins.
    in_array: bool,
}

/// What a list of commands goes on to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    End,
    Parenthesis,
}

/// The tokens of a whole command line.
pub(super) fn lex(units: &[Unit], bash: bool, depth: usize) -> Result<Vec<Token>, Trouble> {
    Lexer::new(units, bash, depth).tokens(Until::End)
}

/// The one word that `text` is, `depth` substitutions deep. `in_test`: it stands in `[[ … ]]`.
pub(super) fn lex_word(text: &str, bash: bool, depth: usize, in_test: bool) -> Result<Word, Trouble> {
    let units = of_text(text);
    let mut lexer = Lexer::new(&units, bash, depth);
    lexer.in_test = in_test;
    let word = lexer.word()?;
    if lexer.reader.peek().is_some() {
        return Err(Trouble::text("where a word ends is not sure", "write the command in a simpler way"));
    }
    Ok(word)
}

impl<'u> Lexer<'u> {
    pub(super) fn new(units: &'u [Unit], bash: bool, depth: usize) -> Self {
        let reader = Reader::new(units);
        Self { reader, bash, depth, waiting: Vec::new(), at_command: true, in_test: false, in_array: false }
    }

    /// Goes one level down, or refuses.
    pub(super) fn deeper(&self) -> Result<usize, Trouble> {
        if self.depth >= DEEPEST {
            return Err(Trouble::text("substitutions are nested too deep", "split the command up"));
        }
        Ok(self.depth + 1)
    }

    pub(super) fn tokens(&mut self, until: Until) -> Result<Vec<Token>, Trouble> {
        let mut tokens = Vec::new();
        let mut open = 0_usize;
        loop {
            self.skip_blanks();
            let Some(unit) = self.reader.peek() else { break };
            match unit {
                Unit::Char('\n') => self.newline(&mut tokens)?,
                Unit::Char('#') => self.comment()?,
                Unit::Char(')') if !self.in_test => {
                    self.reader.skip(1);
                    if open == 0 && until == Until::Parenthesis {
                        return self.finish(tokens);
                    }
                    open = open.saturating_sub(1);
                    self.operator(&mut tokens, ")");
                }
                Unit::Char('(') if !self.in_test => {
                    self.open_parenthesis(&mut tokens)?;
                    open += usize::from(matches!(tokens.last(), Some(Token::Operator("("))));
                }
                Unit::Char('<' | '>') if !self.in_test && self.at_process() => {
                    self.push_word(&mut tokens, until)?;
                }
                Unit::Char(';' | '&' | '|' | '<' | '>') if !self.in_test => {
                    self.take_operator(&mut tokens)?
                }
                Unit::Char(_) | Unit::Hole(_) => self.push_word(&mut tokens, until)?,
            }
        }
        if until == Until::Parenthesis {
            return Err(unbalanced("(", ")"));
        }
        self.finish(tokens)
    }

    fn finish(&mut self, tokens: Vec<Token>) -> Result<Vec<Token>, Trouble> {
        if self.in_test {
            return Err(unbalanced("[[", "]]"));
        }
        match self.waiting.first() {
            Some(document) => Err(document.unended()),
            None => Ok(tokens),
        }
    }

    fn skip_blanks(&mut self) {
        loop {
            self.skip_continuations();
            if !self.reader.take(' ') && !self.reader.take('\t') {
                return;
            }
        }
    }

    /// A backslash before a line's end joins the two lines, even in the middle of an operator.
    pub(super) fn skip_continuations(&mut self) {
        while self.reader.starts_with("\\\n") {
            self.reader.skip(2);
        }
    }

    fn newline(&mut self, tokens: &mut Vec<Token>) -> Result<(), Trouble> {
        self.reader.skip(1);
        tokens.push(Token::Newline);
        self.at_command = !self.in_array;
        for document in std::mem::take(&mut self.waiting) {
            tokens.push(Token::Body(self.here_document(&document)?));
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), Trouble> {
        while let Some(unit) = self.reader.peek() {
            match unit {
                Unit::Char('\n') => break,
                Unit::Char(_) => self.reader.skip(1),
                Unit::Hole(hole) => {
                    let help = "remove it, or move the comment out of the command";
                    return Err(Trouble::hole(hole, "it stands in a comment of the command", help));
                }
            }
        }
        Ok(())
    }

    fn operator(&mut self, tokens: &mut Vec<Token>, operator: &'static str) {
        let redirects = operator.contains(['<', '>']);
        self.at_command = if redirects { self.at_command } else { true };
        tokens.push(Token::Operator(operator));
    }

    fn open_parenthesis(&mut self, tokens: &mut Vec<Token>) -> Result<(), Trouble> {
        self.reader.skip(1);
        if !self.reader.is('(') {
            self.operator(tokens, "(");
            return Ok(());
        }
        if !self.bash {
            return Err(Trouble::text("`((` means different things to different shells", "write `( (`"));
        }
        let start = self.reader.at() - 1;
        self.reader.skip(1);
        let part = self.arithmetic(start, Quotes::None)?;
        tokens.push(Token::Word(Word { parts: vec![part] }));
        self.at_command = false;
        Ok(())
    }

    fn take_operator(&mut self, tokens: &mut Vec<Token>) -> Result<(), Trouble> {
        let known = OPERATORS.iter().chain(&[">"]).find(|operator| self.reader.starts_with(operator));
        let Some(operator) = known else {
            return Err(Trouble::text("an operator is not known", "write the command in a simpler way"));
        };
        if operator.starts_with("&>") && !self.bash {
            let help = "write `> FILE 2>&1`, or give the target `shell bash`";
            return Err(Trouble::text("`&>` means different things to different shells", help));
        }
        self.split_by_continuation(operator)?;
        self.reader.skip(operator.len());
        self.operator(tokens, operator);
        Ok(())
    }

    /// `<\⏎<EOF` is `<<EOF`: such text is refused rather than read wrongly.
    fn split_by_continuation(&self, operator: &str) -> Result<(), Trouble> {
        let mut after = self.reader.clone();
        after.skip(operator.len());
        if after.starts_with("\\\n") {
            let why = "an operator is followed by a backslash at the line's end";
            return Err(Trouble::text(why, "put a blank before the backslash"));
        }
        Ok(())
    }

    /// Whether `<(…)` or `>(…)` begins here.
    fn at_process(&self) -> bool {
        self.bash && (self.reader.starts_with("<(") || self.reader.starts_with(">("))
    }

    fn push_word(&mut self, tokens: &mut Vec<Token>, until: Until) -> Result<(), Trouble> {
        let word = self.word()?;
        if self.before_redirection() && !self.in_test {
            if let Some(hole) = word.holes().map(|(hole, _)| hole).last() {
                let why = "it is joined to a redirection, where a number would name a descriptor";
                return Err(Trouble::hole(hole, why, "put a blank before the `<` or `>`"));
            }
            if let Some(number) = word.keyword().filter(|text| is_descriptor(text)) {
                tokens.push(Token::Descriptor(number.to_owned()));
                return Ok(());
            }
        }
        self.note_here_document(tokens.last(), &word)?;
        self.note_keyword(tokens.last(), &word, until)?;
        tokens.push(Token::Word(word));
        Ok(())
    }

    fn before_redirection(&mut self) -> bool {
        self.skip_continuations();
        (self.reader.is('<') || self.reader.is('>')) && !self.at_process()
    }

    fn note_here_document(&mut self, before: Option<&Token>, word: &Word) -> Result<(), Trouble> {
        if let Some(Token::Operator(operator @ ("<<" | "<<-"))) = before {
            self.waiting.push(HereDocument::new(word, *operator == "<<-")?);
        }
        Ok(())
    }

    /// Follows where commands begin, and the words that change how text is read.
    fn note_keyword(&mut self, before: Option<&Token>, word: &Word, until: Until) -> Result<(), Trouble> {
        if matches!(before, Some(Token::Operator(operator)) if operator.contains(['<', '>'])) {
            return Ok(());
        }
        let at_command = std::mem::replace(&mut self.at_command, false);
        match word.keyword() {
            Some("]]") if self.in_test => self.in_test = false,
            Some("[[") if at_command && self.bash => self.in_test = true,
            Some("[[") if at_command => {
                return Err(Trouble::text("`[[` is not sh", "write `[`, or give the target `shell bash`"));
            }
            Some("case") if at_command && until == Until::Parenthesis => {
                return Err(Trouble::text("`case` inside `(…)` can't be followed", "move it out"));
            }
            Some(text) => self.at_command = at_command && BEFORE_A_COMMAND.contains(&text),
            None => self.at_command = at_command && word.is_assignment(),
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Word, Trouble> {
        let mut word = Word::default();
        loop {
            self.skip_continuations();
            let Some(unit) = self.reader.peek() else { break };
            match unit {
                Unit::Hole(hole) => {
                    self.reader.skip(1);
                    word.parts.push(Part::Hole { hole, inside: Quotes::None });
                }
                Unit::Char('\'') => self.single(&mut word)?,
                Unit::Char('"') => self.double(&mut word)?,
                Unit::Char('\\') => self.escaped(&mut word)?,
                Unit::Char('$') => self.dollar(&mut word, Quotes::None)?,
                Unit::Char('`') => self.backtick(&mut word, Quotes::None)?,
                Unit::Char('<' | '>') if self.at_process() => self.process(&mut word)?,
                Unit::Char('(') if self.bash && begins_array(&word) => self.array(&mut word)?,
                Unit::Char(c) if self.ends_word(c) => break,
                Unit::Char(c) => {
                    self.reader.skip(1);
                    push_bare(&mut word, c);
                }
            }
        }
        Ok(word)
    }

    fn ends_word(&self, c: char) -> bool {
        matches!(c, ' ' | '\t' | '\n')
            || (!self.in_test && matches!(c, ';' | '&' | '|' | '<' | '>' | '(' | ')'))
    }

    fn single(&mut self, word: &mut Word) -> Result<(), Trouble> {
        self.reader.skip(1);
        let mut text = String::new();
        loop {
            match self.reader.next() {
                None => return Err(unbalanced("'", "'")),
                Some(Unit::Char('\'')) => break,
                Some(Unit::Char(c)) => text.push(c),
                Some(Unit::Hole(hole)) => {
                    word.parts.push(Part::Quoted(std::mem::take(&mut text)));
                    word.parts.push(Part::Hole { hole, inside: Quotes::Single });
                }
            }
        }
        word.parts.push(Part::Quoted(text));
        Ok(())
    }

    pub(super) fn double(&mut self, word: &mut Word) -> Result<(), Trouble> {
        self.reader.skip(1);
        word.parts.push(Part::Quoted(String::new()));
        loop {
            match self.reader.peek() {
                None => return Err(unbalanced("\"", "\"")),
                Some(Unit::Char('"')) => {
                    self.reader.skip(1);
                    return Ok(());
                }
                Some(_) => self.inside_double(word, true)?,
            }
        }
    }

    /// One step inside `"…"`, or inside a here-document, where `"` is nothing special.
    pub(super) fn inside_double(&mut self, word: &mut Word, quote_escapes: bool) -> Result<(), Trouble> {
        match self.reader.peek() {
            None => {}
            Some(Unit::Hole(hole)) => {
                self.reader.skip(1);
                word.parts.push(Part::Hole { hole, inside: Quotes::Double });
            }
            Some(Unit::Char('$')) => self.dollar(word, Quotes::Double)?,
            Some(Unit::Char('`')) => self.backtick(word, Quotes::Double)?,
            Some(Unit::Char('\\')) => self.escaped_in_double(word, quote_escapes)?,
            Some(Unit::Char(c)) => {
                self.reader.skip(1);
                push_quoted(word, c);
            }
        }
        Ok(())
    }

    fn escaped(&mut self, word: &mut Word) -> Result<(), Trouble> {
        self.reader.skip(1);
        match self.reader.next() {
            Some(Unit::Char(c)) => word.parts.push(Part::Quoted(c.to_string())),
            Some(Unit::Hole(hole)) => return Err(after_backslash(hole)),
            None => return Err(Trouble::text("the command ends with a backslash", "remove it")),
        }
        Ok(())
    }

    fn escaped_in_double(&mut self, word: &mut Word, quote_escapes: bool) -> Result<(), Trouble> {
        self.reader.skip(1);
        match self.reader.peek() {
            Some(Unit::Hole(hole)) => return Err(after_backslash(hole)),
            Some(Unit::Char('\n')) => self.reader.skip(1),
            Some(Unit::Char(c)) if matches!(c, '$' | '`' | '\\') || (c == '"' && quote_escapes) => {
                self.reader.skip(1);
                push_quoted(word, c);
            }
            Some(Unit::Char(_)) | None => push_quoted(word, '\\'),
        }
        Ok(())
    }

    fn array(&mut self, word: &mut Word) -> Result<(), Trouble> {
        self.reader.skip(1);
        let depth = self.deeper()?;
        let outer = std::mem::replace(&mut self.depth, depth);
        let at_command = std::mem::replace(&mut self.at_command, false);
        self.in_array = true;
        let words = self.tokens(Until::Parenthesis)?;
        self.in_array = false;
        (self.depth, self.at_command) = (outer, at_command);
        if words.iter().any(|token| !matches!(token, Token::Word(_) | Token::Newline)) {
            return Err(Trouble::text("an array holds something else than words", "quote it"));
        }
        word.parts.push(Part::Array(words));
        Ok(())
    }

    /// The commands up to a `)`; the reader stands behind the `(`.
    pub(super) fn nested(&mut self) -> Result<Vec<Token>, Trouble> {
        let depth = self.deeper()?;
        let outer = std::mem::replace(&mut self.depth, depth);
        let state =
            (std::mem::replace(&mut self.at_command, true), std::mem::replace(&mut self.in_test, false));
        let waiting = std::mem::take(&mut self.waiting);
        let in_array = std::mem::replace(&mut self.in_array, false);
        let tokens = self.tokens(Until::Parenthesis)?;
        (self.depth, self.in_array) = (outer, in_array);
        (self.at_command, self.in_test) = state;
        self.waiting = waiting;
        Ok(tokens)
    }
}

fn begins_array(word: &Word) -> bool {
    matches!(word.keyword(), Some(text) if text.ends_with('=') && word.is_assignment())
}

fn is_descriptor(text: &str) -> bool {
    let named = text.len() > 2 && text.starts_with('{') && text.ends_with('}');
    named || text.chars().all(|c| c.is_ascii_digit())
}

fn push_bare(word: &mut Word, c: char) {
    match word.parts.last_mut() {
        Some(Part::Bare(text)) => text.push(c),
        _ => word.parts.push(Part::Bare(c.to_string())),
    }
}

pub(super) fn push_quoted(word: &mut Word, c: char) {
    match word.parts.last_mut() {
        Some(Part::Quoted(text)) => text.push(c),
        _ => word.parts.push(Part::Quoted(c.to_string())),
    }
}

pub(super) fn unbalanced(open: &str, close: &str) -> Trouble {
    let close = format!("close it with `{close}`");
    Trouble::text(format!("a `{open}` of the command is not closed"), close)
}

fn after_backslash(hole: u32) -> Trouble {
    let why = "it stands right after a backslash, which would take its first character";
    Trouble::hole(hole, why, "remove the backslash, or double it")
}
