//! `invariant`: what must hold all along the stages, looked at from time to time on its own.

use std::time::Duration;

use futures::future::join_all;

use crate::event::{EventKind, FailureKind};
use crate::ids::ModuleId;
use crate::syntax::ast::{self, ItemKind};
use crate::value::format_duration;

use super::block::block;
use super::context::{Context, Halts};
use super::engine::Engine;
use super::fault::Fault;

/// How long after the start of a look the next begins, where the runbook does not say.
const EVERY: Duration = Duration::from_secs(10);

/// An invariant with its clauses evaluated.
struct Watch<'r> {
    title: String,
    every: Duration,
    within: Option<Duration>,
    tolerated: u32,
    during: Option<String>,
    written: &'r ast::Invariant,
}

/// Watches every invariant of the runbook until the stages are over or it is broken.
pub(super) async fn watch_all(engine: &Engine) {
    let file = &engine.runbook().root().file;
    let invariants = file.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Invariant(invariant) => Some(invariant),
        _ => None,
    });
    let watches = invariants.enumerate().map(|(at, invariant)| watch(engine, at + 1, invariant));
    join_all(watches).await;
}

async fn watch<'r>(engine: &'r Engine, number: usize, written: &'r ast::Invariant) {
    let context = Context { halts: Halts::WithWatch, ..engine.context(ModuleId(0)).afresh() };
    let context = context.child(format!("invariant:{number}"));
    let broken = match Watch::read(&context, written) {
        Ok(watch) => {
            let context = context.inside(format!("invariant \"{}\"", watch.title), Some(written.title.span));
            watch.look(&context).await
        }
        Err(fault) => Some(fault),
    };
    if let Some(fault) = broken {
        engine.break_off(fault);
    }
}

impl<'r> Watch<'r> {
    fn read(context: &Context<'_>, written: &'r ast::Invariant) -> Result<Self, Fault> {
        let duration = |expr: &ast::Expr| context.duration(expr);
        Ok(Self {
            title: context.text(&written.title)?,
            every: context.duration_or(written.every.as_ref(), EVERY)?.max(Duration::from_millis(1)),
            within: written.within.as_ref().map(duration).transpose()?,
            tolerated: context.count_or(written.tolerating.as_ref(), 0, 0)?,
            during: written.during.as_ref().map(|stage| context.text(stage)).transpose()?,
            written,
        })
    }

    /// Looks until the stages are over, or gives why it is broken. Looks never overlap.
    async fn look(&self, context: &Context<'r>) -> Option<Fault> {
        let (mut looks, mut failures, mut due) = (0_u64, 0, context.now());
        loop {
            if context.engine.is_in_stage(self.during.as_deref()) {
                looks += 1;
                match self.look_once(&context.child(format!("poll:{looks}"))).await {
                    Ok(()) => self.passed(context, &mut failures),
                    Err(fault) if fault.kind() == FailureKind::Cancelled => return None,
                    Err(fault) if failures >= self.tolerated => return Some(self.broken(context, fault)),
                    Err(fault) => self.failed(context, &mut failures, &fault),
                }
            }
            due = (due + self.every).max(context.now());
            context.sleep_until(due, self.written.title.span).await.ok()?;
        }
    }

    async fn look_once(&self, context: &Context<'r>) -> Result<(), Fault> {
        let bounded = self.within.map(|within| context.until(context.now() + within));
        block(bounded.as_ref().unwrap_or(context), &self.written.body).await.map(drop)
    }

    fn passed(&self, context: &Context<'_>, failures: &mut u32) {
        if std::mem::take(failures) > 0 {
            context.emit(EventKind::InvariantRecovered { title: self.title.clone() });
        }
    }

    fn failed(&self, context: &Context<'_>, failures: &mut u32, fault: &Fault) {
        *failures += 1;
        context.emit(EventKind::InvariantFailed {
            title: self.title.clone(),
            failures: *failures,
            tolerated: self.tolerated,
            reason: fault.failure.title.clone(),
        });
    }

    fn broken(&self, context: &Context<'_>, last: Fault) -> Fault {
        let reason = last.failure.title.clone();
        context.emit(EventKind::InvariantBroken { title: self.title.clone(), reason });
        let times = match self.tolerated {
            0 => "it failed, and no failure is tolerated".to_owned(),
            n => format!("it failed {} times in a row, {} apart", n + 1, format_duration(self.every)),
        };
        let title = format!("invariant `{}` is broken", self.title);
        let values = last.failure.values.clone();
        let fault = context.failed(title, self.written.title.span, times);
        fault.values(values).because(vec![last])
    }
}
