//! Guards: commands that must not be sent, held against the patterns just before each sending.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::backend::{HttpCall, Operation, Request};
use crate::event::{EventKind, FailureKind};
use crate::ids::ModuleId;
use crate::plan::Plan;
use crate::resolve::Module;
use crate::shell::{Pattern, Verdict, judge};
use crate::source::Span;
use crate::syntax::ast::{self, GuardPattern, ItemKind, RequestPattern};
use crate::template::render;
use crate::value::{Effect, Shell, Target, to_target};

use super::block::block;
use super::context::Context;
use super::fault::Fault;
use super::request::Prepared;

/// Every guard of the runbook and its libraries, once for each target that it guards.
pub(super) struct Guards {
    guards: Vec<Guard>,
}

struct Guard {
    title: String,
    because: Option<String>,
    target: Arc<Target>,
    module: ModuleId,
    /// Its place in the items of its file.
    item: usize,
    span: Span,
    forbid: Vec<Matcher>,
    allow: Vec<Matcher>,
    /// Why it is overridden.
    overridden: Option<String>,
}

enum Matcher {
    Command(Pattern),
    Http { method: Pattern, url: Pattern },
    File { verb: String, path: Pattern },
    Operation(String),
}

impl Guards {
    /// Reads the guards of a plan. A pattern that can't be read is a fault: the run does not begin.
    pub fn new(plan: &Plan, overrides: &BTreeMap<String, String>) -> Result<Self, Fault> {
        let mut guards = Vec::new();
        for module in &plan.runbook.modules {
            for (item, declared) in module.file.items.iter().enumerate() {
                if let ItemKind::Guard(declared) = &declared.kind {
                    for name in &declared.targets {
                        let guard = Guard::read(plan, module, (item, declared), name)?;
                        guards.push(guard.overridden_by(declared, overrides));
                    }
                }
            }
        }
        Ok(Self { guards })
    }

    /// Asks every guard of the request's target whose patterns it matches. One that does not let it
    /// pass is a fault that nothing but the end of the run deals with.
    pub async fn ask<'r>(&self, context: &Context<'r>, prepared: &Prepared<'_>) -> Result<(), Fault> {
        if context.in_guard {
            return Ok(());
        }
        let place = &prepared.request.target;
        for (at, guard) in self.guards.iter().enumerate().filter(|(_, guard)| guard.is_of(place)) {
            if let Some(why) = guard.applies_to(&prepared.request) {
                guard.ask(&context.child(format!("guard:{}", at + 1)), prepared, &why).await?;
            }
        }
        Ok(())
    }
}

impl Guard {
    fn read(
        plan: &Plan,
        module: &Module,
        (item, declared): (usize, &ast::Guard),
        name: &ast::Name,
    ) -> Result<Self, Fault> {
        let scope = &plan.scopes[module.id.0 as usize];
        let text = |text: &ast::Text| {
            let rendered = render(text, module, scope);
            rendered.map_err(|error| Fault::new(FailureKind::Failed, error.title, error.span, error.label))
        };
        let target = scope.get(&name.value).as_ref().and_then(to_target).cloned();
        let target = target.ok_or_else(|| {
            let title = format!("`{}` is not a target", name.value);
            Fault::new(FailureKind::Failed, title, name.span, "a guard guards targets")
        })?;
        let mut guard = Self {
            title: text(&declared.title)?,
            because: declared.because.as_ref().map(text).transpose()?,
            module: module.id,
            item,
            span: declared.title.span,
            forbid: Vec::new(),
            allow: Vec::new(),
            overridden: None,
            target,
        };
        for rule in &declared.rules {
            let matchers = matchers(plan, module, rule, guard.target.shell)?;
            match rule.verdict {
                ast::Verdict::Forbid => guard.forbid.extend(matchers),
                ast::Verdict::Allow | ast::Verdict::AllowOnly => guard.allow.extend(matchers),
            }
        }
        Ok(guard)
    }

    fn overridden_by(mut self, declared: &ast::Guard, overrides: &BTreeMap<String, String>) -> Self {
        if declared.may_be_overridden {
            self.overridden = overrides.get(&self.title).cloned();
        }
        self
    }

