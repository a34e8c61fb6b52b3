//! Guards: which of them are asked before a request is sent.
//!
//! A preview and a run read the same answer here. What is forbidden is asked about; on a guarded
//! target so is every `run` and `once` that no `allow` covers. A `check` is held against what is
//! forbidden only: that it changes nothing is its word.

use std::sync::Arc;

use crate::ids::ModuleId;
use crate::resolve::{Module, ResolvedRunbook};
use crate::shell::{Only, Rules, Verdict};
use crate::source::Span;
use crate::syntax::ast::{self, ItemKind};
use crate::template::{EvalError, Scope, render};
use crate::value::{BackendKind, Effect, Shell, Target, to_target};

use super::Plan;
use super::patterns::{Matcher, error, patterns};
use super::preview::PlannedGuard;
use super::url::{is_one_place, leads_to};

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
    /// What it says of commands.
    commands: Rules,
    /// What it says of other requests.
    forbid: Vec<Matcher>,
    allow: Vec<Matcher>,
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
        let target = target.ok_or_else(no_target)?;
        let forbid = patterns(runbook, module, declared, &target, |verdict| verdict == ast::Verdict::Forbid)?;
        let allow = patterns(runbook, module, declared, &target, |verdict| verdict != ast::Verdict::Forbid)?;
        let only = declared.rules.iter().any(|rule| rule.verdict == ast::Verdict::AllowOnly);
        let only = if only { Only::WhatIsAllowed } else { Only::NotWhatIsForbidden };
        Ok(Self {
            title: render(&declared.title, module, scope)?,
            because: declared.because.as_ref().map(|text| render(text, module, scope)).transpose()?,
            commands: Rules::new(target.shell, forbid.commands, allow.commands, only),
            target,
            module: module.id,
            item,
            span: declared.title.span,
            may_be_overridden: declared.may_be_overridden,
            forbid: forbid.others,
            allow: allow.others,
        })
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
        let allowed = self.allow.iter().any(|matcher| matcher.surely_is(sent));
        if let Sent::Put(path) = sent
            && !allowed
        {
            return objection(effect, self.commands.judge_file(path, shell));
        }
        match effect == Effect::Check || allowed {
            true => None,
            false => Some(Objection::NotUnderstood(format!("`{shown}` is not among what is allowed"))),
        }
    }

    fn forbids(&self, sent: &Sent) -> bool {
        self.forbid.iter().any(|matcher| matcher.could_be(sent))
    }

    fn objection_to_command(&self, effect: Effect, shell: Shell, text: &str) -> Option<Objection> {
        if self.target.shell.is_of_windows() != shell.is_of_windows() {
            let why = format!(
                "the guard's patterns are for {}, this is read by {}",
                self.target.shell.name(),
                shell.name()
            );
            return Some(Objection::NotUnderstood(why));
        }
        objection(effect, self.commands.judge(text, shell))
    }
}

/// What a check does besides looking is not asked for; that it changes nothing is its word.
fn objection(effect: Effect, verdict: Verdict) -> Option<Objection> {
    match verdict {
        Verdict::Harmless => None,
        Verdict::Forbidden { command, why } => {
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            Some(Objection::Forbidden(format!("`{command}` is forbidden{why}")))
        }
        Verdict::NotUnderstood { .. } if effect == Effect::Check => None,
        Verdict::NotUnderstood { command, why } => {
            Some(Objection::NotUnderstood(format!("`{command}`: {why}")))
        }
    }
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
