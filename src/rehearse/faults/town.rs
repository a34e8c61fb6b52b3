//! The world as every runner of one run finds it, and what was done there: it outlives them all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::kind::{Kind, OUTAGE};
use super::life::Life;
use super::schedule::{Injection, Place, Schedule};
use crate::backend::{Lane, Operation, Reply, Request};
use crate::clock::Clock;
use crate::ids::StepKey;
use crate::value::{BackendKind, Effect, Outcome};
use crate::world::World;

/// A request that a runner handed over to be sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub life: usize,
    /// Its runner had lost the lease on the run by then.
    pub leaseless: bool,
    pub place: Place,
    pub effect: Effect,
    pub target: String,
    pub text: String,
    pub carries: Carries,
    /// A process of this machine, whose end is seen.
    pub local: bool,
    pub lane: Lane,
    pub at: Duration,
    /// How many events were on record by then, and how many of them durable.
    pub events: (usize, usize),
    /// The same when it was answered.
    pub durable_after: usize,
    /// How often the world had changed before it, what looks left in it not counted.
    pub world: u64,
    /// Whether it took effect, and changed the world at once.
    pub took_effect: bool,
    pub changed: bool,
    pub reply: Option<Reply>,
}

/// What kind of answer a request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carries {
    Command,
    Http,
    Other,
}

impl Sent {
    /// Whether it did what it is for: it was accepted there, or changed something in spite of its answer.
    pub fn did_it(&self) -> bool {
        let accepted = match &self.reply {
            Some(Reply::Answered(Outcome::Command(outcome))) => outcome.exit == 0 || self.changed,
            Some(Reply::Answered(Outcome::Http(outcome))) => outcome.status < 400,
            Some(Reply::Answered(Outcome::Done { .. })) => true,
            Some(Reply::NotSent { .. }) => false,
            _ => true,
        };
        self.took_effect && accepted
    }
}

/// A world, what was asked of it, and the faults that strike on the way.
pub(super) struct Town {
    pub world: Arc<World>,
    pub clock: Arc<dyn Clock>,
    schedule: Schedule,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sent: Vec<Sent>,
    counts: Counts,
    /// When each fault of the schedule struck.
    struck: HashMap<usize, Duration>,
    /// Places that can't be reached, and until when.
    outages: Vec<(String, Duration)>,
    /// Steps whose guard finds another answer.
    flipped: Vec<StepKey>,
    /// The next runner dies at what it sends first.
    kill_next: bool,
    /// Requests that nobody waits for and that have not ended yet.
    on_their_way: usize,
}

/// How often what was done.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    sendings: HashMap<StepKey, u32>,
    intents: HashMap<StepKey, u32>,
    questions: HashMap<StepKey, u32>,
    /// How often looks changed the world: a turn that goes round, a line in a log.
    marks: u64,
}

/// A request is counted: which one it is, and what strikes it.
pub(super) struct Counted {
    pub index: usize,
    pub strikes: Option<Kind>,
}

impl Town {
    pub fn new(world: World, clock: Arc<dyn Clock>, schedule: Schedule) -> Arc<Self> {
        Arc::new(Self { world: Arc::new(world), clock, schedule, state: Mutex::default() })
    }

    /// Counts a request, and says what strikes it.
    pub fn send(&self, life: &Life, request: &Request, events: (usize, usize)) -> Counted {
        let (now, changes) = (self.clock.now(), self.world.moves().changes);
        let mut state = self.state();
        let world = changes - state.counts.marks;
        let number = count(&mut state.counts.sendings, &request.key);
        let place = Place { key: request.key.clone(), number };
        let strikes = self.strike(&mut state, &place, |kind| !kind.is_at_intent(), now);
        let index = state.sent.len();
        let (life, leaseless) = (life.number, life.has_lost_its_lease());
        let sent = Sent { life, leaseless, place, at: now, events, world, ..sent(request) };
        state.sent.push(sent);
        Counted { index, strikes }
    }

    /// Counts an intent, and says what strikes there.
    pub fn intend(&self, key: &StepKey, wanted: impl Fn(Kind) -> bool) -> Option<Kind> {
        let now = self.clock.now();
        let mut state = self.state();
        let number = count(&mut state.counts.intents, key);
        self.strike(&mut state, &Place { key: key.clone(), number }, wanted, now)
    }

    /// Counts a question, and says what strikes there.
    pub fn ask(&self, key: &StepKey) -> Option<Kind> {
        let now = self.clock.now();
        let mut state = self.state();
        let number = count(&mut state.counts.questions, key);
        let about_people = |kind| matches!(kind, Kind::Declined | Kind::Expired | Kind::AnsweredLate);
        self.strike(&mut state, &Place { key: key.clone(), number }, about_people, now)
    }

    fn strike(
        &self,
        state: &mut State,
        place: &Place,
        wanted: impl Fn(Kind) -> bool,
        now: Duration,
    ) -> Option<Kind> {
        let here = |(at, injection): &(usize, &Injection)| {
            injection.place == *place && wanted(injection.kind) && !state.struck.contains_key(at)
        };
        let (at, injection) = self.schedule.0.iter().enumerate().find(here)?;
        state.struck.insert(at, now);
        Some(injection.kind)
    }

