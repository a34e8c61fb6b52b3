//! YAML files, from the parser's events: the core schema of YAML 1.2, without tags.

use std::collections::HashMap;

use indexmap::IndexMap;
use indexmap::map::Entry as Slot;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use crate::finding::Finding;
use crate::source::{FileId, Span};

use super::json::duplicate;
use super::node::MAX_DEPTH;
use super::{Entry, Node, NodeKind, scalar};

const CODE: &str = "params-syntax";

/// How many values the aliases of one file may stand for.
const MAX_EXPANDED: usize = 100_000;
/// A text counts as one value more for every so many bytes.
const VALUE: usize = 64;

/// Reads a YAML text of one document.
pub(super) fn parse(file: FileId, text: &str) -> Result<Node, Finding> {
    let mut builder = Builder::new(file, text);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| builder.malformed(&error))?;
        let span = builder.place(span);
        builder.take(event, span)?;
    }
    let nothing = || Node { kind: NodeKind::Null, span: Span::new(file, 0, 0) };
    Ok(builder.root.unwrap_or_else(nothing))
}

/// A list or map whose end has not come.
enum Open {
    List { at: Span, anchor: usize, items: Vec<Node> },
    Map { at: Span, anchor: usize, entries: IndexMap<String, Entry>, key: Option<(String, Span)> },
}

/// A value with a name, for aliases: how many values it holds and how deep.
struct Anchor {
    node: Node,
    size: usize,
    depth: usize,
}

struct Builder<'t> {
    file: FileId,
    text: &'t str,
    /// Byte offsets by character, where the two differ.
    bytes: Option<Vec<usize>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchor>,
    expanded: usize,
    root: Option<Node>,
}

impl<'t> Builder<'t> {
    fn new(file: FileId, text: &'t str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { file, text, bytes, open: vec![], anchors: HashMap::new(), expanded: 0, root: None }
    }

    fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(character).copied().unwrap_or(self.text.len()),
            None => character.min(self.text.len()),
        }
    }

    fn place(&self, span: saphyr_parser::Span) -> Span {
        Span::new(self.file, self.byte(span.start.index()), self.byte(span.end.index()))
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Finding> {
        match event {
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                self.untagged(tag.is_some(), span)?;
                self.scalar(&text, style, anchor, span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.untagged(tag.is_some(), span)?;
                self.begin(Open::List { at: span, anchor, items: vec![] }, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.untagged(tag.is_some(), span)?;
                self.begin(Open::Map { at: span, anchor, entries: IndexMap::new(), key: None }, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
        }
    }

    fn untagged(&self, tagged: bool, span: Span) -> Result<(), Finding> {
        if !tagged {
            return Ok(());
        }
        let start = span.start as usize;
        let before = self.text[..start].trim_end();
        let word = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let start = if before[word..].starts_with('!') { word } else { start };
        let shown = self.text[start..].split_whitespace().next().unwrap_or_default();
        let at = Span::new(self.file, start, start + shown.len());
        let help = "take the tag away: the runbook's params say what type a value has";
        Err(Finding::error(CODE, format!("tags such as `{shown}` are not read"), at, "").help(help))
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, span: Span) -> Result<(), Finding> {
        if let Some(Open::Map { key: key @ None, .. }) = self.open.last_mut() {
            *key = Some((text.to_owned(), span));
            return self.usable_key(span);
        }
        let kind = match style {
            ScalarStyle::Plain => {
                scalar::plain(text).map_err(|title| Finding::error(CODE, title, span, "").help("quote it"))?
            }
            _ => NodeKind::Text(text.to_owned()),
        };
        let span = if span.start == span.end { self.after_key().unwrap_or(span) } else { span };
        self.add(Node { kind, span }, anchor)
    }

    /// The key whose value is not there.
    fn after_key(&self) -> Option<Span> {
        match self.open.last()? {
            Open::Map { key: Some((_, span)), .. } => Some(*span),
            Open::Map { .. } | Open::List { .. } => None,
        }
    }

    fn usable_key(&self, span: Span) -> Result<(), Finding> {
        let Some(Open::Map { entries, key: Some((name, _)), .. }) = self.open.last() else { return Ok(()) };
        if name == "<<" {
            let title = "`<<` does not merge maps: YAML 1.2 has no such key";
            return Err(Finding::error(CODE, title, span, "").help("write the fields out"));
        }
        match entries.get(name) {
            Some(first) => Err(duplicate(name, span, first.key)),
            None => Ok(()),
        }
    }

    fn begin(&mut self, open: Open, span: Span) -> Result<(), Finding> {
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            return Err(self.no_name(span));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.open.push(open);
        Ok(())
    }

    fn no_name(&self, span: Span) -> Finding {
        let title = "a list or map can't be the name of a field";
        let at = Span::new(self.file, span.start as usize, span.start as usize + 1);
        let finding = Finding::error(CODE, title, at, "a name should stand here");
        let line_start = self.text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        match line.contains("{{") {
            true => finding.help("YAML reads `{` as the start of a map: put a text with `{{ }}` in quotes"),
            false => finding,
        }
    }

    fn end(&mut self, end: Span) -> Result<(), Finding> {
        match self.open.pop() {
            Some(Open::List { at, anchor, items }) => {
                let span = self.first_line(at, end);
                self.add(Node { kind: NodeKind::List(items), span }, anchor)
            }
            Some(Open::Map { at, anchor, entries, .. }) => {
                let span = self.first_line(at, end);
                self.add(Node { kind: NodeKind::Map(entries), span }, anchor)
            }
            None => Ok(()),
        }
    }

    /// What a list or map has on the line it begins at.
    fn first_line(&self, start: Span, end: Span) -> Span {
        let start = start.start as usize;
        let end = (end.end as usize).max(start).min(self.text.len());
        let line = self.text[start..end].lines().next().unwrap_or_default().trim_end();
        Span::new(self.file, start, start + line.len().max(1))
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        if anchor > 0 {
            let (size, depth) = measure(&node);
            self.anchors.insert(anchor, Anchor { node: node.clone(), size, depth });
        }
        match self.open.last_mut() {
            None if self.root.is_some() => {
                let title = "the file holds several YAML documents";
                let help = "keep one: take the `---` and what follows it away";
                return Err(Finding::error(CODE, title, node.span, "a second one begins here").help(help));
            }
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => {
                let (name, key) = key.take().unwrap_or_default();
                if let Slot::Vacant(slot) = entries.entry(name) {
                    slot.insert(Entry { key, node });
                }
            }
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Finding> {
        let name = self.text.get(span.range()).unwrap_or_default().trim_start_matches('*').to_owned();
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            return Err(self.no_name(span));
        }
        let Some(named) = self.anchors.get(&anchor) else {
            let title = format!("`&{name}` holds itself");
            return Err(Finding::error(CODE, title, span, "this alias stands inside its own anchor"));
        };
        self.expanded += named.size;
        if self.expanded > MAX_EXPANDED || self.open.len() + named.depth > MAX_DEPTH {
            let title = format!("the aliases of this file unfold to too much: `&{name}` is used too often");
            let help = format!("all aliases together may stand for {MAX_EXPANDED} values: write them out");
            return Err(Finding::error(CODE, title, span, "the limit is passed here").help(help));
        }
        let node = named.node.clone();
        self.add(node, 0)
    }

    fn malformed(&self, error: &ScanError) -> Finding {
        let at = self.byte(error.marker().index());
        let end = self.text[at..].chars().next().filter(|c| *c != '\n').map_or(at, |c| at + c.len_utf8());
        let span = Span::new(self.file, at, end);
        if error.info().contains("recursion") {
            return too_deep(span);
        }
        let line_start = self.text[..at].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let finding = Finding::error(CODE, "this is not YAML", span, in_words(error.info()));
        if line.trim_start_matches(' ').starts_with('\t') {
            return finding.help("YAML takes only spaces at the start of a line: replace the tab");
        }
        match line.contains(": {{") || line.contains("- {{") {
            true => finding.help("YAML reads `{` as the start of a map: put a text with `{{ }}` in quotes"),
            false => finding,
        }
    }
}

/// What the parser says, for the slips that are often made in words of their own.
fn in_words(info: &str) -> &str {
    const WORDS: [(&str, &str); 5] = [
        ("quoted scalar", "the text in quotes that begins here has no end"),
        ("tabs disallowed", "a tab stands before this"),
        (
            "mapping values are not allowed",
            "a second `:` on one line: a text with `: ` in it stands in quotes",
        ),
        ("could not find expected ':'", "a name without a `:`"),
        ("did not find expected", "this does not fit what stands before it: see the indentation"),
    ];
    WORDS.iter().find(|(said, _)| info.contains(said)).map_or(info, |(_, words)| words)
}

fn too_deep(span: Span) -> Finding {
    Finding::error(CODE, format!("nested deeper than {MAX_DEPTH} levels"), span, "")
}

/// How many values a node has, itself among them, and how deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let wider = |(size, depth): (usize, usize), node: &Node| {
        let (more, deep) = measure(node);
        (size + more, depth.max(deep + 1))
    };
    match &node.kind {
        NodeKind::List(items) => items.iter().fold((1, 1), wider),
        NodeKind::Map(entries) => entries.values().map(|entry| &entry.node).fold((1, 1), wider),
        NodeKind::Text(text) => (1 + text.len() / VALUE, 0),
        _ => (1, 0),
    }
}
