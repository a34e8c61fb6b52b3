//! What stands in a block: requests, and the statements around them.

use super::*;

/// A statement of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
    /// The first word.
    pub keyword: Span,
    pub trivia: Trivia,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `let NAME = …`
    Let(Let),
    /// `target NAME = …`, whose address may use what the loop names
    Target(TargetDecl),
    /// `EFFECT on TARGET …`
    Request(Request),
    /// `action(args)`
    Call(Call),
    /// `assert EXPR [, STRING]`
    Assert(Assert),
    /// `wait until [STRING], within D [, every D] [, stable N times] {…} [on failure {…}]`
    Wait(Wait),
    /// `retry N times [, every D] {…}`
    Retry(Retry),
    /// `pause D [, STRING]`
    Pause(Pause),
    /// `for each x[, y] in EXPR … {…} [on failure {…}]`
    ForEach(ForEach),
    /// `together {…}`
    Together(Block),
    /// `if EXPR {…} else if … else {…}`
    If(If),
    /// `attempt {…} otherwise {…} [always {…}]`
    Attempt(Attempt),
    /// `approve STRING [, by N] [, within D]`
    Approve(Approve),
    /// `manual STRING [{…}]`
    Manual(Manual),
    /// `diagnose EXPR, cause STRING, fix STRING`
    Diagnose(Diagnose),
    /// `note STRING`
    Note(Text),
    /// `fail STRING`
    Fail(Text),
    /// `return EXPR`
    Return(Expr),
    /// World: `set PATH = EXPR`
    Set(Set),
    /// World: `after EXPR {…}`
    After(After),
    /// World: `reply …`
    Reply(Reply),
}

/// `EFFECT on TARGET[, clauses] OPERATION[, clauses]`
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub effect: Spanned<Effect>,
    pub target: Name,
    pub operation: Operation,
    /// In the order they were written, before and after the operation.
    pub clauses: Vec<Clause>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// `$ COMMAND`, or `$ """` with quotes [`Quotes::Script`]
    Command(Text),
    /// `METHOD URL`
    Http { method: Name, url: Text },
    /// `put LOCAL to REMOTE`
    Put { local: Text, remote: Text },
    /// `get REMOTE to LOCAL`
    Get { remote: Text, local: Text },
    /// `NAME(args)`
    Plugin { name: Name, args: Vec<Argument> },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    pub kind: ClauseKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ClauseKind {
    /// `within D`
    Within(Expr),
    /// `retry N times`
    Retry(Expr),
    /// `accept exit 0 or 3010`
    AcceptExit(Vec<Spanned<i64>>),
    /// `accept status 200 or 202`
    AcceptStatus(Vec<Spanned<i64>>),
    /// `stdin EXPR`
    Stdin(Expr),
    /// `env {…}`: an expression that gives a map
    Env(Expr),
    /// `json EXPR`
    Json(Expr),
    /// `form EXPR`
    Form(Expr),
    /// `body EXPR`
    Body(Expr),
    /// `header "N" "V"`
    Header(Text, Text),
    /// `done when {…}`
    DoneWhen(Block),
}

/// `action(args)`
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub path: Path,
    pub args: Vec<Argument>,
    pub span: Span,
}

/// `EXPR` or `name=EXPR`
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Assert {
    pub condition: Expr,
    pub message: Option<Text>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    pub title: Option<Text>,
    pub within: Expr,
    pub every: Option<Expr>,
    /// `stable N times`
    pub stable: Option<Expr>,
    pub body: Block,
    pub on_failure: Option<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    pub times: Expr,
    pub every: Option<Expr>,
    pub body: Block,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    pub duration: Expr,
    pub reason: Option<Text>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// One name, or two (key and value, or the parts of a pair).
    pub names: Vec<Name>,
    pub list: Expr,
    /// `N at a time`
    pub at_a_time: Option<Expr>,
    pub tolerating: Option<Tolerance>,
    pub body: Block,
    pub on_failure: Option<Block>,
}

/// `tolerating N failures` or `tolerating P%`
#[derive(Clone, Debug, PartialEq)]
pub enum Tolerance {
    Failures(Expr),
    Percent(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub struct If {
    pub branches: Vec<(Expr, Block)>,
    pub otherwise: Option<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub body: Block,
    pub otherwise: Block,
    pub always: Option<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Approve {
    pub text: Text,
    pub by: Option<Expr>,
    pub within: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Manual {
    pub text: Text,
    pub body: Option<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Diagnose {
    pub condition: Expr,
    pub cause: Text,
    pub fix: Text,
}
