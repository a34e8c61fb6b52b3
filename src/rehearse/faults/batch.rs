//! Faults that share a play: looks that are struck one after the other, and leave no trace.
//!
//! A look of a `wait until` or an invariant changes nothing. Where one is struck and its wait looks again, or its invariant
//! tolerates that, the run comes back to the course that it takes without a fault. So the looks of a batch are struck in one
//! play, each after the one before it is over: after the next look of the same wait or invariant too, with which nothing of
//! the fault is left in the runner. In the world nothing is left either, since nothing that changes it is struck.
//!
//! In: what was seen without a fault, and with a batch. Out: up to which of its faults the two are the same but for the looks
//! that were struck. The others are played alone.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::foresight::Idle;
use super::kind::Kind;
use super::points::{Point, stem};
use super::schedule::Place;
use super::seen::Seen;
use super::town::Sent;
use crate::event::{Event, EventKind};
use crate::ids::StepKey;
use crate::run::Foresight;
use crate::value::Effect;

/// What may still come of a look after the last request of its wait or invariant.
const AFTERWARDS: Duration = Duration::from_secs(60);

/// Faults that are played together, in the order of their times.
#[derive(Debug)]
pub(super) struct Batch {
    struck: Vec<Struck>,
    /// Whether they take as long as a request may take, so that looks may be left out and numbered otherwise.
    slow: bool,
}

/// One look that is struck.
#[derive(Clone, Debug)]
struct Struck {
    /// The number of its point.
    number: usize,
    window: Window,
}

/// From a fault to where nothing is left of it.
#[derive(Clone, Debug)]
struct Window {
    /// The wait or invariant.
    of: String,
    /// When the look began that is struck.
    began: Duration,
    from: Duration,
    until: Duration,
}

/// The looks of one wait or invariant: the key of each, and when it began.
type Looks<'s> = HashMap<&'s str, Vec<(&'s str, Duration)>>;

/// The points that are `wanted` by their numbers, and may leave no trace, in as few batches as it takes.
pub(super) fn batches(seen: &Seen, points: &[Point], wanted: impl Fn(usize) -> bool) -> Vec<Batch> {
    if seen.ends.len() != 1 {
        return Vec::new();
    }
    let looks = looks(&seen.sent);
    let sent: HashMap<&Place, &Sent> = seen.sent.iter().map(|sent| (&sent.place, sent)).collect();
    let passed = passed(&seen.events);
    let mut batches: Vec<Batch> = Vec::new();
    for (number, point) in points.iter().enumerate().filter(|(number, _)| wanted(*number)) {
        let may_leave_none = sent.get(&point.injection.place).is_some_and(|sent| is_in_vain(sent, &passed));
        if let Some(window) = window(point, &looks).filter(|_| may_leave_none) {
            put(&mut batches, Struck { number, window }, point.injection.kind == Kind::Hung);
        }
    }
    batches
}

/// The tries with which waits passed: one that is struck is missed.
fn passed(events: &[Event]) -> HashSet<StepKey> {
    let passed = events.iter().filter_map(|event| match &event.kind {
        EventKind::WaitPolled { key, tries, passed: 1.., .. } => {
            Some(key.child(format_args!("poll:{tries}")))
        }
        _ => None,
    });
    passed.collect()
}

/// Whether it changed nothing, and nothing came of it.
fn is_in_vain(sent: &Sent, passed: &HashSet<StepKey>) -> bool {
    let look = sent.place.key.look().map(|(_, look)| StepKey(look.into()));
    sent.effect == Effect::Check && !sent.changed && look.is_none_or(|look| !passed.contains(&look))
}

/// Into the first batch in which nothing else is struck at that time.
fn put(batches: &mut Vec<Batch>, struck: Struck, slow: bool) {
    let over = |batch: &&mut Batch| batch.slow == slow && batch.is_over_before(&struck.window);
    match batches.iter_mut().find(over) {
        Some(batch) => batch.struck.push(struck),
        None => batches.push(Batch { struck: vec![struck], slow }),
    }
}

fn looks(sent: &[Sent]) -> Looks<'_> {
    let mut looks = Looks::new();
    for sent in sent {
        let Some((of, look)) = sent.place.key.look() else { continue };
        let known = looks.entry(of).or_default();
        if known.last().is_none_or(|(last, _)| *last != look) {
            known.push((look, sent.at));
        }
    }
    looks
}

/// The wait or invariant of a look that is not made inside of another one.
pub(super) fn outermost(look: &StepKey) -> Option<&str> {
    look.look().filter(|(_, outermost)| *outermost == &*look.0).map(|(of, _)| of)
}

/// The looks that were not made: when they began, by their wait or invariant.
type Spared = HashMap<String, HashSet<Duration>>;

/// What is known ahead of the play of a batch: looks that are not struck, nor come right after one that is, end as they did without it.
pub(super) struct Sparing {
    idle: Arc<Idle>,
    windows: Vec<Window>,
    spared: Mutex<Spared>,
}

