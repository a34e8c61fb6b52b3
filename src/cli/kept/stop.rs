//! `rutter stop`: a run is told to stop, from elsewhere.

use super::choose::{For, RunName};
use super::place::StoreOption;
use super::take;
use crate::cli::failure::{Error, Exit};
use crate::cli::screen::Screen;
use crate::cli::who;
use crate::journal::store::Message;

const EXAMPLES: &str = "\
Examples:
  rutter stop bako-rife                     no new step; what is under way has its grace time
  rutter stop bako-rife --now               what is under way is cancelled, too

Exit codes: 0 it was told · 2 invalid input, or nobody carries it out";

/// Tell a run that is being carried out to stop, as Ctrl-C at its terminal does.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Stop {
    #[command(flatten)]
    run: RunName,

    /// Cancel what is under way, as a second Ctrl-C does.
    #[arg(long)]
    now: bool,

    #[command(flatten)]
    store: StoreOption,
}

impl Stop {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let run = self.run.find(&place, For::Stopping)?.run;
        let option = &place.option;
        let Some(holder) = take::holder(&place, &run)? else {
            let error = Error::input(format!("nobody carries run {run} out"));
            return Err(error.help(format!("`rutter show {run}{option}` says where it stands")));
        };
        let by = who::actor(None, "by rutter stop");
        let message = Message::Stop { cancel: self.now };
        place.store.post(&run, &message, &by).map_err(|error| Error::store(&error))?;
        screen.print(&format!("run {run} is told to stop: {}\n", holder.by()))?;
        Ok(Exit::Done)
    }
}
