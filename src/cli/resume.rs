//! `rutter resume`: a run goes on where its record ends.

use std::sync::Arc;

use indexmap::IndexMap;

use super::carry::{self, Manner, Outset, Task};
use super::failure::{Error, Exit};
use super::kept::{self, For, Place, RunName, StoreOption};
use super::ready::refused;
use super::screen::Screen;
use super::secrets;
use super::ssh_options::SshOptions;
use super::texts::Kept;
use super::who;
use crate::event::Event;
use crate::finding::has_errors;
use crate::ids::RunId;
use crate::journal::store::{Bundle, RunRecord};
use crate::journal::{History, Standing};
use crate::plan::{Plan, plan_with_values};
use crate::resolve::{Subject, resolve};
use crate::source::Span;
use crate::value::{Value, from_json};

const EXAMPLES: &str = "\
Examples:
  rutter resume bako-rife
  rutter resume bako                        as much of its name as no other begins with

What ended well is not repeated. The run goes by its text as it was when it began, whatever the files
say by now. A run whose runner died on this machine can be resumed at once, one of another machine when
15 s have passed without a sign of life.

Exit codes: 0 done · 1 failed · 2 invalid input, nothing was sent · 3 stopped, or held by another
            4 denied by a guard";

/// Go on with a run where it stood: after a stop, a failure, a crash.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Resume {
    #[command(flatten)]
    run: RunName,

    #[command(flatten)]
    manner: Manner,

    #[command(flatten)]
    ssh: SshOptions,

    #[command(flatten)]
    store: StoreOption,
}

/// A run that was taken up: its plan and all that happened.
pub struct TakenUp {
    pub run: RunId,
    pub plan: Arc<Plan>,
    pub leases: crate::journal::store::Leases,
    pub events: Vec<Event>,
    pub history: History,
}

impl Resume {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let record = self.run.find(&place, For::GoingOn)?;
        let ssh_config = self.ssh.files()?;
        let taken = take_up(&place, &record, screen)?;
        if let Some(exit) = already_over(&taken, &place, screen)? {
            return Ok(exit);
        }
        carry::reachable(&taken.plan)?;
        let secrets = secrets::fetch(&taken.plan, screen)?;
        let task = taken.history.undo.clone().map_or(Task::Procedure, Task::Undo);
        let outset = Outset {
            run: taken.run,
            plan: taken.plan,
            place,
            leases: Arc::new(taken.leases),
            secrets,
            ssh_config,
            manner: self.manner,
            before: Some(taken.events).filter(|events| !events.is_empty()),
            way: "by rutter resume",
        };
        outset.carry_out(&task, screen)
    }
}

/// Takes a run into the hands of this process, and makes its plan anew from what is kept of it.
pub fn take_up(place: &Place, record: &RunRecord, screen: &Screen) -> Result<TakenUp, Error> {
    let run = &record.run;
    let kept = |error| Error::store(&error);
    let history = History::of(&place.store.events(run, 0).map_err(kept)?);
    let hash = if history.plan.is_empty() { record.plan.clone() } else { history.plan };
    let bundle = place.store.bundle_of(run, &hash).map_err(kept)?;
    carry::go_to(&bundle.folder)?;
    let plan = Arc::new(plan_of(&bundle, screen)?);
    if plan.hash != hash {
        return Err(another(run, &bundle));
    }
    let leases = kept::take(place, run, &plan.locks, &who::user(), screen)?;
    // Somebody may have gone on with it until now.
    let events = place.store.events(run, 0).map_err(kept)?;
    let history = History::of(&events);
    if !history.plan.is_empty() && history.plan != hash {
        return Err(Error::held(format!("run {run} goes on with another text by now")).help("try again"));
    }
    Ok(TakenUp { run: run.clone(), plan, leases, events, history })
}

/// The plan of a text that is kept, bound to the params that are kept with it.
pub fn plan_of(bundle: &Bundle, screen: &Screen) -> Result<Plan, Error> {
    let files = Kept(&bundle.files);
    let resolution = resolve(bundle.entry.as_ref(), &files);
    let mut sources = resolution.sources;
    if has_errors(&resolution.findings) {
        return Err(refused(&resolution.findings, &sources, screen));
    }
    let Some(Subject::Runbook(runbook)) = resolution.subject else {
        return Err(Error::input(format!("`{}` is no runbook", bundle.entry)));
    };
    let params = params_of(bundle, &mut sources);
    let (runbook, sources) = (Arc::new(runbook), Arc::new(sources));
    plan_with_values(&runbook, &sources, &params, &files)
        .map_err(|findings| refused(&findings, &sources, screen))
}

fn params_of(bundle: &Bundle, sources: &mut crate::source::Sources) -> IndexMap<String, (Value, Span)> {
    let file = sources.add("the params of the run", format!("{:#}", bundle.params));
    let given = bundle.params.as_object().into_iter().flatten();
    let value = |value| (from_json(value), Span::new(file, 0, 0));
    given.map(|(name, given)| (name.clone(), value(given))).collect()
}

fn another(run: &RunId, bundle: &Bundle) -> Error {
    let own = env!("CARGO_PKG_VERSION");
    let title = format!(
        "run {run} was begun by rutter {}, and this one makes another plan of its text",
        bundle.rutter
    );
    Error::input(title).help(format!("this is rutter {own}: resume it with the one that began it"))
}

/// What is to be said of a run of which nothing is left to do.
fn already_over(taken: &TakenUp, place: &Place, screen: &Screen) -> Result<Option<Exit>, Error> {
    let (run, option) = (&taken.run, &place.option);
    match taken.history.standing() {
        Standing::Open | Standing::Ended(_) => Ok(None),
        Standing::Done => {
            screen.print(&format!("run {run} is done: `rutter show {run}{option}` tells how\n"))?;
            Ok(Some(Exit::Done))
        }
        Standing::TakenBack => {
            let error = Error::input(format!("run {run} was taken back, and can't go on"));
            Err(error.help("`rutter run` begins another"))
        }
    }
}
