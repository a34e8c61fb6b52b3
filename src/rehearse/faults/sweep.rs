//! Every scenario of many worlds, under every fault, over the cores.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::coverage::Coverage;
use super::points::{Point, Points, Where};
use super::schedule::Schedule;
use super::series::Series;
use super::story::Story;
use super::trial::{Seen, Sometimes, Trial, Verdict};
use crate::finding::Finding;
use crate::rehearse::load::{Rehearsal, title};
use crate::rehearse::parallel::across;
use crate::rehearse::stage::Stage;
use crate::resolve::Loader;
use crate::source::Sources;
use crate::syntax::ast::Scenario;

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
    /// What all of its scenarios together say of the runbook; nothing of a world that can't be played.
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
        let worst = self.scenarios.iter().map(ScenarioSweep::conclusion).max();
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

    /// How many schedules were played.
    #[must_use]
    pub fn played(&self) -> usize {
        self.scenarios().map(|scenario| scenario.schedules.len()).sum()
    }
}

/// A scenario that was played without a fault.
pub(super) struct Baseline<'r> {
    stage: Stage<'r>,
    seen: Seen,
    points: Points,
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
                let scenarios = self.scenarios(&rehearsal);
                let coverage = Coverage::of(&rehearsal.world.runbook, &scenarios);
                let (title, sources, findings) = (rehearsal.title(), rehearsal.sources, rehearsal.findings);
                WorldSweep { path, title, sources, findings, scenarios, coverage }
            }
            Err(unplayable) => {
                let (title, sources, findings) = (String::new(), unplayable.sources, unplayable.findings);
                let (scenarios, coverage) = (Vec::new(), Coverage::default());
                WorldSweep { path, title, sources, findings, scenarios, coverage }
            }
        }
    }

    fn scenarios(&self, rehearsal: &Rehearsal) -> Vec<ScenarioSweep> {
        let series = &self.series;
        let scenarios: Vec<_> = rehearsal.all_scenarios().filter(|scenario| series.has(scenario)).collect();
        let baselines = across(series.threads, &scenarios, |scenario| self.baseline(rehearsal, scenario));
        let jobs: Vec<_> = baselines.iter().enumerate().flat_map(|(at, one)| self.jobs(at, one)).collect();
        let ended = std::sync::atomic::AtomicUsize::new(0);
        let played = across(series.threads, &jobs, |(at, job)| {
            let baseline = baselines[*at].as_ref().ok()?;
            if series.stop.is_stopped() {
                return Some((*at, Played { left_out: 1, ..Played::default() }));
            }
            let played = self.job(baseline, job);
            (series.watch)(1 + ended.fetch_add(1, std::sync::atomic::Ordering::Relaxed), jobs.len());
            Some((*at, played))
        });
        let mut reports: Vec<_> =
            scenarios.iter().zip(&baselines).map(|(scenario, one)| self.report(scenario, one)).collect();
        for (at, played) in played.into_iter().flatten() {
            reports[at].take(played);
        }
        reports
    }

    fn baseline<'r>(
        &self,
        rehearsal: &'r Rehearsal,
        scenario: &'r Scenario,
    ) -> Result<Baseline<'r>, Vec<Finding>> {
        Baseline::of(rehearsal, scenario, self.series.loader)
    }
}

/// What is played, and what follows from it.
enum Job {
    Single(Box<Point>),
    /// With every second fault within the bound.
    Pairs(Box<Point>, usize),
    /// Of two or three faults, by this seed.
    Sample(u64),
    Only(Schedule),
}

/// What came of a job.
#[derive(Default)]
struct Played {
    schedules: Vec<(Where, Verdict)>,
    pairs: usize,
    drawn: usize,
    left_out: usize,
    story: Option<Story>,
}

