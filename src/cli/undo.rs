//! `rutter undo`: the stages of a run that had begun are taken back.

use super::carry::{self, Manner, Outset, Task};
use super::failure::{Error, Exit};
use super::kept::{self, For, RunName, StoreOption, typed};
use super::resume::{TakenUp, bundle, overrides, take_up};
use super::screen::Screen;
use super::secrets;
use super::ssh_options::SshOptions;
use crate::journal::Standing;

const EXAMPLES: &str = "\
Examples:
  rutter undo bako-rife

Each stage says itself how it is taken back, in its `undo` block; stages without one stay as they are.
What was interrupted is gone on with by `rutter resume RUN`.

Exit codes: 0 taken back · 1 it failed on the way · 2 invalid input, nothing was sent
            3 stopped, or held by another · 4 denied by a guard";

/// Take back the stages of a run that had begun, the last first.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Undo {
    #[command(flatten)]
    run: RunName,

    #[command(flatten)]
    manner: Manner,

    #[command(flatten)]
    ssh: SshOptions,

    #[command(flatten)]
    store: StoreOption,
}

impl Undo {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let record = self.run.find(&place, For::Reading)?;
        let ssh_config = self.ssh.files()?;
        let overrides = overrides(&self.manner, &bundle(&place, &record)?, screen)?;
        let taken = take_up(&place, &record, Vec::new(), screen)?;
        if taken.history.standing() == Standing::TakenBack {
            screen.print(&format!("run {} is taken back already\n", taken.run))?;
            return Ok(Exit::Done);
        }
        check(&taken, &place.option)?;
        carry::reachable(&taken.plan)?;
        let secrets = secrets::fetch(&taken.plan, screen)?;
        let stages = taken.history.undo.clone().unwrap_or_else(|| taken.history.begun_stages());
        let outset = Outset {
            run: taken.run,
            plan: taken.plan,
            place,
            leases: taken.leases,
            secrets,
            ssh_config,
            manner: self.manner,
            overrides,
            before: Some(taken.events),
            way: "by rutter undo",
        };
        outset.carry_out(&Task::Undo(stages), screen)
    }
}

/// There must be something to take back, and it must be known what.
fn check(taken: &TakenUp, option: &str) -> Result<(), Error> {
    let run = &taken.run;
    if !kept::undoable(&taken.plan.runbook, &taken.history) {
        let title =
            format!("run {run} has nothing to take back: no stage that has begun has an `undo` block");
        return Err(Error::input(title).help(format!("`rutter show {run}{option}` says where it stands")));
    }
    let doubts = taken.history.in_doubt();
    let open = doubts.iter().find(|doubt| taken.history.undo.is_none() && doubt.may_be_on_its_way());
    let Some(doubt) = open else { return Ok(()) };
    let key = typed(&doubt.key.0);
    let title =
        format!("it is not known whether `{}` happened, and it may still be on its way", doubt.request);
    Err(Error::input(title).help(format!(
        "find out, and say so: `rutter settle {run} {key} --happened{option}`, or `--did-not`; then take it back"
    )))
}
