//! TOML files, with the places that toml_edit keeps.

use std::ops::Range;

use toml_edit::{Document, Item, Key, TableLike, Value};

use crate::finding::Finding;
use crate::source::{FileId, Span};

use super::node::MAX_DEPTH;
use super::{Entry, Node, NodeKind};

const CODE: &str = "params-syntax";

/// Reads a TOML text.
pub(super) fn parse(file: FileId, text: &str) -> Result<Node, Finding> {
    let reader = Reader { file, text };
    let document = Document::parse(text).map_err(|error| reader.malformed(&error))?;
    let kind = reader.table(document.as_table(), Span::new(file, 0, 0), 0)?;
    Ok(Node { kind, span: Span::new(file, 0, 0) })
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
}

impl Reader<'_> {
    fn malformed(&self, error: &toml_edit::TomlError) -> Finding {
        let range = error.span().unwrap_or_default();
        let place = self.place(range);
        match error.message().contains("string values must be quoted") {
            true => Finding::error(CODE, "this is not TOML", place, "a text without quotes")
                .help("put it in double quotes"),
            false => Finding::error(CODE, "this is not TOML", place, error.message()),
        }
    }

    /// A place cut to its first line.
    fn place(&self, range: Range<usize>) -> Span {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default().trim_end();
        Span::new(self.file, range.start, range.start + line.len())
    }

    fn table(&self, table: &dyn TableLike, around: Span, depth: usize) -> Result<NodeKind, Finding> {
        if depth > MAX_DEPTH {
            return Err(Finding::error(CODE, format!("nested deeper than {MAX_DEPTH} levels"), around, ""));
        }
        let entry = |(name, item): (&str, &Item)| {
            let key = table.key(name).and_then(Key::span).map_or(around, |range| self.place(range));
            let node = self.item(item, key, depth)?;
            Ok((name.to_owned(), Entry { key, node }))
        };
        Ok(NodeKind::Map(table.iter().map(entry).collect::<Result<_, _>>()?))
    }

    fn item(&self, item: &Item, around: Span, depth: usize) -> Result<Node, Finding> {
        let span = item.span().map_or(around, |range| self.place(range));
        let kind = match item {
            Item::None => NodeKind::Null,
            Item::Value(value) => return self.value(value, around, depth),
            Item::Table(table) => self.table(table, span, depth + 1)?,
            Item::ArrayOfTables(tables) => {
                let each = tables.iter().map(|table| {
                    let span = table.span().map_or(around, |range| self.place(range));
                    Ok(Node { kind: self.table(table, span, depth + 1)?, span })
                });
                NodeKind::List(each.collect::<Result<_, _>>()?)
            }
        };
        Ok(Node { kind, span })
    }

    fn value(&self, value: &Value, around: Span, depth: usize) -> Result<Node, Finding> {
        let span = value.span().map_or(around, |range| self.place(range));
        let kind = match value {
            Value::String(text) => NodeKind::Text(text.value().clone()),
            Value::Integer(number) => NodeKind::Int(*number.value()),
            Value::Float(number) if number.value().is_finite() => NodeKind::Float(*number.value()),
            Value::Float(number) => {
                let title = format!("`{}` is no number that can be worked with", number.value());
                return Err(Finding::error(CODE, title, span, ""));
            }
            Value::Boolean(value) => NodeKind::Bool(*value.value()),
            // There is no type for moments: they are taken as the text they are written as.
            Value::Datetime(moment) => NodeKind::Text(moment.value().to_string()),
            Value::Array(_) if depth >= MAX_DEPTH => {
                return Err(Finding::error(CODE, format!("nested deeper than {MAX_DEPTH} levels"), span, ""));
            }
            Value::Array(items) => {
                let each = items.iter().map(|item| self.value(item, span, depth + 1));
                NodeKind::List(each.collect::<Result<_, _>>()?)
            }
            Value::InlineTable(table) => self.table(table, span, depth + 1)?,
        };
        Ok(Node { kind, span })
    }
}
