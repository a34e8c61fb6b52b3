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
use crate::value::{BackendKind, Effect, Shell, Target, to_target};

use super::Plan;
use super::preview::PlannedGuard;
use super::url::{UrlPattern, is_one_place, leads_to, paths};

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
    Http { method: Pattern, url: UrlPattern },
    File { verb: String, path: Pattern, ignores_case: bool },
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
            let matchers = matchers(runbook, module, &rule.pattern, &guard.target)?;
            match rule.verdict {
                ast::Verdict::Forbid => guard.forbid.extend(matchers),
                ast::Verdict::Allow | ast::Verdict::AllowOnly => guard.allow.extend(matchers),
            }
        }
        Ok(guard)
    }

    /// Two targets are one place when they lead to one place, whatever they are called; of an HTTP request, where it
    /// goes says that.
    #[must_use]
    pub fn guards(&self, target: &Target, sent: &Sent) -> bool {
        if self.target.name == target.name && self.target.backend == target.backend {
            return true;
        }
        match sent {
            Sent::Http { .. } if self.target.address.is_empty() => {
                self.is_of_http() && (target.address.is_empty() || self.forbids(sent))
            }
            Sent::Http { url, .. } => self.is_of_http() && leads_to(&self.target, url),
            Sent::Command(_) | Sent::Put(_) | Sent::Get(_) | Sent::Operation(_) => {
                is_one_place(&self.target, target)
            }
        }
    }

    fn is_of_http(&self) -> bool {
        self.target.backend == BackendKind::Http
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
        if self.forbids(sent) {
            return Some(Objection::Forbidden(format!("`{shown}` is forbidden")));
        }
        match effect == Effect::Check || self.allow.iter().any(|matcher| matcher.surely_is(sent)) {
            true => None,
            false => Some(Objection::NotUnderstood(format!("`{shown}` is not among what is allowed"))),
        }
    }

    fn forbids(&self, sent: &Sent) -> bool {
        self.forbid.iter().any(|matcher| matcher.could_be(sent))
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

    /// Whether what is sent is among what is meant, in any reading of it.
    fn could_be(&self, sent: &Sent) -> bool {
        match (self, sent) {
            (Matcher::Http { method, url }, Sent::Http { method: own, url: sent }) => {
                method.match_string(&own.to_uppercase()).is_some() && url.could_be(sent)
            }
            (Matcher::File { path, ignores_case, .. }, Sent::Put(remote) | Sent::Get(remote)) => {
                let reads = |remote: &String| path.match_string(remote).is_some();
                self.is_for(sent) && paths(remote, *ignores_case).iter().any(reads)
            }
            (Matcher::Operation(name), Sent::Operation(sent)) => name == sent,
            _ => false,
        }
    }

    /// Whether it is so in every reading of it.
    fn surely_is(&self, sent: &Sent) -> bool {
        match (self, sent) {
            (Matcher::Http { method, url }, Sent::Http { method: own, url: sent }) => {
                method.match_string(&own.to_uppercase()).is_some() && url.surely_is(sent)
            }
            (Matcher::File { path, ignores_case, .. }, Sent::Put(remote) | Sent::Get(remote)) => {
                let reads = |remote: &String| path.match_string(remote).is_some();
                self.is_for(sent) && paths(remote, *ignores_case).iter().all(reads)
            }
            (Matcher::Operation(name), Sent::Operation(sent)) => name == sent,
            _ => false,
        }
    }

    fn is_for(&self, sent: &Sent) -> bool {
        match (self, sent) {
            (Matcher::File { verb, .. }, Sent::Put(_)) => verb == "put",
            (Matcher::File { verb, .. }, Sent::Get(_)) => verb == "get",
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
    target: &Target,
) -> Result<Vec<Matcher>, EvalError> {
    let shell = target.shell;
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
            method: string(&method.value.to_uppercase(), method.span)?,
            url: UrlPattern::read(&url.value, &target.address).map_err(unreadable(url.span))?,
        }],
        GuardPattern::Request(RequestPattern::File { verb, path }) => {
            let ignores_case = matches!(shell, Shell::PowerShell | Shell::Pwsh | Shell::Cmd);
            let typed =
                if ignores_case { path.value.to_lowercase().replace('\\', "/") } else { path.value.clone() };
            let (verb, path) = (verb.value.clone(), string(&typed, path.span)?);
            vec![Matcher::File { verb, path, ignores_case }]
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
        self.0.iter().filter(|guard| guard.guards(target, sent)).filter_map(asked).collect()
    }
}
