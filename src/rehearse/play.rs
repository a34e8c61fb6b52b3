//! Playing one scenario: a run in a world, from its first event to what came of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::Either;

use super::expect::{self, Expectation};
use super::load::{Rehearsal, title};
use super::operator::ScriptedOperator;
use super::stage::Stage;
use crate::backend::Backend;
use crate::clock::Clock;
use crate::event::{Event, EventKind, RunResult};
use crate::finding::Finding;
use crate::ids::RunId;
use crate::plan::Plan;
use crate::resolve::Loader;
use crate::run::{EventSink, Operator, OutputRelay, RunReport, Runner, Secrets, StopSignal};
use crate::syntax::ast::{self, ItemKind, Scenario};
use crate::template;
use crate::value::SecretString;
use crate::world::{BrokenAlways, VirtualClock, World, WorldError};

/// How fast a rehearsal goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Nobody waits: the clock jumps to the next thing to happen.
    AtOnce,
    /// So many times as fast as a watch.
    Times(f64),
}

/// A rehearsal that was played to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The scenario, or none when the world was played as it is.
    pub scenario: Option<String>,
    /// How long it took on the world's clock.
    pub lasted: Duration,
    pub report: RunReport,
    /// What happened, lines of output left out.
    pub events: Vec<Event>,
    /// What the scenario expects, in its order; nothing when the world is wrong.
    pub expectations: Vec<Expectation>,
    /// Every moment at which an `always` became false.
    pub broken: Vec<BrokenAlways>,
    /// What is wrong with the world itself; the run was ended because of it.
    pub error: Option<WorldError>,
}

impl Played {
    /// Whether all was as it should be: the world was right, every `always` held, and every
    /// expectation, or without a scenario the run succeeded.
    #[must_use]
    pub fn passed(&self) -> bool {
        let expected = match self.scenario {
            Some(_) => self.expectations.iter().all(|expectation| expectation.held),
            None => self.report.result == RunResult::Succeeded,
        };
        expected && self.broken.is_empty() && self.error.is_none()
    }
}

/// One performance: everything that is put together before the curtain.
struct Performance {
    plan: Arc<Plan>,
    world: Arc<World>,
    clock: Arc<dyn Clock>,
    operator: Arc<ScriptedOperator>,
    output: OutputRelay,
    stop: StopSignal,
}

impl Rehearsal {
    /// Plays the scenario with this title, or the world as it is; `events` are told as they happen.
    ///
    /// A first `stop` ends it after the step under way, as in any run.
    pub fn play(
        &self,
        scenario: Option<&str>,
        pace: Pace,
        loader: &dyn Loader,
        events: EventSink,
        stop: StopSignal,
    ) -> Result<Played, Vec<Finding>> {
        let scenario = scenario.map(|name| self.scenario(name)).transpose().map_err(|error| vec![error])?;
        if let Some(finding) = scenario.and_then(Self::unexpecting) {
            return Err(vec![finding]);
        }
        let runtime = self.runtime().map_err(|error| vec![error])?;
        runtime.block_on(async {
            let performance = Performance::prepare(&self.stage(scenario, loader)?, pace, stop);
            Ok(performance.play(self, scenario, events).await)
        })
    }

    /// What one play goes on in: a thread of its own kind, with timers and nothing else.
    pub(super) fn runtime(&self) -> Result<tokio::runtime::Runtime, Finding> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.map_err(|error| self.no_runtime(&error))
    }

    /// A string of a scenario, filled in.
    pub(super) fn text(&self, text: &ast::Text) -> Result<String, Finding> {
        let rendered = template::render(text, &*self.world, &template::Scope::root());
        rendered.map_err(|error| Finding::error("broken-world", error.title, error.span, error.label))
    }

    /// A placeholder for each secret.
    pub(super) fn secrets(&self) -> Secrets {
        let items = self.world.runbook.modules.iter().flat_map(|module| &module.file.items);
        let secrets = items.filter_map(|item| match &item.kind {
            ItemKind::Secret(secret) => Some(&secret.name.value),
            _ => None,
        });
        secrets.map(|name| (name.clone(), SecretString::new(format!("rehearsed-{name}")))).collect()
    }

    fn no_runtime(&self, error: &std::io::Error) -> Finding {
        let title = format!("a rehearsal can't be started: {error}");
        Finding::error("no-runtime", title, self.world.file.title.span, "")
    }
}

impl Performance {
    fn prepare(stage: &Stage<'_>, pace: Pace, stop: StopSignal) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(match pace {
            Pace::AtOnce => VirtualClock::at_once(),
            Pace::Times(speed) => VirtualClock::at_speed(speed),
        });
        let output = OutputRelay::default();
        let world = stage.world(Arc::clone(&clock)).output(output.sink());
        let operator = Arc::new(stage.operator(Arc::clone(&clock)));
        Self { plan: Arc::clone(&stage.plan), world: Arc::new(world), clock, operator, output, stop }
    }

    async fn play(self, rehearsal: &Rehearsal, scenario: Option<&Scenario>, events: EventSink) -> Played {
        let (report, events) = self.run(rehearsal, events).await;
        let lasted = self.clock.now();
        self.world.ended(report.result.into());
        self.world.catch_up();
        let scene = expect::Scene {
            rehearsal,
            world: &self.world,
            operator: &self.operator,
            report: &report,
            events: &events,
        };
        // What a run does in a world that is wrong says nothing about the runbook.
        let judged = scenario.filter(|_| self.world.error().is_none());
        let expectations = judged.map_or(Vec::new(), |scenario| scene.expectations(scenario));
        // What the run set in motion may break something after its end.
        self.world.settle();
        let (broken, error) = (self.world.broken(), self.world.error());
        Played { scenario: scenario.map(title), lasted, report, events, expectations, broken, error }
    }

    /// Carries out the run; a world that goes wrong ends it.
    async fn run(&self, rehearsal: &Rehearsal, watcher: EventSink) -> (RunReport, Vec<Event>) {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let runner = self.runner(rehearsal, keeping(&kept, watcher));
        let (execute, wrong) = (std::pin::pin!(runner.execute()), std::pin::pin!(self.stopped_when_wrong()));
        let report = match futures::future::select(execute, wrong).await {
            Either::Left((report, _)) => report,
            Either::Right(((), execute)) => execute.await,
        };
        let events = std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
        (report, events)
    }

    fn runner(&self, rehearsal: &Rehearsal, events: EventSink) -> Runner {
        let run = RunId(Arc::from("rehearsal"));
        let backend = Arc::clone(&self.world) as Arc<dyn Backend>;
        Runner::new(run, Arc::clone(&self.plan), backend, Arc::clone(&self.clock))
            .operator(Arc::clone(&self.operator) as Arc<dyn Operator>)
            .secrets(rehearsal.secrets())
            .events(events)
            .output(self.output.clone())
            .stop(self.stop.clone())
    }

    async fn stopped_when_wrong(&self) {
        self.world.wrong().cancelled().await;
        self.stop.stop("the world is wrong");
        // The second ends what is under way.
        self.stop.stop("the world is wrong");
    }
}

/// Tells `watcher` of each event, and keeps all but lines of output.
fn keeping(kept: &Arc<Mutex<Vec<Event>>>, watcher: EventSink) -> EventSink {
    let kept = Arc::clone(kept);
    Arc::new(move |event| {
        watcher(event);
        if !matches!(event.kind, EventKind::StepOutput { .. }) {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        }
    })
}
