//! A world as a backend: requests in, replies on the world's clock out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};
use tokio_util::sync::CancellationToken;

use super::always::BrokenAlways;
use super::asked::Asked;
use super::claims::Claims;
use super::model::{Model, Moves, WorldError};
use super::reply::{Answer, What};
use super::tally::Counted;
use crate::backend::{Backend, Cut, OutputSink, Reply, Request};
use crate::clock::Clock;
use crate::event::RunResult;
use crate::finding::Finding;
use crate::resolve::{ResolvedWorld, RunEnd};
use crate::syntax::ast::{Expr, Scenario};
use crate::value::{BackendKind, Outcome, Value};

/// A world in which a run can be played.
///
/// A request takes effect when it arrives, and is answered after its latency; one that is cut off
/// before that has taken effect all the same. What a handler puts off happens at its own time,
/// before any request of that time or later.
pub struct World {
    model: Mutex<Model>,
    claims: Mutex<Claims>,
    clock: Arc<dyn Clock>,
    wrong: CancellationToken,
    output: OutputSink,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

/// A world as it begins in a scenario, made once: each play has a copy of its own.
#[derive(Debug)]
pub struct Opening(Model);

impl Opening {
    /// How the world begins in `scenario`, or as it is.
    pub fn new(world: Arc<ResolvedWorld>, scenario: Option<&Scenario>) -> Result<Self, Finding> {
        Model::new(world, scenario).map(Self)
    }

    /// A world that begins so.
    #[must_use]
    pub fn world(&self, clock: Arc<dyn Clock>) -> World {
        World {
            model: Mutex::new(self.0.clone()),
            claims: Mutex::default(),
            clock,
            wrong: CancellationToken::new(),
            output: Arc::new(|_, _| ()),
        }
    }

    /// The value of an expression of the world's file, as the world begins.
    pub fn evaluate(&self, expr: &Expr) -> Result<Value, Finding> {
        self.0.evaluate(expr)
    }
}

/// A world as it was at one moment, with the claims that its hosts knew.
#[derive(Clone, Debug)]
pub struct Moment(Model, Claims);

impl World {
    /// A world as it begins in `scenario`, or as it is.
    pub fn new(
        world: Arc<ResolvedWorld>,
        scenario: Option<&Scenario>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Finding> {
        Ok(Opening::new(world, scenario)?.world(clock))
    }

    /// Shows what commands print to `output`, line by line, when they have ended.
    #[must_use]
    pub fn output(mut self, output: OutputSink) -> Self {
        self.output = output;
        self
    }

    /// Is cancelled when the world goes wrong: no answer from then on means anything.
    #[must_use]
    pub fn wrong(&self) -> &CancellationToken {
        &self.wrong
    }

    /// What is wrong with the world itself.
    #[must_use]
    pub fn error(&self) -> Option<WorldError> {
        self.model().error.clone()
    }

    /// Every moment at which an `always` became false.
    #[must_use]
    pub fn broken(&self) -> Vec<BrokenAlways> {
        self.model().broken.clone()
    }

    /// How often the requests of each `expect … on` of the scenario came, in their order.
    #[must_use]
    pub fn counted(&self) -> Vec<Counted> {
        self.model().counted()
    }

    /// How many requests took effect so far; one that was asked for again under its claim did so once.
    #[must_use]
    pub fn effects(&self) -> u64 {
        self.model().requests()
    }

    /// Brings the world to the present, for a look at its state.
    pub fn catch_up(&self) {
        self.model().catch_up(self.clock.now());
    }

    /// Lets everything happen that has been set in motion, however late it is due.
    pub fn settle(&self) {
        self.model().catch_up(Duration::MAX);
    }

    /// The run has ended so: `ended` says it from now on, and every `always` that reads it is looked at.
    pub fn ended(&self, how: RunEnd) {
        self.tell_of_the_run(Some(how));
    }

    /// The run goes on: `ended` is none again.
    pub fn resumed(&self) {
        self.tell_of_the_run(None);
    }

    fn tell_of_the_run(&self, ended: Option<RunEnd>) {
        let mut model = self.model();
        model.run_ended(ended, self.clock.now());
        if model.error.is_some() {
            self.wrong.cancel();
        }
    }

    /// The value of an expression of the world's file, in the state as it is.
    pub fn evaluate(&self, expr: &Expr) -> Result<Value, Finding> {
        self.model().evaluate(expr)
    }

    /// Whether an expression of the world's file counts as true, in the state as it is.
    pub fn holds(&self, expr: &Expr) -> Result<bool, Finding> {
        self.model().holds(expr)
    }

    /// What stands in an expression, and what it is now.
    #[must_use]
    pub fn observed(&self, expr: &Expr) -> Vec<(String, String)> {
        self.model().observed(expr)
    }

    /// All that what follows in it depends on but the time, as text: two worlds that say the same here answer alike from
    /// now on.
    #[must_use]
    pub fn substance(&self) -> String {
        let now = self.clock.now();
        format!("{} {}", self.model().substance(Duration::ZERO), self.claims().substance(now))
    }

    /// What follows in it depends on that as well, whatever the time is, as long as nothing is asked for again under its claim.
    #[must_use]
    pub fn timeless(&self) -> String {
        self.model().substance(self.clock.now())
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the world would answer to a request now, and after how long; nothing where it would change or go wrong by that.
    /// It stays as it is.
    pub fn foretell(&self, request: &Request) -> Option<(Reply, Duration)> {
        let answer = self.model().foretell(&Asked::new(request), self.clock.now())?;
        let latency = answer.latency;
        Some((answered(request, answer), latency))
    }

    /// How far the world has moved so far.
    #[must_use]
    pub fn moves(&self) -> Moves {
        self.model().moves()
    }

    /// When something falls due by itself next.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.model().next_due()
    }

    /// The world as it is now.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment(self.model().clone(), self.claims().clone())
    }

