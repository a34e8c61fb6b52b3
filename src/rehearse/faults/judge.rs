//! What must be true of a run whatever struck it.

use std::collections::{BTreeMap, BTreeSet};

use super::record::step_of;
use super::schedule::Injection;
use super::seen::Seen;
use super::town::Sent;
use crate::backend::Lane;
use crate::event::{Event, EventKind, StepResult};
use crate::ids::StepKey;
use crate::value::Effect;
use crate::world::{BrokenAlways, WorldError};

/// So many events may have been left out of what is said without the fault.
const AHEAD: usize = 32;

/// How the placeholder of every secret of a rehearsal begins.
const PLACEHOLDER: &str = "rehearsed-";

/// Something that must not be, whatever struck.
#[derive(Clone, Debug, PartialEq)]
pub enum Harm {
    /// An `always` of the world became false.
    Always(Box<BrokenAlways>),
    /// A `once` took effect more than once.
    Twice { key: StepKey, text: String },
    /// A step that changes something was begun though the run had to stop.
    SentAfter { what: &'static str, key: StepKey, text: String },
    /// A step whose good end is on record was sent again.
    Repeated { key: StepKey, text: String },
    /// A step was sent of whose intent nothing was on record that would outlive the runner.
    Unrecorded { key: StepKey, text: String },
    /// It stopped, and does not say why.
    Nameless,
    /// It comes to no end, however often it is resumed.
    Endless,
    /// The record is not whole.
    Record { why: String },
    /// A secret is in what was written.
    Secret { place: String },
    /// The fault never struck: the schedule proves nothing.
    Unreached(Injection),
    /// The world has no answer, or goes wrong.
    World(Box<WorldError>),
}

/// Everything that is wrong with what was seen; `without` is the same scenario without a fault.
pub(super) fn harms(seen: &Seen, without: Option<&Seen>) -> Vec<Harm> {
    if let Some(error) = &seen.error {
        return vec![Harm::World(Box::new(error.clone()))];
    }
    let mut harms: Vec<Harm> = always(seen, without).collect();
    harms.extend(unreached(seen));
    harms.extend(twice(seen));
    harms.extend(sent_after(seen));
    harms.extend(repeated(seen));
    harms.extend(unrecorded(seen));
    harms.extend(record(seen));
    harms.extend(secrets(seen, without));
    harms.extend(nameless(seen));
    harms.extend(seen.endless.then_some(Harm::Endless));
    harms
}

/// What breaks without a fault too is the scenario's own business.
fn always<'s>(seen: &'s Seen, without: Option<&'s Seen>) -> impl Iterator<Item = Harm> + 's {
    let known = move |broken: &&BrokenAlways| {
        !without.is_some_and(|without| without.broken.iter().any(|other| other.title == broken.title))
    };
    seen.broken.iter().filter(known).map(|broken| Harm::Always(Box::new(broken.clone())))
}

fn unreached(seen: &Seen) -> impl Iterator<Item = Harm> + '_ {
    let unreached = seen.struck.iter().filter(|(_, at)| at.is_none());
    unreached.map(|(injection, _)| Harm::Unreached(injection.clone()))
}

/// What looks anew in every run, and has no outcome that stands.
fn is_afresh(key: &StepKey) -> bool {
    let parts = ["invariant:", "guard:", "done-when", "on-failure"];
    key.0.split('/').any(|piece| parts.iter().any(|part| piece.starts_with(part)))
}

fn twice(seen: &Seen) -> Vec<Harm> {
    let mut done: BTreeMap<&str, &Sent> = BTreeMap::new();
    let mut harms = Vec::new();
    for sent in seen.sent.iter().filter(|sent| sent.effect == Effect::Once && sent.did_it()) {
        let key = step_of(&sent.place.key);
        if done.insert(key, sent).is_some() {
            harms.push(Harm::Twice { key: StepKey(key.into()), text: sent.text.clone() });
        }
    }
    harms
}

/// Why a runner must not begin anything more.
fn forbids(kind: &EventKind) -> Option<&'static str> {
    match kind {
        EventKind::GuardAnswered { denied: true, .. } => Some("a guard denied a command"),
        EventKind::InvariantBroken { .. } => Some("an invariant was broken"),
        EventKind::ApprovalRefused { .. } => Some("an approval was refused"),
        EventKind::StopRequested { .. } => Some("the run was told to stop"),
        _ => None,
    }
}

/// Whether a step is one that tidies up after a failure.
fn tidies_up(key: &StepKey) -> bool {
    key.0.split('/').any(|piece| piece == "always")
}

/// In each life, nothing that changes something is begun after a word that forbids it.
fn sent_after(seen: &Seen) -> Vec<Harm> {
    let mut harms = Vec::new();
    let mut from = 0;
    for (number, end) in seen.ends.iter().enumerate() {
        let said = seen.events.get(from..end.events).unwrap_or_default();
        let word = said.iter().zip(from..).find_map(|(event, at)| Some((at, forbids(&event.kind)?)));
        let changes = |sent: &&Sent| sent.life == number && sent.effect != Effect::Check;
        let begun = |sent: &&Sent| sent.lane == Lane::Steps && !tidies_up(&sent.place.key);
        let harm = |what, sent: &Sent| {
            let (key, text) = (sent.place.key.clone(), sent.text.clone());
            Harm::SentAfter { what, key, text }
        };
        let begun: Vec<_> = seen.sent.iter().filter(changes).filter(begun).collect();
        if let Some((at, what)) = word {
            let later =
                begun.iter().filter(|sent| sent.events.0 > at && !was_under_way(seen, sent, from, at));
            harms.extend(later.map(|sent| harm(what, sent)));
        }
        let leaseless = begun.iter().filter(|sent| sent.leaseless);
        harms.extend(leaseless.map(|sent| harm("the lease on the run was lost", sent)));
        from = end.events;
    }
    harms
}

