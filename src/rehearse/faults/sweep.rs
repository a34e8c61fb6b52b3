//! Every scenario of many worlds, under every fault, over the cores.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::baseline::{Absorbed, Baseline, Played, after};
use super::batch::Batch;
use super::coverage::Coverage;
use super::points::{Point, Points, Where};
use super::schedule::Schedule;
use super::series::Series;
use super::story::Story;
use super::verdict::{Sometimes, Verdict};
use crate::finding::Finding;
use crate::parallel::across;
use crate::rehearse::load::{Rehearsal, title};
use crate::source::Sources;
use crate::syntax::ast::Scenario;

/// How often faults are put together anew that a trace of another one kept from being played to their end.
const ROUNDS: usize = 3;

/// How far a sweep goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// After each fault at a step that changes something, or at a question, a second one strikes at each of the next so many such
    /// places.
    pub pairs: Option<usize>,
    /// So many schedules of two or three faults, drawn by this seed: `(seed, samples)`.
    pub samples: Option<(u64, usize)>,
    /// What is drawn, and none of the single faults.
    pub drawn_only: bool,
    /// Nothing but this schedule.
    pub only: Option<Schedule>,
}

/// What is to be swept.
#[derive(Debug)]
pub struct Sweep<'a> {
    /// Its watch is told of each schedule.
    pub series: Series<'a>,
    pub extent: Extent,
}

/// A scenario, and what came of it without a fault.
type Begun<'r> = (&'r Scenario, Result<Baseline<'r>, Vec<Finding>>);

/// What can be said when it is over, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    Passed,
    /// It was stopped, and nothing is wrong with what was played until then.
    Stopped,
    Failed,
}

/// What became of every world.
#[derive(Debug)]
pub struct SweepReport {
    pub worlds: Vec<WorldSweep>,
    pub extent: Extent,
    pub took: Duration,
}

/// One world under faults.
#[derive(Debug)]
pub struct WorldSweep {
    pub path: PathBuf,
    pub title: String,
    pub sources: Arc<Sources>,
    /// Why it can't be played, and warnings.
    pub findings: Vec<Finding>,
    pub scenarios: Vec<ScenarioSweep>,
    /// The titles of those that had not begun when the sweep was stopped.
    pub not_begun: Vec<String>,
    /// What all of its scenarios together say of the runbook; nothing where none was played.
    pub coverage: Coverage,
}

/// One scenario under faults.
#[derive(Debug)]
pub struct ScenarioSweep {
    pub scenario: String,
    /// How it ends without a fault; nothing when it can't be played.
    pub without: Result<Verdict, Vec<Finding>>,
    /// Each schedule, where its first fault strikes, and what became of it.
    pub schedules: Vec<(Where, Verdict)>,
    /// How many single faults there are, with those for which others stand.
    pub total: usize,
    /// How many single faults stand for them all.
    pub standing: usize,
    /// How many of the schedules shared a play with others, since they left no trace.
    pub shared: usize,
    /// How many pairs there are within the bound; nothing when none were asked for.
    pub pairs: Option<usize>,
    /// How many of the schedules, the last ones, were drawn.
    pub drawn: usize,
    /// How many that were to be played were not, since the sweep was stopped. Of a single fault that was left out it is not known
    /// how many pairs it begins.
    pub left_out: usize,
    /// What happened, if one schedule alone was asked for.
    pub story: Option<Story>,
}

impl ScenarioSweep {
    /// Whether no schedule did any harm, and all that were to be played were.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.conclusion() == Conclusion::Passed
    }

    /// It fails also where it can't be played, or does harm without a fault.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let without = self.without.as_ref().is_ok_and(|without| without.harms.is_empty());
        match self.left_out {
            _ if !without || self.harmful().next().is_some() => Conclusion::Failed,
            0 => Conclusion::Passed,
            _ => Conclusion::Stopped,
        }
    }

    /// Every play, the one without a fault first.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.without.iter().chain(self.schedules.iter().map(|(_, verdict)| verdict))
    }

    /// The schedules that did harm.
    pub fn harmful(&self) -> impl Iterator<Item = &(Where, Verdict)> {
        self.schedules.iter().filter(|(_, verdict)| !verdict.harms.is_empty())
    }

    /// What some schedule came by.
    #[must_use]
    pub fn sometimes(&self) -> BTreeSet<Sometimes> {
        self.schedules.iter().flat_map(|(_, verdict)| verdict.sometimes.iter().copied()).collect()
    }
}

