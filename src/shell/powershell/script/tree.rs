//! What a PowerShell script is made of, as far as it matters for what it runs.

use std::rc::Rc;

/// `{ … }`: of a function, a statement, or as a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Block {
    /// Names in `param(…)`.
    pub(super) parameters: Vec<String>,
    pub(super) body: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    /// Pipelines joined by `&&` and `||`; in all other cases one.
    Pipelines(Vec<Pipeline>),
    Assign {
        targets: Vec<Expr>,
        operator: String,
        value: Box<Statement>,
    },
    /// `if`, `switch`, `try`: of the bodies, some are run.
    Branches {
        heads: Vec<Statement>,
        bodies: Vec<Block>,
    },
    /// `while`, `do`, `for`
    Loop {
        heads: Vec<Statement>,
        body: Block,
    },
    Foreach {
        variable: String,
        over: Box<Statement>,
        body: Block,
    },
    Function {
        name: String,
        body: Rc<Block>,
    },
    /// `trap { … }`, run at any time.
    Trap(Rc<Block>),
    /// `begin { … }` and the like.
    Part(Block),
    /// `return x`, `throw x`, `exit x`
    Leave(Option<Box<Statement>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pipeline {
    pub(super) elements: Vec<Element>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Element {
    Value { of: Expr, writes: Vec<Expr> },
    Command(Command),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    pub(super) called: Called,
    pub(super) name: Expr,
    pub(super) arguments: Vec<Argument>,
    /// The files that redirections write.
    pub(super) writes: Vec<Expr>,
}

/// How a command is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called {
    Plainly,
    /// `&`
    Invoked,
    /// `.`
    Sourced,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Argument {
    /// `-Name`, `-Name:value`
    Parameter {
        name: String,
        value: Option<Expr>,
    },
    Value(Expr),
    /// `@name`
    Splat(String),
    /// After `--%`
    Verbatim(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Text(String),
    Number(String),
    /// Pieces of one string.
    Joined(Vec<Expr>),
    /// A name in lower case, its scope with it.
    Variable(String),
    Sub(Brackets, Vec<Statement>),
    Hash(Vec<(Expr, Statement)>),
    Block(Rc<Block>),
    /// `[Type]`
    Type(String),
    Cast {
        to: String,
        of: Box<Expr>,
    },
    Postfix {
        of: Box<Expr>,
        steps: Vec<Step>,
    },
    Unary {
        operator: String,
        of: Box<Expr>,
    },
    /// Operands with operators between them, by precedence taken later.
    Operation {
        operands: Vec<Expr>,
        operators: Vec<String>,
    },
    /// What can't be followed, as it is spelled.
    Unknown(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brackets {
    /// `(…)`
    Round,
    /// `$(…)`: one value of a list of one.
    Dollar,
    /// `@(…)`: always a list.
    List,
}

/// What follows a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Member(Expr),
    Static(Expr),
    Call(Vec<Expr>),
    Index(Expr),
    /// `++`, `--`
    Counted,
}
