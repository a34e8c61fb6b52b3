//! Looks that are not made again on the way to a fault: in the play without one they ended as those before them.
//!
//! Nearly all that a run sends are looks of waits and invariants that show what the look before showed. Up to the fault a schedule is
//! the play without a fault, so of those looks it is known when they end, and that nothing comes of them.
//!
//! In: what was seen without a fault. Out: a [`Foresight`] up to a time. Whether it was right is for who uses it to see: what
//! is sent in spite of it must be sent at the same time as without a fault.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::batch::{outermost, unnumbered};
use super::seen::Seen;
use crate::event::{Event, EventKind};
use crate::ids::StepKey;
use crate::run::{Foresight, Leap, Passed};
use crate::value::Effect;

/// The looks that ended as the one before them.
#[derive(Debug, Default)]
pub(super) struct Idle {
    /// Of each wait and invariant, when they began and ended.
    looks: HashMap<String, BTreeMap<Duration, Duration>>,
    /// When invariants were looked at, and whether that look is among them.
    watched: Vec<((Duration, Duration), bool)>,
}

/// One look of a wait or an invariant.
#[derive(Default)]
struct Look<'e> {
    key: &'e str,
    began: Duration,
    ended: Duration,
    /// What happened, and how long after it began.
    course: Vec<(Duration, Option<Value>)>,
    /// It changed something, or its invariant did not hold.
    counts: bool,
}

/// The looks of each wait and invariant, in their order.
type Looks<'e> = HashMap<&'e str, Vec<Look<'e>>>;

impl Idle {
    /// Those of the first runner.
    pub fn of(seen: &Seen) -> Self {
        let events = seen.ends.first().and_then(|end| seen.events.get(..end.events)).unwrap_or_default();
        let mut looks = looks(events);
        changed(seen, &mut looks);
        failed(events, &mut looks);
        let mut idle = Self::default();
        for (of, looks) in &looks {
            idle.looks.insert((*of).to_owned(), spans(looks).collect());
        }
        let of_invariants = looks.iter().filter(|(of, _)| of.starts_with("invariant:"));
        let watched = of_invariants.flat_map(|(of, looks)| looks.iter().map(move |look| (*of, look)));
        let watched: Vec<_> =
            watched.map(|(of, look)| ((look.began, look.ended), idle.has(of, look.began))).collect();
        Self { watched, ..idle }
    }

    /// Whether the look of this wait or invariant that began then ended as the one before it.
    pub fn has(&self, of: &str, began: Duration) -> bool {
        self.looks.get(of).is_some_and(|looks| looks.contains_key(&began))
    }

    /// When this look ends, begun `now`.
    pub fn end(&self, look: &StepKey, now: Duration) -> Option<Duration> {
        self.looks.get(outermost(look)?)?.get(&now).copied()
    }

    /// Whether no invariant need be looked at from `began` to `ended`, and what was looked at is over by `fault`.
    pub fn is_quiet(&self, began: Duration, ended: Duration, fault: Duration) -> bool {
        let within = |((from, until), _): &&((Duration, Duration), bool)| began < *until && *from <= ended;
        let mut looks = self.watched.iter().filter(within);
        looks.all(|((_, until), idle)| *idle && *until < fault)
    }

    /// Foresees what ends before `fault`, on the run's clock.
    pub fn until(self: &Arc<Self>, fault: Duration) -> Arc<dyn Foresight> {
        Arc::new(Until { idle: Arc::clone(self), fault })
    }
}

/// All but the first of those alike, and but the last of all: with that the wait is over.
fn spans<'e>(looks: &'e [Look<'e>]) -> impl Iterator<Item = (Duration, Duration)> + 'e {
    let but_last = &looks[..looks.len().saturating_sub(1)];
    let alike = but_last
        .windows(2)
        .filter(|pair| pair[0].course == pair[1].course && !pair[0].counts && !pair[1].counts);
    alike.map(|pair| (pair[1].began, pair[1].ended))
}

fn looks(events: &[Event]) -> Looks<'_> {
    let mut looks = Looks::new();
    for event in events {
        let Some(key) = event.kind.key() else { continue };
        let known = match key.look() {
            Some((of, look)) => begun(looks.entry(of).or_default(), look, event.at),
            None if matches!(event.kind, EventKind::WaitPolled { .. }) => looks.entry(&key.0).or_default(),
            None => continue,
        };
        if let Some(look) = known.last_mut() {
            look.take(event);
        }
    }
    looks
}

