//! Carrying a run out: begun, resumed or taken back, all that it needs from here.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::failure::{Error, Exit, reason};
use super::kept::{self, Place};
use super::mailbox::Mailbox;
use super::operator::{People, Terminal};
use super::overflow::OutputFolder;
use super::overrides::Overrides;
use super::screen::Screen;
use super::show::{Format, Show};
use super::signals;
use super::who;
use crate::backend::{ConfigFiles, Outputs, Router, Settings, SystemClock};
use crate::event::{Event, RunResult};
use crate::ids::RunId;
use crate::journal::store::{Leases, RunJournal, run_lease};
use crate::journal::{Doubt, History, Journal};
use crate::plan::Plan;
use crate::report::Kept;
use crate::run::{OutputRelay, RunReport, Runner, Secrets, StopSignal};
use crate::value::{BackendKind, parse_duration};

/// How a run is carried out, as it is typed.
#[derive(Clone, Debug, clap::Args)]
pub struct Manner {
    /// How the run is shown.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,

    /// Say yes to the approval with exactly this text, before it is asked; may be given more than once.
    #[arg(long, value_name = "GATE")]
    pub approve: Vec<String>,

    /// What to do when the run fails: `undo` takes back the stages that had begun.
    #[arg(long, value_name = "WHAT", value_enum)]
    pub on_failure: Option<OnFailure>,

    /// How long the steps under way may go on after a stop, before they are cancelled.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub grace: Duration,

    #[command(flatten)]
    pub overrides: Overrides,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum OnFailure {
    Undo,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write it as `90s` or `5m`".to_owned())
}

/// All that a run needs from here.
pub struct Outset {
    pub run: RunId,
    pub plan: Arc<Plan>,
    pub place: Place,
    pub leases: Arc<Leases>,
    pub secrets: Secrets,
    pub ssh_config: ConfigFiles,
    pub manner: Manner,
    /// Why which guards are not heeded.
    pub overrides: BTreeMap<String, String>,
    /// What happened before, if it is not a new run.
    pub before: Option<Vec<Event>>,
    /// `by rutter run`
    pub way: &'static str,
}

/// What a run is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    Procedure,
    /// The stages with these numbers are taken back.
    Undo(Vec<usize>),
}

impl Outset {
    /// Carries it out, shows it, and says at the end what can be done next.
    pub fn carry_out(self, task: &Task, screen: &Screen) -> Result<Exit, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Error::input(format!("the run can't be started: {}", reason(&error))))?;
        let stop = StopSignal::new();
        let show = Show::new(self.manner.format, 1.0, screen);
        let before = self.before.clone().unwrap_or_default();
        show.recall(&before);
        signals::watch(stop.clone(), show.canvas().cloned());
        let mailbox = Mailbox::open(&self.place.store, &self.run, &stop, &before);
        let way = Way { outset: &self, show: &show, stop: &stop, mailbox: &mailbox };
        let mut report = runtime.block_on(way.go(task, self.before.as_deref()))?;
        if let Some(stages) = self.to_be_undone(task, &report)? {
            let failed = report.result;
            let before = self.events()?;
            let why = report.failure.take();
            report = runtime.block_on(way.go(&Task::Undo(stages), Some(&before)))?;
            report.result = worst(failed, report.result);
            report.failure = report.failure.or(why);
        }
        show.ended(&report);
        show.close(&self.plan.sources, &Kept::Stored(Box::new(self.advice()?)), screen);
        Ok(exit(report.result))
    }

    fn events(&self) -> Result<Vec<Event>, Error> {
        self.place.store.events(&self.run, 0).map_err(|error| Error::store(&error))
    }

    /// The stages to take back after a failure, where that was asked for.
    fn to_be_undone(&self, task: &Task, report: &RunReport) -> Result<Option<Vec<usize>>, Error> {
        let wanted = self.manner.on_failure == Some(OnFailure::Undo) && *task == Task::Procedure;
        if !wanted || !matches!(report.result, RunResult::Failed | RunResult::Denied) {
            return Ok(None);
        }
        let history = History::of(&self.events()?);
        let known = !history.in_doubt().iter().any(Doubt::may_be_on_its_way);
        let undoable = known && kept::undoable(&self.plan.runbook, &history);
        Ok(undoable.then(|| history.begun_stages()))
    }

    fn advice(&self) -> Result<crate::report::Advice, Error> {
        let history = History::of(&self.events()?);
        let state = kept::state_of(&history, None);
        Ok(kept::advice(&self.run, &self.place.option, &history, state, Some(&self.plan.runbook)))
    }
}

