//! `rutter test --faults`: every scenario of every world, under every fault.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::failure::{Error, Exit, reason};
use super::screen::Screen;
use super::test::Format;
use super::veil;
use crate::backend::SystemClock;
use crate::finding::has_errors;
use crate::rehearse::faults::{
    Depth, Extent, Schedule, Series, Spot, Sweep, SweepReport, Without, WorldSweep,
};
use crate::report::{self, Look, Spent};
use crate::resolve::Loader;
use crate::run::StopSignal;

/// Which faults are injected.
#[derive(Debug, clap::Args)]
pub struct Faults {
    /// Play each scenario again for every single fault at every point of it.
    #[arg(long)]
    faults: bool,

    /// And for pairs: after each fault at a step that changes something, or at a question, a second one at each of the next N such places.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "2", requires = "faults")]
    pairs: Option<usize>,

    /// And so many schedules of two or three faults, drawn at random.
    #[arg(long, value_name = "K", requires = "faults")]
    samples: Option<usize>,

    /// Where the drawing begins: the same seed draws the same schedules.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "samples")]
    seed: u64,

    /// Play this schedule alone, and tell its story; `none` is the scenario without a fault, resumed until it ends.
    #[arg(long, value_name = "KIND@STEP", conflicts_with = "faults")]
    fault: Option<String>,

    /// Say how many schedules were played a second, and how much memory that took; in a terminal that is always said.
    #[arg(long, requires = "faults")]
    pub stats: bool,

    /// Write one page with a map of statements by faults.
    #[arg(long, value_name = "FILE", requires = "faults")]
    pub html: Option<PathBuf>,

    /// Take one safeguard at a time out of the runbook, and say which scenario misses it; with `--faults`, which schedule.
    #[arg(long, conflicts_with_all = ["pairs", "samples", "stats", "html"])]
    safeguards: bool,

    /// Play without this safeguard of the runbook, as `--safeguards` calls it; of one world.
    #[arg(long, value_name = "MEANS@LINE", conflicts_with = "faults")]
    without: Option<String>,
}

impl Faults {
    /// How far to look for what would be missed, if that is asked.
    pub fn safeguards(&self) -> Option<Depth> {
        let depth = if self.faults { Depth::Faults } else { Depth::Scenarios };
        self.safeguards.then_some(depth)
    }

    /// How far to look; nothing when no fault is asked for.
    pub fn extent(&self) -> Result<Option<Extent>, Error> {
        if let Some(fault) = &self.fault {
            let only: Schedule = fault.parse().map_err(|why| Error::input(format!("{why}")))?;
            return Ok(Some(Extent { only: Some(only), ..Extent::default() }));
        }
        let samples = self.samples.map(|samples| (self.seed, samples));
        Ok(self.faults.then_some(Extent { pairs: self.pairs, samples, ..Extent::default() }))
    }

    /// How files are read: as they are on the disk, but for the runbook where that is played without a safeguard.
    pub fn loader(&self, worlds: &[PathBuf]) -> Result<Box<dyn Loader>, Error> {
        let Some(without) = &self.without else { return Ok(Box::new(Disk)) };
        let spot = without.parse::<Spot>().map_err(|why| Error::input(why.to_string()))?;
        let [world] = worlds else {
            return Err(Error::input("`--without` is of one world; name it".to_owned()));
        };
        let without = Without::of(world, spot, &Disk).map_err(|why| Error::input(why.to_string()))?;
        Ok(Box::new(without))
    }
}

/// A sweep that was asked for.
pub struct Sweeping {
    pub worlds: Vec<PathBuf>,
    pub loader: Box<dyn Loader>,
    pub scenario: Option<String>,
    pub extent: Extent,
    /// Say what it took of the machine, also where that is no terminal.
    pub stats: bool,
    pub format: Format,
    /// Where a page is written.
    pub html: Option<PathBuf>,
}

impl Sweeping {
    pub fn run(self, stop: &StopSignal, screen: &Screen) -> Result<Exit, Error> {
        let report = self.sweep(stop, screen);
        let spent = Spent { took: report.took, memory: most_memory() };
        let asked = self.stats.then_some(spent);
        match self.format {
            Format::Text => self.print_text(&report, spent, screen)?,
            Format::Json => screen.print_json(&report::sweeps_as_json(&report, asked))?,
            Format::Junit => screen.print(&report::sweeps_as_junit(&report))?,
        }
        if let Some(path) = &self.html {
            write(path, &report::sweeps_as_html(&report, asked))?;
        }
        if stop.is_stopped() {
            return Ok(Exit::Stopped);
        }
        self.exit(&report)
    }

    fn sweep(&self, stop: &StopSignal, screen: &Screen) -> SweepReport {
        let progress = |ended: usize, of: usize| screen.progress(&format!("{ended} of {of} schedules"));
        let series = Series {
            worlds: self.worlds.clone(),
            loader: &*self.loader,
            filter: self.scenario.clone(),
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            clock: &SystemClock::new(),
            watch: &progress,
            stop: stop.clone(),
        };
        let report = Sweep { series, extent: self.extent.clone() }.run();
        screen.progress("");
        report
    }

    fn exit(&self, report: &SweepReport) -> Result<Exit, Error> {
        if report.worlds.iter().any(|world| has_errors(&world.findings)) {
            return Ok(Exit::Invalid);
        }
        if !report.has_scenarios() {
            return Err(Error::no_scenario(self.scenario.as_deref()));
        }
        Ok(if report.passed() { Exit::Done } else { Exit::Failed })
    }

    fn print_text(&self, report: &SweepReport, spent: Spent, screen: &Screen) -> Result<(), Error> {
        for world in &report.worlds {
            self.print_world(world, screen)?;
        }
        if self.extent.only.is_some() || !report.has_scenarios() {
            return Ok(());
        }
        let told = self.stats || screen.out() != Look::PLAIN;
        let spent = told.then_some(spent);
        screen.print(&report::sweeps_as_text(report, spent, screen.out()))
    }

    fn print_world(&self, world: &WorldSweep, screen: &Screen) -> Result<(), Error> {
        let look = screen.out();
        let without = world.scenarios.iter().filter_map(|scenario| scenario.without.as_ref().err());
        let findings: Vec<_> = world.findings.iter().chain(without.flatten()).cloned().collect();
        if !findings.is_empty() {
            let text = report::findings_as_text(&findings, &world.sources, look);
            screen.print(&format!("{text}\n"))?;
        }
        for scenario in &world.scenarios {
            if let Some(story) = &scenario.story {
                screen.print(&report::story_as_text(story, look))?;
            }
            screen.print(&report::sweep_as_text(scenario, world, &self.extent, look))?;
        }
        if self.extent.only.is_some() {
            return Ok(());
        }
        screen.print(&report::world_sweep_as_text(world, look))
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let written = std::fs::write(path, &*veil::over(text));
    written.map_err(|error| Error::input(format!("can't write `{}`: {}", path.display(), reason(&error))))
}

/// How much memory this process has had at most, in bytes; nothing where the system does not say.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}
