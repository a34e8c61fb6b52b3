//! Looks that are not made since the world would answer them as it did the ones before.
//!
//! Once its faults have struck, nearly all that a run sends are looks of waits and invariants that show what the look before showed. What
//! a look shows hangs on the answers to its requests, and when they come, and on nothing else: while the world would give the same
//! ones, the next look ends as this one did, after the same time.
//!
//! In: the requests of each look that was made, and their answers. Out: a [`Foresight`], and afterwards whether it was right: when the
//! world changes while a look that was not made would be under way, what that would still ask is held against the answers
//! that were foreseen. Must not know: what the engine makes of an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::batch::outermost;
use super::life::Life;
use super::town::Town;
use crate::backend::{Reply, Request};
use crate::ids::StepKey;
use crate::run::Foresight;
use crate::value::Effect;
use crate::world::Moves;

/// The looks of all runners of one play.
pub(super) struct Steady {
    town: Arc<Town>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The runner whose looks these are.
    life: Option<Arc<Life>>,
    /// What the looks under way have asked, by their keys.
    asking: HashMap<String, Vec<Asked>>,
    /// The last look that was made of each wait and invariant, where it can be foretold.
    shown: HashMap<String, Shown>,
    /// Looks that are not made, and would be under way.
    ahead: Vec<Ahead>,
    /// One of those would have gone otherwise.
    mistaken: bool,
}

/// One request of a look.
struct Asked {
    request: Request,
    /// On the world's clock.
    at: Duration,
    /// How far the world had moved by then.
    moves: Moves,
    /// The answer and how long it took; nothing while there is none, or where it came otherwise than from the world.
    answer: Option<(Reply, Duration)>,
}

/// A look that was made.
struct Shown {
    asked: Arc<[Asked]>,
    began: Duration,
    lasted: Duration,
    /// What the world had come to when it gave the same answers last.
    moves: Option<Moves>,
}

/// A look that is not made.
struct Ahead {
    asked: Arc<[Asked]>,
    /// How much later it is than the look whose answers are foreseen.
    later: Duration,
}

impl Asked {
    /// Whether the world gives this answer now, too.
    fn holds(&self, town: &Town) -> bool {
        self.answer.is_some() && town.world.foretell(&self.request) == self.answer
    }
}

impl Shown {
    /// How long after it began it asked last.
    fn asks_for(&self) -> Duration {
        self.asked.last().map_or(Duration::ZERO, |last| last.at.saturating_sub(self.began))
    }

    /// Whether the world answers now as it did.
    fn holds(&mut self, town: &Town) -> bool {
        let moves = Some(town.world.moves());
        let holds = self.moves == moves || self.asked.iter().all(|asked| asked.holds(town));
        self.moves = moves.filter(|_| holds);
        holds
    }
}

impl Ahead {
    /// Whether what it would ask from `now` on is answered as foreseen.
    fn holds(&self, town: &Town, now: Duration) -> bool {
        let mut open = self.asked.iter().filter(|asked| asked.at + self.later >= now);
        open.all(|asked| asked.holds(town)) && is_still_until(town, self.ends())
    }

    /// When it would ask last.
    fn ends(&self) -> Duration {
        self.asked.last().map_or(Duration::ZERO, |last| last.at + self.later)
    }
}

/// Whether nothing falls due by itself up to then.
fn is_still_until(town: &Town, time: Duration) -> bool {
    town.world.next_due().is_none_or(|due| due > time)
}

impl Steady {
    pub fn new(town: Arc<Town>) -> Arc<Self> {
        Arc::new(Self { town, state: Mutex::default() })
    }

    /// From now on the looks are those of this runner.
    pub fn follow(&self, life: &Arc<Life>) {
        let mut state = self.state();
        *state = State { life: Some(Arc::clone(life)), mistaken: state.mistaken, ..State::default() };
    }

    /// Whether a look that was not made would have shown something else, or have kept its run from ending.
    pub fn was_mistaken(&self) -> bool {
        self.state().mistaken
    }

    /// A request was handed over.
    pub fn asks(&self, request: &Request) {
        let Some((_, look)) = request.key.look() else { return };
        self.town.world.catch_up();
        let (at, moves) = (self.town.clock.now(), self.town.world.moves());
        let asked = Asked { request: request.clone(), at, moves, answer: None };
        self.state().asking.entry(look.to_owned()).or_default().push(asked);
    }

    /// The world answered, and nothing came between.
    pub fn answered(&self, request: &Request, reply: &Reply) {
        let Some((_, look)) = request.key.look() else { return };
        let now = self.town.clock.now();
        let mut state = self.state();
        let asking = state.asking.get_mut(look).into_iter().flatten();
        if let Some(asked) = asking.rev().find(|asked| asked.request.key == request.key) {
            asked.answer = Some((reply.clone(), now.saturating_sub(asked.at)));
        }
    }

    /// The world changed by a request.
    pub fn moved(&self) {
        let mut state = self.state();
        let now = self.town.clock.now();
        let is_over = state.life.as_ref().is_none_or(|life| life.is_dead());
        state.ahead.retain(|ahead| !is_over && ahead.ends() >= now);
        state.mistaken |= !state.ahead.iter().all(|ahead| ahead.holds(&self.town, now));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Foresight for Steady {
    fn ends_as_before(&self, look: &StepKey, now: Duration) -> Option<Duration> {
        let of = outermost(look).filter(|_| self.town.is_calm())?;
        self.town.world.catch_up();
        let mut state = self.state();
        // That the lease is lost shows only when something is to be recorded.
        state.life.as_ref().filter(|life| !life.has_lost_its_lease())?;
        let (shown, began) = (state.shown.get_mut(of)?, self.town.clock.now());
        if !is_still_until(&self.town, began + shown.asks_for()) || !shown.holds(&self.town) {
            return None;
        }
        let (asked, later) = (Arc::clone(&shown.asked), began.saturating_sub(shown.began));
        let end = now + shown.lasted;
        state.ahead.push(Ahead { asked, later });
        Some(end)
    }

    fn broken_off(&self, _look: &StepKey) {
        self.state().mistaken = true;
    }

    fn made(&self, look: &StepKey, began: Duration, now: Duration) {
        let Some(of) = outermost(look) else { return };
        let (lasted, ended) = (now.saturating_sub(began), self.town.clock.now());
        let mut state = self.state();
        let asked = state.asking.remove(&*look.0).unwrap_or_default();
        let is_question = |asked: &Asked| asked.answer.is_some() && asked.request.effect == Effect::Check;
        if asked.is_empty() || !asked.iter().all(is_question) {
            state.shown.remove(of);
            return;
        }
        let moves = self.town.world.moves();
        let moves = asked.iter().all(|asked| asked.moves == moves).then_some(moves);
        let shown = Shown { asked: asked.into(), began: ended.saturating_sub(lasted), lasted, moves };
        state.shown.insert(of.to_owned(), shown);
    }
}
