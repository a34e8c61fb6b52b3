//! A run from outside: what it needs, and what it ends with.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::event::{Actor, Event, Failure, RunResult};
use crate::ids::RunId;
use crate::journal::{History, Journal, MemoryJournal};
use crate::plan::Plan;

use super::foresight::{Foresight, NoForesight};
use super::survey::Survey;
use super::{NoOperator, Operator, OutputRelay, Secrets, StopSignal};

/// Takes each event as it happens, also lines of output; must not block for long.
pub type EventSink = Arc<dyn Fn(&Event) + Send + Sync>;

/// How a run ended, in whole.
#[derive(Clone, Debug, PartialEq)]
pub struct RunReport {
    pub result: RunResult,
    /// Why it did not succeed; nothing when it did.
    pub failure: Option<Failure>,
    /// What `note` said, in order.
    pub notes: Vec<String>,
}

/// Carries out one plan, once.
///
/// Without more said, it records in memory, nobody is asked, nobody watches, and no secret is known.
pub struct Runner {
    pub(super) run: RunId,
    pub(super) by: Actor,
    pub(super) history: Option<History>,
    pub(super) fence: u64,
    pub(super) survey: Option<Arc<Survey>>,
    pub(super) plan: Arc<Plan>,
    pub(super) backend: Arc<dyn Backend>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) operator: Arc<dyn Operator>,
    pub(super) secrets: Secrets,
    pub(super) events: EventSink,
    pub(super) stop: StopSignal,
    pub(super) output: OutputRelay,
    pub(super) foresight: Arc<dyn Foresight>,
    pub(super) overrides: BTreeMap<String, String>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Runner {
    /// A run named `run` of `plan`, on this backend and clock.
    #[must_use]
    pub fn new(run: RunId, plan: Arc<Plan>, backend: Arc<dyn Backend>, clock: Arc<dyn Clock>) -> Self {
        Self {
            run,
            by: Actor::default(),
            history: None,
            fence: 0,
            survey: None,
            plan,
            backend,
            clock,
            journal: Arc::new(MemoryJournal::default()),
            operator: Arc::new(NoOperator),
            secrets: Secrets::default(),
            events: Arc::new(|_| ()),
            stop: StopSignal::new(),
            output: OutputRelay::default(),
            foresight: Arc::new(NoForesight),
            overrides: BTreeMap::new(),
        }
    }

    /// Records in `journal`.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = journal;
        self
    }

    /// Goes on after these events, all of the run so far: what is on record is not done again.
    #[must_use]
    pub fn after(mut self, events: &[Event]) -> Self {
        let mut history = History::of(events);
        history.forget_failures();
        self.history = Some(history);
        self
    }

    /// Holds the lease on the run with this number.
    #[must_use]
    pub fn fence(mut self, fence: u64) -> Self {
        self.fence = fence;
        self
    }

    /// Is carried out by this person.
    #[must_use]
    pub fn by(mut self, by: Actor) -> Self {
        self.by = by;
        self
    }

    /// Asks `operator` where a person is asked.
    #[must_use]
    pub fn operator(mut self, operator: Arc<dyn Operator>) -> Self {
        self.operator = operator;
        self
    }

    /// Knows these secrets.
    #[must_use]
    pub fn secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = secrets;
        self
    }

    /// Tells `events` what happens.
    #[must_use]
    pub fn events(mut self, events: EventSink) -> Self {
        self.events = events;
        self
    }

    /// Stops when `stop` says so.
    #[must_use]
    pub fn stop(mut self, stop: StopSignal) -> Self {
        self.stop = stop;
        self
    }

    /// Makes no look that is known to end as the one before it.
    #[must_use]
    pub fn foresight(mut self, foresight: Arc<dyn Foresight>) -> Self {
        self.foresight = foresight;
        self
    }

    /// Shows the lines that the backend was given `output`'s sink for.
    #[must_use]
    pub fn output(mut self, output: OutputRelay) -> Self {
        self.output = output;
        self
    }

    /// Overrides the guard titled `guard`, if it may be, for `reason`.
    #[must_use]
    pub fn override_guard(mut self, guard: impl Into<String>, reason: impl Into<String>) -> Self {
        self.overrides.insert(guard.into(), reason.into());
        self
    }
}
