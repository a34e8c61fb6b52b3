//! What stands at the top of a file: declarations, guards, actions, stages, checklists.

use super::*;

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
    /// `for each …`: the list of what its passes return; the span is that of `for`.
    Each(Box<Spanned<ForEach>>),
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
    /// `identity EXPR`: the file of a private key.
    Identity(Expr),
    /// `passphrase SECRET`: opens the private key.
    Passphrase(Expr),
    /// `password SECRET`
    Password(Expr),
    /// `sudo SECRET`: what sudo asks for there.
    Sudo(Expr),
    /// `host key unchecked`
    HostKeyUnchecked,
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
