//! Strings with `{{ }}` in params files.
//!
//! Only what stands in a file is taken apart, once, when it is read: a value that comes out of an
//! expression is never looked at again.

use crate::finding::Finding;
use crate::ids::ExprId;
use crate::source::{Sources, Span, Spanned};
use crate::syntax::ast;
use crate::template::{Expression, Expressions};

use super::{Node, NodeKind};

/// The expressions of all params files.
#[derive(Debug, Default)]
pub struct Templates {
    expressions: Vec<Expression>,
}

impl Expressions for Templates {
    fn expression(&self, expr: &ast::Expr) -> &Expression {
        &self.expressions[expr.id.0 as usize]
    }
}

impl Templates {
    /// Takes the strings with `{{ }}` in a tree apart.
    pub fn take_in(&mut self, node: &mut Node, sources: &Sources, findings: &mut Vec<Finding>) {
        match &mut node.kind {
            NodeKind::Text(text) if text.contains("{{") => match self.text(text, node.span, sources) {
                Ok(Some(template)) => node.kind = NodeKind::Template(template),
                Ok(None) => {}
                Err(finding) => findings.push(*finding),
            },
            NodeKind::List(items) => {
                items.iter_mut().for_each(|item| self.take_in(item, sources, findings));
            }
            NodeKind::Map(entries) => {
                entries.values_mut().for_each(|entry| self.take_in(&mut entry.node, sources, findings));
            }
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Int(_)
            | NodeKind::Float(_)
            | NodeKind::Text(_)
            | NodeKind::Template(_)
            | NodeKind::Duration(_) => {}
        }
    }

    /// The parts of a string, or nothing where it has no expression.
    fn text(&mut self, text: &str, span: Span, sources: &Sources) -> Result<Option<ast::Text>, Box<Finding>> {
        let written = Written { raw: sources.slice(span), span };
        let mut parts = Vec::new();
        let mut from = 0;
        let mut literal = 0;
        while let Some(at) = text[from..].find("{{").map(|at| from + at) {
            if text[at + 2..].starts_with('.') {
                from = at + 2;
                continue;
            }
            let end = hole_end(text, at + 2).ok_or_else(|| Box::new(written.unclosed(&text[at..])))?;
            parts.extend(written.literal(&text[literal..at]));
            parts.push(ast::Part::Hole(self.hole(&text[at + 2..end], &written)?));
            from = end + 2;
            literal = from;
        }
        if parts.is_empty() {
            return Ok(None);
        }
        parts.extend(written.literal(&text[literal..]));
        Ok(Some(ast::Text { quotes: ast::Quotes::Plain, parts, span }))
    }

    fn hole(&mut self, inside: &str, written: &Written<'_>) -> Result<ast::Expr, Box<Finding>> {
        let text = inside.trim();
        if text.is_empty() {
            return Err(Box::new(Finding::error("syntax", "`{{ }}` is empty", written.span, "")));
        }
        let id = ExprId(u32::try_from(self.expressions.len()).unwrap_or(u32::MAX));
        let expr = ast::Expr { id, text: text.to_owned(), span: written.find(text) };
        self.expressions.push(Expression::parse(&expr).map_err(Box::new)?);
        Ok(expr)
    }
}

/// A string as its file has it, quotes, escapes and all.
struct Written<'s> {
    raw: &'s str,
    span: Span,
}

impl Written<'_> {
    /// Where a part stands in the file; the whole string where it is written with escapes.
    fn find(&self, part: &str) -> Span {
        self.raw.find(part).map_or(self.span, |at| self.span.part(at, part.len()))
    }

    fn literal(&self, text: &str) -> Option<ast::Part> {
        let part = || ast::Part::Literal(Spanned::new(text.to_owned(), self.span));
        (!text.is_empty()).then(part)
    }

    fn unclosed(&self, from: &str) -> Finding {
        let span = self.raw.rfind("{{").map_or(self.span, |at| self.span.part(at, 2));
        let title = "`{{` is not closed";
        let help = match from.contains('}') {
            true => "an expression ends with `}}`",
            false => "close it with `}}`",
        };
        Finding::error("syntax", title, span, "opened here").help(help)
    }
}

/// Where the `}}` of an expression begins that starts at `from`: outside its strings and brackets.
fn hole_end(text: &str, from: usize) -> Option<usize> {
    let mut string = None;
    let mut depth = 0_usize;
    let mut characters = text[from..].char_indices().map(|(at, c)| (from + at, c));
    while let Some((at, c)) = characters.next() {
        match (string, c) {
            (Some(_), '\\') => _ = characters.next(),
            (Some(quote), _) if quote == c => string = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => string = Some(c),
            (None, '}') if depth == 0 && text[at..].starts_with("}}") => return Some(at),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
    }
    None
}
