//! A scenario played without a fault, and beside it what faults make of it.
//!
//! In: a scenario that can be played. Out: a [`Verdict`] for each schedule. What is shared between schedules is kept here.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::batch::{Batch, batches};
use super::coverage;
use super::foresight::Idle;
use super::judge::{self, Harm};
use super::legs::Legs;
use super::points::{Point, Points, Where};
use super::schedule::{Place, Schedule};
use super::seen::Seen;
use super::situation::Known;
use super::story::Story;
use super::trial::{Shortcuts, Trial};
use super::verdict::Verdict;
use crate::event::Event;
use crate::finding::Finding;
use crate::rehearse::load::Rehearsal;
use crate::rehearse::stage::Stage;
use crate::resolve::Loader;
use crate::run::Foresight;
use crate::syntax::ast::Scenario;

/// What came of faults that were played together.
pub(super) struct Absorbed {
    /// Of the first of them, what came of each alone.
    pub without_trace: Vec<Verdict>,
    /// The numbers of the points that are to be played alone.
    pub traced: Vec<usize>,
}

/// What came of a job.
#[derive(Default)]
pub(super) struct Played {
    pub schedules: Vec<(Where, Verdict)>,
    pub shared: usize,
    pub pairs: usize,
    pub drawn: usize,
    pub left_out: usize,
    pub story: Option<Story>,
}

impl Played {
    /// One schedule.
    pub fn one(place: Where, verdict: Verdict) -> Self {
        Self { schedules: vec![(place, verdict)], ..Self::default() }
    }
}

