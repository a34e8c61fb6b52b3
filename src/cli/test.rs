//! `rutter test`: every scenario of every world.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::disk;
use super::failure::{Error, Exit};
use super::faults::{Faults, Sweeping};
use super::rehearse::world_of;
use super::safeguards::TakingOut;
use super::screen::Screen;
use super::signals;
use crate::backend::SystemClock;
use crate::finding::has_errors;
use crate::rehearse::{Case, Suite, TestReport, WorldReport};
use crate::report::{self, Look, Tested};
use crate::run::StopSignal;

const EXAMPLES: &str = "\
Examples:
  rutter test runbooks/
  rutter test runbooks/worlds/reboot.world --scenario \"second reboot\"
  rutter test . --format junit > junit.xml
  rutter test runbooks/worlds/reboot.world --faults --html faults.html
  rutter test runbooks/worlds/reboot.world --fault lost-after@stage:2/0
  rutter test runbooks/worlds/reboot.world --safeguards

Faults: `--faults` plays each scenario again for every fault at every point: a request that is
refused, lost, answered too late or with garbage, a runner that dies, Ctrl-C, a person who says no.
The run is then resumed until it ends. No `always` of the world may break, no `once` may take effect
twice. Each schedule that does harm is named with the line that plays it alone and tells its story.

Exit codes: 0 all passed · 1 a scenario failed, or a fault did harm
            2 invalid input, or no scenario to play · 3 stopped before all was played";

/// Play every scenario of every world, at once, and say which passed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Test {
    /// Worlds, runbooks with a world beside them, or folders that are searched for *.world.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Only scenarios whose title holds this text.
    #[arg(long, visible_alias = "filter", value_name = "TEXT")]
    scenario: Option<String>,

    #[command(flatten)]
    faults: Faults,

    /// How results are written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A line a scenario, and why it failed.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// JUnit XML.
    Junit,
}

impl Test {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let stop = StopSignal::new();
        signals::watch(stop.clone(), None);
        if let Some(depth) = self.faults.safeguards() {
            let (worlds, format) = (self.worlds()?, self.format);
            return TakingOut { worlds, scenario: self.scenario, depth, format }.run(&stop, screen);
        }
        if let Some(extent) = self.faults.extent()? {
            let (worlds, format) = (self.worlds()?, self.format);
            let loader = self.faults.loader(&worlds)?;
            let (stats, html) = (self.faults.stats, self.faults.html);
            let sweeping = Sweeping { worlds, loader, scenario: self.scenario, extent, format, stats, html };
            return sweeping.run(&stop, screen);
        }
        let report = self.play(&stop, screen)?;
        let look = if self.format == Format::Text { screen.out() } else { Look::PLAIN };
        let tested: Vec<_> = report.worlds.iter().flat_map(|world| tested(world, look)).collect();
        match self.format {
            Format::Text => print_text(&report, &tested, screen)?,
            Format::Json => screen.print_json(&report::suite_as_json(&tested))?,
            Format::Junit => screen.print(&report::suite_as_junit(&tested))?,
        }
        if stop.is_stopped() {
            return Ok(Exit::Stopped);
        }
        self.exit(&report)
    }

    fn play(&self, stop: &StopSignal, screen: &Screen) -> Result<TestReport, Error> {
        let progress = |_: &Path, case: &Case| screen.progress(&case.scenario);
        let worlds = self.worlds()?;
        let loader = self.faults.loader(&worlds)?;
        let suite = Suite {
            worlds,
            loader: &*loader,
            filter: self.scenario.clone(),
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            clock: &SystemClock::new(),
            watch: &progress,
            stop: stop.clone(),
        };
        let report = suite.test();
        screen.progress("");
        Ok(report)
    }

    fn worlds(&self) -> Result<Vec<PathBuf>, Error> {
        let found = disk::find(&self.paths, &["world"])?;
        let world = |path: PathBuf| match path.extension() {
            Some(end) if end == "runbook" => world_of(&path),
            _ => Ok(path),
        };
        found.into_iter().map(world).collect()
    }

    fn exit(&self, report: &TestReport) -> Result<Exit, Error> {
        if report.worlds.iter().any(|world| has_errors(&world.findings)) {
            return Ok(Exit::Invalid);
        }
        if report.cases().next().is_none() {
            return Err(Error::no_scenario(self.scenario.as_deref()));
        }
        Ok(if report.passed() { Exit::Done } else { Exit::Failed })
    }
}

fn tested(world: &WorldReport, look: Look) -> Vec<Tested> {
    let cases = world.cases.iter().map(|case| Tested {
        file: world.path.display().to_string(),
        scenario: case.scenario.clone(),
        lasted: case.played.as_ref().map_or(Duration::ZERO, |played| played.lasted),
        took: case.took,
        passed: case.passed(),
        details: report::case_as_text(case, &world.sources, narrower(look)),
    });
    cases.collect()
}

/// Details are written further in.
fn narrower(look: Look) -> Look {
    Look { width: look.width.saturating_sub(5), ..look }
}

fn print_text(report: &TestReport, tested: &[Tested], screen: &Screen) -> Result<(), Error> {
    for world in report.worlds.iter().filter(|world| !world.findings.is_empty()) {
        let text = report::findings_as_text(&world.findings, &world.sources, screen.out());
        screen.print(&format!("{text}\n"))?;
    }
    for one in tested {
        screen.print(&report::tested_as_text(one, screen.out()))?;
    }
    screen.print(&report::suite_as_text(tested, report.took, screen.out()))
}
