//! The search for what shows that one safeguard is gone: the scenarios first, then their schedules, those that strike near it before the others.

use std::sync::Arc;

use super::super::baseline::Baseline;
use super::super::points::Point;
use super::super::schedule::Schedule;
use super::super::verdict::{End, Verdict};
use super::before::{Before, Scene, breaks};
use super::list::{Means, Safeguard};
use super::without::Without;
use super::{Depth, Exposure, Loss};
use crate::finding::Finding;
use crate::rehearse::load::Rehearsal;
use crate::rehearse::play::{Pace, Played};
use crate::resolve::Loader;
use crate::run::StopSignal;

/// One safeguard, and the world that it is taken out of.
pub(super) struct Search<'s, 'r> {
    pub rehearsal: &'s Rehearsal,
    pub before: &'s Before<'r>,
    pub safeguard: &'s Safeguard,
    pub depth: Depth,
    pub loader: &'s dyn Loader,
    pub stop: &'s StopSignal,
}

/// A scenario without the safeguard, and with it.
struct Pair<'p, 'r> {
    scene: &'p Scene<'r>,
    baseline: Baseline<'p>,
}

/// Why the search is over.
enum Over {
    Exposed(Exposure),
    Stays(String),
    Stopped,
}

impl<'r> Search<'_, 'r> {
    /// What becomes of the runbook without it.
    pub fn loss(&self) -> Loss {
        let searched = self.search();
        match searched {
            Ok((scenarios, schedules)) => Loss::Unexposed { scenarios, schedules },
            Err(Over::Exposed(exposure)) => Loss::Exposed(exposure),
            Err(Over::Stays(why)) => Loss::Stays { why },
            Err(Over::Stopped) => Loss::Untried,
        }
    }

    /// How many scenarios and schedules don't miss it.
    fn search(&self) -> Result<(usize, usize), Over> {
        self.go_on()?;
        let (left, loader) =
            Without::load(self.rehearsal, self.safeguard, self.loader).map_err(Over::Stays)?;
        let scenes: Vec<_> = self.before.scenarios.iter().filter(|scene| scene.passes).collect();
        for scene in &scenes {
            self.go_on()?;
            self.played(&left, &loader, scene)?;
        }
        let mut pairs = Vec::new();
        for scene in &scenes {
            self.go_on()?;
            pairs.push(self.pair(&left, &loader, scene)?);
        }
        pairs.sort_by_key(|pair| pair.baseline.cost());
        let schedules = match self.depth {
            Depth::Scenarios => 0,
            Depth::Faults => self.swept(&pairs)?,
        };
        Ok((scenes.len(), schedules))
    }

    fn go_on(&self) -> Result<(), Over> {
        if self.stop.is_stopped() { Err(Over::Stopped) } else { Ok(()) }
    }

    /// The scenario as it is.
    fn played(&self, left: &Rehearsal, loader: &dyn Loader, scene: &Scene<'_>) -> Result<(), Over> {
        let (events, stop) = (Arc::new(|_: &_| ()), StopSignal::new());
        let played = left.play(Some(&scene.title), Pace::AtOnce, loader, events, stop).map_err(stays)?;
        match broke(&played) {
            Some(broke) => Err(exposed(scene, None, broke)),
            None => Ok(()),
        }
    }

    /// The scenario as it is, resumed until it ends for good.
    fn pair<'p>(
        &self,
        left: &'p Rehearsal,
        loader: &dyn Loader,
        scene: &'p Scene<'r>,
    ) -> Result<Pair<'p, 'r>, Over> {
        let scenario = left.scenario(&scene.title).map_err(|finding| stays(vec![finding]))?;
        let baseline = Baseline::of(left, scenario, loader).map_err(stays)?;
        match self.misses(scene, baseline.without()) {
            Some(broke) => Err(exposed(scene, Some(Schedule::default()), broke)),
            None => Ok(Pair { scene, baseline }),
        }
    }

    /// How many schedules there are, none of which misses it.
    fn swept(&self, pairs: &[Pair<'_, '_>]) -> Result<usize, Over> {
        let mut candidates: Vec<(&Pair<'_, '_>, &Point)> =
            pairs.iter().flat_map(|pair| pair.baseline.points().map(move |point| (pair, point))).collect();
        candidates.sort_by_key(|(_, point)| self.is_far(point));
        for (pair, point) in &candidates {
            self.go_on()?;
            let schedule = Schedule(vec![point.injection.clone()]);
            let Some(verdict) = pair.baseline.verdict(schedule.clone()) else { continue };
            if let Some(broke) = self.misses(pair.scene, &verdict) {
                return Err(exposed(pair.scene, Some(schedule), broke));
            }
        }
        Ok(candidates.len())
    }

    /// In another stage, of which nothing is known of a safeguard that is in none.
    fn is_far(&self, point: &Point) -> bool {
        self.safeguard.stage.as_ref().is_some_and(|stage| *stage != point.place.title)
    }

    /// What shows in this verdict that the safeguard is gone.
    fn misses(&self, scene: &Scene<'_>, verdict: &Verdict) -> Option<String> {
        let missed = match self.safeguard.spot.means {
            Means::DoneWhen => misses_answer(scene, verdict),
            Means::Undo => misses_way_back(scene, verdict),
            Means::Wait
            | Means::Look
            | Means::Stable
            | Means::Guard
            | Means::Invariant
            | Means::Assert
            | Means::Approve => None,
        };
        harms(scene, verdict).or(missed)
    }
}

/// It breaks what does not break with the safeguard in its place.
fn harms(scene: &Scene<'_>, verdict: &Verdict) -> Option<String> {
    let mut harms = verdict.harms.iter().filter_map(|harm| Some((harm, breaks(harm)?))).peekable();
    harms.peek()?;
    let before = scene.ended(&verdict.schedule)?;
    harms.find(|(_, name)| !before.broke.contains(name)).map(|(harm, _)| harm.to_string())
}

/// A person had to say what the runbook itself could find out.
fn misses_answer(scene: &Scene<'_>, verdict: &Verdict) -> Option<String> {
    if verdict.settled.is_empty() {
        return None;
    }
    let before = scene.ended(&verdict.schedule)?;
    let doubt = verdict.settled.iter().find(|doubt| !before.settled.contains(&doubt.key))?;
    Some(format!("a person has to find out whether `{}` took effect", doubt.request))
}

/// It stops where it could be taken back.
fn misses_way_back(scene: &Scene<'_>, verdict: &Verdict) -> Option<String> {
    if verdict.end != End::Stopped || scene.ended(&verdict.schedule)?.end != End::Undone {
        return None;
    }
    let why = verdict.failure.as_ref().map(|failure| format!(": {}", failure.title)).unwrap_or_default();
    Some(format!("it can't be taken back{why}"))
}

fn exposed(scene: &Scene<'_>, schedule: Option<Schedule>, broke: String) -> Over {
    Over::Exposed(Exposure { scenario: scene.title.clone(), schedule, broke })
}

fn stays(findings: Vec<Finding>) -> Over {
    Over::Stays(findings.into_iter().next().map_or_else(String::new, |finding| finding.title))
}

/// What a scenario fails by: what must always be true first.
fn broke(played: &Played) -> Option<String> {
    let error = played.error.iter().map(|error| format!("the world is wrong: {}", error.finding.title));
    let broken = played.broken.iter().map(|broken| format!("`{}` is broken: {}", broken.title, broken.said));
    let unmet = played.expectations.iter().filter(|expectation| !expectation.held);
    let unmet = unmet.map(|one| format!("`{}` is not met: {}", one.what, one.detail));
    broken.chain(error).chain(unmet).next()
}
