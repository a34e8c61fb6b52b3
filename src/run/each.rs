//! `for each`: a pass for each item, so many at a time, with a budget of failures.

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};

use crate::event::{EventKind, UnitResult};
use crate::ids::StepKey;
use crate::source::Span;
use crate::syntax::ast::{self, Tolerance};
use crate::value::Value;

use super::block::statements;
use super::context::{Context, Flow};
use super::explain::explained;
use super::fault::{Fault, joined_kind, unit_result};
use super::items::{Item, items};

/// A loop under way.
struct Loop<'r, 'i> {
    context: &'i Context<'r>,
    each: &'r ast::ForEach,
    items: &'i [Item],
    at_a_time: usize,
    tolerated: usize,
    span: Span,
    /// What a pass returns is its item of a list, and ends nothing else.
    gathers: bool,
}

/// What the passes that are over have come to.
#[derive(Default)]
struct Tally {
    /// With the item that each is of.
    faults: Vec<(usize, Fault)>,
    returned: Option<Value>,
    /// What each pass returned, with the item that it is of.
    gathered: Vec<(usize, Value)>,
    halted: Option<Fault>,
}

/// Carries out a loop.
pub(super) async fn for_each<'r>(
    context: &Context<'r>,
    each: &'r ast::ForEach,
    span: Span,
) -> Result<Flow, Fault> {
    passes(context, each, span, false).await
}

/// The list of what the passes of a loop return, in the order of its items.
pub(super) async fn gather<'r>(
    context: &Context<'r>,
    each: &'r ast::ForEach,
    span: Span,
) -> Result<Value, Fault> {
    match passes(context, each, span, true).await? {
        Flow::Return(list) => Ok(list),
        Flow::Next => Ok(Value::from(Vec::<Value>::new())),
    }
}

async fn passes<'r>(
    context: &Context<'r>,
    each: &'r ast::ForEach,
    span: Span,
    gathers: bool,
) -> Result<Flow, Fault> {
    let items = items(context, each)?;
    let at_a_time = context.count_or(each.at_a_time.as_ref(), 1, 1)? as usize;
    let tolerated = tolerated(context, each.tolerating.as_ref(), items.len())?;
    let key = context.key.clone();
    context.emit(EventKind::LoopStarted {
        key: key.clone(),
        name: names(each),
        items: items.iter().map(|item| item.label.clone()).collect(),
        at_a_time,
    });
    let passes = Loop { context, each, items: &items, at_a_time, tolerated, span, gathers };
    let result = passes.run().await;
    context.emit(EventKind::LoopFinished { key, result: unit_result(&result) });
    explained(context, result, each.on_failure.as_ref()).await
}

fn names(each: &ast::ForEach) -> String {
    each.names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ")
}

/// At most so many failures; a percentage is rounded down.
fn tolerated(context: &Context<'_>, tolerance: Option<&Tolerance>, items: usize) -> Result<usize, Fault> {
    match tolerance {
        None => Ok(0),
        Some(Tolerance::Failures(count)) => Ok(context.count(count, 0)? as usize),
        Some(Tolerance::Percent(expr)) => {
            let value = context.eval(expr)?;
            let percent = f64::try_from(value.clone()).ok().filter(|percent| (0.0..=100.0).contains(percent));
            let percent =
                percent.ok_or_else(|| context.unfit(expr, &value, "a percentage", "write it as `10%`"))?;
            Ok((items as f64 * percent / 100.0).floor() as usize)
        }
    }
}

