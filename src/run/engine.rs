//! What all of a run shares, and the run from its first stage to its report.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
use super::guard::Guards;
use super::redact::Redactor;
use super::runner::Runner;
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
    pub guards: Guards,
    /// People are asked one question at a time.
    pub desk: Desk,
    /// An invariant is broken, and why.
    pub broken: CancellationToken,
    pub broken_why: OnceLock<Failure>,
    /// The stages are over, and with them the invariants.
    pub watch_over: CancellationToken,
    /// The title of the stage under way; none during checklists.
    stage: Mutex<Option<String>>,
}

impl Engine {
    pub fn new(runner: Runner) -> Result<Self, Fault> {
        let redactor = Redactor::new(runner.secrets.clone());
        let dispatcher = Dispatcher::new(runner.clock.clone(), runner.journal, runner.events, redactor);
        let dispatcher = Arc::new(match &runner.history {
            Some(history) => dispatcher.after(history),
            None => dispatcher,
        });
        let shown = Arc::clone(&dispatcher);
        runner.output.connect(Box::new(move |key, line| shown.output(key, line)));
        Ok(Self {
            guards: Guards::new(&runner.plan, &runner.overrides)?,
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
            desk: Desk::new(runner.operator),
            broken: CancellationToken::new(),
            broken_why: OnceLock::new(),
            watch_over: CancellationToken::new(),
            stage: Mutex::default(),
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
        }
    }
    /// From here on the stage with this title is under way; none, a checklist is.
    pub fn enter_stage(&self, title: Option<&str>) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *stage = title.map(str::to_owned);
    }

    /// Whether a stage is under way, and it is the one with this title if one is given.
    pub fn is_in_stage(&self, title: Option<&str>) -> bool {
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        stage.is_some() && title.is_none_or(|title| stage.as_deref() == Some(title))
    }

    /// An invariant is broken: no new step begins.
    pub fn break_off(&self, fault: Fault) {
        let _an_earlier_one_stands = self.broken_why.set(*fault.failure);
        self.broken.cancel();
    }
}