/// A scenario that was played without a fault.
pub(super) struct Baseline<'r> {
    stage: Stage<'r>,
    seen: Seen,
    /// What came of it without a fault.
    without: Verdict,
    points: Points,
    known: Arc<Known>,
    idle: Arc<Idle>,
    legs: Arc<Legs>,
    /// When each request was sent, and each question asked.
    times: HashMap<Place, Duration>,
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
            let seen = Trial::new(&stage, Schedule::default()).play().await;
            Ok::<_, Vec<Finding>>((stage, seen))
        })?;
        let points = Points::of(&seen);
        let without = seen.verdict(Schedule::default(), None);
        let (idle, times) = (Arc::new(Idle::of(&seen)), times(&seen, &points));
        let (known, legs) = (Arc::default(), Arc::default());
        let baseline = Self { stage, seen, without, points, known, idle, legs, times };
        let legs = Arc::new(baseline.survey().unwrap_or_default());
        Ok(Self { legs, ..baseline })
    }

    /// The stages that the first runner passes without a fault; nothing where it goes otherwise without the looks that show nothing new.
    fn survey(&self) -> Option<Legs> {
        let trial = || Trial::new(&self.stage, Schedule::default()).joining(&self.known);
        let (seen, legs) = self.inside(|| trial().survey(&self.idle))?;
        let alike = seen.ends.len() == self.seen.ends.len() && seen.lasted == self.seen.lasted;
        if !alike || !self.came_as_foreseen(&seen, Duration::MAX) {
            return None;
        }
        seen.throughs(&self.without)
            .for_each(|(situation, through)| self.known.learn_through(situation, through));
        Some(legs)
    }

    /// What came of it without a fault.
    pub fn without(&self) -> &Verdict {
        &self.without
    }

    /// Where faults can strike.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.points.points.iter()
    }

    /// How many faults there are, with those that others stand for.
    pub fn total(&self) -> usize {
        self.points.total
    }

    /// How much there is to play, beside other scenarios.
    pub fn cost(&self) -> usize {
        self.points.points.len() * self.seen.sent.len()
    }

    /// The looks that may be struck in one play, those points left out that are not `wanted` by their numbers.
    pub fn batches(&self, wanted: impl Fn(usize) -> bool) -> Vec<Batch> {
        batches(&self.seen, &self.points.points, wanted)
    }

    /// Plays a batch.
    pub fn absorbed(&self, batch: &Batch) -> Option<Absorbed> {
        let points = batch.numbers().filter_map(|number| self.points.points.get(number));
        let injections: Vec<_> = points.map(|point| point.injection.clone()).collect();
        let (all, sparing) = (Schedule(injections.clone()), batch.sparing(&self.idle));
        let ahead = Arc::clone(&sparing) as Arc<dyn Foresight>;
        let seen = self.inside(|| Trial::new(&self.stage, all).sparing(ahead).play())?;
        let count = batch.without_trace(&self.seen, &seen, &sparing);
        let (harmless, left_a_trace) = (self.is_harmless(&seen, count), count < injections.len());
        let traced = match (harmless, left_a_trace) {
            (_, true) => batch.numbers().skip(count).take(1).collect(),
            (true, false) => Vec::new(),
            (false, false) => batch.numbers().collect(),
        };
        let fates = injections.into_iter().zip(batch.looks(&seen)).take(if harmless { count } else { 0 });
        let without_trace =
            fates.map(|(injection, events)| self.as_without(Schedule(vec![injection]), events)).collect();
        Some(Absorbed { without_trace, traced })
    }

    /// Whether the faults of a batch did no harm, of which so many left no trace: those after one that did may not be reached.
    fn is_harmless(&self, seen: &Seen, count: usize) -> bool {
        let mut harms = judge::harms(seen, Some(&self.seen)).into_iter();
        harms.all(|harm| matches!(harm, Harm::Unreached(_)) && count < seen.struck.len())
    }

    /// What came of a fault that left no trace but these events.
    fn as_without<'e>(&self, schedule: Schedule, events: impl Iterator<Item = &'e Event>) -> Verdict {
        let exercised = &self.without.exercised | &coverage::exercised(events);
        Verdict { schedule, exercised, ..self.without.clone() }
    }

    /// Plays a schedule of these points.
    pub fn add(&self, played: &mut Played, points: &[&Point]) {
        let verdict = self.verdict(Schedule(points.iter().map(|point| point.injection.clone()).collect()));
        let place = points.first().map(|point| point.place.clone());
        played.schedules.extend(place.zip(verdict));
    }

    /// Plays a schedule of these points; gives what was seen of it.
    pub fn extend(&self, played: &mut Played, points: &[&Point]) -> Option<Seen> {
        let schedule = Schedule(points.iter().map(|point| point.injection.clone()).collect());
        let seen = self.play(schedule.clone())?;
        let place = points.first()?.place.clone();
        played.schedules.push((place, seen.verdict(schedule, Some(&self.seen))));
        Some(seen)
    }

    /// Plays all of a schedule.
    fn play(&self, schedule: Schedule) -> Option<Seen> {
        self.inside(|| Trial::new(&self.stage, schedule).play())
    }

    /// Plays what is not known of a schedule whose first fault strikes then.
    fn cut_short(&self, schedule: Schedule, fault: Duration) -> Option<Seen> {
        let (idle, legs) = (Arc::clone(&self.idle), Arc::clone(&self.legs));
        let trial = || Trial::new(&self.stage, schedule).joining(&self.known);
        self.inside(|| trial().cut_short(Shortcuts { idle, legs, fault }).play())
    }

    /// Plays in a runtime of its own.
    fn inside<P: Future>(&self, play: impl FnOnce() -> P) -> Option<P::Output> {
        let runtime = self.stage.rehearsal.runtime().ok()?;
        Some(runtime.block_on(async { play().await }))
    }

    /// When the first of these faults strikes; at once, if that is not known.
    fn strikes(&self, schedule: &Schedule) -> Duration {
        let times = schedule.0.iter().filter_map(|injection| self.times.get(&injection.place));
        times.min().copied().unwrap_or_default()
    }

    /// Whether all that was sent before `fault` was sent when it is sent without a fault.
    fn came_as_foreseen(&self, seen: &Seen, fault: Duration) -> bool {
        let mut before = seen.sent.iter().take_while(|sent| sent.at < fault);
        before.all(|sent| self.times.get(&sent.place) == Some(&sent.at))
    }

    /// What comes of a schedule. Where it comes to a situation from which another went on without harm, what follows is the
    /// same.
    pub fn verdict(&self, schedule: Schedule) -> Option<Verdict> {
        let fault = self.strikes(&schedule);
        let seen = self.cut_short(schedule.clone(), fault)?;
        let verdict = seen.verdict(schedule.clone(), Some(&self.seen));
        // What did harm is shown whole.
        if !verdict.harms.is_empty() || seen.mistaken || !self.came_as_foreseen(&seen, fault) {
            return Some(self.play(schedule.clone())?.verdict(schedule, Some(&self.seen)));
        }
        let verdict = match &seen.goes_on {
            Some(goes_on) => verdict.followed_by(goes_on),
            None => verdict,
        };
        seen.throughs(&verdict).for_each(|(situation, through)| self.known.learn_through(situation, through));
        seen.rests(&verdict).for_each(|(situation, rest)| self.known.learn(situation, rest));
        Some(verdict)
    }

    /// Draws a fault, then one of those that can follow it, and perhaps a third.
    pub fn sample(&self, played: &mut Played, seed: u64) {
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
        self.add(played, &chosen.iter().collect::<Vec<_>>());
    }

    pub fn only(&self, played: &mut Played, schedule: &Schedule) {
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

/// The questions are known by the faults that can strike there.
fn times(seen: &Seen, points: &Points) -> HashMap<Place, Duration> {
    let asked = points.points.iter().map(|point| (point.injection.place.clone(), point.at.time));
    asked.chain(seen.sent.iter().map(|sent| (sent.place.clone(), sent.at))).collect()
}

/// The faults that can strike after this one did, at the next `bound` places that weigh.
pub(super) fn after(points: &Points, first: &Point, bound: usize) -> Vec<Point> {
    let is_there = |point: &Point| point.injection.place == first.injection.place;
    let struck = points.points.iter().rposition(is_there);
    let at = struck.map_or(first.at.time, |at| points.points[at].at.time);
    let follow = &points.points[struck.map_or(0, |struck| struck + 1)..];
    // An intent of the same instant may be on record before the first fault strikes.
    let is_later =
        |point: &Point| point.at.time > at || (point.at.time == at && !point.injection.kind.is_at_intent());
    let later = follow.iter().filter(|point| point.weighs && is_later(point));
    let mut places = BTreeSet::new();
    let within = |point: &&Point| {
        places.insert(point.injection.place.clone());
        places.len() <= bound
    };
    later.take_while(within).cloned().collect()
}