/// A run on its way.
struct Way<'w> {
    outset: &'w Outset,
    show: &'w Show,
    stop: &'w StopSignal,
    mailbox: &'w Arc<Mailbox>,
}

impl Way<'_> {
    async fn go(&self, task: &Task, before: Option<&[Event]>) -> Result<RunReport, Error> {
        let runner = self.runner(before)?;
        let work = async {
            match task {
                Task::Procedure => runner.execute().await,
                Task::Undo(stages) => runner.undo(stages).await,
            }
        };
        let grace = self.grace();
        futures::pin_mut!(work, grace);
        match futures::future::select(work, grace).await {
            futures::future::Either::Left((report, _)) => Ok(report),
            futures::future::Either::Right(((), work)) => Ok(work.await),
        }
    }

    /// After the first stop, what is under way has so long.
    async fn grace(&self) {
        self.stop.stopped().await;
        tokio::time::sleep(self.outset.manner.grace).await;
        self.stop.stop("the grace time is over");
    }

    fn runner(&self, before: Option<&[Event]>) -> Result<Runner, Error> {
        let outset = self.outset;
        let output = OutputRelay::default();
        let settings = Settings { ssh_config: outset.ssh_config.clone() };
        let folder = OutputFolder::of(&outset.place.path, &outset.run, outset.secrets.clone());
        let outputs = Outputs::new(output.sink()).overflow(Arc::new(folder));
        let backend = Arc::new(Router::new(&outset.run, outputs, settings));
        let (run, plan) = (outset.run.clone(), Arc::clone(&outset.plan));
        let runner = Runner::new(run, plan, backend, Arc::new(SystemClock::new()))
            .by(who::actor(None, outset.way))
            .fence(outset.leases.fence(&run_lease(&outset.run)).unwrap_or_default())
            .journal(self.journal()?)
            .operator(Arc::new(self.people()))
            .secrets(outset.secrets.clone())
            .events(self.show.sink())
            .stop(self.stop.clone())
            .output(output);
        let runner = outset
            .overrides
            .iter()
            .fold(runner, |runner, (guard, reason)| runner.override_guard(guard, reason));
        Ok(before.iter().fold(runner, |runner, before| runner.after(before)))
    }

    fn journal(&self) -> Result<Arc<dyn Journal>, Error> {
        let outset = self.outset;
        let journal = outset.place.store.journal(&outset.run, Arc::clone(&outset.leases));
        let journal: RunJournal = journal.map_err(|error| Error::store(&error))?;
        Ok(Arc::new(journal))
    }

    fn people(&self) -> People {
        let option = self.outset.place.option.clone();
        let terminal = Terminal::new(self.show.canvas().cloned(), option);
        People::new(self.outset.manner.approve.clone(), Arc::clone(self.mailbox), terminal)
    }
}

/// What a guard denied stays so. Else a run that failed and was taken back has failed all the same; one that stopped
/// on the way back is to be gone on with.
fn worst(failed: RunResult, undone: RunResult) -> RunResult {
    match undone {
        _ if failed == RunResult::Denied => failed,
        RunResult::Succeeded => failed,
        RunResult::Failed | RunResult::Denied | RunResult::Stopped => undone,
    }
}

/// Better said before the first step than after it.
pub fn reachable(plan: &Plan) -> Result<(), Error> {
    let beyond = plan.targets.iter().find(|(_, target)| match &target.backend {
        BackendKind::Local | BackendKind::Http | BackendKind::Ssh => false,
        BackendKind::Plugin(_) => true,
    });
    let Some((name, _)) = beyond else { return Ok(()) };
    Err(Error::input(format!(
        "`{name}` is a plugin target, and this version can't carry out what goes there"
    ))
    .help("`rutter plan` shows it and `rutter rehearse` plays it; nothing was sent"))
}

/// The folder that this process works in.
pub fn folder() -> Result<String, Error> {
    let folder = std::env::current_dir().map_err(|error| {
        Error::input(format!("the folder that this was started in can't be told: {}", reason(&error)))
    })?;
    Ok(folder.display().to_string())
}

/// Works in the folder that a run was begun in: its paths and local commands are relative to it.
pub fn go_to(folder: &str) -> Result<(), Error> {
    std::env::set_current_dir(Path::new(folder)).map_err(|error| {
        Error::input(format!("the run was begun in `{folder}`, which can't be entered: {}", reason(&error)))
            .help(
                "its paths and local commands are relative to that folder: make it again, or go to its host",
            )
    })
}

fn exit(result: RunResult) -> Exit {
    match result {
        RunResult::Succeeded => Exit::Done,
        RunResult::Failed => Exit::Failed,
        RunResult::Denied => Exit::Denied,
        RunResult::Stopped => Exit::Stopped,
    }
}
