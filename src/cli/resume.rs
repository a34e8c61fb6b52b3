//! `rutter resume`: a run goes on where its record ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::carry::{self, Manner, Outset, Task};
use super::changed::Changed;
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
use crate::journal::store::{Bundle, Leases, RunRecord};
use crate::journal::{History, Standing};
use crate::plan::{Plan, plan_with_values};
use crate::resolve::{Subject, resolve};
use crate::source::Span;
use crate::value::{Value, from_json};

const EXAMPLES: &str = "\
Examples:
  rutter resume bako-rife
  rutter resume bako                        as much of its name as no other begins with
  rutter resume bako-rife --on reboot.runbook --accept-changes

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
    changed: Changed,

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
    pub leases: Arc<Leases>,
    pub events: Vec<Event>,
    pub history: History,
}

impl Resume {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let record = self.run.find(&place, For::GoingOn)?;
        let ssh_config = self.ssh.files()?;
        let bundle = bundle(&place, &record)?;
        let new = self.changed.read(&bundle, screen)?;
        let overrides = match &new {
            Some(new) => self.manner.overrides.of(&new.plan)?,
            None => overrides(&self.manner, &bundle, screen)?,
        };
        let locks = new.iter().flat_map(|new| new.plan.locks.clone()).collect();
        let mut taken = take_up(&place, &record, locks, screen)?;
        if let Some(exit) = already_over(&taken, &place, screen)? {
            return Ok(exit);
        }
        let plan = new.as_ref().map_or(&taken.plan, |new| &new.plan);
        carry::reachable(plan)?;
        let secrets = secrets::fetch(plan, screen)?;
        if let Some(new) = new {
            new.accept(&mut taken, &place, &secrets, screen)?;
        }
        let task = taken.history.undo.clone().map_or(Task::Procedure, Task::Undo);
        let outset = Outset {
            run: taken.run,
            plan: taken.plan,
            place,
            leases: taken.leases,
            secrets,
            ssh_config,
            manner: self.manner,
            overrides,
            before: Some(taken.events).filter(|events| !events.is_empty()),
            way: "by rutter resume",
        };
        outset.carry_out(&task, screen)
    }
}

/// What was overridden when the run was begun counts no more: it is said again, or the guard is heeded.
pub fn overrides(
    manner: &Manner,
    bundle: &Bundle,
    screen: &Screen,
) -> Result<BTreeMap<String, String>, Error> {
    match manner.overrides.is_empty() {
        true => Ok(BTreeMap::new()),
        false => manner.overrides.of(&plan_of(bundle, screen)?),
    }
}

/// The text that a run goes by now.
pub fn bundle(place: &Place, record: &RunRecord) -> Result<Bundle, Error> {
    let kept = |error| Error::store(&error);
    let history = History::of(&place.store.events(&record.run, 0).map_err(kept)?);
    let hash = if history.plan.is_empty() { &record.plan } else { &history.plan };
    place.store.bundle_of(&record.run, hash).map_err(kept)
}

/// Takes a run into the hands of this process, with its locks and those in `locks`, and makes its plan anew from what
/// is kept of it.
pub fn take_up(
    place: &Place,
    record: &RunRecord,
    mut locks: Vec<String>,
    screen: &Screen,
) -> Result<TakenUp, Error> {
    let run = &record.run;
    let bundle = bundle(place, record)?;
    carry::go_to(&bundle.folder)?;
    let plan = Arc::new(plan_of(&bundle, screen)?);
    locks.extend(plan.locks.iter().cloned());
    let leases = Arc::new(kept::take(place, run, &locks, &who::user(), screen)?);
    // Somebody may have gone on with it until now.
    let events = place.store.events(run, 0).map_err(|error| Error::store(&error))?;
    let history = History::of(&events);
    let hash = if history.plan.is_empty() { &record.plan } else { &history.plan };
    if plan.hash != *hash {
        return Err(another(run, &bundle));
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

pub fn params_of(bundle: &Bundle, sources: &mut crate::source::Sources) -> IndexMap<String, (Value, Span)> {
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
