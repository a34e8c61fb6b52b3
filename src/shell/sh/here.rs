//! Here-documents.

use super::lex::Lexer;
use super::token::{Part, Word};
use crate::shell::Quotes;
use crate::shell::units::{Trouble, Unit};

/// A here-document whose body is still to come.
pub(super) struct HereDocument {
    end: String,
    /// Tabs before its lines are taken away.
    strips: bool,
    /// Its end was quoted, so nothing in it is expanded.
    literal: bool,
}

impl HereDocument {
    pub(super) fn new(word: &Word, strips: bool) -> Result<Self, Trouble> {
        if let Some((hole, _)) = word.holes().next() {
            return Err(Trouble::hole(hole, "it names the end of a here-document", "write a fixed word"));
        }
        if word.is_expanded() {
            return Err(Trouble::text("the end of a here-document is expanded", "write a fixed word"));
        }
        let literal = word.parts.iter().any(|part| matches!(part, Part::Quoted(_)));
        let end = word.text(&|_: u32, _: Quotes| String::new());
        Ok(Self { end, strips, literal })
    }

    pub(super) fn unended(&self) -> Trouble {
        let why = format!("the here-document `<<{}` has no end", self.end);
        Trouble::text(why, format!("add a line with only `{}`", self.end))
    }
}

impl Lexer<'_> {
    /// Reads a body and gives the expansions in it.
    pub(super) fn here_document(&mut self, document: &HereDocument) -> Result<Vec<Part>, Trouble> {
        let mut body: Vec<Unit> = Vec::new();
        loop {
            let line = self.here_line(document)?;
            if line == document.end {
                break;
            }
            body.extend(line.chars().map(Unit::Char));
            body.push(Unit::Char('\n'));
        }
        if document.literal { Ok(Vec::new()) } else { self.expansions(&body) }
    }

    fn here_line(&mut self, document: &HereDocument) -> Result<String, Trouble> {
        let mut line = String::new();
        loop {
            match self.reader.next() {
                None if line == document.end => break,
                None => return Err(document.unended()),
                Some(Unit::Char('\n')) => break,
                Some(Unit::Char(c)) => line.push(c),
                Some(Unit::Hole(hole)) => {
                    let why = "it stands in a here-document, whose end its value could be";
                    return Err(Trouble::hole(hole, why, "pass the text with a `stdin` clause"));
                }
            }
        }
        if line.ends_with('\\') && !document.literal {
            let why = "a line of a here-document ends with a backslash";
            return Err(Trouble::text(why, "quote the word after `<<`"));
        }
        Ok(if document.strips { line.trim_start_matches('\t').to_owned() } else { line })
    }

    fn expansions(&self, body: &[Unit]) -> Result<Vec<Part>, Trouble> {
        let mut word = lex_body(body, self.bash, self.deeper()?)?;
        word.parts.retain(|part| matches!(part, Part::Expansion { .. }));
        Ok(word.parts)
    }
}

/// The body of a here-document that is expanded.
pub(super) fn lex_body(body: &[Unit], bash: bool, depth: usize) -> Result<Word, Trouble> {
    let mut inner = Lexer::new(body, bash, depth);
    let mut word = Word::default();
    while inner.reader.peek().is_some() {
        inner.inside_double(&mut word, false)?;
    }
    Ok(word)
}
