//! `rutter rehearse`: a run in a world, as it would look.

use std::path::{Path, PathBuf};

use super::disk::{self, Disk};
use super::failure::{Error, Exit};
use super::ready::refused;
use super::screen::Screen;
use super::show::{Format, Show};
use super::signals;
use crate::event::RunResult;
use crate::rehearse::{Pace, Played, Rehearsal};
use crate::report::{self, Kept};
use crate::run::StopSignal;

const EXAMPLES: &str = "\
Examples:
  rutter rehearse reboot.runbook                       in worlds/reboot.world, beside it
  rutter rehearse reboot.runbook --speed max           at once
  rutter rehearse reboot.runbook --scenario \"the spare never becomes ready\"

Exit codes: 0 it went as the scenario expects (without one: the run succeeded)
            1 it did not · 2 invalid input · 3 the run stopped · 4 denied by a guard";

/// Play a runbook in a world: the full display, nothing is sent.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Rehearse {
    /// A runbook, or a world.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The world; else it is `worlds/NAME.world` beside the runbook.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,

    /// The scenario to play; else the world is played as it is.
    #[arg(long, value_name = "TITLE")]
    scenario: Option<String>,

    /// How many times as fast as a watch, or `max`; 600 in a terminal, else `max`.
    #[arg(long, value_name = "N", value_parser = pace)]
    speed: Option<Pace>,

    /// How the run is shown.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// Three hours in less than twenty seconds.
const WATCHABLE: f64 = 600.0;

fn pace(text: &str) -> Result<Pace, String> {
    match text.parse::<f64>() {
        _ if text == "max" => Ok(Pace::AtOnce),
        Ok(times) if times > 0.0 && times.is_finite() => Ok(Pace::Times(times)),
        _ => Err("a number above 0, or `max`".to_owned()),
    }
}

impl Rehearse {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let world = self.world()?;
        let rehearsal = Rehearsal::load(&world, &Disk)
            .map_err(|unplayable| refused(&unplayable.findings, &unplayable.sources, screen))?;
        let pace = self.pace(screen);
        let show = Show::new(self.format, speed(pace), screen);
        let stop = StopSignal::new();
        signals::watch(stop.clone(), show.canvas().cloned());
        let played = rehearsal.play(self.scenario.as_deref(), pace, &Disk, show.sink(), stop);
        show.close(&rehearsal.sources, &Kept::Rehearsed, screen);
        let played = played.map_err(|findings| refused(&findings, &rehearsal.sources, screen))?;
        if self.format == Format::Text {
            screen.print(&report::verdict_as_text(&played, &rehearsal.sources, screen.out()))?;
        }
        Ok(exit(&played))
    }

    fn pace(&self, screen: &Screen) -> Pace {
        let live = screen.is_live() && self.format == Format::Text;
        self.speed.unwrap_or(if live { Pace::Times(WATCHABLE) } else { Pace::AtOnce })
    }

    fn world(&self) -> Result<PathBuf, Error> {
        disk::readable(&self.file)?;
        if let Some(world) = &self.world {
            disk::readable(world)?;
            return Ok(world.clone());
        }
        if self.file.extension().is_some_and(|end| end == "world") {
            return Ok(self.file.clone());
        }
        world_of(&self.file)
    }
}

/// Where the world of a runbook is looked for.
pub fn world_of(runbook: &Path) -> Result<PathBuf, Error> {
    let name = Path::new("worlds").join(runbook.file_name().unwrap_or_default()).with_extension("world");
    let world = runbook.with_file_name("").join(name);
    if world.is_file() {
        return Ok(world);
    }
    Err(Error::input(format!("there is no world for `{}`", runbook.display()))
        .help(format!("write `{}`, or name another with `--world`", world.display())))
}

/// How fast the time on the screen goes between two events.
fn speed(pace: Pace) -> f64 {
    match pace {
        Pace::AtOnce => 0.0,
        Pace::Times(times) => times,
    }
}

fn exit(played: &Played) -> Exit {
    if played.passed() {
        return Exit::Done;
    }
    let as_ran = played.scenario.is_none() && played.broken.is_empty() && played.error.is_none();
    match played.report.result {
        RunResult::Stopped if as_ran => Exit::Stopped,
        RunResult::Denied if as_ran => Exit::Denied,
        RunResult::Succeeded | RunResult::Failed | RunResult::Stopped | RunResult::Denied => Exit::Failed,
    }
}
