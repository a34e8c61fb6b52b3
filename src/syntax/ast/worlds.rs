//! What stands in a world: state, handlers, what must always be true, scenarios.

use super::*;

/// `rehearses STRING [with EXPR]`
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearses {
    pub file: Text,
    pub params: Option<Expr>,
}

/// `state NAME = EXPR`
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub name: Name,
    pub value: Expr,
}

/// `on PLACE PATTERN {…}`: PLACE is a target's address, with `<name>` and `...`.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    pub place: Spanned<String>,
    pub request: RequestPattern,
    pub body: Block,
}

/// `always STRING {…}`
#[derive(Clone, Debug, PartialEq)]
pub struct Always {
    pub title: Text,
    pub body: Block,
}

/// `scenario STRING {…}`
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub title: Text,
    pub clauses: Vec<ScenarioClause>,
    pub dangling: Vec<Comment>,
    pub block: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioClause {
    pub kind: ScenarioClauseKind,
    pub span: Span,
    pub trivia: Trivia,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ScenarioClauseKind {
    /// `given PATH = EXPR`
    Given(Set),
    /// `with EXPR`: params that differ in this scenario
    With(Expr),
    /// `at EXPR {…}`: changes of the state at a time from the start (`set`, `after`)
    At(After),
    /// `answer STRING yes | no`: what the person says when asked to `approve` or do something by hand;
    /// the string is part of the text that is asked. Unnamed questions are answered with yes.
    Answer { text: Text, yes: bool },
    /// `expect succeeded` · `expect failed [in STRING] [because STRING]` · `expect denied` · `expect stopped`
    ExpectEnd { end: Spanned<End>, stage: Option<Text>, because: Option<Text> },
    /// `expect once | never | N times on PLACE PATTERN`
    ExpectRequests { times: Spanned<u32>, place: Spanned<String>, request: RequestPattern },
    /// `expect note STRING` · `expect cause STRING`: a note or a diagnosis that holds this text
    ExpectSaid { what: Spanned<Said>, text: Text },
    /// `expect EXPR`: of the state at the end
    ExpectState(Expr),
}

/// How a scenario should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Succeeded,
    Failed,
    Denied,
    Stopped,
}

/// What a scenario should have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Note,
    Cause,
}

/// `set PATH = EXPR`: `stacks[pair].webapp = 1`
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    pub name: Name,
    pub path: Vec<PathStep>,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// `.field`
    Field(Name),
    /// `[EXPR]`
    Index(Expr),
}

/// `after EXPR {…}`
#[derive(Clone, Debug, PartialEq)]
pub struct After {
    pub delay: Expr,
    pub body: Block,
}

/// `reply …`
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub kind: ReplyKind,
    /// `, after D`: the answer takes that long.
    pub latency: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ReplyKind {
    /// `reply [STRING] [, exit N] [, stderr STRING]`
    Command { stdout: Option<Expr>, exit: Option<Expr>, stderr: Option<Expr> },
    /// `reply status N [, json EXPR | body EXPR] [, header "N" "V"]…`
    Http { status: Expr, json: Option<Expr>, body: Option<Expr>, headers: Vec<(Text, Text)> },
    /// `reply unreachable`
    Unreachable,
    /// `reply lost`: the effect is there, the answer is not.
    Lost,
}