    /// The faults of the schedule, each with the time at which it struck.
    pub fn struck(&self) -> Vec<(Injection, Option<Duration>)> {
        let state = self.state();
        let faults = self.schedule.0.iter().enumerate();
        faults.map(|(at, injection)| (injection.clone(), state.struck.get(&at).copied())).collect()
    }

    /// How much was handed over so far.
    pub fn sendings(&self) -> usize {
        self.state().sent.len()
    }

    /// What was handed over after so much.
    pub fn sent_since(&self, sendings: usize) -> Vec<Sent> {
        self.state().sent[sendings..].to_vec()
    }

    pub fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    /// This was handed over, too, by a play that came the same way, and so much was counted by then.
    pub fn take_over(&self, sent: &[Sent], counts: &Counts) {
        let mut state = self.state();
        state.sent.extend_from_slice(sent);
        state.counts = counts.clone();
    }

    /// Everything that was handed over so far.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state().sent)
    }

    /// What every `once` under this step did: the last of them that took effect.
    pub fn truth(&self, step: &StepKey) -> Option<Sent> {
        let state = self.state();
        let of_step = |sent: &&Sent| super::record::step_of(&sent.place.key) == &*step.0;
        state.sent.iter().rev().filter(of_step).find(|sent| sent.did_it()).cloned()
    }

    pub fn note(&self, index: usize, note: impl FnOnce(&mut Sent)) {
        if let Some(sent) = self.state().sent.get_mut(index) {
            note(sent);
        }
    }

    /// A look changed the world so often.
    pub fn marked_by_look(&self, changes: u64) {
        self.state().counts.marks += changes;
    }

    /// Nothing reaches this place for a while.
    pub fn cut_off(&self, request: &Request) {
        let until = self.clock.now() + OUTAGE;
        self.state().outages.push((place_of(request), until));
    }

    pub fn is_cut_off(&self, request: &Request) -> bool {
        let (now, place) = (self.clock.now(), place_of(request));
        self.state().outages.iter().any(|(cut, until)| *cut == place && now < *until)
    }

    /// What the guards of this step ask has changed.
    pub fn flip(&self, step: &StepKey) {
        self.state().flipped.push(step.clone());
    }

    pub fn is_flipped(&self, probe: &StepKey) -> bool {
        let state = self.state();
        state.flipped.iter().any(|step| probe.0.starts_with(&format!("{step}/guard:")))
    }

    /// Faults are over: what still holds of them does not any more.
    pub fn calm(&self) {
        let mut state = self.state();
        state.outages.clear();
        state.flipped.clear();
    }

    /// Whether every fault has struck, and nothing that was sent is on its way any more.
    pub fn is_calm(&self) -> bool {
        let (state, now) = (self.state(), self.clock.now());
        let is_over = state.outages.iter().all(|(_, until)| *until <= now);
        is_over && state.struck.len() == self.schedule.0.len() && state.on_their_way == 0 && !state.kill_next
    }

    /// Each `once` that took effect, as often as it did.
    pub fn once_done(&self) -> Vec<StepKey> {
        let state = self.state();
        let done = state.sent.iter().filter(|sent| sent.effect == Effect::Once && sent.did_it());
        let mut steps: Vec<_> =
            done.map(|sent| StepKey(super::record::step_of(&sent.place.key).into())).collect();
        steps.sort();
        steps
    }

    pub fn kill_next(&self) {
        self.state().kill_next = true;
    }

    pub fn takes_next(&self) -> bool {
        std::mem::take(&mut self.state().kill_next)
    }

    pub fn set_out(&self) {
        self.state().on_their_way += 1;
    }

    pub fn arrived(&self) {
        self.state().on_their_way -= 1;
    }

    /// Ends when nothing that was sent is on its way any more.
    pub async fn quiet(&self) {
        while self.state().on_their_way > 0 {
            self.clock.sleep(Duration::from_millis(100)).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counts: &mut HashMap<StepKey, u32>, key: &StepKey) -> u32 {
    let count = counts.entry(key.clone()).or_default();
    *count += 1;
    *count
}

/// What a connection leads to: a host.
fn place_of(request: &Request) -> String {
    match &request.operation {
        Operation::Http(call) => {
            let rest = call.url.split_once("://").map_or(&*call.url, |(_, rest)| rest);
            rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
        }
        _ => request.target.address.clone(),
    }
}

fn sent(request: &Request) -> Sent {
    let (carries, text) = match &request.operation {
        Operation::Command(command) => (Carries::Command, format!("$ {}", command.text)),
        Operation::Http(call) => (Carries::Http, format!("{} {}", call.method, call.url)),
        Operation::Put { local, remote } => (Carries::Other, format!("put {local} to {remote}")),
        Operation::Get { remote, local } => (Carries::Other, format!("get {remote} to {local}")),
        Operation::Plugin { name, .. } => (Carries::Other, format!("{name}(…)")),
    };
    Sent {
        life: 0,
        leaseless: false,
        place: Place { key: request.key.clone(), number: 1 },
        effect: request.effect,
        target: request.target.name.clone(),
        text,
        carries,
        local: request.target.backend == BackendKind::Local,
        lane: request.terms.lane,
        at: Duration::ZERO,
        events: (0, 0),
        durable_after: 0,
        world: 0,
        took_effect: false,
        changed: false,
        reply: None,
    }
}
