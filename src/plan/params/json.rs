//! JSON files. serde_json says what is wrong; the places are found here.

use indexmap::IndexMap;
use indexmap::map::Entry as Slot;
use serde::de::IgnoredAny;

use crate::finding::Finding;
use crate::source::{FileId, Span};

use super::node::MAX_DEPTH;
use super::{Entry, Node, NodeKind, scalar};

const CODE: &str = "params-syntax";

/// Reads a JSON text, strictly.
pub(super) fn parse(file: FileId, text: &str) -> Result<Node, Finding> {
    let mut reader = Reader { file, text, at: 0 };
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Err(reader.malformed(&error));
    }
    reader.value(0)
}

/// Goes through a text that is known to be JSON.
struct Reader<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn malformed(&self, error: &serde_json::Error) -> Finding {
        let lines = self.text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let start: usize = lines.map(str::len).sum();
        let mut at = (start + error.column()).saturating_sub(1).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let end = self.text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        let after_comma =
            self.text[..at].trim_end().ends_with(',') && self.text[at..].starts_with(['}', ']']);
        let said = if after_comma { "trailing comma" } else { said };
        let finding = Finding::error(CODE, "this is not JSON", Span::new(self.file, at, end), said);
        match said {
            "trailing comma" => finding.help("JSON has no comma after the last value: take it away"),
            "key must be a string" => finding.help("in JSON every name stands in double quotes"),
            _ => finding,
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Finding> {
        self.blanks();
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => return Err(self.too_deep()),
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => NodeKind::Text(self.string()?.0),
            _ => self.word()?,
        };
        Ok(Node { kind, span: Span::new(self.file, start, self.at) })
    }

    fn too_deep(&self) -> Finding {
        let span = Span::new(self.file, self.at, self.at + 1);
        Finding::error(CODE, format!("nested deeper than {MAX_DEPTH} levels"), span, "")
    }

    fn list(&mut self, depth: usize) -> Result<NodeKind, Finding> {
        let mut items = Vec::new();
        self.at += 1;
        while self.goes_on(b']') {
            items.push(self.value(depth + 1)?);
        }
        Ok(NodeKind::List(items))
    }

    fn map(&mut self, depth: usize) -> Result<NodeKind, Finding> {
        let mut entries: IndexMap<String, Entry> = IndexMap::new();
        self.at += 1;
        while self.goes_on(b'}') {
            let (name, key) = self.string()?;
            self.blanks();
            self.at += 1;
            let node = self.value(depth + 1)?;
            match entries.entry(name) {
                Slot::Vacant(slot) => _ = slot.insert(Entry { key, node }),
                Slot::Occupied(first) => return Err(duplicate(first.key(), key, first.get().key)),
            }
        }
        Ok(NodeKind::Map(entries))
    }

    /// Goes over blanks and commas to the next value; false at the `end`, which is taken.
    fn goes_on(&mut self, end: u8) -> bool {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace() || byte == b',') {
            self.at += 1;
        }
        let ended = self.peek().is_none_or(|byte| byte == end);
        self.at += usize::from(ended);
        !ended
    }

    fn string(&mut self) -> Result<(String, Span), Finding> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        while bytes.get(end).is_some_and(|byte| *byte != b'"') {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.at = (end + 1).min(self.text.len());
        let span = Span::new(self.file, start, self.at);
        let value = serde_json::from_str(&self.text[start..self.at]);
        let value = value.map_err(|_| Finding::error(CODE, "this text holds half a character", span, ""))?;
        Ok((value, span))
    }

    fn word(&mut self) -> Result<NodeKind, Finding> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let span = Span::new(self.file, self.at, self.at + end);
        self.at += end;
        scalar::plain(&rest[..end]).map_err(|title| Finding::error(CODE, title, span, ""))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }
}

/// Two values under one key.
pub(super) fn duplicate(name: &str, second: Span, first: Span) -> Finding {
    Finding::error("duplicate-name", format!("`{name}` is given twice"), second, "the second time")
        .also(first, "the first time")
}