/// Whether the intent of a step, sent for the first time, was put on record by its runner, whose first event is `from`, before event
/// `at` said to stop: it had begun.
fn was_under_way(seen: &Seen, sent: &Sent, from: usize, at: usize) -> bool {
    let step = step_of(&sent.place.key);
    let intends =
        |event: &Event| matches!(&event.kind, EventKind::StepIntended { key, .. } if *key.0 == *step);
    let intent = seen.events.iter().take(sent.events.0).rposition(intends);
    let of_step = |other: &&Sent| other.life == sent.life && step_of(&other.place.key) == step;
    intent.is_some_and(|intent| (from..at).contains(&intent)) && seen.sent.iter().filter(of_step).count() == 1
}

/// Steps whose good end is on record when a runner starts are not sent by it.
fn repeated(seen: &Seen) -> Vec<Harm> {
    let mut ended: BTreeSet<&str> = BTreeSet::new();
    let mut harms = Vec::new();
    let mut from = 0;
    for (number, end) in seen.ends.iter().enumerate() {
        let changes = |sent: &&Sent| sent.life == number && sent.effect == Effect::Once;
        for sent in seen.sent.iter().filter(changes) {
            if ended.contains(step_of(&sent.place.key)) && sent.took_effect {
                harms.push(Harm::Repeated { key: sent.place.key.clone(), text: sent.text.clone() });
            }
        }
        ended.extend(seen.events.get(from..end.events).unwrap_or_default().iter().filter_map(well_ended));
        from = end.events;
    }
    harms
}

fn well_ended(event: &Event) -> Option<&str> {
    match &event.kind {
        EventKind::StepFinished { key, result: StepResult::Ok { .. } } if !is_afresh(key) => Some(&key.0),
        _ => None,
    }
}

/// Before a `run` or `once` is sent, its intent is where it outlives the runner.
fn unrecorded(seen: &Seen) -> Vec<Harm> {
    let mut intended: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, event) in seen.events.iter().enumerate() {
        if let EventKind::StepIntended { key, .. } = &event.kind {
            intended.entry(&key.0).or_insert(at);
        }
    }
    let is_durable = |sent: &&Sent| {
        let at = intended.get(step_of(&sent.place.key));
        at.is_some_and(|at| *at < sent.events.1)
    };
    let changing = seen.sent.iter().filter(|sent| sent.effect != Effect::Check);
    let unrecorded = changing.filter(|sent| !is_durable(sent));
    unrecorded.map(|sent| Harm::Unrecorded { key: sent.place.key.clone(), text: sent.text.clone() }).collect()
}

/// Numbered without a gap, each end after its beginning, and a good end only once.
fn record(seen: &Seen) -> Option<Harm> {
    let mut intended = BTreeSet::new();
    for (at, event) in seen.events.iter().enumerate() {
        if event.sequence != at as u64 {
            let why = format!("event {at} says that it is event {}", event.sequence);
            return Some(Harm::Record { why });
        }
        match &event.kind {
            EventKind::StepIntended { key, .. } => _ = intended.insert(key),
            EventKind::StepFinished { key, .. } if !intended.contains(key) && !is_afresh(key) => {
                return Some(Harm::Record { why: format!("{key} has an end and no beginning") });
            }
            _ => {}
        }
    }
    None
}

/// Whether a secret of the rehearsal stands in a text.
pub(super) fn holds_secret(text: &str) -> bool {
    text.contains(PLACEHOLDER)
}

/// What is said or printed as it was without the fault, at another time maybe, was looked at there.
fn secrets(seen: &Seen, without: Option<&Seen>) -> Vec<Harm> {
    let mut known = without.map_or(&[][..], |without| &without.events);
    let is_fresh = |event: &&Event| {
        let at = known.iter().take(AHEAD).position(|other| other.kind == event.kind);
        known = &known[at.map_or(0, |at| at + 1)..];
        at.is_none()
    };
    let said = seen.events.iter().filter(is_fresh).chain(&seen.lost);
    let mut showing = said.filter(|event| serde_json::to_string(event).is_ok_and(|text| holds_secret(&text)));
    let recorded = showing.next().map(|event| format!("event {} of the record", event.sequence));
    let known = |line: &(StepKey, String)| without.is_some_and(|without| without.showing.contains(line));
    let printed = seen.showing.iter().find(|line| !known(line));
    let printed = printed.map(|(key, _)| format!("a line that {key} printed"));
    recorded.into_iter().chain(printed).map(|place| Harm::Secret { place }).collect()
}

/// A run that stops says why.
fn nameless(seen: &Seen) -> Option<Harm> {
    let reports = seen.ends.iter().filter_map(|end| end.report.as_ref());
    let mut stopped = reports.filter(|report| report.result != crate::event::RunResult::Succeeded);
    let nameless =
        stopped.any(|report| report.failure.as_ref().is_none_or(|failure| failure.title.trim().is_empty()));
    nameless.then_some(Harm::Nameless)
}
