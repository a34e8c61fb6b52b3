//! `rutter verify`: the proof that nothing in a run's record was changed or dropped.

use super::choose::{For, RunName};
use super::place::StoreOption;
use crate::cli::failure::{Error, Exit};
use crate::cli::screen::Screen;
use crate::journal::store::StoreError;
use crate::report::plural;

const EXAMPLES: &str = "\
Examples:
  rutter verify bako-rife
  rutter verify bako-rife --head \"$(cat bako-rife.head)\"

Exit codes: 0 the record is whole · 1 it is not · 2 invalid input";

/// Prove that nothing in a run's record was changed or dropped.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    #[command(flatten)]
    run: RunName,

    /// The hash of its last event, as it was noted elsewhere.
    #[arg(long, value_name = "HASH")]
    head: Option<String>,

    #[command(flatten)]
    store: StoreOption,
}

impl Verify {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let run = self.run.find(&place, For::Reading)?.run;
        let verified = match place.store.verify(&run) {
            Err(error @ StoreError::Broken { .. }) => {
                screen.print(&format!("{error}\n"))?;
                return Ok(Exit::Failed);
            }
            read => read.map_err(|error| Error::store(&error))?,
        };
        let events = plural(verified.events as usize, "event", "events");
        if self.head.as_ref().is_some_and(|head| *head != verified.head) {
            let text = format!("run {run} is whole, and is another than the one that was noted: {events}");
            screen.print(&format!("{text}, head {}\n", verified.head))?;
            return Ok(Exit::Failed);
        }
        screen.print(&format!("run {run} is whole: {events}, head {}\n", verified.head))?;
        Ok(Exit::Done)
    }
}
