//! `rutter prune`: old runs are removed.

use std::time::Duration;

use jiff::Timestamp;

use super::place::{Place, StoreOption};
use super::since::now;
use super::take;
use crate::cli::failure::{Error, Exit, reason};
use crate::cli::overflow;
use crate::cli::screen::Screen;
use crate::cli::who;
use crate::event::RunResult;
use crate::ids::RunId;
use crate::journal::store::{Prunable, RunRecord};
use crate::report::plural;
use crate::value::parse_duration;

const EXAMPLES: &str = "\
Examples:
  rutter prune --older-than 90d --dry-run
  rutter prune --older-than 90d
  rutter prune --older-than 365d --resumable";

/// Remove old runs from the store, with their outputs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Prune {
    /// Only runs in which nothing has happened for so long: `90d`, `12h`.
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Duration,

    /// Those too that stopped or broke off, and could be resumed.
    #[arg(long)]
    resumable: bool,

    /// Remove nothing; name what would be removed.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    store: StoreOption,
}

fn age(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write it as `90d`, `12h` or `30m`".to_owned())
}

impl Prune {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let Some(place) = self.store.find()? else { return nothing(screen) };
        let before = now().checked_sub(self.older_than).unwrap_or(Timestamp::MIN);
        let runs = match self.dry_run {
            true => self.would_go(&place, before)?,
            false => self.remove(&place, before, screen)?,
        };
        if runs.is_empty() {
            return nothing(screen);
        }
        let verb = if self.dry_run { "would be removed" } else { "removed" };
        let names: String = runs.iter().map(|run| format!("{run}\n")).collect();
        screen.print(&format!("{names}{} {verb}\n", plural(runs.len(), "run", "runs")))?;
        Ok(Exit::Done)
    }

    fn would_go(&self, place: &Place, before: Timestamp) -> Result<Vec<RunId>, Error> {
        let mut runs = Vec::new();
        for record in place.store.runs().map_err(|error| Error::store(&error))? {
            let fits = record.last < before && (self.resumable || has_ended(&record));
            if fits && take::lease(place, &record.run)?.is_none() {
                runs.push(record.run);
            }
        }
        Ok(runs)
    }

    /// What can't be removed of their outputs is said, and stays.
    fn remove(&self, place: &Place, before: Timestamp, screen: &Screen) -> Result<Vec<RunId>, Error> {
        let which = if self.resumable { Prunable::Every } else { Prunable::Ended };
        let by = who::actor(None, "by rutter prune");
        let runs = place.store.prune(before, which, &by).map_err(|error| Error::store(&error))?;
        for run in &runs {
            let folder = overflow::folder(&place.path, run);
            match std::fs::remove_dir_all(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    screen.remark(&format!("`{}` can't be removed: {}", folder.display(), reason(&error)));
                }
            }
        }
        Ok(runs)
    }
}

fn nothing(screen: &Screen) -> Result<Exit, Error> {
    screen.print("no run is that old\n")?;
    Ok(Exit::Done)
}

fn has_ended(record: &RunRecord) -> bool {
    match record.result {
        Some(RunResult::Succeeded | RunResult::Failed | RunResult::Denied) => true,
        Some(RunResult::Stopped) | None => false,
    }
}
