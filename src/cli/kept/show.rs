//! `rutter show`: where a run stands.

use jiff::tz::TimeZone;

use super::choose::{For, RunName};
use super::place::{Place, StoreOption};
use super::runs::Format;
use super::{take, view};
use crate::cli::failure::{Error, Exit};
use crate::cli::screen::Screen;
use crate::journal::History;
use crate::journal::store::RunRecord;
use crate::report::{Looked, RunState, StageRow, StageState, Standing, harmless_line};
use crate::source::Sources;

const EXAMPLES: &str = "\
Examples:
  rutter show bako-rife
  rutter show bako                          as much of its name as no other begins with
  rutter show bako-rife --format json | jq '.in_doubt[].step'";

/// Show where a run stands: what is in doubt, who is waited for, what to type next.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Show {
    #[command(flatten)]
    run: RunName,

    /// How it is written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    store: StoreOption,
}

impl Show {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let record = self.run.find(&place, For::Reading)?;
        let (standing, sources) = standing(&place, &record)?;
        match self.format {
            Format::Json => screen.print_json(&standing.json())?,
            Format::Text => screen.print(&standing.text(&sources, &TimeZone::system(), screen.out()))?,
        }
        Ok(Exit::Done)
    }
}

fn standing(place: &Place, record: &RunRecord) -> Result<(Standing, Sources), Error> {
    let wrong = |error| Error::store(&error);
    let run = &record.run;
    let holder = take::holder(place, run)?;
    let events = place.store.events(run, 0).map_err(wrong)?;
    let history = History::of(&events);
    let plan = if history.plan.is_empty() { &record.plan } else { &history.plan };
    let (runbook, sources) = view::resolved(&place.store.bundle_of(run, plan).map_err(wrong)?);
    let state = view::state_of(&history, holder.as_ref());
    let advice = view::advice(run, &place.option, &history, state, runbook.as_ref());
    let failure = history.ended.as_ref().and_then(|(_, failure)| failure.clone());
    let standing = Standing {
        title: record.title.clone(),
        file: record.file.clone(),
        plan: plan.clone(),
        began: record.started,
        by: history.started.as_ref().map(|started| started.by.clone()).unwrap_or_default(),
        last: record.last,
        lasted: history.lasted,
        events: record.events,
        under_way: if state == RunState::Running { under_way(&history) } else { Vec::new() },
        holder: holder.map(|holder| holder.by()),
        stages: stages(&history),
        notes: history.notes.clone(),
        looked: Looked::of(&events),
        failure: failure.filter(|_| state != RunState::Running),
        advice,
    };
    Ok((standing, sources))
}

fn stages(history: &History) -> Vec<StageRow> {
    let titles = history.started.iter().flat_map(|started| started.stages.iter().enumerate());
    let row = |(at, title): (usize, &String)| {
        let begun = history.stages.iter().find(|stage| stage.number == at + 1);
        let state = match begun {
            None => StageState::NotBegun,
            Some(stage) => stage.ended.clone().map_or(StageState::Begun, StageState::Ended),
        };
        StageRow { title: title.clone(), state }
    };
    titles.map(row).collect()
}

fn under_way(history: &History) -> Vec<String> {
    let open = history.steps().filter(|(_, step)| step.result.is_none() && !step.settled);
    open.map(|(_, step)| {
        format!("{} on {} {}", step.effect.word(), step.target, harmless_line(&step.request))
    })
    .collect()
}
