//! Guards: which of them are asked before a request is sent.
//!
//! A preview and a run read the same answer here. What is forbidden is asked about; on a guarded
//! target so is every `run` and `once` that no `allow` covers. A `check` is held against what is
//! forbidden only: that it changes nothing is its word.

use std::sync::Arc;

use crate::ids::ModuleId;
use crate::resolve::{Module, ResolvedRunbook};
use crate::shell::{Pattern, Verdict, judge};
use crate::source::Span;
use crate::syntax::ast::{self, GuardPattern, ItemKind, RequestPattern};
use crate::template::{EvalError, Scope, render};
use crate::value::{Effect, Shell, Target, to_target};

use super::Plan;
use super::preview::PlannedGuard;

/// What is sent, as far as guards look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A command line, rendered.
    Command(String),
    /// An HTTP request; the URL is absolute.
    Http { method: String, url: String },
    /// The remote path that a file is put to.
    Put(String),
    /// The remote path that a file is taken from.
    Get(String),
    /// An operation of a plugin.
    Operation(String),
}

/// Why a guard must be asked about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// It matches what is forbidden.
    Forbidden(String),
    /// It is neither known to be harmless nor allowed.
    NotUnderstood(String),
}

impl Objection {
    /// Which part of the request it is about, and why.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Objection::Forbidden(text) | Objection::NotUnderstood(text) => text,
        }
    }

    /// What to do, if the request is right as it is.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Objection::Forbidden(_) => None,
            Objection::NotUnderstood(_) => Some("if it is harmless, name it in the guard: `allow $ …`"),
        }
    }
}

/// One guard on one target.
#[derive(Debug)]
pub struct Guard {
    pub title: String,
    pub because: Option<String>,
    pub target: Arc<Target>,
    pub module: ModuleId,
    /// Its place in the items of its file.
    pub item: usize,
    pub span: Span,
    pub may_be_overridden: bool,
    forbid: Vec<Matcher>,
    allow: Vec<Matcher>,
}

#[derive(Debug)]
enum Matcher {
    Command(Pattern),
    Http { method: Pattern, url: Pattern },
    File { verb: String, path: Pattern },
    Operation(String),
}

impl Guard {
    /// Every guard of a plan, once for each target that it guards.
    pub fn all(plan: &Plan) -> Result<Vec<Self>, EvalError> {
        let mut guards = Vec::new();
        for module in &plan.runbook.modules {
            let scope = &plan.scopes[module.id.0 as usize];
            for (item, declared) in module.file.items.iter().enumerate() {
                let ItemKind::Guard(declared) = &declared.kind else { continue };
                for name in &declared.targets {
                    guards.push(Self::read(&plan.runbook, module, scope, (item, declared, name))?);
                }
            }
        }
        Ok(guards)
    }

    fn read(
        runbook: &ResolvedRunbook,
        module: &Module,
        scope: &Arc<Scope>,
        (item, declared, name): (usize, &ast::Guard, &ast::Name),
    ) -> Result<Self, EvalError> {
        let target = scope.get(&name.value).as_ref().and_then(to_target).cloned();
        let no_target =
            || error(name.span, format!("`{}` is not a target", name.value), "a guard guards targets");
        let mut guard = Self {
            title: render(&declared.title, module, scope)?,
            because: declared.because.as_ref().map(|text| render(text, module, scope)).transpose()?,
            target: target.ok_or_else(no_target)?,
            module: module.id,
            item,
            span: declared.title.span,
            may_be_overridden: declared.may_be_overridden,
            forbid: Vec::new(),
            allow: Vec::new(),
        };
        for rule in &declared.rules {
            let matchers = matchers(runbook, module, &rule.pattern, guard.target.shell)?;
            match rule.verdict {
                ast::Verdict::Forbid => guard.forbid.extend(matchers),
                ast::Verdict::Allow | ast::Verdict::AllowOnly => guard.allow.extend(matchers),
            }
        }
        Ok(guard)
    }

    /// Two targets are one place when they lead to one place, whatever they are called.
    #[must_use]
    pub fn guards(&self, target: &Target) -> bool {
        let same_place = self.target.backend == target.backend
            && self.target.address.eq_ignore_ascii_case(&target.address)
            && self.target.port.unwrap_or(22) == target.port.unwrap_or(22);
        same_place || self.target.name == target.name && self.target.backend == target.backend
    }

