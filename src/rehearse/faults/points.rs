//! Where faults can strike, by what was seen of a play: every sending of every request, every intent, every question.
//!
//! A look that is repeated with the same answer while the run changes nothing, in a wait or for an invariant, is the same place
//! over and over: the first and the last of such looks stand for those between them. So does one of the kills after which the
//! record and the world are the same, and one of the stops between which nothing was begun and nothing changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::kind::Kind;
use super::record::step_of;
use super::schedule::{Injection, Place};
use super::seen::Seen;
use super::town::{Carries, Sent};
use crate::backend::Reply;
use crate::event::{Event, EventKind};
use crate::ids::StepKey;
use crate::source::Span;
use crate::value::{Effect, Outcome};

/// The statement at which a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Where {
    /// The stage or checklist around it, by its number as it began; 0 is what goes on beside them.
    pub stage: usize,
    pub title: String,
    /// Where it is written; nothing of a question.
    pub span: Option<Span>,
    /// The request as it was sent first, or the question.
    pub text: String,
    /// Of a request.
    pub effect: Option<Effect>,
}

/// One fault that can strike, and where that is.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub injection: Injection,
    pub place: Where,
    /// It strikes what changes something, or a person.
    pub weighs: bool,
    /// When it would strike.
    pub at: Moment,
}

/// A time of a play, and how much had been said by then: what happens at one instant has an order too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub time: Duration,
    events: usize,
}

/// Every fault that can strike.
#[derive(Debug, Default)]
pub(super) struct Points {
    pub points: Vec<Point>,
    /// With those that others stand for.
    pub total: usize,
}

impl Points {
    /// Every point of what was seen, in the order of their times.
    pub fn of(seen: &Seen) -> Self {
        let places = Places::of(&seen.events);
        let mut points = Self::default();
        let standing = standing(&seen.sent);
        let guarded = guarded(&seen.sent);
        let mut ends = Ends::default();
        for ((sent, stands), come) in seen.sent.iter().zip(standing).zip(progress(&seen.sent)) {
            let kinds = kinds(sent, guarded.contains(&sent.place.key));
            points.total += kinds.len();
            let (place, at) = (places.of_step(sent), Moment { time: sent.at, events: sent.events.1 });
            for kind in kinds.into_iter().filter(|kind| ends.are_new(*kind, sent, stands, come)) {
                points.add(kind, sent.place.clone(), place.clone(), sent.effect != Effect::Check, at);
            }
        }
        points.questions(seen, &places);
        points.points.sort_by_key(|point| point.at);
        points
    }

    fn add(&mut self, kind: Kind, place: Place, at_step: Where, weighs: bool, at: Moment) {
        let injection = Injection { kind, place };
        self.points.push(Point { injection, place: at_step, weighs, at });
    }

    fn questions(&mut self, seen: &Seen, places: &Places) {
        let mut asked = BTreeSet::new();
        for (said, event) in seen.events.iter().enumerate() {
            let (key, text, may_expire) = match &event.kind {
                EventKind::ApprovalAsked { key, text, within, .. } => (key, text, within.is_some()),
                EventKind::ManualAsked { key, text } => (key, text, false),
                _ => continue,
            };
            if !asked.insert(key) {
                continue;
            }
            let kinds =
                [Kind::Declined, Kind::AnsweredLate].into_iter().chain(may_expire.then_some(Kind::Expired));
            for kind in kinds {
                self.total += 1;
                let place = Place { key: key.clone(), number: 1 };
                let at = Moment { time: seen.time_of(event), events: said };
                self.add(kind, place, places.of_question(key, text), true, at);
            }
        }
    }
}

/// The kinds of fault that a request can have.
fn kinds(sent: &Sent, is_guarded: bool) -> Vec<Kind> {
    let applies = |kind: &Kind| applies(*kind, sent, is_guarded);
    Kind::ALL.into_iter().filter(applies).collect()
}

fn applies(kind: Kind, sent: &Sent, is_guarded: bool) -> bool {
    let changes = sent.effect != Effect::Check;
    match kind {
        Kind::Refused | Kind::Hung | Kind::KilledBeforeSending | Kind::KilledBeforeRecord => true,
        Kind::Stopped | Kind::StoppedTwice => true,
        Kind::Unreachable | Kind::Lost => !sent.local,
        Kind::Failed | Kind::Garbage => sent.carries != Carries::Other,
        Kind::LostAfter => (changes || sent.changed) && !sent.local,
        Kind::NoAnswer => changes || sent.changed,
        // What is ended here has no effect later.
        Kind::Late => changes && !sent.local,
        Kind::Flipped => is_guarded,
        // What is sent again has no intent of its own, or one that is counted with the step.
        Kind::LeaseLost | Kind::KilledBeforeIntent => {
            changes && sent.place.number == 1 && step_of(&sent.place.key) == &*sent.place.key.0
        }
        Kind::KilledBeforeAnswer => changes || sent.changed,
        Kind::KilledInResume => changes,
        Kind::Declined | Kind::Expired | Kind::AnsweredLate => false,
    }
}

/// Of a request: whether it is the first of its like, one that stands for others, or one for which another stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    First,
    Last,
    NotItself,
}