impl Sweep<'_> {
    fn jobs(&self, at: usize, baseline: &Result<Baseline<'_>, Vec<Finding>>) -> Vec<(usize, Job)> {
        let Ok(baseline) = baseline else { return Vec::new() };
        if let Some(only) = &self.extent.only {
            return vec![(at, Job::Only(only.clone()))];
        }
        let single = |point: &Point| match self.extent.pairs {
            Some(bound) if point.weighs => Job::Pairs(Box::new(point.clone()), bound),
            _ => Job::Single(Box::new(point.clone())),
        };
        let points: &[Point] = if self.extent.drawn_only { &[] } else { &baseline.points.points };
        let singles = points.iter().map(single);
        let (seed, samples) = self.extent.samples.unwrap_or_default();
        let drawn =
            (0..samples as u64).map(|number| Job::Sample(seed.wrapping_mul(1_000_003).wrapping_add(number)));
        singles.chain(drawn).map(|job| (at, job)).collect()
    }

    fn job(&self, baseline: &Baseline<'_>, job: &Job) -> Played {
        let mut played = Played::default();
        match job {
            Job::Single(point) => _ = baseline.extend(&mut played, &[point]),
            Job::Pairs(point, bound) => {
                let seen = baseline.extend(&mut played, &[point]);
                for second in seen.iter().flat_map(|points| after(points, point, *bound)) {
                    played.pairs += 1;
                    match self.series.stop.is_stopped() {
                        true => played.left_out += 1,
                        false => _ = baseline.extend(&mut played, &[point, &second]),
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
            Ok(baseline) => {
                let points = &baseline.points;
                (Ok(baseline.without()), points.total, points.points.len())
            }
            Err(findings) => (Err(findings.clone()), 0, 0),
        };
        let pairs = self.extent.pairs.map(|_| 0);
        let (scenario, schedules) = (title(scenario), Vec::new());
        let (drawn, left_out, story) = (0, 0, None);
        ScenarioSweep { scenario, without, schedules, total, standing, pairs, drawn, left_out, story }
    }
}

impl ScenarioSweep {
    fn take(&mut self, played: Played) {
        self.schedules.extend(played.schedules);
        self.pairs = self.pairs.map(|pairs| pairs + played.pairs);
        self.drawn += played.drawn;
        self.left_out += played.left_out;
        self.story = self.story.take().or(played.story);
    }
}

impl<'r> Baseline<'r> {
    /// Plays it.
    pub fn of(
        rehearsal: &'r Rehearsal,
        scenario: &'r Scenario,
        loader: &dyn Loader,
    ) -> Result<Self, Vec<Finding>> {
        if let Some(finding) = Rehearsal::unexpecting(scenario) {
            return Err(vec![finding]);
        }
        let runtime = rehearsal.runtime().map_err(|finding| vec![finding])?;
        let (stage, seen) = runtime.block_on(async {
            let stage = rehearsal.stage(Some(scenario), loader)?;
            let seen = Trial::play(&stage, Schedule::default()).await;
            Ok::<_, Vec<Finding>>((stage, seen))
        })?;
        let points = Points::of(&seen);
        Ok(Self { stage, seen, points })
    }

    /// What came of it without a fault.
    pub fn without(&self) -> Verdict {
        self.seen.verdict(Schedule::default(), None)
    }

    /// Where faults can strike.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.points.points.iter()
    }

    /// How much there is to play, beside other scenarios.
    pub fn cost(&self) -> usize {
        self.points.points.len() * self.seen.sent.len()
    }

    /// What comes of this schedule.
    pub fn verdict(&self, schedule: Schedule) -> Option<Verdict> {
        Some(self.play(schedule.clone())?.verdict(schedule, Some(&self.seen)))
    }
}

impl Baseline<'_> {
    /// Plays a schedule of these points; gives the points of what came of it.
    fn extend(&self, played: &mut Played, points: &[&Point]) -> Option<Points> {
        let schedule = Schedule(points.iter().map(|point| point.injection.clone()).collect());
        let seen = self.play(schedule.clone())?;
        let after = Points::of(&seen);
        let place = points.first()?.place.clone();
        played.schedules.push((place, seen.verdict(schedule, Some(&self.seen))));
        Some(after)
    }

    fn play(&self, schedule: Schedule) -> Option<Seen> {
        let runtime = self.stage.rehearsal.runtime().ok()?;
        Some(runtime.block_on(Trial::play(&self.stage, schedule)))
    }

    /// Draws a fault, then one of those that can follow it, and perhaps a third.
    fn sample(&self, played: &mut Played, seed: u64) {
        let mut draw = fastrand::Rng::with_seed(seed);
        let mut chosen: Vec<Point> = Vec::new();
        let mut from = self.points.points.clone();
        for _ in 0..2 + usize::from(draw.bool()) {
            if from.is_empty() {
                break;
            }
            chosen.push(from[draw.usize(..from.len())].clone());
            let schedule = Schedule(chosen.iter().map(|point| point.injection.clone()).collect());
            let Some(seen) = self.play(schedule.clone()) else { return };
            from = chosen.last().map_or(Vec::new(), |last| after(&Points::of(&seen), last, usize::MAX));
            if from.is_empty() || chosen.len() == 3 {
                played.schedules.push((chosen[0].place.clone(), seen.verdict(schedule, Some(&self.seen))));
                return;
            }
        }
        let points: Vec<&Point> = chosen.iter().collect();
        self.extend(played, &points);
    }

    fn only(&self, played: &mut Played, schedule: &Schedule) {
        let Some(seen) = self.play(schedule.clone()) else { return };
        let first = schedule.0.first();
        let of_first = |point: &&Point| first.is_some_and(|first| first.place == point.injection.place);
        let place = self.points.points.iter().find(of_first).map(|point| point.place.clone());
        played.story = Some(Story::of(&seen));
        let verdict = seen.verdict(schedule.clone(), Some(&self.seen));
        let nowhere =
            || Where { stage: 0, title: String::new(), span: None, text: schedule.to_string(), effect: None };
        played.schedules.push((place.unwrap_or_else(nowhere), verdict));
    }
}

/// The faults that can strike after this one did, at the next `bound` places that weigh.
fn after(points: &Points, first: &Point, bound: usize) -> Vec<Point> {
    let struck = points.points.iter().position(|point| point.injection.place == first.injection.place);
    let at = struck.map_or(first.at, |at| points.points[at].at);
    let later = points
        .points
        .iter()
        .filter(|point| point.weighs && point.at >= at && point.injection.place != first.injection.place);
    let mut places = BTreeSet::new();
    let within = |point: &&Point| {
        places.insert(point.injection.place.clone());
        places.len() <= bound
    };
    later.take_while(within).cloned().collect()
}
