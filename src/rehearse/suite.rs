//! Every scenario of many worlds, over the cores.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::load::{Rehearsal, Unplayable, title};
use super::play::{Pace, Played};
use crate::clock::Clock;
use crate::finding::Finding;
use crate::parallel::across;
use crate::resolve::Loader;
use crate::run::StopSignal;
use crate::source::{Sources, Span};

/// What is to be tested, and how.
pub struct Suite<'a> {
    pub worlds: Vec<PathBuf>,
    pub loader: &'a dyn Loader,
    /// Only scenarios whose title holds this text.
    pub filter: Option<String>,
    pub threads: NonZeroUsize,
    /// Measures how long each scenario takes here.
    pub clock: &'a dyn Clock,
    /// Told of each scenario as it ends, in no particular order: its world, then it.
    pub watch: &'a (dyn Fn(&std::path::Path, &Case) + Sync),
    /// After this was given, scenarios that have not begun are left out.
    pub stop: StopSignal,
}

/// What became of every world.
#[derive(Debug)]
pub struct TestReport {
    pub worlds: Vec<WorldReport>,
    pub took: Duration,
}

/// One world and its scenarios, in order.
#[derive(Debug)]
pub struct WorldReport {
    pub path: PathBuf,
    /// What the world is called; empty when it can't be read.
    pub title: String,
    /// What findings and failures point into.
    pub sources: Arc<Sources>,
    /// Why it can't be played, and warnings.
    pub findings: Vec<Finding>,
    pub cases: Vec<Case>,
}

/// One scenario.
#[derive(Debug)]
pub struct Case {
    pub scenario: String,
    pub span: Span,
    /// How it went, or why it could not be played.
    pub played: Result<Box<Played>, Vec<Finding>>,
    /// How long it took here, not on the world's clock.
    pub took: Duration,
}

impl Case {
    /// Whether all was as the scenario says.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.played.as_ref().is_ok_and(|played| played.passed())
    }
}

impl WorldReport {
    /// Whether it could be played, and every scenario passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !crate::finding::has_errors(&self.findings) && self.cases.iter().all(Case::passed)
    }
}

impl TestReport {
    /// Whether every world passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.worlds.iter().all(WorldReport::passed)
    }

    /// Every scenario that was played.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.worlds.iter().flat_map(|world| &world.cases)
    }
}

impl std::fmt::Debug for Suite<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suite").field("worlds", &self.worlds).finish_non_exhaustive()
    }
}

/// A scenario that is to be played: its world's number and its own.
type Entry = (usize, String, Span);

impl Suite<'_> {
    /// Plays every scenario. The report has worlds and scenarios in the order they stand.
    #[must_use]
    pub fn test(&self) -> TestReport {
        let began = self.clock.now();
        let loaded = across(self.threads, &self.worlds, |path| Rehearsal::load(path, self.loader));
        let entries: Vec<Entry> =
            loaded.iter().enumerate().flat_map(|(at, one)| self.entries(at, one)).collect();
        let cases = across(self.threads, &entries, |entry| self.case(&loaded, entry));
        let mut worlds: Vec<_> =
            self.worlds.iter().zip(loaded).map(|(path, one)| reported(path, one)).collect();
        for ((world, ..), case) in entries.iter().zip(cases) {
            worlds[*world].cases.extend(case);
        }
        TestReport { worlds, took: self.clock.now().saturating_sub(began) }
    }

    fn entries(&self, at: usize, loaded: &Result<Rehearsal, Unplayable>) -> Vec<Entry> {
        let scenarios = loaded.iter().flat_map(Rehearsal::all_scenarios);
        let named = scenarios.map(|scenario| (at, title(scenario), scenario.title.span));
        let wanted = |entry: &Entry| self.filter.as_ref().is_none_or(|filter| entry.1.contains(filter));
        named.filter(wanted).collect()
    }

    fn case(&self, loaded: &[Result<Rehearsal, Unplayable>], entry: &Entry) -> Option<Case> {
        let (world, scenario, span) = entry;
        let rehearsal = loaded[*world].as_ref().ok().filter(|_| !self.stop.is_stopped())?;
        let began = self.clock.now();
        let played =
            rehearsal.play(Some(scenario), Pace::AtOnce, self.loader, Arc::new(|_| ()), StopSignal::new());
        let took = self.clock.now().saturating_sub(began);
        let case = Case { scenario: scenario.clone(), span: *span, played: played.map(Box::new), took };
        (self.watch)(&self.worlds[*world], &case);
        Some(case)
    }
}

fn reported(path: &std::path::Path, loaded: Result<Rehearsal, Unplayable>) -> WorldReport {
    let (title, sources, findings) = match loaded {
        Ok(rehearsal) => {
            let mut findings = rehearsal.findings.clone();
            findings.extend(without_scenarios(&rehearsal));
            (rehearsal.title(), rehearsal.sources, findings)
        }
        Err(unplayable) => (String::new(), unplayable.sources, unplayable.findings),
    };
    WorldReport { path: path.to_owned(), title, sources, findings, cases: Vec::new() }
}

fn without_scenarios(rehearsal: &Rehearsal) -> Option<Finding> {
    let label = "nothing here is tested";
    let span = rehearsal.world.file.title.span;
    let finding = Finding::error("no-scenario", "this world has no scenario", span, label);
    let none = rehearsal.all_scenarios().next().is_none();
    none.then(|| finding.help("add one: `scenario \"all goes well\" { expect succeeded }`"))
}