impl WorldSweep {
    /// Whether it could be played, no schedule did any harm, and none was left out.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.conclusion() == Conclusion::Passed
    }

    /// That of its worst scenario.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let stopped = (!self.not_begun.is_empty()).then_some(Conclusion::Stopped);
        let worst = self.scenarios.iter().map(ScenarioSweep::conclusion).chain(stopped).max();
        match crate::finding::has_errors(&self.findings) {
            true => Conclusion::Failed,
            false => worst.unwrap_or(Conclusion::Passed),
        }
    }
}

impl SweepReport {
    /// Whether no schedule of any world did any harm, and none was left out.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.conclusion() == Conclusion::Passed
    }

    /// That of the worst world.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        self.worlds.iter().map(WorldSweep::conclusion).max().unwrap_or(Conclusion::Passed)
    }

    /// Every scenario that was swept.
    pub fn scenarios(&self) -> impl Iterator<Item = &ScenarioSweep> {
        self.worlds.iter().flat_map(|world| &world.scenarios)
    }

    /// Whether there was anything to play.
    #[must_use]
    pub fn has_scenarios(&self) -> bool {
        self.worlds.iter().any(|world| !world.scenarios.is_empty() || !world.not_begun.is_empty())
    }

    /// How many scenarios ended so.
    #[must_use]
    pub fn count(&self, wanted: Conclusion) -> usize {
        let not_begun: usize = self.worlds.iter().map(|world| world.not_begun.len()).sum();
        let begun = self.scenarios().filter(|sweep| sweep.conclusion() == wanted).count();
        begun + if wanted == Conclusion::Stopped { not_begun } else { 0 }
    }

    /// How many schedules were played.
    #[must_use]
    pub fn played(&self) -> usize {
        self.scenarios().map(|scenario| scenario.schedules.len()).sum()
    }
}

