//! A run from its first stage to its report, and taking stages back.

use std::sync::Arc;

use futures::future::{Either, join, select};

use crate::event::{EventKind, Failure, FailureKind, RunResult};
use crate::ids::ModuleId;
use crate::source::Span;
use crate::syntax::ast::{Item, ItemKind, Stage, Text};
use crate::template::render;

use super::checklist::checklist;
use super::context::Context;
use super::dispatcher::Flush;
use super::engine::Engine;
use super::fault::Fault;
use super::invariant::Watched;
use super::redact::Redactor;
use super::runner::{RunReport, Runner};
use super::seeded;
use super::stage::{stage, undo};

impl Runner {
    /// Carries out every stage and checklist, in order.
    pub async fn execute(self) -> RunReport {
        self.carry_out(&Task::Procedure).await
    }

    /// Carries out the `undo` blocks of these stages (their numbers as in `StageStarted`), the last first.
    pub async fn undo(self, stages: &[usize]) -> RunReport {
        self.carry_out(&Task::Undo(stages)).await
    }

    async fn carry_out(self, task: &Task<'_>) -> RunReport {
        let (plan, secrets) = (Arc::clone(&self.plan), self.secrets.clone());
        match Engine::new(self) {
            Ok(engine) => engine.carry_out(task).await,
            Err(fault) => {
                let mut failure = *fault.failure;
                Redactor::new(secrets).failure(&mut failure);
                drop(plan);
                RunReport { result: result_of(&failure), failure: Some(failure), notes: Vec::new() }
            }
        }
    }
}

/// What a run is to do.
enum Task<'t> {
    Procedure,
    Undo(&'t [usize]),
}

/// A stage or checklist with its number.
struct Part<'r> {
    number: usize,
    title: String,
    item: &'r Item,
}

impl Part<'_> {
    fn stage_title(&self) -> Option<&str> {
        matches!(self.item.kind, ItemKind::Stage(_)).then_some(self.title.as_str())
    }
}

impl Engine {
    async fn carry_out(&self, task: &Task<'_>) -> RunReport {
        let parts = self.parts();
        let begun = self.begin(&parts).await;
        let ended = match begun {
            Ok(()) => self.recorded_meanwhile(self.watched_for_stop(task, &parts)).await,
            Err(fault) => Err(fault),
        };
        self.finish(ended).await
    }