impl Sparing {
    fn spared(&self) -> MutexGuard<'_, Spared> {
        self.spared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Foresight for Sparing {
    fn ends_as_before(&self, look: &StepKey, now: Duration) -> Option<Duration> {
        let of = outermost(look)?;
        if self.windows.iter().any(|window| window.of == of && window.has(now)) {
            return None;
        }
        let end = self.idle.end(look, now)?;
        self.spared().entry(of.to_owned()).or_default().insert(now);
        Some(end)
    }
}

/// When each look began.
fn begun(events: &[Event]) -> HashMap<&str, Duration> {
    let mut begun = HashMap::new();
    for event in events {
        if let Some((_, look)) = event.kind.key().and_then(StepKey::look) {
            begun.entry(look).or_insert(event.at);
        }
    }
    begun
}

/// All that was said without a fault but of the looks that were spared. Their wait tells of each, made or not.
fn unspared<'s>(without: &'s Seen, spared: &'s Spared) -> impl Iterator<Item = &'s Event> {
    let begun = begun(&without.events);
    let is_spared = move |(of, look): (&str, &str)| {
        let times = spared.get(of);
        begun.get(look).is_some_and(|began| times.is_some_and(|times| times.contains(began)))
    };
    without
        .events
        .iter()
        .filter(move |event| !event.kind.key().and_then(StepKey::look).is_some_and(&is_spared))
}

/// Where what is struck here is over; nothing if that can leave a trace, or no other look follows.
fn window(point: &Point, looks: &Looks<'_>) -> Option<Window> {
    if !matches!(point.injection.kind, Kind::Refused | Kind::Lost | Kind::Hung | Kind::Failed | Kind::Garbage)
    {
        return None;
    }
    let (of, look) = point.injection.place.key.look()?;
    let looks = looks.get(of)?;
    let at = looks.iter().position(|(known, _)| *known == look)?;
    let ((_, began), (_, next)) = (looks[at], looks.get(at + 1)?);
    let until = looks.get(at + 2).map_or(*next + AFTERWARDS, |(_, begins)| *begins);
    Some(Window { of: of.to_owned(), began, from: point.at.time, until })
}

impl Window {
    /// Whether a look that begins then is struck, or comes right after the one that is.
    fn has(&self, began: Duration) -> bool {
        self.began <= began && began < self.until
    }
}

impl Batch {
    /// Whether nothing else is struck at that time, and the same wait or invariant has looked undisturbed since it was struck last: that
    /// it came back to its course shows only then.
    fn is_over_before(&self, window: &Window) -> bool {
        let last = self.struck.last();
        let of_same = self.struck.iter().rev().find(|struck| struck.window.of == window.of);
        last.is_none_or(|last| last.window.until <= window.from)
            && of_same.is_none_or(|before| before.window.until < window.began)
    }

    /// The numbers of its points.
    pub fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        self.struck.iter().map(|struck| struck.number)
    }

    /// For each of its faults, what was told of the look that was struck and of the one after it.
    pub fn looks<'s>(&'s self, seen: &'s Seen) -> impl Iterator<Item = impl Iterator<Item = &'s Event>> {
        self.struck.iter().map(|Struck { window, .. }| {
            let within = |event: &&Event| window.from <= event.at && event.at < window.until;
            seen.events.iter().filter(within).filter(|event| tells_of(&event.kind, &window.of))
        })
    }

    /// Spares the looks in which nothing of it shows.
    pub fn sparing(&self, idle: &Arc<Idle>) -> Arc<Sparing> {
        let windows = self.struck.iter().map(|struck| struck.window.clone()).collect();
        Arc::new(Sparing { idle: Arc::clone(idle), windows, spared: Mutex::default() })
    }

    /// How many of its faults, the first ones, left no trace in what was seen.
    pub fn without_trace(&self, without: &Seen, seen: &Seen, sparing: &Sparing) -> usize {
        let outside = |event: &&Event| !self.is_of_struck_look(event);
        let spared = sparing.spared();
        let mut course = unspared(without, &spared).filter(outside);
        let mut events = seen.events.iter().filter(outside);
        loop {
            let (expected, event) = (course.next(), events.next());
            match (expected, event) {
                (None, None) => return self.struck.len(),
                (Some(expected), Some(event)) if is_same(expected, event) => {}
                _ => {
                    let at = [expected, event].into_iter().flatten().map(|event| event.at).min();
                    return self.begun_before(at.unwrap_or_default());
                }
            }
        }
    }

    /// How many faults were over when the one struck that is to blame for what was seen at `at`. Of one that strikes just then nothing
    /// need show yet: the one before may be to blame.
    fn begun_before(&self, at: Duration) -> usize {
        self.struck.iter().filter(|struck| struck.window.from < at).count().saturating_sub(1)
    }

    /// Whether an event tells of a look that was struck, or of the one after it.
    fn is_of_struck_look(&self, event: &Event) -> bool {
        let after = self.struck.partition_point(|struck| struck.window.from <= event.at);
        let Some(struck) = after.checked_sub(1).map(|at| &self.struck[at].window) else { return false };
        event.at < struck.until && tells_of(&event.kind, &struck.of)
    }
}

/// Whether an event is about a look of this wait or invariant.
fn tells_of(kind: &EventKind, of: &str) -> bool {
    match kind {
        EventKind::InvariantFailed { .. }
        | EventKind::InvariantRecovered { .. }
        | EventKind::InvariantSlow { .. } => of.starts_with("invariant:"),
        EventKind::WaitPolled { key, .. } => *key.0 == *of,
        kind => kind
            .key()
            .is_some_and(|key| key.0.strip_prefix(of).is_some_and(|rest| rest.starts_with("/poll:"))),
    }
}

/// Whether the same happened at the same time, however many looks there were before.
fn is_same(one: &Event, other: &Event) -> bool {
    one.at == other.at && (one.kind == other.kind || unnumbered(&one.kind) == unnumbered(&other.kind))
}

/// An event as it is recorded, without the numbers of looks.
pub(super) fn unnumbered(kind: &EventKind) -> Option<serde_json::Value> {
    let mut recorded = serde_json::to_value(kind).ok()?;
    let fields = recorded.as_object_mut()?;
    if let EventKind::WaitPolled { .. } = kind {
        fields.remove("tries");
    }
    for name in ["key", "loop_key"] {
        if let Some(serde_json::Value::String(key)) = fields.get_mut(name) {
            *key = stem(key);
        }
    }
    Some(recorded)
}