/// The looks up to this one, which may be new.
fn begun<'l, 'e>(known: &'l mut Vec<Look<'e>>, key: &'e str, began: Duration) -> &'l mut Vec<Look<'e>> {
    if known.last().is_none_or(|last| last.key != key) {
        known.push(Look { key, began, ..Look::default() });
    }
    known
}

impl Look<'_> {
    fn take(&mut self, event: &Event) {
        self.ended = event.at;
        self.course.push((event.at.saturating_sub(self.began), unnumbered(&event.kind)));
    }
}

fn changed<'s>(seen: &'s Seen, looks: &mut Looks<'s>) {
    let of_first = seen.sent.iter().filter(|sent| sent.life == 0);
    for sent in of_first.filter(|sent| sent.effect != Effect::Check || sent.changed) {
        let Some((of, key)) = sent.place.key.look() else { continue };
        let known = looks.get_mut(of).into_iter().flatten();
        known.filter(|look| look.key == key).for_each(|look| look.counts = true);
    }
}

/// Of an invariant that fails only its title is told: all looks under way by then count.
fn failed(events: &[Event], looks: &mut Looks<'_>) {
    let tells = |event: &&Event| {
        matches!(
            event.kind,
            EventKind::InvariantFailed { .. }
                | EventKind::InvariantBroken { .. }
                | EventKind::InvariantRecovered { .. }
        )
    };
    let times: Vec<_> = events.iter().filter(tells).map(|event| event.at).collect();
    for look in looks.values_mut().flatten() {
        look.counts |= times.iter().any(|at| (look.began..=look.ended).contains(at));
    }
}

/// What is known up to a fault.
struct Until {
    idle: Arc<Idle>,
    fault: Duration,
}

impl Foresight for Until {
    fn ends_as_before(&self, look: &StepKey, now: Duration) -> Option<Duration> {
        self.idle.end(look, now).filter(|ended| *ended < self.fault)
    }
}

/// The first of two that knows.
pub(super) struct Both(pub Arc<dyn Foresight>, pub Arc<dyn Foresight>);

impl Foresight for Both {
    fn ends_as_before(&self, look: &StepKey, now: Duration) -> Option<Duration> {
        self.0.ends_as_before(look, now).or_else(|| self.1.ends_as_before(look, now))
    }

    fn made(&self, look: &StepKey, began: Duration, now: Duration) {
        self.0.made(look, began, now);
        self.1.made(look, began, now);
    }

    fn broken_off(&self, look: &StepKey) {
        self.0.broken_off(look);
        self.1.broken_off(look);
    }

    fn leap(&self, stage: &StepKey, now: Duration) -> Option<Leap> {
        self.0.leap(stage, now).or_else(|| self.1.leap(stage, now))
    }

    fn passed(&self, passed: &Passed<'_>) {
        self.0.passed(passed);
        self.1.passed(passed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn watched(looks: &[((u64, u64), bool)]) -> Idle {
        let watched = looks.iter().map(|((began, ended), idle)| ((seconds(*began), seconds(*ended)), *idle));
        Idle { watched: watched.collect(), ..Idle::default() }
    }

    #[test]
    fn nothing_is_leapt_over_while_an_invariant_shows_something_new() {
        let is_quiet = |looks, fault| watched(looks).is_quiet(seconds(10), seconds(20), seconds(fault));
        assert!(is_quiet(&[((5, 6), false), ((12, 13), true), ((25, 26), false)], 30));
        assert!(!is_quiet(&[((12, 13), false)], 30), "it showed something new");
        assert!(!is_quiet(&[((9, 11), false)], 30), "it did as the stage began");
        assert!(!is_quiet(&[((20, 21), false)], 30), "it did as the stage ended");
        assert!(!is_quiet(&[((19, 23), true)], 22), "the fault strikes before it is over");
    }
}
