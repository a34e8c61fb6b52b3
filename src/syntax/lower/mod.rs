//! From pest's pairs to the tree.
//!
//! In: the items as pest cut them, and the comments. Out: an [`ast::File`] and findings.
//! A node with a mistake is reported and left out; what stands beside it and in its blocks is still lowered.

mod arguments;
mod clauses;
mod comments;
mod form;
mod items;
mod requests;
mod scenarios;
mod statements;
mod text;
mod types;
mod worlds;

use crate::finding::Finding;
use crate::ids::ExprId;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::ast::{self, FileKind};
use crate::syntax::grammar::{Node, Parts};
use crate::syntax::mistake;

use comments::Comments;
use form::Form;

/// A file that is something else altogether is not told of line by line.
const MOST: usize = 100;

/// What is known while a file is lowered.
pub(super) struct Lowering<'t> {
    file: FileId,
    text: &'t str,
    kind: FileKind,
    expressions: u32,
    comments: Comments<'t>,
    /// Comments that stood inside a statement's head; they go before it.
    hoisted: Vec<ast::Comment>,
    findings: Vec<Finding>,
    /// How many mistakes were found past the [`MOST`] that are reported.
    unseen: usize,
    /// A `$` line took a `}`: blocks that now seem open are not reported as well.
    swallowed: bool,
}

/// Lowers a whole file.
pub(super) fn lower<'t>(
    file: FileId,
    text: &'t str,
    comments: &[std::ops::Range<usize>],
    items: Parts<'t>,
) -> (ast::File, Vec<Finding>) {
    let comments = Comments::new(file, text, comments);
    let mut lowering = Lowering {
        file,
        text,
        kind: FileKind::Runbook,
        expressions: 0,
        comments,
        hoisted: Vec::new(),
        findings: Vec::new(),
        unseen: 0,
        swallowed: false,
    };
    let tree = lowering.file(items);
    lowering.say_unseen();
    (tree, lowering.findings)
}

impl<'t> Lowering<'t> {
    fn span(&self, node: &Node<'_>) -> Span {
        let span = node.as_span();
        let end = span.start() + span.as_str().trim_end().len();
        Span::new(self.file, span.start(), end)
    }

    fn name(&self, node: &Node<'_>) -> ast::Name {
        Spanned::new(node.as_str().to_owned(), self.span(node))
    }

    fn path(&self, node: &Node<'_>) -> ast::Path {
        self.path_at(node.as_str(), node.as_span().start())
    }

    fn path_at(&self, text: &str, start: usize) -> ast::Path {
        let offset = |part: &str| start + (part.as_ptr() as usize - text.as_ptr() as usize);
        let name = |part: &str| {
            Spanned::new(part.to_owned(), Span::new(self.file, offset(part), offset(part) + part.len()))
        };
        let names = text.split('.').map(name).collect();
        ast::Path { names, span: Span::new(self.file, start, start + text.len()) }
    }

    fn expr(&mut self, node: &Node<'_>) -> ast::Expr {
        self.expr_at(node.as_span().start(), node.as_str())
    }

    /// An expression that stands at byte `start`; blanks around it are left out.
    fn expr_at(&mut self, start: usize, text: &str) -> ast::Expr {
        let trimmed = text.trim();
        let start = start + (text.len() - text.trim_start().len());
        let end = start + trimmed.len();
        if trimmed.contains('\n') {
            self.comments.keep_inside(start..end);
        }
        let id = ExprId(self.expressions);
        self.expressions += 1;
        ast::Expr { id, text: trimmed.to_owned(), span: Span::new(self.file, start, end) }
    }

    /// The comments before byte `end` that stand inside a statement or item.
    fn inside(&mut self, end: usize) -> Vec<ast::Comment> {
        self.comments.until(end).into_iter().map(hoisted).collect()
    }

    fn report(&mut self, finding: Finding) {
        if self.findings.len() < MOST {
            self.findings.push(finding);
        } else {
            self.unseen += 1;
        }
    }

    /// The last finding says how many more there are.
    fn say_unseen(&mut self) {
        let Some(last) = self.findings.last().filter(|_| self.unseen > 0) else { return };
        let title = format!("{} more mistakes are not shown", self.unseen);
        let finding = Finding::error(mistake::CODE, title, last.span(), "from here on");
        self.findings.push(finding.help("mend those above first; is this a runbook at all?"));
    }

    fn error(&mut self, title: impl Into<String>, span: Span, label: impl Into<String>, help: &str) {
        self.report(Finding::error(mistake::CODE, title, span, label).help(help));
    }

    fn form(&self, node: Node<'t>) -> Form<'t> {
        Form::new(node, self.file)
    }

    fn unknown(&mut self, node: &Node<'_>, stands: mistake::Stands) {
        if self.findings.len() >= MOST {
            self.unseen += 1;
            return;
        }
        let finding = mistake::unknown(node.as_str(), self.span(node), stands);
        self.report(finding);
        self.comments.keep_inside(node.as_span().start()..node.as_span().end());
    }

    /// The number that a rule of digits holds.
    fn number(&mut self, node: &Node<'_>) -> Option<Spanned<i64>> {
        let span = self.span(node);
        match node.as_str().parse() {
            Ok(number) => Some(Spanned::new(number, span)),
            Err(_) => {
                self.error(
                    format!("`{}` is too large a number", node.as_str()),
                    span,
                    "",
                    "write a smaller one",
                );
                None
            }
        }
    }
}

/// The parts of a node that has no mistakes of its own.
fn parts(node: Node<'_>) -> Parts<'_> {
    Parts::of(node)
}

/// A comment that moves before the statement it stood in: `##` there documents nothing.
fn hoisted(comment: ast::Comment) -> ast::Comment {
    ast::Comment { text: comment.text.trim_start_matches('#').to_owned(), ..comment }
}
