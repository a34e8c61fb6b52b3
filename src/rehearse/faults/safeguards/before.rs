//! A world while every safeguard is in its place: what must be told apart from the loss of one.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::super::baseline::Baseline;
use super::super::judge::Harm;
use super::super::schedule::Schedule;
use super::super::series::Series;
use super::super::sweep::{Extent, Sweep};
use super::super::trial::{End, Verdict};
use crate::ids::StepKey;
use crate::rehearse::load::{Rehearsal, title};
use crate::rehearse::parallel::across;
use crate::rehearse::play::Pace;
use crate::resolve::Loader;
use crate::run::StopSignal;
use crate::syntax::ast::Scenario;

/// A world and its runbook as they are.
pub(super) struct Before<'r> {
    pub scenarios: Vec<Scene<'r>>,
    /// What some schedule breaks.
    pub known: BTreeSet<String>,
}

/// One scenario of it.
pub(super) struct Scene<'r> {
    pub title: String,
    pub passes: bool,
    baseline: Option<Baseline<'r>>,
    ends: HashMap<Schedule, Ended>,
}

/// How a schedule ends.
#[derive(Clone)]
pub(super) struct Ended {
    pub end: End,
    /// What a person had to settle.
    pub settled: BTreeSet<StepKey>,
}

impl Ended {
    pub fn of(verdict: &Verdict) -> Self {
        Self { end: verdict.end, settled: verdict.settled.iter().map(|doubt| doubt.key.clone()).collect() }
    }
}

/// What broke, whatever the words for how: it is the same wherever it breaks.
pub(super) fn breaks(harm: &Harm) -> Option<String> {
    match harm {
        Harm::Always(broken) => Some(format!("always \"{}\"", broken.title)),
        Harm::Unreached(_) => None,
        Harm::Twice { .. }
        | Harm::SentAfter { .. }
        | Harm::Repeated { .. }
        | Harm::Unrecorded { .. }
        | Harm::Nameless
        | Harm::Endless
        | Harm::Record { .. }
        | Harm::Secret { .. }
        | Harm::World(_) => Some(harm.to_string()),
    }
}

impl<'r> Before<'r> {
    /// Plays every scenario, and sweeps it.
    pub fn of(series: &Series<'_>, rehearsal: &'r Rehearsal) -> Self {
        let worlds = vec![rehearsal.path().to_owned()];
        let series = Series { worlds, watch: &|_, _| (), ..series.clone() };
        let scenarios: Vec<_> = rehearsal.all_scenarios().filter(|scenario| series.has(scenario)).collect();
        let scenes =
            across(series.threads, &scenarios, |scenario| Scene::of(rehearsal, scenario, series.loader));
        let swept = Sweep { series, extent: Extent::default() }.run();
        let mut before = Self { scenarios: scenes, known: BTreeSet::new() };
        for (scene, sweep) in before.scenarios.iter_mut().zip(swept.scenarios()) {
            let verdicts = sweep.without.iter().chain(sweep.schedules.iter().map(|(_, verdict)| verdict));
            for verdict in verdicts {
                before.known.extend(verdict.harms.iter().filter_map(breaks));
                scene.ends.insert(verdict.schedule.clone(), Ended::of(verdict));
            }
        }
        before
    }

    /// The scenarios that don't pass.
    pub fn failing(&self) -> Vec<String> {
        self.scenarios.iter().filter(|scene| !scene.passes).map(|scene| scene.title.clone()).collect()
    }
}

impl<'r> Scene<'r> {
    fn of(rehearsal: &'r Rehearsal, scenario: &'r Scenario, loader: &dyn Loader) -> Self {
        let title = title(scenario);
        let played = rehearsal.play(Some(&title), Pace::AtOnce, loader, Arc::new(|_| ()), StopSignal::new());
        let passes = played.is_ok_and(|played| played.passed());
        let baseline = Baseline::of(rehearsal, scenario, loader).ok();
        Self { title, passes, baseline, ends: HashMap::new() }
    }

    /// How this schedule ends while every safeguard is in its place.
    pub fn ended(&self, schedule: &Schedule) -> Option<Ended> {
        let known = self.ends.get(schedule).cloned();
        known.or_else(|| Some(Ended::of(&self.baseline.as_ref()?.verdict(schedule.clone())?)))
    }
}
