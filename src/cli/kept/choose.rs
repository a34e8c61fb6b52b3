//! Which run is meant: its name or the start of it; else what there is to choose from.

use super::place::Place;
use crate::cli::failure::Error;
use crate::event::RunResult;
use crate::finding::nearest;
use crate::journal::store::{Found, RunRecord, run_lease};

/// The name of a run.
#[derive(Clone, Debug, clap::Args)]
pub struct RunName {
    /// The run: its name, or as much of it as no other begins with.
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

/// What a run is looked for to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    Reading,
    GoingOn,
    Stopping,
    Answering,
}

/// So many runs are offered.
const OFFERED: usize = 8;

impl RunName {
    /// The run that is meant, in `place`.
    pub fn find(&self, place: &Place, what: For) -> Result<RunRecord, Error> {
        let Some(name) = &self.run else { return Err(unnamed(place, what)) };
        match place.store.find(name).map_err(|error| Error::store(&error))? {
            Found::One(record) => Ok(record),
            Found::None => Err(unknown(name, place)),
            Found::Several(runs) => {
                let names: Vec<_> = runs.iter().map(|run| format!("`{run}`")).collect();
                let title = format!("`{name}` can be more than one run");
                Err(Error::input(title).help(format!("say more of it: {}", names.join(", "))))
            }
        }
    }
}

fn unknown(name: &str, place: &Place) -> Error {
    let error = Error::input(format!("there is no run `{name}`"));
    let runs = place.store.runs().unwrap_or_default();
    match nearest(name, runs.iter().map(|record| &*record.run.0)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("`rutter runs{}` lists those that are kept", place.option)),
    }
}

fn unnamed(place: &Place, what: For) -> Error {
    let (title, offer, none) = match what {
        For::Reading => ("which run?", "the latest are", "there are none yet"),
        For::GoingOn => {
            ("which run is to go on?", "these can be resumed:", "there is none that can be resumed")
        }
        For::Stopping => {
            ("which run is to stop?", "these are being carried out:", "none is being carried out")
        }
        For::Answering => ("which run is meant?", "these have not come to their end:", "none is waiting"),
    };
    let runs = place.store.runs().unwrap_or_default();
    let fit: Vec<_> = runs.iter().filter(|record| fits(record, place, what)).take(OFFERED).collect();
    if fit.is_empty() {
        return Error::input(format!("{title} {none}"));
    }
    let lines = fit.iter().map(|record| format!("\n    {}  {}", record.run, record.title));
    Error::input(title).help(format!("{offer}{}", lines.collect::<String>()))
}

fn fits(record: &RunRecord, place: &Place, what: For) -> bool {
    let held = || {
        let leases = place.store.leases().unwrap_or_default();
        leases.iter().any(|lease| lease.name == run_lease(&record.run))
    };
    let over = record.result == Some(RunResult::Succeeded);
    match what {
        For::Reading => true,
        For::GoingOn => !over && !held(),
        For::Stopping => held(),
        For::Answering => !over,
    }
}
