//! A world while every safeguard is in its place: what must be told apart from the loss of one.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::super::baseline::Baseline;
use super::super::judge::Harm;
use super::super::schedule::Schedule;
use super::super::series::Series;
use super::super::verdict::{End, Verdict};
use crate::ids::StepKey;
use crate::parallel::across;
use crate::rehearse::load::{Rehearsal, title};
use crate::rehearse::play::Pace;
use crate::resolve::Loader;
use crate::run::StopSignal;
use crate::syntax::ast::Scenario;

/// A world and its runbook as they are.
pub(super) struct Before<'r> {
    pub scenarios: Vec<Scene<'r>>,
}

/// One scenario of it.
pub(super) struct Scene<'r> {
    pub title: String,
    pub passes: bool,
    rehearsal: &'r Rehearsal,
    scenario: &'r Scenario,
    loader: &'r dyn Loader,
    baseline: OnceLock<Option<Baseline<'r>>>,
    ends: Mutex<HashMap<Schedule, Ended>>,
}

/// How a schedule ends.
#[derive(Clone)]
pub(super) struct Ended {
    pub end: End,
    /// What a person had to settle.
    pub settled: BTreeSet<StepKey>,
    /// What broke.
    pub broke: BTreeSet<String>,
}

impl Ended {
    fn of(verdict: &Verdict) -> Self {
        Self {
            end: verdict.end,
            settled: verdict.settled.iter().map(|doubt| doubt.key.clone()).collect(),
            broke: verdict.harms.iter().filter_map(breaks).collect(),
        }
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
    /// Plays every scenario.
    pub fn of(series: &Series<'r>, rehearsal: &'r Rehearsal) -> Self {
        let scenarios: Vec<_> = rehearsal.all_scenarios().filter(|scenario| series.has(scenario)).collect();
        let scene = |scenario: &&'r Scenario| Scene::of(rehearsal, scenario, series.loader);
        Self { scenarios: across(series.threads, &scenarios, scene) }
    }

    /// The scenarios that don't pass.
    pub fn failing(&self) -> Vec<String> {
        self.scenarios.iter().filter(|scene| !scene.passes).map(|scene| scene.title.clone()).collect()
    }

    /// What some schedule broke, of those that were compared.
    pub fn broke(&self) -> Vec<String> {
        let broke = self.scenarios.iter().flat_map(|scene| {
            let ends = scene.ends();
            ends.values().flat_map(|ended| ended.broke.clone()).collect::<Vec<_>>()
        });
        broke.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl<'r> Scene<'r> {
    fn of(rehearsal: &'r Rehearsal, scenario: &'r Scenario, loader: &'r dyn Loader) -> Self {
        let title = title(scenario);
        let played = rehearsal.play(Some(&title), Pace::AtOnce, loader, Arc::new(|_| ()), StopSignal::new());
        let passes = played.is_ok_and(|played| played.passed());
        let (baseline, ends) = (OnceLock::new(), Mutex::default());
        Self { title, passes, rehearsal, scenario, loader, baseline, ends }
    }

    /// How this schedule ends while every safeguard is in its place; nothing where it can't be played.
    pub fn ended(&self, schedule: &Schedule) -> Option<Ended> {
        if let Some(known) = self.ends().get(schedule) {
            return Some(known.clone());
        }
        let baseline = self.baseline()?;
        let mut ended = Ended::of(&baseline.verdict(schedule.clone())?);
        // A verdict does not count what breaks without a fault.
        ended.broke.extend(baseline.without().harms.iter().filter_map(breaks));
        self.ends().insert(schedule.clone(), ended.clone());
        Some(ended)
    }

    fn baseline(&self) -> Option<&Baseline<'r>> {
        let played = || Baseline::of(self.rehearsal, self.scenario, self.loader).ok();
        self.baseline.get_or_init(played).as_ref()
    }

    fn ends(&self) -> MutexGuard<'_, HashMap<Schedule, Ended>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
