//! The tree of a file as it is written: every node with its place, every comment kept.
//!
//! Names are not resolved and expressions are not looked into here. Spans of keywords, names
//! and blocks are kept apart, so that a message can point at the right half.

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

/// A top-level part of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub kind: ItemKind,
    pub span: Span,
    /// The first word.
    pub keyword: Span,
    pub trivia: Trivia,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `about STRING`
    About(Text),
    /// `use std.NAME [as N]` · `use "./file.runbook" as N`
    Use(Use),
    /// `param NAME: TYPE [matching REGEX] [= DEFAULT] [may be empty]`
    Param(Param),
    /// `secret NAME = env "VAR" | file "path" | command "…"`
    Secret(Secret),
    /// `let NAME = EXPR` (or `load "file"`)
    Let(Let),
    /// `target NAME = …`
    Target(TargetDecl),
    /// `lock STRING`
    Lock(Text),
    /// `guard STRING on TARGETS {…}`
    Guard(Guard),
    /// `invariant STRING, every D [, within D] [, tolerating N failures] [, during STRING] {…}`
    Invariant(Invariant),
    /// `action NAME(params) {…}`
    Action(Action),
    /// `commands NAME { $ PATTERN … }`
    Commands(Commands),
    /// `stage STRING {…} [on failure {…}]`
    Stage(Stage),
    /// `checklist STRING {…}`
    Checklist(Checklist),
    /// World: `rehearses "file" with {…}`
    Rehearses(Rehearses),
    /// World: `state NAME = EXPR`
    State(State),
    /// World: `on PLACE REQUEST {…}`
    Handler(Handler),
    /// World: `always STRING {…}`
    Always(Always),
    /// World: `scenario STRING {…}`
    Scenario(Scenario),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    pub path: UsePath,
    pub alias: Option<Name>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum UsePath {
    /// `std.NAME`: a library that rutter ships. The name is without `std.`.
    Std(Name),
    /// `"./file.runbook"`, relative to the file that says so.
    File(Text),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: Name,
    pub ty: TypeExpr,
    pub default: Option<Expr>,
    /// `may be empty`: an empty list is taken.
    pub may_be_empty: bool,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeExpr {
    pub kind: TypeKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `string`, `int`, `number`, `bool`, `duration`, `any`, `target` or, wrongly, another word.
    Named(String),
    /// `list of T`
    List(Box<TypeExpr>),
    /// `map of T`
    Map(Box<TypeExpr>),
    /// `{ field: T = default, … }`
    Record(Vec<Field>, Vec<Comment>),
    /// `one of ["a", "b"]`
    OneOf(Vec<Text>),
    /// `T or none`
    Optional(Box<TypeExpr>),
    /// `T matching "REGEX"`
    Matching(Box<TypeExpr>, Text),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: Name,
    pub ty: TypeExpr,
    pub default: Option<Expr>,
    pub trivia: Trivia,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    pub name: Name,
    pub source: SecretSource,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SecretSource {
    /// `env "VAR"`
    Env(Text),
    /// `file "path"`
    File(Text),
    /// `command "…"`
    Command(Text),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    pub name: Name,
    pub value: LetValue,
}

/// What stands right of `let NAME =`.
#[derive(Clone, Debug, PartialEq)]
pub enum LetValue {
    Expr(Expr),
    Request(Request),
    Call(Call),
    /// `load "file"`
    Load(Text),
}

#[derive(Clone, Debug, PartialEq)]
pub struct TargetDecl {
    pub name: Name,
    pub backend: Spanned<BackendName>,
    /// The address of `ssh`, the base URL of `http`, none for `local`.
    pub address: Option<Text>,
    pub clauses: Vec<TargetClause>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendName {
    Ssh,
    Local,
    Http,
    /// `plugin NAME`
    Plugin(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct TargetClause {
    pub kind: TargetClauseKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TargetClauseKind {
    /// `shell sh | bash | powershell | pwsh | cmd`
    Shell(Name),
    /// `user EXPR`
    User(Expr),
    /// `port EXPR`
    Port(Expr),
    /// `jump EXPR`
    Jump(Expr),
    /// `bearer SECRET`
    Bearer(Expr),
    /// `basic USER SECRET`
    Basic(Text, Expr),
    /// `header "N" "V"`
    Header(Text, Text),
    /// `within D`: the limit of a request that names none.
    Within(Expr),
    /// `env {…}`
    Env(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    pub title: Text,
    pub targets: Vec<Name>,
    pub rules: Vec<GuardRule>,
    /// `when {…}`
    pub when: Option<Block>,
    pub when_trivia: Trivia,
    /// `because STRING`
    pub because: Option<Text>,
    pub because_trivia: Trivia,
    /// `may be overridden`
    pub may_be_overridden: bool,
    pub overridden_trivia: Trivia,
    pub dangling: Vec<Comment>,
    /// From `{` to `}`.
    pub block: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GuardRule {
    pub verdict: Verdict,
    pub pattern: GuardPattern,
    pub span: Span,
    pub trivia: Trivia,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Forbid,
    Allow,
    /// `allow only`: whatever matches none of these is forbidden.
    AllowOnly,
}

#[derive(Clone, Debug, PartialEq)]
pub enum GuardPattern {
    Request(RequestPattern),
    /// `MODULE.NAME` or `NAME` of a `commands` set.
    Commands(Path),
}

/// `a` or `a.b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub names: Vec<Name>,
    pub span: Span,
}

/// A command or request with `a|b`, `<name>` and `...` in it; holes of the language are not filled here.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestPattern {
    /// `$ PATTERN`
    Command(Spanned<String>),
    /// `METHOD "URL pattern"`
    Http { method: Name, url: Spanned<String> },
    /// `put PATTERN` · `get PATTERN`: the remote path
    File { verb: Name, path: Spanned<String> },
    /// `NAME(...)`: an operation of a plugin
    Operation(Name),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Invariant {
    pub title: Text,
    pub every: Option<Expr>,
    pub within: Option<Expr>,
    pub tolerating: Option<Expr>,
    pub during: Option<Text>,
    pub body: Block,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    pub name: Name,
    pub params: Vec<ActionParam>,
    pub body: Block,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ActionParam {
    pub name: Name,
    pub ty: TypeExpr,
    pub default: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Commands {
    pub name: Name,
    pub patterns: Vec<CommandsEntry>,
    pub dangling: Vec<Comment>,
    pub block: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CommandsEntry {
    pub pattern: Spanned<String>,
    pub trivia: Trivia,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub title: Text,
    pub body: Block,
    /// `undo {…}` inside, wherever it stood.
    pub undo: Option<Undo>,
    pub on_failure: Option<Block>,
}

/// `undo {…}` of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Undo {
    pub body: Block,
    pub keyword: Span,
    pub trivia: Trivia,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Checklist {
    pub title: Text,
    pub items: Vec<ChecklistItem>,
    pub dangling: Vec<Comment>,
    pub block: Span,
}

/// `item STRING {…}` or `item STRING manual`
#[derive(Clone, Debug, PartialEq)]
pub struct ChecklistItem {
    pub title: Text,
    pub check: ItemCheck,
    pub span: Span,
    pub trivia: Trivia,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ItemCheck {
    Body(Block),
    Manual,
}

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