    /// Two targets are one place when they lead to one place, whatever they are called.
    fn is_of(&self, target: &Target) -> bool {
        let same_place = self.target.backend == target.backend
            && self.target.address.eq_ignore_ascii_case(&target.address)
            && self.target.port.unwrap_or(22) == target.port.unwrap_or(22);
        same_place || self.target.name == target.name && self.target.backend == target.backend
    }

    /// Why the guard must be asked; nothing when the request is known to be harmless.
    ///
    /// A `check` is held against what is forbidden only: that it changes nothing is its word, and a
    /// forbidden command under that word is still forbidden.
    fn applies_to(&self, request: &Request) -> Option<Match> {
        let only_looks = request.effect == Effect::Check;
        match &request.operation {
            Operation::Command(command) => {
                self.judge_command(&command.text, request.target.shell, only_looks)
            }
            Operation::Http(call) => {
                let shown = format!("{} {}", call.method, call.url);
                self.judge(only_looks, &shown, |matcher| matcher.matches_http(call))
            }
            Operation::Put { remote, .. } => self
                .judge(only_looks, &format!("put {remote}"), |matcher| matcher.matches_file("put", remote)),
            Operation::Get { remote, .. } => self
                .judge(only_looks, &format!("get {remote}"), |matcher| matcher.matches_file("get", remote)),
            Operation::Plugin { name, .. } => {
                self.judge(only_looks, name, |matcher| matcher.matches_operation(name))
            }
        }
    }

    fn judge_command(&self, text: &str, shell: Shell, only_looks: bool) -> Option<Match> {
        let forbid: Vec<_> = self.forbid.iter().filter_map(Matcher::command).collect();
        let allow: Vec<_> = self.allow.iter().filter_map(Matcher::command).collect();
        match judge(text, shell, &forbid, &allow) {
            Verdict::Harmless => None,
            Verdict::Forbidden { command } => Some(Match::Forbidden(format!("`{command}` is forbidden"))),
            Verdict::NotUnderstood { .. } if only_looks => None,
            Verdict::NotUnderstood { command, why } => {
                Some(Match::NotUnderstood(format!("`{command}`: {why}")))
            }
        }
    }

    fn judge(&self, only_looks: bool, shown: &str, matches: impl Fn(&Matcher) -> bool) -> Option<Match> {
        if self.forbid.iter().any(&matches) {
            return Some(Match::Forbidden(format!("`{shown}` is forbidden")));
        }
        if only_looks || self.allow.iter().any(&matches) {
            return None;
        }
        Some(Match::NotUnderstood(format!("`{shown}` is not among what is allowed")))
    }

    /// Carries out `when`: it passes, the request is denied; an `assert` in it is false, the request
    /// goes ahead; anything else, it is denied.
    async fn ask<'r>(
        &self,
        context: &Context<'r>,
        prepared: &Prepared<'_>,
        why: &Match,
    ) -> Result<(), Fault> {
        context.emit(EventKind::GuardAsked {
            key: context.key.clone(),
            guard: self.title.clone(),
            request: prepared.shown.clone(),
        });
        let answer = self.answer(context).await?;
        let denied = matches!(answer, Answer::Denied { .. });
        let reason = match &answer {
            Answer::Denied { reason, .. } | Answer::Passed { reason } => reason.clone(),
        };
        context.emit(EventKind::GuardAnswered {
            key: context.key.clone(),
            guard: self.title.clone(),
            denied,
            reason,
        });
        match answer {
            Answer::Passed { .. } => Ok(()),
            Answer::Denied { causes, .. } => Err(self.denial(context, prepared, why, causes)),
        }
    }

    async fn answer<'r>(&self, context: &Context<'r>) -> Result<Answer, Fault> {
        if let Some(reason) = &self.overridden {
            return Ok(Answer::Passed { reason: format!("overridden: {reason}") });
        }
        let outer = context.engine.context(self.module);
        let asked = Context { module: outer.module, scope: outer.scope, in_guard: true, ..context.clone() };
        let ItemKind::Guard(declared) = &asked.module.file.items[self.item].kind else {
            return Ok(Answer::denied("the guard is gone", vec![]));
        };
        let Some(when) = &declared.when else {
            return Ok(Answer::denied("it always holds", vec![]));
        };
        let asked = asked.inside(format!("guard \"{}\"", self.title), Some(self.span));
        match block(&asked, when).await {
            Ok(_) => Ok(Answer::denied("its `when` holds", vec![])),
            Err(fault) if fault.answered_no => Ok(Answer::Passed { reason: fault.failure.title.clone() }),
            Err(fault) if fault.kind() == FailureKind::Cancelled => Err(fault),
            Err(fault) => {
                let reason = format!("it could not be asked: {}", fault.failure.title);
                Ok(Answer::Denied { reason, causes: vec![fault] })
            }
        }
    }

    fn denial(
        &self,
        context: &Context<'_>,
        prepared: &Prepared<'_>,
        why: &Match,
        causes: Vec<Fault>,
    ) -> Fault {
        let title = format!("denied by the guard `{}`", self.title);
        let fault = context.fault(FailureKind::Denied, title, prepared.span, why.text());
        let fault = fault.values(vec![("request".to_owned(), prepared.shown.to_string())]).because(causes);
        let because = self.because.as_deref().map(str::trim);
        let help: Vec<_> = because.into_iter().chain(why.help()).collect();
        if help.is_empty() { fault } else { fault.help(help.join("\n")) }
    }
}

