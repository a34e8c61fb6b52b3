//! Guards: commands that must not be sent, held against the patterns just before each sending.
//!
//! A guard says no unless it is proven that it need not: its `when` ends at an `assert` of its own that is false.
//! That it can't be asked, or not in time, is a no.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::backend::{Operation, Redirects, Request};
use crate::event::{EventKind, FailureKind, Values};
use crate::plan::{self, Objection, Plan, Sent};
use crate::source::Span;
use crate::syntax::ast::ItemKind;
use crate::template::EvalError;
use crate::value::{Effect, Target};

use super::block::block;
use super::context::Context;
use super::dispatcher::Flush;
use super::engine::Engine;
use super::fault::Fault;
use super::request::Prepared;

/// What a `when` asks, all of it, is over after so long: a guard never hangs.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// What a guard says holds for so long. What was not sent by then is asked about anew.
pub(super) const FRESH: Duration = Duration::from_secs(2);

/// Every guard of the runbook and its libraries, once for each target that it guards.
pub(super) struct Guards {
    guards: Vec<Guard>,
}

struct Guard {
    rules: plan::Guard,
    /// Why it is overridden.
    overridden: Option<String>,
}

/// A request as guards look at it.
pub(super) struct Asked<'a> {
    effect: Effect,
    place: &'a Target,
    sent: Sent,
    shown: Arc<str>,
    span: Span,
}

impl<'a> Asked<'a> {
    pub fn of(prepared: &'a Prepared<'_>) -> Self {
        let Request { effect, target, operation, .. } = &prepared.request;
        let (shown, span) = (prepared.shown.clone(), prepared.span);
        Self { effect: *effect, place: target, sent: sent(operation), shown, span }
    }

    /// The same request, sent on to another address.
    fn sent_on(prepared: &'a Prepared<'_>, method: &str, url: &str) -> Self {
        let sent = Sent::Http { method: method.to_owned(), url: url.to_owned() };
        Self { sent, shown: format!("{method} {url}").into(), ..Self::of(prepared) }
    }
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

    /// Asks every guard that has something against the request. One that does not let it pass is a fault that
    /// nothing but the end of the run deals with. Gives when they had answered; nothing when none was asked.
    pub async fn ask<'r>(&self, context: &Context<'r>, asked: &Asked<'_>) -> Result<Option<Duration>, Fault> {
        let mut answered = None;
        if context.in_guard {
            return Ok(answered);
        }
        for (at, guard, why) in self.objecting(asked) {
            guard.ask(&context.child(format!("guard:{}", at + 1)), asked, &why).await?;
            answered = Some(context.now());
        }
        Ok(answered)
    }

    /// With the place of each among all guards.
    fn objecting(&self, asked: &Asked<'_>) -> impl Iterator<Item = (usize, &Guard, Objection)> {
        let Asked { effect, place, sent, .. } = asked;
        self.guards.iter().enumerate().filter_map(move |(at, guard)| {
            let concerned = guard.rules.guards(place, sent);
            let why = concerned.then(|| guard.rules.objection(*effect, place.shell, sent)).flatten()?;
            Some((at, guard, why))
        })
    }

    /// Who was overridden when the run was begun or resumed, each once.
    fn overridden(&self) -> BTreeMap<&str, &str> {
        let overridden = self
            .guards
            .iter()
            .filter_map(|guard| Some((guard.rules.title.as_str(), guard.overridden.as_deref()?)));
        overridden.collect()
    }
}

impl Engine {
    /// Puts on record which guards are overridden, by whom and why.
    pub async fn record_overrides(&self, span: Span) -> Result<(), Fault> {
        for (guard, reason) in self.guards.overridden() {
            let (guard, by, reason) = (guard.to_owned(), self.by.clone(), reason.to_owned());
            let overridden = EventKind::GuardOverridden { guard, by, reason };
            self.dispatcher.record(overridden, Flush::Durable, span).await?;
        }
        Ok(())
    }
}

