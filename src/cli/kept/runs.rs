//! `rutter runs`: the runs that are kept.

use jiff::tz::TimeZone;

use super::place::StoreOption;
use super::{take, view};
use crate::cli::failure::{Error, Exit};
use crate::cli::screen::Screen;
use crate::event::RunResult;
use crate::report::{self, RunRow};

const EXAMPLES: &str = "\
Examples:
  rutter runs
  rutter runs --open                        those that have not come to their end
  rutter runs --format json | jq '.runs[] | select(.state == \"stopped\") | .run'";

/// List the runs that are kept, the latest first.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Runs {
    /// Only those that are not done.
    #[arg(long)]
    open: bool,

    /// How the list is written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

impl Runs {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let rows = self.rows()?;
        match self.format {
            Format::Json => screen.print_json(&report::runs_as_json(&rows))?,
            Format::Text if rows.is_empty() => screen.print("no runs\n")?,
            Format::Text => {
                screen.print(&report::runs_as_text(&rows, &TimeZone::system(), screen.out()))?;
            }
        }
        Ok(Exit::Done)
    }

    fn rows(&self) -> Result<Vec<RunRow>, Error> {
        let Some(place) = self.store.find()? else { return Ok(Vec::new()) };
        let records = place.store.runs().map_err(|error| Error::store(&error))?;
        let wanted = records.into_iter().filter(|one| !self.open || one.result != Some(RunResult::Succeeded));
        let rows = wanted.map(|record| {
            let held = take::is_carried_out(&place, &record.run)?;
            Ok(RunRow {
                state: view::state(&place, &record, held)?,
                run: record.run.to_string(),
                title: record.title,
                file: record.file,
                began: record.started,
                last: record.last,
                events: record.events,
            })
        });
        rows.collect()
    }
}