/// Why a guard is asked about a request.
enum Match {
    Forbidden(String),
    NotUnderstood(String),
}

impl Match {
    fn text(&self) -> &str {
        match self {
            Match::Forbidden(text) | Match::NotUnderstood(text) => text,
        }
    }

    fn help(&self) -> Option<&'static str> {
        match self {
            Match::Forbidden(_) => None,
            Match::NotUnderstood(_) => Some("if it is harmless, name it in the guard: `allow $ …`"),
        }
    }
}

/// What a guard says of a request.
enum Answer {
    Passed { reason: String },
    Denied { reason: String, causes: Vec<Fault> },
}

impl Answer {
    fn denied(reason: &str, causes: Vec<Fault>) -> Self {
        Self::Denied { reason: reason.to_owned(), causes }
    }
}

impl Matcher {
    fn command(&self) -> Option<&Pattern> {
        match self {
            Matcher::Command(pattern) => Some(pattern),
            Matcher::Http { .. } | Matcher::File { .. } | Matcher::Operation(_) => None,
        }
    }

    fn matches_http(&self, call: &HttpCall) -> bool {
        match self {
            Matcher::Http { method, url } => {
                method.match_string(&call.method).is_some() && url.match_string(&call.url).is_some()
            }
            Matcher::Command(_) | Matcher::File { .. } | Matcher::Operation(_) => false,
        }
    }

    fn matches_file(&self, wanted: &str, remote: &str) -> bool {
        match self {
            Matcher::File { verb, path } => verb == wanted && path.match_string(remote).is_some(),
            Matcher::Command(_) | Matcher::Http { .. } | Matcher::Operation(_) => false,
        }
    }

    fn matches_operation(&self, wanted: &str) -> bool {
        match self {
            Matcher::Operation(name) => name == wanted,
            Matcher::Command(_) | Matcher::Http { .. } | Matcher::File { .. } => false,
        }
    }
}

fn matchers(
    plan: &Plan,
    module: &Module,
    rule: &ast::GuardRule,
    shell: Shell,
) -> Result<Vec<Matcher>, Fault> {
    let unreadable = |span: Span| {
        move |(_, why): (usize, String)| {
            Fault::new(FailureKind::Failed, format!("this pattern can't be read: {why}"), span, "")
        }
    };
    let string = |text: &str, span| Pattern::string(text).map_err(unreadable(span));
    Ok(match &rule.pattern {
        GuardPattern::Commands(path) => {
            let patterns = plan.runbook.commands(module.id, path, shell);
            let unknown = || Fault::new(FailureKind::Failed, "there are no such commands", path.span, "");
            patterns.ok_or_else(unknown)?.iter().cloned().map(Matcher::Command).collect()
        }
        GuardPattern::Request(RequestPattern::Command(text)) => {
            vec![Matcher::Command(Pattern::command(&text.value, shell).map_err(unreadable(text.span))?)]
        }
        GuardPattern::Request(RequestPattern::Http { method, url }) => vec![Matcher::Http {
            method: string(&method.value, method.span)?,
            url: string(&url.value, url.span)?,
        }],
        GuardPattern::Request(RequestPattern::File { verb, path }) => {
            vec![Matcher::File { verb: verb.value.clone(), path: string(&path.value, path.span)? }]
        }
        GuardPattern::Request(RequestPattern::Operation(name)) => {
            vec![Matcher::Operation(name.value.clone())]
        }
    })
}
