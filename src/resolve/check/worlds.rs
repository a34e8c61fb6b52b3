//! Worlds: states, handlers, what is always true, scenarios; and which statement stands where.

use super::super::RunEnd;
use super::guards::captures;
use super::scope::{Found, Kind, Symbol};
use super::{Checker, Part};
use crate::finding::Finding;
use crate::source::{Span, Spanned};
use crate::syntax::ast::*;
use crate::value::Type;

/// What every world knows of the run that is played in it.
const ENDED: &str = "ended";

impl<'a> Checker<'a> {
    /// Checks a world.
    pub(super) fn world(&mut self) {
        let file = self.file;
        self.know_the_end();
        file.items.iter().enumerate().for_each(|(at, item)| self.name_item(at, item));
        file.items.iter().enumerate().for_each(|(at, item)| self.constant(at, item));
        self.scopes.only_before(None);
        self.text(&file.title);
        self.one_runbook();
        file.items.iter().for_each(|item| self.world_item(item));
        self.scenario_titles();
    }

    /// `ended` is known from the first line on, and no block ends it.
    fn know_the_end(&mut self) {
        let words = RunEnd::ALL.map(|end| end.word().to_owned());
        let ty = Type::Optional(Box::new(Type::OneOf(words.into())));
        let span = self.file.kind.span;
        self.scopes.enter();
        self.scopes.declare(ENDED, Symbol { kind: Kind::RunEnd, ty, span, item: usize::MAX });
    }

    /// Whether the name is one that every world has.
    pub(super) fn is_of_the_world(&self, name: &str) -> bool {
        name == ENDED && self.file.kind.value == FileKind::World
    }

    pub(super) fn names_the_end(&mut self, name: &str, span: Span) {
        let title = format!("`{name}` is taken: in every world it is how the run ended");
        let finding = Finding::error("reserved-name", title, span, "it can't be named again");
        self.report(finding.help("choose another name"));
    }

    fn one_runbook(&mut self) {
        let mut first: Option<Span> = None;
        for item in &self.file.items {
            let ItemKind::Rehearses(_) = &item.kind else { continue };
            match first {
                None => first = Some(item.keyword),
                Some(first) => {
                    let title = "this world rehearses more than one runbook";
                    let finding = Finding::error("duplicate-clause", title, item.keyword, "a second one");
                    self.report(
                        finding.also(first, "the first").help("make a world of its own for the other"),
                    );
                }
            }
        }
    }