impl Guard {
    async fn ask<'r>(&self, context: &Context<'r>, asked: &Asked<'_>, why: &Objection) -> Result<(), Fault> {
        context.emit(EventKind::GuardAsked {
            key: context.key.clone(),
            guard: self.rules.title.clone(),
            request: asked.shown.clone(),
            because: why.text().to_owned(),
        });
        let answer = self.answer(context).await?;
        context.emit(EventKind::GuardAnswered {
            key: context.key.clone(),
            guard: self.rules.title.clone(),
            denied: !matches!(answer.says, Says::Passes),
            reason: answer.reason.clone(),
            values: answer.values.clone(),
        });
        match answer.says {
            Says::Passes => Ok(()),
            Says::Denies | Says::Nothing(_) => Err(self.denial(context, asked, why, answer)),
        }
    }

    /// Carries out `when`: it passes, the request is denied; an `assert` in it is false, the request
    /// goes ahead; anything else, it is denied. A stop is neither.
    async fn answer<'r>(&self, context: &Context<'r>) -> Result<Answer, Fault> {
        if let Some(reason) = &self.overridden {
            return Ok(Answer::new(Says::Passes, format!("overridden: {reason}"), vec![]));
        }
        let outer = context.engine.context(self.rules.module);
        let asked = Context { module: outer.module, scope: outer.scope, in_guard: true, ..context.afresh() };
        let ItemKind::Guard(declared) = &asked.module.file.items[self.rules.item].kind else {
            return Ok(Answer::new(Says::Denies, "the guard is gone", vec![]));
        };
        let Some(when) = &declared.when else {
            return Ok(Answer::new(Says::Denies, "it always holds", vec![]));
        };
        let asked = asked.inside(format!("guard \"{}\"", self.rules.title), Some(self.rules.span));
        let (asked, evidence) = asked.until(context.now() + LONGEST).gathering();
        let said = block(&asked, when).await;
        Answer::of(said.map(drop), evidence.values())
    }

    fn denial(&self, context: &Context<'_>, asked: &Asked<'_>, why: &Objection, answer: Answer) -> Fault {
        let title = &self.rules.title;
        let (title, causes) = match answer.says {
            Says::Nothing(cause) => {
                (format!("denied by the guard `{title}`, which could not be asked"), vec![cause])
            }
            Says::Passes | Says::Denies => (format!("denied by the guard `{title}`"), vec![]),
        };
        let fault = context.fault(FailureKind::Denied, title, asked.span, why.text());
        let request = ("request".to_owned(), asked.shown.to_string());
        let guard = ("guard".to_owned(), answer.reason);
        let values = [request, guard].into_iter().chain(answer.values).collect();
        let fault = fault.because(causes).values(values);
        let because = self.rules.because.as_deref().map(str::trim);
        let help: Vec<_> = because.into_iter().chain(why.help()).collect();
        if help.is_empty() { fault } else { fault.help(help.join("\n")) }
    }
}

/// What a guard says of a request, why, and what was seen.
struct Answer {
    says: Says,
    reason: String,
    values: Values,
}

enum Says {
    Passes,
    Denies,
    /// It could not be asked.
    Nothing(Fault),
}

impl Answer {
    fn new(says: Says, reason: impl Into<String>, values: Values) -> Self {
        Self { says, reason: reason.into(), values }
    }

    fn of(said: Result<(), Fault>, seen: Values) -> Result<Self, Fault> {
        match said {
            Ok(()) => Ok(Self::new(Says::Denies, "its `when` holds", seen)),
            Err(fault) if fault.answered_no => {
                let values = seen.into_iter().chain(fault.failure.values.clone()).collect();
                Ok(Self::new(Says::Passes, fault.failure.title.clone(), values))
            }
            Err(fault) if fault.kind() == FailureKind::Cancelled => Err(fault),
            Err(fault) => {
                let reason = format!("it could not be asked: {}", fault.failure.title);
                Ok(Self::new(Says::Nothing(fault), reason, seen))
            }
        }
    }
}

/// What guards look at in a request.
fn sent(operation: &Operation) -> Sent {
    match operation {
        Operation::Command(command) => Sent::Command(command.text.clone()),
        Operation::Http(call) => Sent::Http { method: call.method.clone(), url: call.url.clone() },
        Operation::Put { remote, .. } => Sent::Put(remote.clone()),
        Operation::Get { remote, .. } => Sent::Get(remote.clone()),
        Operation::Plugin { name, .. } => Sent::Operation(name.clone()),
    }
}

/// Where a request was not sent on to, since a guard has something against it.
#[derive(Clone, Default)]
pub(super) struct Diverted(Arc<Mutex<Option<(String, String)>>>);

impl Diverted {
    /// Lets a request be sent on wherever no guard has something against it.
    pub fn redirects(&self, guards: &Arc<Guards>, target: &Arc<Target>, effect: Effect) -> Redirects {
        let (kept, guards, target) = (self.clone(), Arc::clone(guards), Arc::clone(target));
        Redirects::asking(move |method, url| {
            let sent = Sent::Http { method: method.to_owned(), url: url.to_owned() };
            let shown = Arc::from("");
            let asked = Asked { effect, place: &target, sent, shown, span: Span::default() };
            let free = guards.objecting(&asked).next().is_none();
            if !free {
                kept.set(Some((method.to_owned(), url.to_owned())));
            }
            free
        })
    }

    fn set(&self, to: Option<(String, String)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// Fails where a request was not sent on: as denied, or since nobody asked for that address itself.
    pub async fn check(&self, context: &Context<'_>, prepared: &Prepared<'_>) -> Result<(), Fault> {
        let to = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((method, url)) = to else { return Ok(()) };
        context.engine.guards.ask(context, &Asked::sent_on(prepared, &method, &url)).await?;
        let title = format!("it was redirected to `{url}`, and a guard watches over that");
        let fault = context.failed(title, prepared.span, "it was not sent on");
        Err(fault.help("ask for that address itself"))
    }
}
