//! The tree of a file as it is written: every node with its place, every comment kept.
//!
//! Names are not resolved and expressions are not looked into here. Spans of keywords, names
//! and blocks are kept apart, so that a message can point at the right half.

mod items;
mod statements;
mod worlds;

pub use items::*;
pub use statements::*;
pub use worlds::*;

use crate::ids::ExprId;
use crate::source::{FileId, Span, Spanned};
pub use crate::value::Effect;

/// A name and where it stands.
pub type Name = Spanned<String>;

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub id: FileId,
    pub kind: Spanned<FileKind>,
    pub title: Text,
    /// Comments before the first statement.
    pub header: Trivia,
    pub items: Vec<Item>,
    /// Comments after the last item.
    pub footer: Vec<Comment>,
    /// How many expressions the file has: their ids are `0..expressions`.
    pub expressions: u32,
}

/// What the first statement of a file says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Runbook,
    Library,
    World,
}

/// A comment without its `#`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    pub text: String,
    pub span: Span,
    /// An empty line stands before it.
    pub after_blank: bool,
}

/// What stands around a node that is not the node: comments and empty lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trivia {
    /// An empty line stands before the node and its comments.
    pub after_blank: bool,
    /// `# …` lines before the node, and comments inside it that have no place of their own.
    pub leading: Vec<Comment>,
    /// `## …` lines right before the node, without the `##`.
    pub doc: Vec<Comment>,
    /// An empty line stands between those comments and the node.
    pub detached: bool,
    /// `# …` on the node's last line.
    pub trailing: Option<Comment>,
}

/// A Jinja expression, as text. `template` looks into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub id: ExprId,
    /// As written, trimmed; what `span` covers.
    pub text: String,
    pub span: Span,
}

/// How a string was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// `"…"`
    Plain,
    /// `"""…"""`, common indentation stripped.
    Block,
    /// `r"…"`, everything literal.
    Raw,
    /// The rest of a `$` line.
    Command,
    /// A `$ """` script.
    Script,
}

/// A string with `{{ expression }}` in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub quotes: Quotes,
    pub parts: Vec<Part>,
    /// From the opening to the closing quote; of a command, from its first to its last character.
    pub span: Span,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Characters, escapes and indentation already taken off. `{{.Name}}` is literal.
    Literal(Spanned<String>),
    /// `{{ expression }}`; the span is the expression's, without the braces.
    Hole(Expr),
}

impl Text {
    /// The text, if nothing has to be filled in.
    #[must_use]
    pub fn as_literal(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Some(text.value.as_str()),
                Part::Hole(_) => None,
            })
            .collect()
    }

    /// The expressions in its holes.
    pub fn holes(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Hole(expr) => Some(expr),
        })
    }
}

/// Statements in braces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    pub statements: Vec<Statement>,
    /// Comments after the last statement.
    pub dangling: Vec<Comment>,
    /// From `{` to `}`.
    pub span: Span,
}