impl<'r> Loop<'r, '_> {
    /// A pass begins as soon as another is over, not in batches.
    async fn run(&self) -> Result<Flow, Fault> {
        let mut tally = Tally::default();
        let mut waiting = 0..self.items.len();
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < self.at_a_time && self.may_begin(&mut tally, waiting.len()) {
                under_way.extend(waiting.next().map(|at| self.pass(at)));
            }
            match under_way.next().await {
                Some(ended) => tally.take(ended, self.gathers),
                None => break,
            }
            // What else has ended by now counts before another pass begins.
            while let Some(Some(ended)) = under_way.next().now_or_never() {
                tally.take(ended, self.gathers);
            }
        }
        waiting.for_each(|at| self.finished(at, UnitResult::Skipped));
        self.conclude(tally)
    }

    fn may_begin(&self, tally: &mut Tally, waiting: usize) -> bool {
        if waiting == 0 || tally.is_over(self.tolerated) {
            return false;
        }
        tally.halted = self.context.check_halt(self.span).err();
        tally.halted.is_none()
    }

    fn pass(&self, at: usize) -> BoxFuture<'r, (usize, Result<Flow, Fault>)> {
        let (item, each) = (&self.items[at], self.each);
        let name = each.names.first().map_or("item", |name| name.value.as_str());
        let context = self.context.child(&item.key).frame();
        let context = context.inside(format!("{name} = {}", item.label), Some(self.span));
        for (name, value) in each.names.iter().zip(&item.values) {
            context.scope.set(&name.value, value.clone());
        }
        let (loop_key, label) = (self.context.key.clone(), item.label.clone());
        Box::pin(async move {
            context.emit(EventKind::PassStarted {
                key: context.key.clone(),
                loop_key: loop_key.clone(),
                item: label.clone(),
            });
            let result = statements(&context, &each.body).await;
            emit_finished(&context, &context.key, (loop_key, label), unit_result(&result));
            (at, result)
        })
    }

    fn finished(&self, at: usize, result: UnitResult) {
        let (context, item) = (self.context, &self.items[at]);
        let key = context.key.child(&item.key);
        emit_finished(context, &key, (context.key.clone(), item.label.clone()), result);
    }

    fn conclude(&self, tally: Tally) -> Result<Flow, Fault> {
        let Tally { mut faults, returned, mut gathered, halted } = tally;
        let too_many = faults.len() > self.tolerated || faults.iter().any(|(_, fault)| fault.is_final());
        match (too_many, halted, returned) {
            (true, _, _) if faults.len() == 1 => Err(faults.remove(0).1),
            (true, _, _) => Err(self.failed(faults)),
            (false, Some(halted), _) => Err(halted),
            (false, None, Some(value)) => Ok(Flow::Return(value)),
            (false, None, None) if self.gathers => {
                gathered.sort_by_key(|(at, _)| *at);
                Ok(Flow::Return(gathered.into_iter().map(|(_, value)| value).collect()))
            }
            (false, None, None) => Ok(Flow::Next),
        }
    }

    fn failed(&self, mut faults: Vec<(usize, Fault)>) -> Fault {
        faults.sort_by_key(|(at, _)| *at);
        let labels: Vec<_> = faults.iter().map(|(at, _)| self.items[*at].label.as_str()).collect();
        let title = format!("{} of {} passes failed: {}", faults.len(), self.items.len(), labels.join(", "));
        let label = match self.tolerated {
            0 => "no failure is tolerated".to_owned(),
            tolerated => format!("at most {tolerated} may fail"),
        };
        let faults: Vec<_> = faults.into_iter().map(|(_, fault)| fault).collect();
        self.context.fault(joined_kind(&faults), title, self.span, label).because(faults)
    }
}

fn emit_finished(
    context: &Context<'_>,
    key: &StepKey,
    (loop_key, item): (StepKey, String),
    result: UnitResult,
) {
    context.emit(EventKind::PassFinished { key: key.clone(), loop_key, item, result });
}

impl Tally {
    fn take(&mut self, (at, result): (usize, Result<Flow, Fault>), gathers: bool) {
        match result {
            Ok(Flow::Next) => {}
            Ok(Flow::Return(value)) if gathers => self.gathered.push((at, value)),
            Ok(Flow::Return(value)) => {
                self.returned.get_or_insert(value);
            }
            Err(fault) => self.faults.push((at, fault)),
        }
    }

    /// No new pass begins.
    fn is_over(&self, tolerated: usize) -> bool {
        self.returned.is_some()
            || self.halted.is_some()
            || self.faults.len() > tolerated
            || self.faults.iter().any(|(_, fault)| fault.is_final())
    }
}
