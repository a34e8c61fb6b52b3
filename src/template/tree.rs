//! Our own small tree of an expression, every node with its place in the runbook.
//!
//! It is what resolve checks names and types in, what lint looks at, and what the strict form
//! for the evaluator is written from.

use crate::source::{Span, Spanned};
use crate::value::Value;

/// A part of an expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A name that is taken from the scope.
    Var(String),
    /// A string, number, bool, duration or none.
    Const(Value),
    /// A string with `{{ }}` in it: literals are `Const`s, all else stood in braces.
    Text(Vec<Node>),
    /// `base.name`
    Attr { base: Box<Node>, name: Spanned<String> },
    /// `base[key]`
    Index { base: Box<Node>, key: Box<Node> },
    /// `base[start:stop:step]`
    Slice { base: Box<Node>, start: Option<Box<Node>>, stop: Option<Box<Node>>, step: Option<Box<Node>> },
    /// `base | name(args)`
    Filter { base: Box<Node>, name: Spanned<String>, args: Vec<Arg> },
    /// `base is [not] name(args)`
    Test { base: Box<Node>, name: Spanned<String>, args: Vec<Arg>, negated: bool },
    /// `not operand`
    Not(Box<Node>),
    /// `-operand`
    Negative(Box<Node>),
    /// `left op right`
    Binary { op: BinaryOp, left: Box<Node>, right: Box<Node> },
    /// `first op node op node …`; nearly always one pair.
    Compare { first: Box<Node>, rest: Vec<(CompareOp, Node)> },
    /// `then if condition else otherwise`
    IfElse { condition: Box<Node>, then: Box<Node>, otherwise: Option<Box<Node>> },
    /// `[a, b]`, also written `(a, b)`
    List(Vec<Node>),
    /// `{key: value}`
    Map(Vec<(Node, Node)>),
    /// `name(args)`: a function such as `range`.
    Call { name: Spanned<String>, args: Vec<Arg> },
    /// `base.name(args)`
    Method { base: Box<Node>, name: Spanned<String>, args: Vec<Arg> },
}

/// An argument of a filter, test or call: `value` or `name=value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    pub name: Option<String>,
    pub value: Node,
}

/// An operator between two values that is no comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    And,
    Or,
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
    Pow,
    Concat,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

impl BinaryOp {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::FloorDiv => "//",
            BinaryOp::Rem => "%",
            BinaryOp::Pow => "**",
            BinaryOp::Concat => "~",
        }
    }
}

impl CompareOp {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            CompareOp::Eq => "==",
            CompareOp::Ne => "!=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
            CompareOp::In => "in",
            CompareOp::NotIn => "not in",
        }
    }
}

impl Node {
    /// The nodes right under this one, in the order they are written.
    #[must_use]
    pub fn children(&self) -> Vec<&Node> {
        match &self.kind {
            NodeKind::Var(_) | NodeKind::Const(_) => Vec::new(),
            NodeKind::Text(parts) | NodeKind::List(parts) => parts.iter().collect(),
            NodeKind::Attr { base, .. } => vec![base],
            NodeKind::Index { base, key } => vec![base, key],
            NodeKind::Slice { base, start, stop, step } => {
                let bounds = [start, stop, step].into_iter().flatten();
                std::iter::once(&**base).chain(bounds.map(|node| &**node)).collect()
            }
            NodeKind::Filter { base, args, .. }
            | NodeKind::Test { base, args, .. }
            | NodeKind::Method { base, args, .. } => {
                std::iter::once(&**base).chain(args.iter().map(|arg| &arg.value)).collect()
            }
            NodeKind::Not(operand) | NodeKind::Negative(operand) => vec![operand],
            NodeKind::Binary { left, right, .. } => vec![left, right],
            NodeKind::Compare { first, rest } => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, node)| node)).collect()
            }
            NodeKind::IfElse { condition, then, otherwise } => {
                [Some(then), Some(condition), otherwise.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(|node| &**node)
                    .collect()
            }
            NodeKind::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
            NodeKind::Call { args, .. } => args.iter().map(|arg| &arg.value).collect(),
        }
    }

    /// Whether it is a name, or fields and items of one with constant keys: `a.b[0].c`.
    #[must_use]
    pub fn is_path(&self) -> bool {
        match &self.kind {
            NodeKind::Var(_) => true,
            NodeKind::Attr { base, .. } => base.is_path(),
            NodeKind::Index { base, key } => base.is_path() && matches!(key.kind, NodeKind::Const(_)),
            _ => false,
        }
    }

    /// The dotted name that it is, if it is one: `a.b.c`.
    #[must_use]
    pub fn dotted(&self) -> Option<String> {
        match &self.kind {
            NodeKind::Var(name) => Some(name.clone()),
            NodeKind::Attr { base, name } => Some(format!("{}.{}", base.dotted()?, name.value)),
            _ => None,
        }
    }

    /// Calls `look` for this node and all under it, outermost first.
    pub fn walk<'n>(&'n self, look: &mut dyn FnMut(&'n Node)) {
        look(self);
        for child in self.children() {
            child.walk(look);
        }
    }

    /// The names it takes from its scope, each once, in the order they are written.
    #[must_use]
    pub fn free_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        self.walk(&mut |node| {
            if let NodeKind::Var(name) = &node.kind
                && !names.iter().any(|known| known == name)
            {
                names.push(name.clone());
            }
        });
        names
    }
}