    fn world_item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::About(text) => self.text(text),
            ItemKind::Rehearses(rehearses) => {
                if let Some(params) = &rehearses.params {
                    self.wants(params, &Type::Map(Box::new(Type::Any)));
                }
            }
            ItemKind::Handler(handler) => self.handler(handler),
            ItemKind::Always(always) => {
                self.part = Part::Truth;
                self.text(&always.title);
                self.block(&always.body);
            }
            ItemKind::Scenario(scenario) => self.scenario(scenario),
            ItemKind::Use(_)
            | ItemKind::Param(_)
            | ItemKind::Secret(_)
            | ItemKind::Let(_)
            | ItemKind::Target(_)
            | ItemKind::Lock(_)
            | ItemKind::Guard(_)
            | ItemKind::Invariant(_)
            | ItemKind::Action(_)
            | ItemKind::Commands(_)
            | ItemKind::Stage(_)
            | ItemKind::Checklist(_)
            | ItemKind::State(_) => {}
        }
    }

    fn handler(&mut self, handler: &'a Handler) {
        self.part = Part::Handler;
        self.awaited(&handler.place, &handler.request);
        self.scopes.enter();
        let request =
            Symbol { kind: Kind::Request, ty: Type::Any, span: handler.place.span, item: usize::MAX };
        self.scopes.declare("request", request);
        let patterns = [Some(&handler.place), pattern_text(&handler.request)];
        for pattern in patterns.into_iter().flatten() {
            for (name, span) in captures(pattern) {
                self.capture(name, span);
            }
        }
        self.block(&handler.body);
        self.scopes.leave();
    }

    /// A `<name>` that stands twice must catch the same text twice.
    fn capture(&mut self, name: &'a str, span: Span) {
        if self.is_of_the_world(name) {
            return self.names_the_end(name, span);
        }
        if let Found::Symbol(first) = self.scopes.find(name)
            && !matches!(first.kind, Kind::Capture)
        {
            let what = first.kind.described();
            let title = format!("`{name}` is named twice");
            let finding = Finding::error("duplicate-name", title, span, "caught by this pattern");
            let finding = finding.also(first.span, format!("the first is {what}"));
            self.report(finding.help("give one of them another name"));
            return;
        }
        let symbol = Symbol { kind: Kind::Capture, ty: Type::String, span, item: usize::MAX };
        self.scopes.declare(name, symbol);
    }

    fn scenario(&mut self, scenario: &'a Scenario) {
        self.part = Part::Change;
        self.text(&scenario.title);
        for clause in &scenario.clauses {
            match &clause.kind {
                ScenarioClauseKind::Given(set) => self.set(set),
                ScenarioClauseKind::With(expr) => self.wants(expr, &Type::Map(Box::new(Type::Any))),
                ScenarioClauseKind::At(after) => self.after(after),
                ScenarioClauseKind::Answer { text, .. } | ScenarioClauseKind::ExpectSaid { text, .. } => {
                    self.text(text);
                }
                ScenarioClauseKind::ExpectEnd { stage, because, .. } => {
                    self.maybe_text(stage.as_ref());
                    self.maybe_text(because.as_ref());
                }
                ScenarioClauseKind::ExpectRequests { place, request, .. } => self.awaited(place, request),
                ScenarioClauseKind::ExpectState(expr) => self.condition(expr),
            }
        }
    }

    /// Scenarios are named on the command line, so that no two may share a title.
    fn scenario_titles(&mut self) {
        let mut seen = std::collections::HashMap::new();
        for item in &self.file.items {
            let ItemKind::Scenario(scenario) = &item.kind else { continue };
            let Some(title) = scenario.title.as_literal() else { continue };
            let shown = format!("two scenarios are called \"{title}\"");
            if let Some(first) = seen.insert(title, scenario.title.span) {
                let finding =
                    Finding::error("duplicate-scenario", shown, scenario.title.span, "called so again")
                        .also(first, "the first");
                self.report(finding.help("`--scenario` must mean one of them: give them different titles"));
            }
        }
    }

    /// `set PATH = EXPR`: only a state can change.
    pub(super) fn set(&mut self, set: &'a Set) {
        for step in &set.path {
            match step {
                PathStep::Field(_) => {}
                PathStep::Index(expr) => {
                    self.expr(expr);
                }
            }
        }
        self.has_json(&set.value);
        let found = match self.scopes.find(&set.name.value) {
            Found::Symbol(symbol) => Some(symbol.clone()),
            Found::Later(_) | Found::Nowhere => None,
        };
        let finding = match found {
            Some(symbol) if matches!(symbol.kind, Kind::State) => return,
            Some(symbol) => not_a_state(&set.name, &symbol),
            None => self.unknown_state(&set.name),
        };
        self.report(finding);
    }

    fn unknown_state(&mut self, name: &Name) -> Finding {
        let title = format!("there is no state `{}`", name.value);
        let finding = Finding::error("unknown-name", title, name.span, "not a state of this world");
        match self.guess(&name.value, |symbol| matches!(symbol.kind, Kind::State)) {
            Some(near) => finding.meant(near),
            None => finding.help(format!("declare it: `state {} = …`", name.value)),
        }
    }

    pub(super) fn after(&mut self, after: &'a After) {
        self.wants(&after.delay, &Type::Duration);
        let part = std::mem::replace(&mut self.part, Part::Change);
        self.block(&after.body);
        self.part = part;
    }

    pub(super) fn reply(&mut self, reply: &'a Reply, span: Span) {
        match &reply.kind {
            ReplyKind::Command { stdout, exit, stderr } => {
                if let Some(stdout) = stdout {
                    let ty = self.expr(stdout);
                    self.is_text(&ty, stdout.span);
                }
                self.wants_all(&[(exit, &Type::Int), (stderr, &Type::String)]);
            }
            ReplyKind::Http { status, json, body, headers } => {
                self.wants(status, &Type::Int);
                json.iter().for_each(|json| self.has_json(json));
                self.wants_all(&[(body, &Type::String)]);
                if let (Some(_), Some(body)) = (json, body) {
                    let finding = Finding::error(
                        "duplicate-clause",
                        "`json` and `body` are both the body of this reply",
                        body.span,
                        "a second body",
                    );
                    self.report(finding.also(span, "of this reply").help("take `json` or `body` out"));
                }
                for (name, value) in headers {
                    self.text(name);
                    self.text(value);
                }
            }
            ReplyKind::Unreachable | ReplyKind::Lost => {}
        }
        self.wants_all(&[(&reply.latency, &Type::Duration)]);
    }

    /// Whether a statement may stand in this part of a file; if not, it is reported.
    pub(super) fn belongs(&mut self, statement: &Statement) -> bool {
        let Some(place) = misplaced(&statement.kind, self.part) else { return true };
        let word = self.word_of(statement);
        let title = format!("`{word}` can't stand {place}");
        let help = match self.part {
            Part::Procedure | Part::Action => {
                "`set`, `after` and `reply` make up a world; write them in a `.world` file"
            }
            Part::Handler => "a handler takes `let`, `set`, `after`, `if`, `for each`, `assert` and `reply`",
            Part::Change => "what changes later takes `let`, `set`, `after`, `if`, `for each` and `assert`",
            Part::Truth => "it takes `let`, `if`, `for each` and `assert`",
        };
        let finding = Finding::error("misplaced-statement", title, statement.keyword, "not here");
        self.report(finding.help(help));
        false
    }

    fn word_of(&self, statement: &Statement) -> &'static str {
        match &statement.kind {
            StatementKind::Let(Let { value: LetValue::Load(_), .. }) => "load",
            StatementKind::Let(Let { value: LetValue::Request(_), .. }) => "let … = REQUEST",
            StatementKind::Let(Let { value: LetValue::Call(_), .. }) => "let … = CALL",
            StatementKind::Let(Let { value: LetValue::Each(_), .. }) => "let … = for each",
            StatementKind::Let(_) => "let",
            StatementKind::Target(_) => "target",
            StatementKind::Request(request) => request.effect.value.word(),
            StatementKind::Call(_) => "action(…)",
            StatementKind::Assert(_) => "assert",
            StatementKind::Wait(_) => "wait until",
            StatementKind::Retry(_) => "retry",
            StatementKind::Pause(_) => "pause",
            StatementKind::ForEach(_) => "for each",
            StatementKind::Together(_) => "together",
            StatementKind::If(_) => "if",
            StatementKind::Attempt(_) => "attempt",
            StatementKind::Approve(_) => "approve",
            StatementKind::Manual(_) => "manual",
            StatementKind::Diagnose(_) => "diagnose",
            StatementKind::Note(_) => "note",
            StatementKind::Fail(_) => "fail",
            StatementKind::Return(_) => "return",
            StatementKind::Set(_) => "set",
            StatementKind::After(_) => "after",
            StatementKind::Reply(_) => "reply",
        }
    }
}

