//! `invariant`: what must hold all along the stages, looked at from time to time on its own.
//!
//! It is looked at before the first step that it watches over, at every tick of its own from then on, and once more after
//! the last one. Looks never overlap: a tick that comes while one is under way is left out. While stages are taken back,
//! it is the same; but what fails already then is most likely why, and ends nothing before it has held once.

use std::time::Duration;

use futures::future::join_all;
use tokio::sync::Mutex;

use crate::event::{EventKind, Failure, FailureKind, Values};
use crate::ids::ModuleId;
use crate::source::Span;
use crate::syntax::ast::{self, ItemKind};
use crate::value::format_duration;

use super::block::block;
use super::context::{Context, Halts};
use super::engine::Engine;
use super::fault::Fault;

/// How long after the start of a look the next begins, where the runbook does not say.
const EVERY: Duration = Duration::from_secs(10);
/// How long a look may take, where the runbook does not say.
const WITHIN: Duration = Duration::from_secs(30);

/// What invariants are watched over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watched {
    Stages,
    /// Stages that are taken back.
    Undo,
}

/// Every invariant of a runbook.
#[derive(Default)]
pub(super) struct Watches(Vec<Watch>);

/// An invariant with its clauses evaluated.
struct Watch {
    title: String,
    number: usize,
    /// Its place among the items of the runbook.
    item: usize,
    over: Watched,
    every: Duration,
    within: Duration,
    tolerated: u32,
    during: Option<String>,
    span: Span,
    /// Held while it is looked at.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When it is looked at next; nothing while no stage that it is for is under way.
    due: Option<Duration>,
    looks: u64,
    failed: u64,
    /// In a row.
    failures: u32,
    /// When the first of those was seen, on the run's clock.
    since: Duration,
    slow: bool,
    /// It has been seen to hold.
    held: bool,
    broken: bool,
}

impl State {
    /// Whether it held when it was last looked at.
    fn holds(&self) -> bool {
        self.held && self.failures == 0
    }
}

impl Watches {
    pub fn read(engine: &Engine, over: Watched) -> Result<Self, Fault> {
        let context = engine.context(ModuleId(0));
        let items = context.module.file.items.iter().enumerate();
        let invariants = items.filter_map(|(at, item)| match &item.kind {
            ItemKind::Invariant(invariant) => Some((at, invariant)),
            _ => None,
        });
        let read = |(number, (item, written))| Watch::read(&context, over, number + 1, item, written);
        invariants.enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Engine {
    /// How each invariant stands `now`, as text: what their looks to come hang on. Nothing while one is being looked at.
    pub fn invariants(&self, now: Duration) -> Option<String> {
        self.watches().0.iter().map(|watch| watch.standing(now)).collect()
    }

    /// Looks at each invariant at its ticks, until the stages are over.
    pub async fn keep_watch(&self) {
        join_all(self.watches().0.iter().map(|watch| watch.keep_looking(self))).await;
    }

    /// Looks at each invariant that the stage brings into force, before the first step of it or of its `undo`.
    pub async fn watch_before(&self, stage: &str) {
        join_all(self.watches().0.iter().map(|watch| watch.begin(self, stage))).await;
    }

    /// Looks once more at each invariant that is not in force any more in what comes next.
    pub async fn watch_after(&self, next: Option<&str>) {
        join_all(self.watches().0.iter().map(|watch| watch.end(self, next))).await;
    }
}

impl Watch {
    fn read(
        context: &Context<'_>,
        over: Watched,
        number: usize,
        item: usize,
        written: &ast::Invariant,
    ) -> Result<Self, Fault> {
        let tick = Duration::from_millis(1);
        Ok(Self {
            title: context.text(&written.title)?,
            number,
            item,
            over,
            every: context.duration_or(written.every.as_ref(), EVERY)?.max(tick),
            within: context.duration_or(written.within.as_ref(), WITHIN)?.max(tick),
            tolerated: context.count_or(written.tolerating.as_ref(), 0, 0)?,
            during: written.during.as_ref().map(|stage| context.text(stage)).transpose()?,
            span: written.title.span,
            state: Mutex::default(),
        })
    }

    /// Whether it is in force while this stage is under way.
    fn is_for(&self, stage: Option<&str>) -> bool {
        stage.is_some_and(|stage| self.during.as_deref().is_none_or(|during| during == stage))
    }

    fn standing(&self, now: Duration) -> Option<String> {
        let state = self.state.try_lock().ok()?;
        let due = state.due.map(|due| due.saturating_sub(now));
        let State { failures, slow, held, broken, .. } = *state;
        Some(format!("{due:?} {failures} {slow} {held} {broken};"))
    }

    async fn begin(&self, engine: &Engine, stage: &str) {
        let mut state = self.state.lock().await;
        if self.is_for(Some(stage)) && state.due.is_none() {
            state.due = Some(engine.clock.now());
            self.look(engine, &mut state).await;
        }
    }

    async fn end(&self, engine: &Engine, next: Option<&str>) {
        let mut state = self.state.lock().await;
        if state.due.is_some() && !self.is_for(next) {
            self.look(engine, &mut state).await;
            (state.due, state.failures) = (None, 0);
        }
    }

    async fn keep_looking(&self, engine: &Engine) {
        let context = self.context(engine);
        while !engine.watch_over.is_cancelled() {
            let due = self.state.lock().await.due;
            let rest = due.unwrap_or_else(|| context.now() + self.every);
            if context.sleep_until(rest, self.span).await.is_err() {
                return;
            }
            let mut state = self.state.lock().await;
            if state.broken {
                return;
            }
            if state.due.is_some_and(|due| due <= context.now()) {
                self.look(engine, &mut state).await;
            }
        }
    }

    fn context<'r>(&self, engine: &'r Engine) -> Context<'r> {
        let context = Context { halts: Halts::WithWatch, ..engine.context(ModuleId(0)).afresh() };
        let context = context.child(format!("invariant:{}", self.number));
        context.inside(format!("invariant \"{}\"", self.title), Some(self.span))
    }