    /// The world is as it was at that moment.
    pub fn set(&self, moment: &Moment) {
        let Moment(model, claims) = moment.clone();
        *self.model() = model;
        *self.claims() = claims;
    }

    /// The request takes effect, unless it did before under the same claim; nothing when the world is wrong.
    fn arrive(&self, request: &Request) -> Option<Answer> {
        let Some(claim) = &request.claim else { return self.take_effect(request) };
        let (now, mut claims) = (self.clock.now(), self.claims());
        if let Some(answer) = claims.find(claim, now) {
            return Some(answer);
        }
        let answer = self.take_effect(request)?;
        claims.take(claim, &answer, now);
        Some(answer)
    }

    fn is_fenced(&self, request: &Request) -> bool {
        request.claim.as_ref().is_some_and(|claim| self.claims().refuse(claim))
    }

    fn take_effect(&self, request: &Request) -> Option<Answer> {
        let answer = self.model().ask(&Asked::new(request), self.clock.now());
        if answer.is_none() {
            self.wrong.cancel();
        }
        answer
    }

    async fn reply(&self, request: &Request, cancel: &CancellationToken) -> Reply {
        if cancel.is_cancelled() {
            return Reply::NotSent { why: "the run was told to stop".to_owned() };
        }
        if self.is_fenced(request) {
            return Reply::Fenced { why: format!("{} has seen a newer runner", called(request)) };
        }
        let Some(answer) = self.arrive(request) else {
            // Whoever watches `wrong` ends the run; this only keeps it from going on meanwhile.
            let ended = self.cut(request, request.within, cancel).await.unwrap_or(Cut::TimedOut);
            return Reply::Ended { why: ended };
        };
        let wait = answer.latency.min(request.within);
        match self.cut(request, wait, cancel).await {
            Some(why) => cut_off(request, why),
            None if answer.latency > request.within => cut_off(request, Cut::TimedOut),
            None => {
                self.show(request, &answer);
                answered(request, answer)
            }
        }
    }

    fn show(&self, request: &Request, answer: &Answer) {
        if let What::Outcome(Outcome::Command(outcome)) = &answer.what {
            for line in String::from_utf8_lossy(&outcome.stdout).lines() {
                (self.output)(&request.key, line);
            }
        }
    }

    /// Waits; says why, when the waiting was cut short.
    async fn cut(&self, request: &Request, wait: Duration, cancel: &CancellationToken) -> Option<Cut> {
        let cancelled = std::pin::pin!(cancel.cancelled());
        match select(cancelled, self.clock.sleep(wait.min(request.within))).await {
            Either::Left(_) => Some(Cut::Cancelled),
            Either::Right(_) => None,
        }
    }
}

impl From<RunResult> for RunEnd {
    fn from(result: RunResult) -> Self {
        match result {
            RunResult::Succeeded => Self::Succeeded,
            RunResult::Failed => Self::Failed,
            RunResult::Denied => Self::Denied,
            RunResult::Stopped => Self::Stopped,
        }
    }
}

impl Backend for World {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        Box::pin(self.reply(request, cancel))
    }
}

/// What is known of a request that was sent and not waited for to its end.
fn cut_off(request: &Request, why: Cut) -> Reply {
    match &request.target.backend {
        // A process of this machine is seen to end.
        BackendKind::Local => Reply::Ended { why },
        BackendKind::Ssh | BackendKind::Http | BackendKind::Plugin(_) => {
            Reply::Unknown { why, detail: "no answer came in time".to_owned() }
        }
    }
}

fn answered(request: &Request, answer: Answer) -> Reply {
    match answer.what {
        What::Outcome(outcome) => Reply::Answered(timed(outcome, answer.latency.as_secs_f64())),
        What::Unreachable => Reply::NotSent { why: format!("{} can't be reached", called(request)) },
        What::Lost => {
            let detail = "the connection was lost before an answer came".to_owned();
            Reply::Unknown { why: Cut::ConnectionLost, detail }
        }
    }
}

fn called(request: &Request) -> &str {
    if request.target.address.is_empty() { &request.target.name } else { &request.target.address }
}

fn timed(outcome: Outcome, seconds: f64) -> Outcome {
    match outcome {
        Outcome::Command(mut outcome) => {
            outcome.seconds = seconds;
            Outcome::Command(outcome)
        }
        Outcome::Http(mut outcome) => {
            outcome.seconds = seconds;
            Outcome::Http(outcome)
        }
        Outcome::Done { value, .. } => Outcome::Done { value, seconds },
    }
}