    /// Does `work`, while what it says is written.
    async fn recorded_meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        let scribe = self.dispatcher.scribe();
        futures::pin_mut!(work, scribe);
        match select(work, scribe).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => match never {},
        }
    }

    async fn begin(&self, parts: &[Part<'_>]) -> Result<(), Fault> {
        let root = self.runbook().root();
        let span = root.file.title.span;
        if self.history.is_some() {
            let resumed = EventKind::RunResumed { by: self.by.clone(), plan: self.plan.hash.clone() };
            self.dispatcher.record(resumed, Flush::Durable, span).await?;
            return self.record_overrides(span).await;
        }
        let started = EventKind::RunStarted {
            run: self.run.clone(),
            title: self.title(&root.file.title),
            file: root.path.display().to_string(),
            plan: self.plan.hash.clone(),
            stages: parts.iter().map(|part| part.title.clone()).collect(),
            by: self.by.clone(),
        };
        self.dispatcher.record(started, Flush::Durable, span).await?;
        self.record_overrides(span).await
    }

    /// The stages and checklists in order; what else stands in the file is not carried out.
    fn parts(&self) -> Vec<Part<'_>> {
        let titled = self.runbook().root().file.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Stage(stage) => Some((item, &stage.title)),
            ItemKind::Checklist(list) => Some((item, &list.title)),
            _ => None,
        });
        let numbered = titled.enumerate();
        numbered.map(|(at, (item, title))| Part { number: at + 1, title: self.title(title), item }).collect()
    }

    fn title(&self, text: &Text) -> String {
        let root = self.runbook().root();
        render(text, root, &self.plan.scopes[0]).unwrap_or_else(|error| error.title)
    }

    /// Says once that a stop was asked for, whatever the run is doing.
    async fn watched_for_stop(&self, task: &Task<'_>, parts: &[Part<'_>]) -> Result<(), Fault> {
        let work = async {
            match task {
                Task::Procedure => self.procedure(parts).await,
                Task::Undo(stages) => self.undo(stages, parts).await,
            }
        };
        let stopped = self.stop.stopped();
        futures::pin_mut!(work, stopped);
        match select(work, stopped).await {
            Either::Left((ended, _)) => ended,
            Either::Right(((), work)) => {
                let why = self.stop.why().unwrap_or("asked to").to_owned();
                self.dispatcher.emit(EventKind::StopRequested { why });
                work.await
            }
        }
    }

    async fn procedure(&self, parts: &[Part<'_>]) -> Result<(), Fault> {
        match self.survey {
            Some(_) => self.stages(parts).await,
            None => self.watching(Watched::Stages, self.stages(parts)).await,
        }
    }

    /// Does `work`, while the invariants are watched.
    async fn watching(
        &self,
        over: Watched,
        work: impl Future<Output = Result<(), Fault>>,
    ) -> Result<(), Fault> {
        self.set_watches(over)?;
        let work = async {
            let ended = work.await;
            self.watch_over.cancel();
            ended
        };
        join(work, self.keep_watch()).await.0
    }

    async fn undo(&self, stages: &[usize], parts: &[Part<'_>]) -> Result<(), Fault> {
        self.begin_undo(stages).await?;
        if seeded::unwatched_undo() {
            return self.undo_stages(stages, parts).await;
        }
        self.watching(Watched::Undo, self.undo_stages(stages, parts)).await
    }

    async fn stages(&self, parts: &[Part<'_>]) -> Result<(), Fault> {
        let context = self.context(ModuleId(0));
        for (at, part) in parts.iter().enumerate() {
            let span = part.item.keyword;
            context.check_halt(span).and_then(|()| self.dispatcher.check(span))?;
            match &part.item.kind {
                ItemKind::Stage(written) => {
                    let context = context.child(format!("stage:{}", part.number));
                    if !has_ended(&context) {
                        let next = parts.get(at + 1).and_then(Part::stage_title);
                        stage(&context, written, part.number, next).await?;
                    }
                }
                ItemKind::Checklist(list) => {
                    let context = context.child(format!("checklist:{}", part.number));
                    if !has_ended(&context) {
                        checklist(&context, list).await?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Says that stages are taken back, unless a resumed run said so before.
    async fn begin_undo(&self, stages: &[usize]) -> Result<(), Fault> {
        if self.history.as_ref().is_some_and(|history| history.undo.is_some()) {
            return Ok(());
        }
        let began = EventKind::UndoBegan { by: self.by.clone(), stages: stages.to_vec() };
        self.dispatcher.record(began, Flush::Durable, self.runbook().root().file.title.span).await
    }

    /// Takes back the stages, the last first; what can't be taken back keeps those before it as they are.
    async fn undo_stages(&self, stages: &[usize], parts: &[Part<'_>]) -> Result<(), Fault> {
        let root = self.context(ModuleId(0));
        let begun = parts.iter().rev().filter(|part| stages.contains(&part.number));
        let left = begun.filter_map(|part| {
            let context = root.child(format!("stage:{}", part.number));
            let (stage, block) = undoable(part)?;
            (!has_ended(&context.child("undo"))).then_some((part, context, stage, block))
        });
        let left: Vec<_> = left.collect();
        for (at, (part, context, stage, block)) in left.iter().enumerate() {
            context.check_halt(part.item.keyword)?;
            let next = left.get(at + 1).map(|(part, ..)| part.title.as_str());
            undo(context, stage, block, next).await?;
        }
        Ok(())
    }

    async fn finish(&self, ended: Result<(), Fault>) -> RunReport {
        // Nobody is told of a good end that is not on record.
        let ended = ended.and_then(|()| self.dispatcher.written(Span::default()));
        let failure = match (ended, self.broken_why.get()) {
            (Err(fault), Some(broken)) => Some(broken_in(broken.clone(), *fault.failure)),
            (Err(fault), None) => Some(*fault.failure),
            (Ok(()), broken) => broken.cloned(),
        };
        let result = failure.as_ref().map_or(RunResult::Succeeded, result_of);
        let notes = self.dispatcher.notes();
        let finished =
            EventKind::RunFinished { result, failure: failure.clone().map(Box::new), notes: notes.clone() };
        let recorded = self.dispatcher.record(finished, Flush::Durable, Span::default()).await;
        let mut failure = failure.or_else(|| recorded.err().map(|fault| *fault.failure));
        failure.iter_mut().for_each(|failure| self.dispatcher.hide(failure));
        let result = failure.as_ref().map_or(RunResult::Succeeded, result_of);
        RunReport { result, failure: seeded::told(failure), notes }
    }
}

/// In an earlier part of the run, and it need not be done again.
fn has_ended(context: &Context<'_>) -> bool {
    context.engine.survey.is_none() && context.history.is_some_and(|history| history.has_ended(&context.key))
}

fn undoable<'r>(part: &Part<'r>) -> Option<(&'r Stage, &'r crate::syntax::ast::Undo)> {
    match &part.item.kind {
        ItemKind::Stage(stage) => Some((stage, stage.undo.as_ref()?)),
        _ => None,
    }
}

/// A broken invariant is why the stages came to an end; another failure at the same time is said below it.
fn broken_in(mut broken: Failure, stages: Failure) -> Failure {
    if stages.kind == FailureKind::Denied {
        return stages;
    }
    broken.trail = stages.trail.first().cloned().into_iter().chain(broken.trail).collect();
    if stages.kind != FailureKind::Cancelled {
        broken.causes.push(stages);
    }
    broken
}

fn result_of(failure: &Failure) -> RunResult {
    match failure.kind {
        FailureKind::Failed | FailureKind::Unreachable | FailureKind::TimedOut | FailureKind::Untrusted => {
            RunResult::Failed
        }
        FailureKind::Denied => RunResult::Denied,
        FailureKind::Cancelled | FailureKind::InDoubt => RunResult::Stopped,
    }
}
