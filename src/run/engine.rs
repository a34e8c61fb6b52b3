//! What all of a run shares, and the run from its first stage to its report.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::event::{Actor, Failure};
use crate::ids::{ModuleId, RunId, StepKey};
use crate::journal::History;
use crate::plan::Plan;
use crate::resolve::ResolvedRunbook;

use super::approve::Desk;
use super::context::{Context, Halts};
use super::dispatcher::Dispatcher;
use super::fault::{Fault, Trail};
use super::foresight::Foresight;
use super::guard::Guards;
use super::invariant::{Watched, Watches};
use super::runner::Runner;
use super::seeded;
use super::survey::Survey;
use super::{Secrets, StopSignal};

/// What every statement of a run reaches through its context.
pub(super) struct Engine {
    pub run: RunId,
    /// Who carries it out.
    pub by: Actor,
    /// What is on record of it, if it is resumed.
    pub history: Option<History>,
    /// The number of the lease on it.
    pub fence: u64,
    /// The record is only held against the text; nothing is carried out.
    pub survey: Option<Arc<Survey>>,
    pub plan: Arc<Plan>,
    pub backend: Arc<dyn Backend>,
    pub clock: Arc<dyn Clock>,
    pub dispatcher: Arc<Dispatcher>,
    pub secrets: Secrets,
    pub stop: StopSignal,
    pub guards: Arc<Guards>,
    pub foresight: Arc<dyn Foresight>,
    /// People are asked one question at a time.
    pub desk: Desk,
    /// An invariant is broken, and why.
    pub broken: CancellationToken,
    pub broken_why: OnceLock<Failure>,
    /// The stages are over, and with them the invariants.
    pub watch_over: CancellationToken,
    watches: OnceLock<Watches>,
}

impl Engine {
    pub fn new(runner: Runner) -> Result<Self, Fault> {
        let secrets = seeded::hidden(runner.secrets.clone());
        let dispatcher = Dispatcher::new(runner.clock.clone(), runner.journal, runner.events, secrets);
        let dispatcher = Arc::new(match &runner.history {
            Some(history) => dispatcher.after(history),
            None => dispatcher,
        });
        let shown = Arc::clone(&dispatcher);
        runner.output.connect(Box::new(move |key, line| shown.output(key, line)));
        Ok(Self {
            guards: Arc::new(Guards::new(&runner.plan, &runner.overrides)?),
            run: runner.run,
            by: runner.by,
            history: runner.history,
            fence: runner.fence,
            survey: runner.survey,
            plan: runner.plan,
            backend: runner.backend,
            clock: runner.clock,
            dispatcher,
            secrets: runner.secrets,
            stop: runner.stop,
            foresight: runner.foresight,
            desk: Desk::new(runner.operator),
            broken: CancellationToken::new(),
            broken_why: OnceLock::new(),
            watch_over: CancellationToken::new(),
            watches: OnceLock::new(),
        })
    }

    pub fn runbook(&self) -> &ResolvedRunbook {
        &self.plan.runbook
    }

    /// The place of a file's own items: its params, `let`s and targets.
    pub fn context(&self, module: ModuleId) -> Context<'_> {
        Context {
            engine: self,
            module: self.runbook().module(module),
            scope: Arc::clone(&self.plan.scopes[module.0 as usize]),
            key: StepKey::root(),
            trail: Trail::default(),
            deadline: None,
            halts: Halts::OnStopAndBroken,
            history: self.history.as_ref(),
            in_guard: false,
            evidence: None,
        }
    }

    /// Reads the invariants, to be watched from now on.
    pub fn set_watches(&self, over: Watched) -> Result<(), Fault> {
        let watches = Watches::read(self, over)?;
        self.watches.get_or_init(|| watches);
        Ok(())
    }

    /// None before they are read.
    pub fn watches(&self) -> &Watches {
        self.watches.get_or_init(Watches::default)
    }

    /// An invariant is broken: no new step begins.
    pub fn break_off(&self, fault: Fault) {
        let _an_earlier_one_stands = self.broken_why.set(*fault.failure);
        self.broken.cancel();
    }
}