impl Sweep<'_> {
    /// Plays everything. The report has worlds, scenarios and schedules in an order that does not depend on the cores.
    #[must_use]
    pub fn run(&self) -> SweepReport {
        let began = self.series.clock.now();
        let worlds = self.series.worlds.iter().map(|path| self.world(path)).collect();
        let (extent, took) = (self.extent.clone(), self.series.clock.now().saturating_sub(began));
        SweepReport { worlds, extent, took }
    }

    fn world(&self, path: &Path) -> WorldSweep {
        let (path, rehearsal) = (path.to_owned(), Rehearsal::load(path, self.series.loader));
        match rehearsal {
            Ok(rehearsal) => {
                let (begun, not_begun) = self.begin(&rehearsal);
                let scenarios = self.scenarios(begun);
                let coverage = match &*scenarios {
                    [] => Coverage::default(),
                    scenarios => Coverage::of(&rehearsal.world.runbook, scenarios),
                };
                let (title, sources, findings) = (rehearsal.title(), rehearsal.sources, rehearsal.findings);
                WorldSweep { path, title, sources, findings, scenarios, not_begun, coverage }
            }
            Err(unplayable) => {
                let (title, sources, findings) = (String::new(), unplayable.sources, unplayable.findings);
                let (scenarios, not_begun, coverage) = (Vec::new(), Vec::new(), Coverage::default());
                WorldSweep { path, title, sources, findings, scenarios, not_begun, coverage }
            }
        }
    }

    /// Plays each scenario without a fault; gives the titles of those before which the sweep was stopped.
    fn begin<'r>(&self, rehearsal: &'r Rehearsal) -> (Vec<Begun<'r>>, Vec<String>) {
        let series = &self.series;
        let scenarios: Vec<_> = rehearsal.all_scenarios().filter(|scenario| series.has(scenario)).collect();
        let baselines = across(series.threads, &scenarios, |scenario| {
            (!series.stop.is_stopped()).then(|| Baseline::of(rehearsal, scenario, series.loader))
        });
        let (mut begun, mut not_begun) = (Vec::new(), Vec::new());
        for (scenario, baseline) in scenarios.into_iter().zip(baselines) {
            match baseline {
                Some(baseline) => begun.push((scenario, baseline)),
                None => not_begun.push(title(scenario)),
            }
        }
        (begun, not_begun)
    }

    fn scenarios(&self, begun: Vec<Begun<'_>>) -> Vec<ScenarioSweep> {
        let (scenarios, baselines): (Vec<_>, Vec<_>) = begun.into_iter().unzip();
        let shared = self.together(&baselines);
        let mut reports: Vec<_> =
            scenarios.iter().zip(&baselines).map(|(scenario, one)| self.report(scenario, one)).collect();
        for (at, played) in self.apart(&baselines, &shared) {
            reports[at].take(played);
        }
        reports
    }

    /// Plays what was not played together, and gives all that came of each scenario, by its number.
    fn apart(
        &self,
        baselines: &[Result<Baseline<'_>, Vec<Finding>>],
        shared: &[Shared],
    ) -> Vec<(usize, Played)> {
        let series = &self.series;
        let jobs: Vec<_> = (0..).zip(baselines).flat_map(|(at, one)| self.jobs(at, one, shared)).collect();
        let ended = AtomicUsize::new(shared.iter().map(Shared::len).sum());
        let played = across(series.threads, &jobs, |(at, job)| {
            let baseline = baselines[*at].as_ref().ok()?;
            let played = match job {
                Job::Shared(place, verdict) => {
                    Played { shared: 1, ..Played::one(place.clone(), (**verdict).clone()) }
                }
                _ if series.stop.is_stopped() => Played { left_out: 1, ..Played::default() },
                job => {
                    let played = self.job(baseline, job);
                    (series.watch)(1 + ended.fetch_add(1, Ordering::Relaxed), jobs.len());
                    played
                }
            };
            Some((*at, played))
        });
        played.into_iter().flatten().collect()
    }

    /// Plays together what may leave no trace; of each scenario what came of the faults that left none.
    fn together(&self, baselines: &[Result<Baseline<'_>, Vec<Finding>>]) -> Vec<Shared> {
        let mut shared: Vec<Shared> = baselines.iter().map(|_| Shared::default()).collect();
        let wanted = self.extent.only.is_none() && !self.extent.drawn_only;
        let standing = baselines.iter().flatten().map(|baseline| baseline.points().count()).sum();
        for _ in 0..if wanted { ROUNDS } else { 0 } {
            let batches: Vec<_> = baselines.iter().zip(&shared).enumerate().flat_map(batches).collect();
            let ended = AtomicUsize::new(shared.iter().map(Shared::len).sum());
            let played = across(self.series.threads, &batches, |(at, batch)| {
                let baseline = baselines[*at].as_ref().ok().filter(|_| !self.series.stop.is_stopped())?;
                let absorbed = baseline.absorbed(batch)?;
                let ends = absorbed.without_trace.len();
                (self.series.watch)(ends + ended.fetch_add(ends, Ordering::Relaxed), standing);
                Some(absorbed)
            });
            for ((at, batch), absorbed) in batches.iter().zip(played) {
                shared[*at].take(batch, absorbed);
            }
        }
        shared
    }
}

/// The faults of this scenario that may still share a play.
fn batches<'b>(
    (at, (baseline, shared)): (usize, (&'b Result<Baseline<'_>, Vec<Finding>>, &Shared)),
) -> impl Iterator<Item = (usize, Batch)> + use<'b> {
    let batches = baseline.as_ref().map_or(Vec::new(), |baseline| {
        baseline
            .batches(|number| !shared.without_trace.contains_key(&number) && !shared.traced.contains(&number))
    });
    batches.into_iter().map(move |batch| (at, batch))
}

