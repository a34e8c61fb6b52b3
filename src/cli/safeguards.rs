//! `rutter test --safeguards`: what a runbook would miss.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::disk::Disk;
use super::failure::{Error, Exit};
use super::screen::Screen;
use super::test::Format;
use crate::backend::SystemClock;
use crate::finding::has_errors;
use crate::rehearse::faults::{Depth, SafeguardReport, Safeguards, Series, WorldSafeguards};
use crate::report;
use crate::run::StopSignal;

/// The worlds whose runbooks lose their safeguards.
pub struct TakingOut {
    pub worlds: Vec<PathBuf>,
    pub scenario: Option<String>,
    pub depth: Depth,
    pub format: Format,
}

impl TakingOut {
    pub fn run(self, stop: &StopSignal, screen: &Screen) -> Result<Exit, Error> {
        let (format, wanted) = (self.format, self.scenario.clone());
        let report = self.search(stop, screen);
        let playable = !report.worlds.iter().any(|world| has_errors(&world.findings));
        if playable && report.worlds.iter().all(|world| world.scenarios == 0) {
            return Err(Error::no_scenario(wanted.as_deref()));
        }
        match format {
            Format::Text => report.worlds.iter().try_for_each(|world| print_world(world, screen))?,
            Format::Json => screen.print_json(&report::safeguards_as_json(&report.worlds))?,
            Format::Junit => screen.print(&report::safeguards_as_junit(&report.worlds))?,
        }
        Ok(exit(&report, stop))
    }

    fn search(self, stop: &StopSignal, screen: &Screen) -> SafeguardReport {
        let progress = |tried: usize, of: usize| screen.progress(&format!("{tried} of {of} safeguards"));
        let series = Series {
            worlds: self.worlds,
            loader: &Disk,
            filter: self.scenario,
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            clock: &SystemClock::new(),
            watch: &progress,
            stop: stop.clone(),
        };
        let report = Safeguards { series, depth: self.depth }.run();
        screen.progress("");
        report
    }
}

fn exit(report: &SafeguardReport, stop: &StopSignal) -> Exit {
    if stop.is_stopped() {
        return Exit::Stopped;
    }
    if report.worlds.iter().any(|world| has_errors(&world.findings)) {
        return Exit::Invalid;
    }
    if report.passed() { Exit::Done } else { Exit::Failed }
}

fn print_world(world: &WorldSafeguards, screen: &Screen) -> Result<(), Error> {
    if !world.findings.is_empty() {
        let text = report::findings_as_text(&world.findings, &world.sources, screen.out());
        screen.print(&format!("{text}\n"))?;
    }
    screen.print(&report::safeguards_as_text(world, screen.out()))
}
