//! What a runbook is safe by, taken out one at a time, and what shows that it is gone.
//!
//! In: worlds. Out: a [`SafeguardReport`], which says of each [`Safeguard`] of the runbook's own file which scenario or schedule exposes
//! its loss. Must not know: how any of it is shown.

mod before;
mod list;
mod search;
mod spot;
mod without;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub use list::{Means, Safeguard};
pub use spot::Spot;
pub use without::{NotTakenOut, Without};

use super::schedule::Schedule;
use super::series::Series;
use super::sweep::Conclusion;
use crate::finding::{Finding, has_errors};
use crate::parallel::across;
use crate::rehearse::load::Rehearsal;
use crate::source::Sources;
use before::Before;
use search::Search;

/// Worlds whose runbooks lose their safeguards.
#[derive(Debug)]
pub struct Safeguards<'a> {
    /// Its watch is told of each safeguard as it was tried.
    pub series: Series<'a>,
    pub depth: Depth,
}

/// What is played to find out who misses a safeguard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every scenario, and what becomes of it when it is resumed until it ends.
    Scenarios,
    /// And every single fault of each.
    Faults,
}

/// What became of every world.
#[derive(Debug)]
pub struct SafeguardReport {
    pub worlds: Vec<WorldSafeguards>,
    pub took: Duration,
}

/// One world, and the safeguards of its runbook.
#[derive(Debug)]
pub struct WorldSafeguards {
    pub path: PathBuf,
    pub sources: Arc<Sources>,
    /// Why it can't be played, and warnings.
    pub findings: Vec<Finding>,
    /// How many scenarios could miss something.
    pub scenarios: usize,
    /// The scenarios that don't pass with every safeguard in its place: they can't expose anything.
    pub failing: Vec<String>,
    /// What breaks with every safeguard in its place too, in the same schedules: that exposes nothing.
    pub known: Vec<String>,
    pub safeguards: Vec<(Safeguard, Loss)>,
}

/// What became of a runbook without one of its safeguards.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    Exposed(Exposure),
    /// So many scenarios and schedules came through without it.
    Unexposed {
        scenarios: usize,
        schedules: usize,
    },
    /// It can't be taken out: what is left is no runbook.
    Stays {
        why: String,
    },
    /// The sweep was stopped before.
    Untried,
}

/// What shows that a safeguard is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    pub scenario: String,
    /// The faults that it takes: none where the run must be resumed once it has ended. Nothing when the scenario fails by itself.
    pub schedule: Option<Schedule>,
    pub broke: String,
}

impl Exposure {
    /// Whether the scenario does not show it by itself.
    #[must_use]
    pub fn needs_a_fault(&self) -> bool {
        self.schedule.as_ref().is_some_and(|schedule| !schedule.0.is_empty())
    }
}

impl WorldSafeguards {
    fn unplayed(path: &Path, sources: Arc<Sources>, findings: Vec<Finding>) -> Self {
        let (path, failing, known, safeguards) = (path.to_owned(), Vec::new(), Vec::new(), Vec::new());
        Self { path, sources, findings, scenarios: 0, failing, known, safeguards }
    }

    /// Those that nothing exposes.
    pub fn unexposed(&self) -> impl Iterator<Item = &Safeguard> {
        let unexposed = self.safeguards.iter().filter(|(_, loss)| matches!(loss, Loss::Unexposed { .. }));
        unexposed.map(|(safeguard, _)| safeguard)
    }

    /// Whether it could be played, each safeguard was tried, and each that can be taken out is missed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.conclusion() == Conclusion::Passed
    }

    /// It fails also where it can't be played.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let untried = || self.safeguards.iter().any(|(_, loss)| *loss == Loss::Untried);
        match has_errors(&self.findings) || self.unexposed().next().is_some() {
            true => Conclusion::Failed,
            false if untried() => Conclusion::Stopped,
            false => Conclusion::Passed,
        }
    }
}

impl SafeguardReport {
    /// Whether every safeguard of every world is missed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.worlds.iter().all(WorldSafeguards::passed)
    }
}

impl Safeguards<'_> {
    /// Takes out each safeguard of each world's runbook. The report is the same each time.
    #[must_use]
    pub fn run(&self) -> SafeguardReport {
        let began = self.series.clock.now();
        let worlds = self.series.worlds.iter().map(|path| self.world(path)).collect();
        SafeguardReport { worlds, took: self.series.clock.now().saturating_sub(began) }
    }

    fn world(&self, path: &Path) -> WorldSafeguards {
        let rehearsal = match Rehearsal::load(path, self.series.loader) {
            Ok(rehearsal) => rehearsal,
            Err(unplayable) => {
                return WorldSafeguards::unplayed(path, unplayable.sources, unplayable.findings);
            }
        };
        let before = Before::of(&self.series, &rehearsal);
        let safeguards = self.losses(&rehearsal, &before);
        let (sources, findings) = (Arc::clone(&rehearsal.sources), rehearsal.findings.clone());
        WorldSafeguards {
            scenarios: before.scenarios.len(),
            failing: before.failing(),
            known: before.broke(),
            safeguards,
            ..WorldSafeguards::unplayed(path, sources, findings)
        }
    }

    fn losses(&self, rehearsal: &Rehearsal, before: &Before<'_>) -> Vec<(Safeguard, Loss)> {
        let safeguards = list::safeguards(rehearsal);
        if before.scenarios.is_empty() {
            return safeguards.into_iter().map(|safeguard| (safeguard, Loss::Untried)).collect();
        }
        let tried = AtomicUsize::new(0);
        let Series { threads, loader, stop, .. } = &self.series;
        let losses = across(*threads, &safeguards, |safeguard| {
            let search = Search { rehearsal, before, safeguard, depth: self.depth, loader: *loader, stop };
            let loss = search.loss();
            (self.series.watch)(1 + tried.fetch_add(1, Ordering::Relaxed), safeguards.len());
            loss
        });
        safeguards.into_iter().zip(losses).collect()
    }
}
