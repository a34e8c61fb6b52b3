//! Requests in a preview: rendered, with their target, their limit and the guards that are asked.

use std::sync::Arc;
use std::time::Duration;

use crate::syntax::ast::{self, Clause, ClauseKind, Operation};
use crate::value::{Target, format_duration, to_duration, to_target};

use super::super::guard::Sent;
use super::super::target::{bind_target, partly};
use super::time::Time;
use super::view::View;
use super::{PlannedKind, PlannedPlace, PlannedStep, Planner, Steps, step};

/// The limits of requests that name none.
const COMMAND: Duration = Duration::from_secs(5 * 60);
const HTTP: Duration = Duration::from_secs(30);
const TRANSFER: Duration = Duration::from_secs(10 * 60);

impl<'p> Planner<'p> {
    pub(super) fn request(&self, view: &View<'p>, asked: &'p ast::Request) -> PlannedStep {
        let target = view.scope.get(&asked.target.value);
        let target = target.as_ref().and_then(to_target).cloned();
        let (sent, request) = operation(view, &asked.operation, target.as_deref());
        let limit = limit(view, asked, target.as_deref());
        let guards = match &target {
            Some(target) => self.guards.asked(target, asked.effect.value, &sent),
            None => Vec::new(),
        };
        let longest = limit.as_ref().copied().unwrap_or_default();
        let kind = PlannedKind::Request {
            effect: asked.effect.value,
            target: target.as_ref().map_or_else(|| asked.target.value.clone(), |t| t.name.clone()),
            address: target.map_or_else(String::new, |target| target.address.clone()),
            request,
            within: limit.map_or_else(|within| within, format_duration),
            guards,
        };
        let time = Time::within(longest).times(tries(view, &asked.clauses));
        let mut inside = Steps::default();
        for clause in &asked.clauses {
            if let ClauseKind::DoneWhen(block) = &clause.kind {
                self.aside(view, PlannedKind::DoneWhen, block, &mut inside);
            }
        }
        step(kind, asked.span, time, inside.steps)
    }

    /// Names a target of a block; parts of it may only be known later.
    pub(super) fn target(&self, view: &View<'p>, declared: &'p ast::TargetDecl) {
        let bound = bind_target(declared, view.module, &view.scope);
        let address = || declared.address.as_ref().map(|text| view.text(text)).unwrap_or_default();
        let place = match bound {
            Ok(target) => PlannedPlace::Known(Arc::new(target)),
            Err(_) => PlannedPlace::Later(Arc::new(partly(declared, address()))),
        };
        view.set(&declared.name.value, Some(crate::value::target_value(Arc::clone(place.target()))));
        self.places.borrow_mut().add(place);
    }
}

/// What is sent, for the guards, and how it is shown.
fn operation(view: &View<'_>, operation: &Operation, target: Option<&Target>) -> (Sent, String) {
    match operation {
        Operation::Command(text) => {
            let shell = target.map_or(crate::value::Shell::Sh, |target| target.shell);
            let command = view.command(text, shell);
            let shown = format!("$ {command}");
            (Sent::Command(command), shown)
        }
        Operation::Http { method, url } => {
            let url = absolute(target.map_or("", |target| &target.address), &view.text(url));
            let shown = format!("{} {url}", method.value);
            (Sent::Http { method: method.value.clone(), url }, shown)
        }
        Operation::Put { local, remote } => {
            let remote = view.text(remote);
            let shown = format!("put {} to {remote}", view.text(local));
            (Sent::Put(remote), shown)
        }
        Operation::Get { remote, local } => {
            let remote = view.text(remote);
            let shown = format!("get {remote} to {}", view.text(local));
            (Sent::Get(remote), shown)
        }
        Operation::Plugin { name, args } => {
            let args: Vec<_> = args.iter().map(|arg| view.shown(&arg.value)).collect();
            (Sent::Operation(name.value.clone()), format!("{}({})", name.value, args.join(", ")))
        }
    }
}

/// `url` if it has a scheme, else after the target's base.
fn absolute(base: &str, url: &str) -> String {
    match url.contains("://") || base.is_empty() {
        true => url.to_owned(),
        false if url.is_empty() || url.starts_with(['/', '?']) => format!("{base}{url}"),
        false => format!("{base}/{url}"),
    }
}

/// The request's limit, or how it will be known.
fn limit(view: &View<'_>, asked: &ast::Request, target: Option<&Target>) -> Result<Duration, String> {
    let clause = asked.clauses.iter().find_map(|clause| match &clause.kind {
        ClauseKind::Within(expr) => Some(expr),
        ClauseKind::Retry(_)
        | ClauseKind::AcceptExit(_)
        | ClauseKind::AcceptStatus(_)
        | ClauseKind::Stdin(_)
        | ClauseKind::Env(_)
        | ClauseKind::Json(_)
        | ClauseKind::Form(_)
        | ClauseKind::Body(_)
        | ClauseKind::Header(..)
        | ClauseKind::DoneWhen(_) => None,
    });
    if let Some(expr) = clause {
        return view.value(expr).as_ref().and_then(to_duration).ok_or_else(|| view.shown(expr));
    }
    let usual = match &asked.operation {
        Operation::Command(_) | Operation::Plugin { .. } => COMMAND,
        Operation::Http { .. } => HTTP,
        Operation::Put { .. } | Operation::Get { .. } => TRANSFER,
    };
    Ok(target.and_then(|target| target.within).unwrap_or(usual))
}

fn tries(view: &View<'_>, clauses: &[Clause]) -> u64 {
    let retry = clauses
        .iter()
        .find_map(|clause| if let ClauseKind::Retry(expr) = &clause.kind { view.value(expr) } else { None });
    retry.and_then(|value| u64::try_from(value).ok()).unwrap_or(1).max(1)
}
