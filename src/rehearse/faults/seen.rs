//! What was seen of one schedule, and what can be told from it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::coverage;
use super::judge;
use super::junctions::Passage;
use super::kind::Kind;
use super::schedule::{Injection, Schedule};
use super::situation::{Rest, Situation, StoppedAt, Through};
use super::story::Story;
use super::town::Sent;
use super::verdict::{End, Sometimes, Verdict};
use crate::event::{Event, RunResult};
use crate::ids::StepKey;
use crate::journal::Doubt;
use crate::run::RunReport;
use crate::source::Span;
use crate::world::{BrokenAlways, WorldError};

/// What was seen of one schedule, all of it.
pub(super) struct Seen {
    pub sent: Vec<Sent>,
    /// What is on record.
    pub events: Vec<Event>,
    /// What was said and lost with a runner.
    pub lost: Vec<Event>,
    pub ends: Vec<LifeEnd>,
    pub settled: Vec<Doubt>,
    pub struck: Vec<(Injection, Option<Duration>)>,
    pub broken: Vec<BrokenAlways>,
    pub error: Option<WorldError>,
    pub end: End,
    pub endless: bool,
    pub lasted: Duration,
    /// The situations that the run was in before each runner but the first.
    pub departures: Vec<Departure>,
    /// What follows was played before.
    pub goes_on: Option<GoesOn>,
    /// The stages that were passed, and by whom.
    pub passages: Vec<Passage>,
    /// A look that was not made would have shown something else.
    pub mistaken: bool,
    /// The lines of output in which a secret stands, each with its step.
    pub showing: BTreeSet<(StepKey, String)>,
}

/// A situation that a run went on from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Departure {
    pub situation: Situation,
    /// How many runners it had taken, how many doubts a person had settled and how many events were on record by then.
    pub lives: usize,
    pub settled: usize,
    pub events: usize,
}

/// Where a run comes to that was played to its end before.
#[derive(Clone, Debug)]
pub(super) enum GoesOn {
    /// Between two runners.
    From(Box<Rest>),
    /// Behind a stage.
    Through(Through),
}

/// How one runner came to its end.
#[derive(Clone, Debug)]
pub(super) struct LifeEnd {
    pub at: Duration,
    /// Nothing: it was killed.
    pub report: Option<RunReport>,
    pub lost_its_lease: bool,
    /// How many events were on record by then.
    pub events: usize,
    /// What was in doubt by then.
    pub in_doubt: BTreeSet<StepKey>,
}

impl LifeEnd {
    pub fn stopped_at(&self) -> StoppedAt {
        let failure = self.report.as_ref()?.failure.as_ref()?;
        Some((failure.title.clone(), failure.span))
    }

    fn was_denied(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.result == RunResult::Denied)
    }
}

impl Seen {
    /// When an event happened on the world's clock; on the run's own no time passes while nobody carries it out.
    pub fn time_of(&self, event: &Event) -> Duration {
        let began = self.events.first().map_or(event.wall, |first| first.wall);
        event.wall.duration_since(began).try_into().unwrap_or_default()
    }

    /// Judges what was seen, beside the same scenario without a fault.
    pub fn verdict(&self, schedule: Schedule, without: Option<&Seen>) -> Verdict {
        let harms = judge::harms(self, without);
        let sometimes = self.sometimes();
        let failure = self.ends.last().and_then(|end| end.report.as_ref()?.failure.clone());
        let (end, lives, settled, lasted) = (self.end, self.ends.len(), self.settled.clone(), self.lasted);
        let exercised = coverage::exercised(self.events.iter().chain(&self.lost));
        let story = (!harms.is_empty()).then(|| Box::new(Story::of(self)));
        Verdict { schedule, end, failure, lives, settled, harms, sometimes, lasted, exercised, story }
    }

    /// What came of each situation that the run went on from, by what came of it in the end.
    pub fn rests<'v>(&'v self, verdict: &'v Verdict) -> impl Iterator<Item = (Situation, Rest)> + 'v {
        let stopped_at = |life: usize| self.ends.get(life).and_then(LifeEnd::stopped_at);
        let follows = match &self.goes_on {
            Some(GoesOn::From(rest)) => Some(rest),
            _ => None,
        };
        self.departures.iter().map(move |departure| {
            let ends = &self.ends[departure.lives..];
            let rest = Rest {
                stops: (stopped_at(departure.lives.wrapping_sub(1)), stopped_at(departure.lives)),
                end: verdict.end,
                failure: verdict.failure.clone(),
                lives: verdict.lives - departure.lives,
                settled: verdict.settled[departure.settled..].to_vec(),
                in_doubt: self.doubtful(ends) || follows.is_some_and(|rest| rest.in_doubt),
                denied: ends.iter().any(LifeEnd::was_denied) || follows.is_some_and(|rest| rest.denied),
                exercised: self.exercised_after(departure.events),
                lasted: verdict.lasted,
            };
            (departure.situation, rest)
        })
    }

    /// What deals with faults and was carried out after so many events, to the end.
    fn exercised_after(&self, events: usize) -> BTreeSet<Span> {
        let mut exercised = coverage::exercised(&self.events[events..]);
        match &self.goes_on {
            Some(GoesOn::From(rest)) => exercised.extend(&rest.exercised),
            Some(GoesOn::Through(through)) => exercised.extend(&through.exercised),
            None => {}
        }
        exercised
    }

    /// Whether one of these runners, the last that were seen, ended with a step in doubt and was followed by another.
    fn doubtful(&self, ends: &[LifeEnd]) -> bool {
        let last = usize::from(!matches!(self.goes_on, Some(GoesOn::From(_))));
        let followed = &ends[..ends.len().saturating_sub(last)];
        followed.iter().any(|end| !end.in_doubt.is_empty())
    }

    /// What came of it behind each stage that its last runner passed, if that was a good end.
    pub fn throughs<'v>(&'v self, verdict: &'v Verdict) -> impl Iterator<Item = (Situation, Through)> + 'v {
        let goes_on_between_runners = matches!(self.goes_on, Some(GoesOn::From(_)));
        let went_through =
            verdict.end == End::Succeeded && verdict.harms.is_empty() && !goes_on_between_runners;
        let passages =
            self.passages.iter().filter(move |passage| went_through && passage.life + 1 == self.ends.len());
        passages.map(move |passage| {
            let lasted = verdict.lasted.saturating_sub(passage.at);
            (passage.situation, Through { lasted, exercised: self.exercised_after(passage.events) })
        })
    }

    fn sometimes(&self) -> BTreeSet<Sometimes> {
        let struck = |kind| self.struck.iter().any(|(injection, at)| injection.kind == kind && at.is_some());
        let denied = self.ends.iter().any(LifeEnd::was_denied);
        let reached = |what: &Sometimes| match what {
            Sometimes::ResumedInDoubt => self.doubtful(&self.ends),
            Sometimes::LeaseLost => self.ends.iter().any(|end| end.lost_its_lease),
            Sometimes::GuardFlipped => struck(Kind::Flipped) && denied,
            Sometimes::InterruptedTwice => struck(Kind::StoppedTwice),
            Sometimes::ApprovalExpired => struck(Kind::Expired),
        };
        Sometimes::ALL.into_iter().map(|(what, _)| what).filter(reached).collect()
    }
}
