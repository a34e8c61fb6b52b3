//! `rutter log`: what happened in a run, event by event.

use std::time::Duration;

use super::choose::{For, RunName};
use super::place::StoreOption;
use super::take::is_carried_out;
use crate::cli::failure::{Error, Exit};
use crate::cli::screen::Screen;
use crate::event::Event;
use crate::report::{Plain, harmless_json};

const EXAMPLES: &str = "\
Examples:
  rutter log bako-rife
  rutter log bako-rife --follow             as it happens, until the run ends
  rutter log bako-rife --format json | jq 'select(.event == \"step-finished\")'";

/// Tell what happened in a run, event by event.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Log {
    #[command(flatten)]
    run: RunName,

    /// Go on telling until the run ends, or nobody carries it out any more.
    #[arg(long, short)]
    follow: bool,

    /// How events are written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line for each thing that happened.
    #[default]
    Text,
    /// One event a line, as JSON.
    Json,
}

/// How soon a new event is told.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

impl Log {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let run = self.run.find(&place, For::Reading)?.run;
        let (mut plain, mut next) = (Plain::default(), 0);
        loop {
            // Looked at before the events: what is written last is still told.
            let goes_on = self.follow && is_carried_out(&place, &run)?;
            for event in place.store.events(&run, next).map_err(|error| Error::store(&error))? {
                next = event.sequence + 1;
                if !screen.tell(&self.told(&mut plain, &event))? {
                    return Ok(Exit::Done);
                }
            }
            if !goes_on {
                return Ok(Exit::Done);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn told(&self, plain: &mut Plain, event: &Event) -> String {
        match self.format {
            Format::Text => plain.event(event).iter().map(|line| format!("{line}\n")).collect(),
            Format::Json => {
                let json = serde_json::to_string(event).unwrap_or_default();
                format!("{}\n", harmless_json(&json))
            }
        }
    }
}