/// What makes two looks alike: the runner, the statement, how much had been done by then, and the answer.
type Likeness<'s> = (usize, String, usize, Answer<'s>);

/// An exit code or status, and what came with it.
type Answer<'s> = Option<(i64, &'s [u8])>;

fn answer(sent: &Sent) -> Answer<'_> {
    match sent.reply.as_ref()? {
        Reply::Answered(Outcome::Command(outcome)) => Some((outcome.exit, &outcome.stdout)),
        Reply::Answered(Outcome::Http(outcome)) => Some((i64::from(outcome.status), &outcome.body)),
        _ => None,
    }
}

/// How far a run had come at each request: the requests and waits that were begun, looks that are repeated left out.
fn progress(sent: &[Sent]) -> Vec<usize> {
    let mut begun = BTreeSet::new();
    let mut come = |sent: &Sent| {
        let stem = stem(&sent.place.key.0);
        if !stem.starts_with("invariant:") {
            begun.insert(stem);
        }
        begun.len()
    };
    sent.iter().map(&mut come).collect()
}

fn standing(sent: &[Sent]) -> Vec<Stands> {
    let mut effects = 0;
    let mut last: HashMap<Likeness<'_>, usize> = HashMap::new();
    let mut standing = Vec::with_capacity(sent.len());
    for (at, one) in sent.iter().enumerate() {
        if one.effect != Effect::Check {
            effects += 1;
            standing.push(Stands::First);
            continue;
        }
        let likeness = (one.life, stem(&one.place.key.0), effects, answer(one));
        let before = last.insert(likeness, at);
        if let Some(before) = before.filter(|before| standing[*before] == Stands::Last) {
            standing[before] = Stands::NotItself;
        }
        standing.push(if before.is_none() { Stands::First } else { Stands::Last });
    }
    standing
}

/// The key of a step without the numbers of looks.
pub(super) fn stem(key: &str) -> String {
    let pieces = key.split('/').map(|piece| if piece.starts_with("poll:") { "poll" } else { piece });
    pieces.collect::<Vec<_>>().join("/")
}

/// What is left of a run after a kill or a stop: its runner, what is on record or how far it had come, and the world.
type Left = (usize, usize, u64);

/// What is left after the kills and stops so far.
#[derive(Default)]
struct Ends {
    kills: BTreeSet<Left>,
    stops: BTreeSet<(Kind, Left)>,
}

impl Ends {
    /// Whether nothing else stands for this fault at a request before which the run had come so far.
    fn are_new(&mut self, kind: Kind, sent: &Sent, stands: Stands, come: usize) -> bool {
        let changes = sent.effect != Effect::Check;
        match kind {
            _ if changes => true,
            Kind::KilledBeforeSending => self.kills.insert((sent.life, sent.events.1, sent.world)),
            Kind::KilledBeforeAnswer | Kind::KilledBeforeRecord => {
                self.kills.insert((sent.life, sent.durable_after, sent.world))
            }
            Kind::Stopped | Kind::StoppedTwice => self.stops.insert((kind, (sent.life, come, sent.world))),
            _ => stands != Stands::NotItself,
        }
    }
}

/// The steps before whose sending a guard was asked.
fn guarded(sent: &[Sent]) -> BTreeSet<StepKey> {
    let probes = sent.iter().filter_map(|sent| sent.place.key.0.split_once("/guard:"));
    probes.map(|(step, _)| StepKey(step.into())).collect()
}

/// Where the steps of a run are written, and in which stage.
struct Places<'e> {
    steps: BTreeMap<&'e str, (Span, &'e str)>,
    stages: BTreeMap<&'e str, (usize, &'e str)>,
}

impl<'e> Places<'e> {
    fn of(events: &'e [Event]) -> Self {
        let mut places = Self { steps: BTreeMap::new(), stages: BTreeMap::new() };
        for event in events {
            match &event.kind {
                EventKind::StepIntended { key, span, request, .. } => {
                    places.steps.entry(&key.0).or_insert((*span, request));
                }
                EventKind::StageStarted { key, title, .. } | EventKind::ChecklistStarted { key, title } => {
                    let number = places.stages.len() + 1;
                    places.stages.entry(&key.0).or_insert((number, title));
                }
                _ => {}
            }
        }
        places
    }

    fn of_step(&self, sent: &Sent) -> Where {
        let step = self.steps.get(step_of(&sent.place.key));
        let (stage, title) = self.stage(&sent.place.key);
        let span = step.map(|(span, _)| *span);
        let text = step.map_or(&*sent.text, |(_, text)| text).to_owned();
        Where { stage, title, span, text, effect: Some(sent.effect) }
    }

    fn of_question(&self, key: &StepKey, text: &str) -> Where {
        let (stage, title) = self.stage(key);
        Where { stage, title, span: None, text: text.to_owned(), effect: None }
    }

    fn stage(&self, key: &StepKey) -> (usize, String) {
        let first = key.0.split('/').next().unwrap_or_default();
        match self.stages.get(first) {
            Some((number, title)) => (*number, (*title).to_owned()),
            None => (0, "all along".to_owned()),
        }
    }
}