/// What faults of a scenario did that shared plays, by the numbers of their points.
#[derive(Default)]
struct Shared {
    without_trace: BTreeMap<usize, Verdict>,
    /// They do leave a trace, and are played alone.
    traced: BTreeSet<usize>,
}

impl Shared {
    fn len(&self) -> usize {
        self.without_trace.len()
    }

    /// The first that left a trace spoils the play for those after it.
    fn take(&mut self, batch: &Batch, absorbed: Option<Absorbed>) {
        let Some(absorbed) = absorbed else { return };
        self.traced.extend(absorbed.traced);
        self.without_trace.extend(batch.numbers().zip(absorbed.without_trace));
    }
}

/// What is played, and what follows from it.
enum Job {
    /// It was played with others already.
    Shared(Where, Box<Verdict>),
    Single(Box<Point>),
    /// With every second fault within the bound.
    Pairs(Box<Point>, usize),
    /// Of two or three faults, by this seed.
    Sample(u64),
    Only(Schedule),
}

impl Sweep<'_> {
    fn jobs(
        &self,
        at: usize,
        baseline: &Result<Baseline<'_>, Vec<Finding>>,
        shared: &[Shared],
    ) -> Vec<(usize, Job)> {
        let Ok(baseline) = baseline else { return Vec::new() };
        if let Some(only) = &self.extent.only {
            return vec![(at, Job::Only(only.clone()))];
        }
        let single = |(number, point): (usize, &Point)| match self.extent.pairs {
            Some(bound) if point.weighs => Job::Pairs(Box::new(point.clone()), bound),
            _ => match shared[at].without_trace.get(&number) {
                Some(verdict) => Job::Shared(point.place.clone(), Box::new(verdict.clone())),
                None => Job::Single(Box::new(point.clone())),
            },
        };
        let singles = baseline.points().enumerate().filter(|_| !self.extent.drawn_only).map(single);
        let (seed, samples) = self.extent.samples.unwrap_or_default();
        let drawn =
            (0..samples as u64).map(|number| Job::Sample(seed.wrapping_mul(1_000_003).wrapping_add(number)));
        singles.chain(drawn).map(|job| (at, job)).collect()
    }

    fn job(&self, baseline: &Baseline<'_>, job: &Job) -> Played {
        let mut played = Played::default();
        match job {
            Job::Shared(..) => {}
            Job::Single(point) => baseline.add(&mut played, &[point]),
            Job::Pairs(point, bound) => {
                let seen = baseline.extend(&mut played, &[point]);
                for second in seen.iter().flat_map(|seen| after(&Points::of(seen), point, *bound)) {
                    played.pairs += 1;
                    match self.series.stop.is_stopped() {
                        true => played.left_out += 1,
                        false => baseline.add(&mut played, &[point, &second]),
                    }
                }
            }
            Job::Sample(seed) => {
                baseline.sample(&mut played, *seed);
                played.drawn = played.schedules.len();
            }
            Job::Only(schedule) => baseline.only(&mut played, schedule),
        }
        played
    }

    fn report(&self, scenario: &Scenario, baseline: &Result<Baseline<'_>, Vec<Finding>>) -> ScenarioSweep {
        let (without, total, standing) = match baseline {
            Ok(baseline) => (Ok(baseline.without().clone()), baseline.total(), baseline.points().count()),
            Err(findings) => (Err(findings.clone()), 0, 0),
        };
        let pairs = self.extent.pairs.map(|_| 0);
        let (scenario, schedules) = (title(scenario), Vec::new());
        let (drawn, left_out, shared, story) = (0, 0, 0, None);
        ScenarioSweep { scenario, without, schedules, total, standing, shared, pairs, drawn, left_out, story }
    }
}

impl ScenarioSweep {
    fn take(&mut self, played: Played) {
        self.schedules.extend(played.schedules);
        self.pairs = self.pairs.map(|pairs| pairs + played.pairs);
        self.drawn += played.drawn;
        self.left_out += played.left_out;
        self.shared += played.shared;
        self.story = self.story.take().or(played.story);
    }
}