    /// Looks once, and says when the next look is due.
    async fn look(&self, engine: &Engine, state: &mut State) {
        if state.broken {
            return;
        }
        let (context, began) = (self.context(engine), engine.clock.now());
        state.looks += 1;
        let look = context.child(format!("poll:{}", state.looks));
        let foresight = &engine.foresight;
        let foreseen = state.holds().then(|| foresight.ends_as_before(&look.key, began)).flatten();
        let seen = match foreseen {
            Some(end) => context.sleep_until(end, self.span).await,
            None => self.look_once(&look).await,
        };
        self.take(&context, state, seen);
        if foreseen.is_none() && state.holds() {
            foresight.made(&look.key, began, engine.clock.now());
        }
        self.schedule(&context, state, began);
    }

    async fn look_once(&self, context: &Context<'_>) -> Result<(), Fault> {
        let ItemKind::Invariant(written) = &context.module.file.items[self.item].kind else { return Ok(()) };
        let context = context.until(context.now() + self.within);
        context.interruptible(self.span, block(&context, &written.body)).await?.map(drop)
    }

    fn take(&self, context: &Context<'_>, state: &mut State, seen: Result<(), Fault>) {
        let fault = match seen {
            Ok(()) => return self.passed(context, state),
            // The stages are over.
            Err(fault) if fault.kind() == FailureKind::Cancelled => return,
            Err(fault) => fault,
        };
        (state.failed, state.failures) = (state.failed + 1, state.failures + 1);
        if state.failures == 1 {
            state.since = context.engine.dispatcher.now();
        }
        let too_many = fault.kind() == FailureKind::Denied || state.failures > self.tolerated;
        if too_many && !self.is_why(state) {
            state.broken = true;
            context.engine.break_off(self.broken(context, state, fault));
        } else {
            self.failed(context, state, &fault);
        }
    }

    /// Whether it is most likely why stages are taken back, and so no reason to leave them as they are.
    fn is_why(&self, state: &State) -> bool {
        self.over == Watched::Undo && !state.held
    }

    fn passed(&self, context: &Context<'_>, state: &mut State) {
        state.held = true;
        if std::mem::take(&mut state.failures) > 0 {
            context.emit(EventKind::InvariantRecovered { title: self.title.clone() });
        }
    }

    fn failed(&self, context: &Context<'_>, state: &State, fault: &Fault) {
        context.emit(EventKind::InvariantFailed {
            title: self.title.clone(),
            failures: state.failures,
            tolerated: (!self.is_why(state)).then_some(self.tolerated),
            reason: fault.failure.title.clone(),
        });
    }

    fn broken(&self, context: &Context<'_>, state: &State, last: Fault) -> Fault {
        let values = evidence(&last.failure);
        context.emit(EventKind::InvariantBroken {
            title: self.title.clone(),
            reason: last.failure.title.clone(),
            failures: state.failures,
            since: state.since,
            values: values.clone(),
        });
        if last.kind() == FailureKind::Denied {
            return last;
        }
        let title = format!("invariant `{}` is broken", self.title);
        context.failed(title, self.span, self.streak(state)).values(values).because(vec![last])
    }

    /// What it failed of, how often, and since when.
    fn streak(&self, state: &State) -> String {
        let since = format_duration(Duration::from_secs(state.since.as_secs()));
        let State { looks, failed, failures, .. } = state;
        let of_all = format!("{failed} of {looks} {} failed", if *looks == 1 { "look" } else { "looks" });
        match self.tolerated {
            0 => format!("it failed at +{since}, and no failure is tolerated ({of_all})"),
            _ => {
                let every = format_duration(self.every);
                format!("it failed {failures} times in a row, {every} apart, since +{since} ({of_all})")
            }
        }
    }

    /// Ticks that came meanwhile are left out; that there were some is told once.
    fn schedule(&self, context: &Context<'_>, state: &mut State, began: Duration) {
        let now = context.now();
        let took = now.saturating_sub(began);
        if let Some(due) = &mut state.due {
            *due += self.every;
            let missed = now.saturating_sub(*due).as_nanos().div_ceil(self.every.as_nanos());
            *due += self.every * u32::try_from(missed).unwrap_or(u32::MAX);
        }
        let slow = took > self.every;
        if slow && !std::mem::replace(&mut state.slow, slow) {
            context.emit(EventKind::InvariantSlow { title: self.title.clone(), took, every: self.every });
        }
        state.slow = slow;
    }
}

/// The values that a failure shows, or those that it is made of.
fn evidence(failure: &Failure) -> Values {
    match failure.values.is_empty() {
        true => failure.causes.iter().flat_map(evidence).collect(),
        false => failure.values.clone(),
    }
}
