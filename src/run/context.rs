//! What a statement needs to know of the place it stands at.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use tokio_util::sync::CancellationToken;

use crate::backend::Lane;
use crate::event::{EventKind, FailureKind};
use crate::ids::StepKey;
use crate::journal::History;
use crate::resolve::Module;
use crate::source::Span;
use crate::syntax::ast;
use crate::template::{EvalError, Expressions, Scope, render, show};
use crate::value::{Value, to_duration};

use super::engine::Engine;
use super::evidence::Evidence;
use super::fault::{Fault, Trail};
use super::secrets::{HIDDEN, Secrets};

/// How much of a value a message shows.
const SHOWN: usize = 200;

/// How a block or statement ended when it did not fail.
#[derive(Debug)]
pub(super) enum Flow {
    Next,
    Return(Value),
}

/// What keeps a new step from beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halts {
    /// A stop, and an invariant that is broken: for the procedure itself, and for taking it back.
    OnStopAndBroken,
    /// A stop: for what explains or cleans up.
    OnStop,
    /// The end of the stages: for invariants.
    WithWatch,
}

/// A place in a run. Cloning it costs a few reference counts, whatever the size of the run.
#[derive(Clone)]
pub(super) struct Context<'r> {
    pub engine: &'r Engine,
    pub module: &'r Module,
    pub scope: Arc<Scope>,
    pub key: StepKey,
    pub trail: Trail,
    /// When the `wait until` or invariant around it is over, on the run's clock.
    pub deadline: Option<Duration>,
    pub halts: Halts,
    /// What is on record of the run; nothing where the world is asked afresh each time.
    pub history: Option<&'r History>,
    /// In the `when` of a guard, no guard is asked.
    pub in_guard: bool,
    /// Gathers what is seen, where a report will show it.
    pub evidence: Option<Arc<Evidence>>,
}

impl<'r> Context<'r> {
    pub fn child(&self, part: impl std::fmt::Display) -> Self {
        Self { key: self.key.child(part), ..self.clone() }
    }

    pub fn inside(&self, text: impl Into<String>, span: Option<Span>) -> Self {
        Self { trail: self.trail.inside(text, span), ..self.clone() }
    }

    pub fn frame(&self) -> Self {
        Self { scope: self.scope.child(), ..self.clone() }
    }

    /// For what comes after a failure: explaining, cleaning up.
    pub fn aftermath(&self, part: &str) -> Self {
        let halts = match self.halts {
            Halts::OnStopAndBroken => Halts::OnStop,
            halts @ (Halts::OnStop | Halts::WithWatch) => halts,
        };
        Self { halts, ..self.child(part) }
    }

    /// For what is asked of the world each time, also when a run is resumed.
    pub fn afresh(&self) -> Self {
        Self { history: None, ..self.clone() }
    }

    pub fn until(&self, deadline: Duration) -> Self {
        let deadline = self.deadline.map_or(deadline, |outer| outer.min(deadline));
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// How often a person said of the step here that it had not happened.
    pub fn attempt(&self) -> u32 {
        self.history.map_or(0, |history| history.attempt(&self.key))
    }

    /// Says what happened, unless it is on record already.
    pub fn emit(&self, kind: EventKind) {
        if self.history.is_some_and(|history| history.has_said(&kind)) {
            return;
        }
        self.engine.dispatcher.emit(kind);
    }

    pub fn now(&self) -> Duration {
        self.engine.clock.now()
    }

    pub fn fault(
        &self,
        kind: FailureKind,
        title: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Fault {
        let mut fault = Fault::new(kind, title, span, label);
        fault.failure.trail = self.trail.frames();
        fault
    }

    pub fn failed(&self, title: impl Into<String>, span: Span, label: impl Into<String>) -> Fault {
        self.fault(FailureKind::Failed, title, span, label)
    }
}

/// Values.
impl Context<'_> {
    pub fn expressions(&self) -> &dyn Expressions {
        self.module
    }

    pub fn eval(&self, expr: &ast::Expr) -> Result<Value, Fault> {
        let value = self.module.expression(expr).evaluate(&self.scope);
        value.map_err(|error| self.eval_fault(error).values(self.observed(expr)))
    }

    pub fn observed(&self, expr: &ast::Expr) -> Vec<(String, String)> {
        let values = self.module.expression(expr).observed(&self.scope);
        without_secrets(values, &self.engine.secrets)
    }

    pub fn eval_fault(&self, error: EvalError) -> Fault {
        let mut fault = self.failed(error.title, error.span, error.label);
        fault.failure.help = error.help;
        fault
    }

    pub fn text(&self, text: &ast::Text) -> Result<String, Fault> {
        render(text, self.expressions(), &self.scope).map_err(|error| self.eval_fault(error))
    }

    pub fn duration(&self, expr: &ast::Expr) -> Result<Duration, Fault> {
        let value = self.eval(expr)?;
        to_duration(&value)
            .ok_or_else(|| self.unfit(expr, &value, "a duration", "write it as `90s` or `15m`"))
    }

    pub fn duration_or(&self, expr: Option<&ast::Expr>, default: Duration) -> Result<Duration, Fault> {
        expr.map_or(Ok(default), |expr| self.duration(expr))
    }

    /// A whole number of at least `least`.
    pub fn count(&self, expr: &ast::Expr, least: u32) -> Result<u32, Fault> {
        let value = self.eval(expr)?;
        let count = value.as_i64().and_then(|number| u32::try_from(number).ok());
        let what = format!("a whole number from {least} up");
        count
            .filter(|count| *count >= least && value.is_integer())
            .ok_or_else(|| self.unfit(expr, &value, &what, "give a number such as `3`"))
    }

    pub fn count_or(&self, expr: Option<&ast::Expr>, least: u32, default: u32) -> Result<u32, Fault> {
        expr.map_or(Ok(default), |expr| self.count(expr, least))
    }

    /// A value that is not what its place asks for.
    pub fn unfit(&self, expr: &ast::Expr, value: &Value, wanted: &str, help: &str) -> Fault {
        let title = format!("`{}` is not {wanted}", expr.text);
        self.failed(title, expr.span, format!("this is {}", show(value, SHOWN))).help(help)
    }
}

/// Time, and being told to stop.
impl Context<'_> {
    /// Fails when no new step may begin.
    pub fn check_halt(&self, span: Span) -> Result<(), Fault> {
        match self.halt_reason() {
            Some(title) => Err(self.halted(title, span)),
            None => Ok(()),
        }
    }

