//! A node as a form to be filled in: parts in their order, and what stands where nothing should.

use crate::source::{FileId, Span};
use crate::syntax::ast::{Block, Expr, Name, Text};
use crate::syntax::grammar::{Node, Parts, Rule};
use crate::syntax::mistake::{self, Stray, Usage};

use super::Lowering;

/// A statement, item or part of one while it is lowered.
pub(super) struct Form<'t> {
    pub parts: Parts<'t>,
    pub usage: Usage,
    /// All of it.
    pub span: Span,
    /// Its first word.
    pub keyword: Span,
    stray: Option<(String, Span)>,
    /// A mistake was reported: the node is left out, and no second mistake of the kind is reported.
    pub broken: bool,
}

impl<'t> Form<'t> {
    pub fn new(node: Node<'t>, file: FileId) -> Self {
        let start = node.as_span().start();
        let text = node.as_str().trim_end();
        let word = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let stray = node.clone().into_inner().find(|part| matches!(part.as_rule(), Rule::rest | Rule::odd));
        let stray = stray.map(|part| {
            let span = part.as_span();
            let text = span.as_str().trim_end();
            (text.to_owned(), Span::new(file, span.start(), span.start() + text.len()))
        });
        Self {
            usage: mistake::usage(node.as_rule()),
            span: Span::new(file, start, start + text.len()),
            keyword: Span::new(file, start, start + word),
            parts: Parts::of(node),
            stray,
            broken: false,
        }
    }
}

impl<'t> Lowering<'t> {
    /// Reports that `what` is missing, or what stands in its place.
    pub(super) fn missing(&mut self, form: &mut Form<'t>, what: &str) {
        if std::mem::replace(&mut form.broken, true) {
            return;
        }
        let stray = form.stray.as_ref().map(|(text, span)| Stray { text, span: *span });
        let finding = match stray {
            Some(stray) => mistake::stray(&stray, &form.usage, Some(what)),
            None => mistake::missing(&form.usage, form.keyword, what),
        };
        self.report(finding);
    }

    pub(super) fn need_name(&mut self, form: &mut Form<'t>, what: &str) -> Option<Name> {
        let name = form.parts.take(Rule::name).map(|node| self.name(&node));
        self.need(form, name, what)
    }

    pub(super) fn need_text(&mut self, form: &mut Form<'t>, what: &str) -> Option<Text> {
        let text = form.parts.take(Rule::string).map(|node| self.text(&node));
        self.need(form, text, what)
    }

    pub(super) fn need_expr(&mut self, form: &mut Form<'t>, what: &str) -> Option<Expr> {
        let expr = form.parts.take(Rule::expression).map(|node| self.expr(&node));
        self.need(form, expr, what)
    }

    pub(super) fn need<T>(&mut self, form: &mut Form<'t>, part: Option<T>, what: &str) -> Option<T> {
        if part.is_none() {
            self.missing(form, what);
        }
        part
    }

    /// The form's block; what stands between the head and it is reported.
    pub(super) fn need_block(&mut self, form: &mut Form<'t>) -> Option<Block> {
        let block = self.block_of(form);
        self.need(form, block, "a block in braces")
    }

    /// The form's block, if it has one.
    pub(super) fn block_of(&mut self, form: &mut Form<'t>) -> Option<Block> {
        self.odd(form);
        let node = form.parts.take(Rule::block)?;
        Some(self.block(node))
    }

    /// Reports what stands before a block and should not.
    pub(super) fn odd(&mut self, form: &mut Form<'t>) {
        if form.parts.marks(Rule::odd) {
            self.stray(form);
        }
    }

    /// Ends a form: reports what is left. `None` when there was a mistake.
    pub(super) fn finish<T>(&mut self, mut form: Form<'t>, whole: Option<T>) -> Option<T> {
        self.odd(&mut form);
        if form.parts.marks(Rule::rest) {
            self.stray(&mut form);
        }
        debug_assert!(form.broken || form.parts.next().is_none(), "a part was left in {:?}", form.usage);
        whole.filter(|_| !form.broken)
    }

    fn stray(&mut self, form: &mut Form<'t>) {
        if std::mem::replace(&mut form.broken, true) {
            return;
        }
        if let Some((text, span)) = &form.stray {
            let finding = mistake::stray(&Stray { text, span: *span }, &form.usage, None);
            self.report(finding);
        }
    }
}