fn not_a_state(name: &Name, symbol: &Symbol) -> Finding {
    let what = symbol.kind.described();
    let title = format!("`{}` is {what}, and only a state can change", name.value);
    let finding = Finding::error("not-a-state", title, name.span, what);
    match symbol.kind {
        Kind::RunEnd => finding.help("only the run itself sets it"),
        Kind::Let => finding.also(symbol.span, "declared here").help("write `state` instead of `let` there"),
        _ => finding.also(symbol.span, "declared here"),
    }
}

/// Where a statement stands that has no place there.
fn misplaced(kind: &StatementKind, part: Part) -> Option<&'static str> {
    let belongs = match kind {
        StatementKind::Let(Let { value: LetValue::Expr(_), .. })
        | StatementKind::Assert(_)
        | StatementKind::ForEach(_)
        | StatementKind::If(_) => true,
        StatementKind::Set(_) | StatementKind::After(_) => matches!(part, Part::Handler | Part::Change),
        StatementKind::Reply(_) => part == Part::Handler,
        StatementKind::Let(_)
        | StatementKind::Target(_)
        | StatementKind::Request(_)
        | StatementKind::Call(_)
        | StatementKind::Wait(_)
        | StatementKind::Retry(_)
        | StatementKind::Pause(_)
        | StatementKind::Together(_)
        | StatementKind::Attempt(_)
        | StatementKind::Approve(_)
        | StatementKind::Manual(_)
        | StatementKind::Diagnose(_)
        | StatementKind::Note(_)
        | StatementKind::Fail(_)
        | StatementKind::Return(_) => matches!(part, Part::Procedure | Part::Action),
    };
    let place = match part {
        Part::Procedure | Part::Action => "in a runbook",
        Part::Handler => "in the handler of a world",
        Part::Change => "in what a world changes later",
        Part::Truth => "in an `always`",
    };
    (!belongs).then_some(place)
}

/// The part of a request's pattern that can capture.
fn pattern_text(request: &RequestPattern) -> Option<&Spanned<String>> {
    match request {
        RequestPattern::Command(text) => Some(text),
        RequestPattern::Http { url, .. } => Some(url),
        RequestPattern::File { path, .. } => Some(path),
        RequestPattern::Operation(_) => None,
    }
}