    /// Why the guard must be asked; nothing when the request is known to be harmless.
    #[must_use]
    pub fn objection(&self, effect: Effect, shell: Shell, sent: &Sent) -> Option<Objection> {
        let shown = match sent {
            Sent::Command(text) => return self.objection_to_command(effect, shell, text),
            Sent::Http { method, url } => format!("{method} {url}"),
            Sent::Put(path) => format!("put {path}"),
            Sent::Get(path) => format!("get {path}"),
            Sent::Operation(name) => name.clone(),
        };
        if self.forbid.iter().any(|matcher| matcher.matches(sent)) {
            return Some(Objection::Forbidden(format!("`{shown}` is forbidden")));
        }
        match effect == Effect::Check || self.allow.iter().any(|matcher| matcher.matches(sent)) {
            true => None,
            false => Some(Objection::NotUnderstood(format!("`{shown}` is not among what is allowed"))),
        }
    }

    fn objection_to_command(&self, effect: Effect, shell: Shell, text: &str) -> Option<Objection> {
        match judge(text, shell, &commands(&self.forbid), &commands(&self.allow)) {
            Verdict::Harmless => None,
            Verdict::Forbidden { command } => Some(Objection::Forbidden(format!("`{command}` is forbidden"))),
            Verdict::NotUnderstood { .. } if effect == Effect::Check => None,
            Verdict::NotUnderstood { command, why } => {
                Some(Objection::NotUnderstood(format!("`{command}`: {why}")))
            }
        }
    }
}

impl Matcher {
    fn command(&self) -> Option<&Pattern> {
        match self {
            Matcher::Command(pattern) => Some(pattern),
            Matcher::Http { .. } | Matcher::File { .. } | Matcher::Operation(_) => None,
        }
    }

    fn matches(&self, sent: &Sent) -> bool {
        match (self, sent) {
            (Matcher::Http { method, url }, Sent::Http { method: sent_method, url: sent_url }) => {
                method.match_string(sent_method).is_some() && url.match_string(sent_url).is_some()
            }
            (Matcher::File { verb, path }, Sent::Put(remote)) => {
                verb == "put" && path.match_string(remote).is_some()
            }
            (Matcher::File { verb, path }, Sent::Get(remote)) => {
                verb == "get" && path.match_string(remote).is_some()
            }
            (Matcher::Operation(name), Sent::Operation(sent)) => name == sent,
            _ => false,
        }
    }
}

fn commands(matchers: &[Matcher]) -> Vec<&Pattern> {
    matchers.iter().filter_map(Matcher::command).collect()
}

fn error(span: Span, title: String, label: &str) -> EvalError {
    EvalError { span, title, label: label.to_owned(), help: None }
}

fn matchers(
    runbook: &ResolvedRunbook,
    module: &Module,
    pattern: &GuardPattern,
    shell: Shell,
) -> Result<Vec<Matcher>, EvalError> {
    let unreadable = |span: Span| {
        move |(_, why): (usize, String)| error(span, format!("this pattern can't be read: {why}"), "")
    };
    let string = |text: &str, span| Pattern::string(text).map_err(unreadable(span));
    Ok(match pattern {
        GuardPattern::Commands(path) => {
            let patterns = runbook.commands(module.id, path, shell);
            let unknown = || error(path.span, "there are no such commands".to_owned(), "");
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

/// The guards of a preview. Some that can't be read say so when the run begins.
#[derive(Debug)]
pub(super) struct Guards(Vec<Guard>);

impl Guards {
    pub fn of(plan: &Plan) -> Self {
        Self(Guard::all(plan).unwrap_or_default())
    }

    /// The guards that are asked about a request.
    pub fn asked(&self, target: &Target, effect: Effect, sent: &Sent) -> Vec<PlannedGuard> {
        let asked = |guard: &Guard| {
            let because = guard.objection(effect, target.shell, sent)?;
            Some(PlannedGuard { title: guard.title.clone(), because: because.text().to_owned() })
        };
        self.0.iter().filter(|guard| guard.guards(target)).filter_map(asked).collect()
    }
}