    fn halted(&self, title: String, span: Span) -> Fault {
        self.fault(FailureKind::Cancelled, title, span, "it had come this far")
    }

    fn halt_reason(&self) -> Option<String> {
        let engine = self.engine;
        let stopped = || engine.stop.is_stopped().then(|| stop_title(engine.stop.why()));
        let broken = || engine.broken.is_cancelled().then(|| "an invariant was broken".to_owned());
        match self.halts {
            Halts::OnStopAndBroken => stopped().or_else(broken),
            Halts::OnStop => stopped(),
            Halts::WithWatch => engine.watch_over.is_cancelled().then(|| "the stages are over".to_owned()),
        }
    }

    /// Ends when no new step may begin any more.
    pub async fn halt(&self) {
        let engine = self.engine;
        match self.halts {
            Halts::OnStopAndBroken => {
                let (stopped, broken) = (engine.stop.stopped(), engine.broken.cancelled());
                futures::pin_mut!(stopped, broken);
                select(stopped, broken).await;
            }
            Halts::OnStop => engine.stop.stopped().await,
            Halts::WithWatch => engine.watch_over.cancelled().await,
        }
    }

    /// Invariants have connections of their own: a step that keeps one busy does not keep them from looking.
    pub fn lane(&self) -> Lane {
        match self.halts {
            Halts::OnStopAndBroken | Halts::OnStop => Lane::Steps,
            Halts::WithWatch => Lane::Watch,
        }
    }

    /// What cancels a request that is under way.
    pub fn cancel(&self) -> &CancellationToken {
        match self.halts {
            Halts::OnStopAndBroken | Halts::OnStop => self.engine.stop.cancel(),
            Halts::WithWatch => &self.engine.watch_over,
        }
    }

    /// Ends with `work`, or as cancelled or timed out when that comes first.
    pub async fn interruptible<T>(&self, span: Span, work: impl Future<Output = T>) -> Result<T, Fault> {
        let limit = self.deadline_passed();
        let halt = self.halt();
        futures::pin_mut!(work, limit, halt);
        match select(work, select(halt, limit)).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right((Either::Left(_), _)) => {
                let why = self.halt_reason().unwrap_or_else(|| stop_title(None));
                Err(self.halted(why, span))
            }
            Either::Right((Either::Right(_), _)) => Err(self.out_of_time(span)),
        }
    }

    async fn deadline_passed(&self) {
        match self.deadline {
            Some(deadline) => self.engine.clock.sleep(deadline.saturating_sub(self.now())).await,
            None => futures::future::pending().await,
        }
    }

    /// Sleeps until `at` on the run's clock.
    pub async fn sleep_until(&self, at: Duration, span: Span) -> Result<(), Fault> {
        self.check_halt(span)?;
        let sleep = self.engine.clock.sleep(at.saturating_sub(self.now()));
        self.interruptible(span, sleep).await
    }

    /// `limit`, or less when what stands around is over sooner; nothing is left: a fault.
    pub fn time_left(&self, limit: Duration, span: Span) -> Result<Duration, Fault> {
        let left = self.deadline.map_or(limit, |deadline| limit.min(deadline.saturating_sub(self.now())));
        if left.is_zero() { Err(self.out_of_time(span)) } else { Ok(left) }
    }

    fn out_of_time(&self, span: Span) -> Fault {
        self.fault(FailureKind::TimedOut, "the time of what stands around it is over", span, "")
    }
}

/// What holds a secret is not shown, nor what is made of it: how long it is, what it begins with.
fn without_secrets(mut values: Vec<(String, String)>, secrets: &Secrets) -> Vec<(String, String)> {
    let holds = |(text, value): &(String, String)| (secrets.count(value) > 0).then(|| text.clone());
    let holding: Vec<_> = values.iter().filter_map(holds).collect();
    for (text, value) in &mut values {
        if holding.iter().any(|part| text.contains(part)) {
            HIDDEN.clone_into(value);
        }
    }
    values
}

fn stop_title(why: Option<&str>) -> String {
    match why {
        Some(why) => format!("the run was told to stop: {why}"),
        None => "the run was told to stop".to_owned(),
    }
}
