//! Guards: commands that must not be sent, held against the patterns just before each sending.

use std::collections::BTreeMap;

use crate::backend::{Operation, Request};
use crate::event::{EventKind, FailureKind};
use crate::plan::{self, Objection, Plan, Sent};
use crate::syntax::ast::ItemKind;
use crate::template::EvalError;

use super::block::block;
use super::context::Context;
use super::fault::Fault;
use super::request::Prepared;

/// Every guard of the runbook and its libraries, once for each target that it guards.
pub(super) struct Guards {
    guards: Vec<Guard>,
}

struct Guard {
    rules: plan::Guard,
    /// Why it is overridden.
    overridden: Option<String>,
}

impl Guards {
    /// Reads the guards of a plan. A pattern that can't be read is a fault: the run does not begin.
    pub fn new(plan: &Plan, overrides: &BTreeMap<String, String>) -> Result<Self, Fault> {
        let unreadable =
            |error: EvalError| Fault::new(FailureKind::Failed, error.title, error.span, error.label);
        let rules = plan::Guard::all(plan).map_err(unreadable)?;
        let overridden = |rules: &plan::Guard| {
            rules.may_be_overridden.then(|| overrides.get(&rules.title).cloned()).flatten()
        };
        let guard = |rules| Guard { overridden: overridden(&rules), rules };
        Ok(Self { guards: rules.into_iter().map(guard).collect() })
    }

    /// Asks every guard of the request's target whose patterns it matches. One that does not let it
    /// pass is a fault that nothing but the end of the run deals with.
    pub async fn ask<'r>(&self, context: &Context<'r>, prepared: &Prepared<'_>) -> Result<(), Fault> {
        if context.in_guard {
            return Ok(());
        }
        let (place, sent) = (&prepared.request.target, sent(&prepared.request));
        for (at, guard) in
            self.guards.iter().enumerate().filter(|(_, guard)| guard.rules.guards(place, &sent))
        {
            if let Some(why) = guard.rules.objection(prepared.request.effect, place.shell, &sent) {
                guard.ask(&context.child(format!("guard:{}", at + 1)), prepared, &why).await?;
            }
        }
        Ok(())
    }
}

impl Guard {
    /// Carries out `when`: it passes, the request is denied; an `assert` in it is false, the request
    /// goes ahead; anything else, it is denied.
    async fn ask<'r>(
        &self,
        context: &Context<'r>,
        prepared: &Prepared<'_>,
        why: &Objection,
    ) -> Result<(), Fault> {
        context.emit(EventKind::GuardAsked {
            key: context.key.clone(),
            guard: self.rules.title.clone(),
            request: prepared.shown.clone(),
        });
        let answer = self.answer(context).await?;
        let denied = matches!(answer, Answer::Denied { .. });
        let reason = match &answer {
            Answer::Denied { reason, .. } | Answer::Passed { reason } => reason.clone(),
        };
        context.emit(EventKind::GuardAnswered {
            key: context.key.clone(),
            guard: self.rules.title.clone(),
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
        let outer = context.engine.context(self.rules.module);
        let asked = Context { module: outer.module, scope: outer.scope, in_guard: true, ..context.afresh() };
        let ItemKind::Guard(declared) = &asked.module.file.items[self.rules.item].kind else {
            return Ok(Answer::denied("the guard is gone", vec![]));
        };
        let Some(when) = &declared.when else {
            return Ok(Answer::denied("it always holds", vec![]));
        };
        let asked = asked.inside(format!("guard \"{}\"", self.rules.title), Some(self.rules.span));
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
        why: &Objection,
        causes: Vec<Fault>,
    ) -> Fault {
        let title = format!("denied by the guard `{}`", self.rules.title);
        let fault = context.fault(FailureKind::Denied, title, prepared.span, why.text());
        let fault = fault.values(vec![("request".to_owned(), prepared.shown.to_string())]).because(causes);
        let because = self.rules.because.as_deref().map(str::trim);
        let help: Vec<_> = because.into_iter().chain(why.help()).collect();
        if help.is_empty() { fault } else { fault.help(help.join("\n")) }
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

/// What guards look at in a request.
fn sent(request: &Request) -> Sent {
    match &request.operation {
        Operation::Command(command) => Sent::Command(command.text.clone()),
        Operation::Http(call) => Sent::Http { method: call.method.clone(), url: call.url.clone() },
        Operation::Put { remote, .. } => Sent::Put(remote.clone()),
        Operation::Get { remote, .. } => Sent::Get(remote.clone()),
        Operation::Plugin { name, .. } => Sent::Operation(name.clone()),
    }
}
