//! `wait until`: its body is tried until it passes, or the time is over.

use std::time::Duration;

use crate::event::{EventKind, FailureKind, UnitResult};
use crate::source::Span;
use crate::syntax::ast;
use crate::value::format_duration;

use super::block::block;
use super::context::{Context, Flow};
use super::explain::explained;
use super::fault::{Fault, unit_result};

/// How long after the start of a try the next begins, where the runbook does not say.
const EVERY: Duration = Duration::from_secs(5);

/// A `wait until` with its clauses evaluated.
struct Wait<'r> {
    title: String,
    within: Duration,
    every: Duration,
    needed: u32,
    body: &'r ast::Block,
    span: Span,
}

/// What the tries have shown so far.
#[derive(Default)]
struct Tries {
    made: u32,
    /// In a row.
    passed: u32,
    last: Option<Fault>,
}

/// Carries out a `wait until`. Each try begins `every` after the one before began; tries never overlap.
pub(super) async fn wait<'r>(context: &Context<'r>, wait: &'r ast::Wait, span: Span) -> Result<Flow, Fault> {
    if let Some(ended) = recalled(context, wait).await {
        return ended;
    }
    let read = Wait::read(context, wait, span)?;
    let key = context.key.clone();
    context.emit(EventKind::WaitStarted {
        key: key.clone(),
        title: read.title.clone(),
        within: read.within,
        every: read.every,
    });
    let result = read.poll(context).await;
    context.emit(EventKind::WaitFinished { key, result: unit_result(&result) });
    explained(context, result, wait.on_failure.as_ref()).await
}

/// How it ended in an earlier part of the run, if it did. What it returned is in its last try.
async fn recalled<'r>(context: &Context<'r>, wait: &'r ast::Wait) -> Option<Result<Flow, Fault>> {
    let record = context.history?.wait(&context.key)?;
    match record.ended.as_ref()? {
        UnitResult::Failed { failure } => Some(Err(Fault::recorded(failure))),
        UnitResult::Ok => Some(block(&context.child(format!("poll:{}", record.tries)), &wait.body).await),
        UnitResult::Skipped => None,
    }
}

/// How many tries have begun in an earlier part of the run. The one that it broke off in is left: what it saw is
/// old by now.
fn tries_before(context: &Context<'_>) -> u32 {
    let Some(history) = context.history else { return 0 };
    let made = history.wait(&context.key).map_or(0, |wait| wait.tries);
    let next = context.key.child(format_args!("poll:{}", made + 1));
    made + u32::from(history.has_inside(&next))
}

impl Tries {
    /// Counts a try; gives its flow when it passed.
    fn take(&mut self, tried: Result<Flow, Fault>) -> Result<Option<Flow>, Fault> {
        match tried {
            Ok(flow) => {
                self.passed += 1;
                Ok(Some(flow))
            }
            Err(fault) if fault.is_final() => Err(fault),
            Err(fault) => {
                (self.passed, self.last) = (0, Some(fault));
                Ok(None)
            }
        }
    }

    /// Counts a try that ended as the last one did.
    fn repeat(&mut self) {
        self.passed += u32::from(self.passed > 0);
    }
}

impl<'r> Wait<'r> {
    fn read(context: &Context<'_>, wait: &'r ast::Wait, span: Span) -> Result<Self, Fault> {
        let title = wait.title.as_ref().map(|title| context.text(title)).transpose()?;
        Ok(Self {
            title: title.unwrap_or_else(|| "its body passes".to_owned()),
            within: context.time_left(context.duration(&wait.within)?, wait.within.span)?,
            every: context.duration_or(wait.every.as_ref(), EVERY)?.max(Duration::from_millis(1)),
            needed: context.count_or(wait.stable.as_ref(), 1, 1)?,
            body: &wait.body,
            span,
        })
    }

    async fn poll(&self, context: &Context<'r>) -> Result<Flow, Fault> {
        let over = context.now() + self.within;
        let inner = context.until(over);
        let (mut tries, mut due) = (Tries { made: tries_before(context), ..Tries::default() }, context.now());
        loop {
            context.check_halt(self.span)?;
            tries.made += 1;
            if let Some(flow) = self.look(context, &inner, &mut tries).await? {
                return Ok(flow);
            }
            due = (due + self.every).max(context.now());
            context.sleep_until(due.min(over), self.span).await?;
            if due >= over {
                return Err(self.out_of_time(context, tries));
            }
        }
    }

    /// Tries once more; gives its flow when it was the last one needed.
    async fn look(
        &self,
        context: &Context<'r>,
        inner: &Context<'r>,
        tries: &mut Tries,
    ) -> Result<Option<Flow>, Fault> {
        let look = inner.child(format!("poll:{}", tries.made));
        let flow = match self.foreseen(&look, tries) {
            Some(end) => {
                let slept = context.sleep_until(end, self.span).await;
                slept.inspect_err(|_| context.engine.foresight.broken_off(&look.key))?;
                tries.repeat();
                None
            }
            None => self.look_once(&look, tries).await?,
        };
        context.emit(EventKind::WaitPolled {
            key: context.key.clone(),
            tries: tries.made,
            passed: tries.passed,
            needed: self.needed,
            reason: self.reason(tries),
        });
        Ok(flow)
    }

    /// When this look ends, if it is known to end as the one before; nothing where that would be enough, or too late.
    fn foreseen(&self, look: &Context<'r>, tries: &Tries) -> Option<Duration> {
        if tries.passed > 0 && tries.passed + 1 >= self.needed {
            return None;
        }
        let end = look.engine.foresight.ends_as_before(&look.key, look.now())?;
        look.deadline.is_none_or(|deadline| end < deadline).then_some(end)
    }

    async fn look_once(&self, look: &Context<'r>, tries: &mut Tries) -> Result<Option<Flow>, Fault> {
        let began = look.now();
        let flow = tries.take(block(look, self.body).await)?.filter(|_| tries.passed >= self.needed);
        if flow.is_none() {
            look.engine.foresight.made(&look.key, began, look.now());
        }
        Ok(flow)
    }

    /// Why it is not there yet.
    fn reason(&self, tries: &Tries) -> Option<String> {
        match tries.passed {
            0 => tries.last.as_ref().map(|fault| fault.failure.title.clone()),
            _ => None,
        }
    }

    fn out_of_time(&self, context: &Context<'_>, tries: Tries) -> Fault {
        let title = format!("`{}` did not come true within {}", self.title, format_duration(self.within));
        let Tries { made, passed, last } = tries;
        let times = if made == 1 { "once".to_owned() } else { format!("{made} times") };
        let mut label = format!("tried {times}, every {}", format_duration(self.every));
        if passed > 0 {
            label.push_str(&format!("; passed the last {passed} of {} needed in a row", self.needed));
        }
        let fault = context.fault(FailureKind::TimedOut, title, self.span, label);
        let values = last.as_ref().map(|last| last.failure.values.clone());
        // Time ran out: that the last try said no is not an answer for a guard.
        fault.values(values.unwrap_or_default()).because(last.into_iter().collect()).unanswered()
    }
}
