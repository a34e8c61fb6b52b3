//! A world under way: what is true in it, what it has still to do, and what has come of it.

use std::sync::Arc;
use std::time::Duration;

use super::agenda::{Agenda, Cause, Task};
use super::always::{Always, BrokenAlways};
use super::asked::Asked;
use super::body::{Blocks, Body, Falsehood, Role, Stop};
use super::handlers::Handlers;
use super::memory::{Memory, Question, Remembered};
use super::reply::{Answer, What, duration};
use super::state::{State, evaluate, holds};
use super::tally::{Counted, Tally};
use crate::finding::Finding;
use crate::resolve::{ResolvedWorld, RunEnd};
use crate::shell::Captures;
use crate::source::Span;
use crate::syntax::ast::{Block, Expr, Scenario, ScenarioClauseKind};
use crate::template::{Expressions, Scope};
use crate::value::Value;

/// A rehearsal of more requests is one that doesn't come to an end.
const MOST_REQUESTS: u64 = 5_000_000;
/// So many moments at which an `always` was false are kept.
const KEPT: usize = 20;

/// Something is wrong with the world, not with the runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldError {
    /// Since the rehearsal began.
    pub at: Duration,
    pub finding: Finding,
}

/// How far a world has moved: where it is the same, nothing came between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moves {
    /// How often the state was changed, by requests and by what they set in motion.
    pub changes: u64,
    /// How often something was put off.
    pub put_off: u64,
}

/// All that a world holds, changed by one request or one task at a time.
#[derive(Debug)]
pub(super) struct Model {
    world: Arc<ResolvedWorld>,
    handlers: Arc<Handlers>,
    state: State,
    agenda: Agenda,
    blocks: Blocks,
    always: Vec<Always>,
    tally: Tally,
    memory: Memory,
    requests: u64,
    changes: u64,
    pub broken: Vec<BrokenAlways>,
    pub error: Option<WorldError>,
}

impl Clone for Model {
    /// Handlers and bodies are shared, and what neither changes of the state.
    fn clone(&self) -> Self {
        let state = self.state.copied();
        Self {
            world: Arc::clone(&self.world),
            handlers: Arc::clone(&self.handlers),
            agenda: self.agenda.moved(self.state.scope(), state.scope()),
            state,
            blocks: self.blocks.clone(),
            always: self.always.clone(),
            tally: self.tally.clone(),
            memory: Memory::default(),
            requests: self.requests,
            changes: self.changes,
            broken: self.broken.clone(),
            error: self.error.clone(),
        }
    }
}

impl Model {
    pub(super) fn new(world: Arc<ResolvedWorld>, scenario: Option<&Scenario>) -> Result<Self, Finding> {
        let clauses = scenario.map_or(&[][..], |scenario| &scenario.clauses);
        let state = State::new(&world)?;
        let mut model = Self {
            handlers: Arc::new(Handlers::new(&world)?),
            always: Always::all(&world, state.scope())?,
            tally: Tally::new(clauses)?,
            state,
            world,
            agenda: Agenda::default(),
            blocks: Blocks::default(),
            memory: Memory::default(),
            requests: 0,
            changes: 0,
            broken: Vec::new(),
            error: None,
        };
        model.prepare(scenario)?;
        Ok(model)
    }

    /// What the scenario says of the beginning and of certain times.
    fn prepare(&mut self, scenario: Option<&Scenario>) -> Result<(), Finding> {
        let Some(scenario) = scenario else { return self.begin(self.world.file.kind.span) };
        let scope = Arc::clone(self.state.scope());
        for clause in &scenario.clauses {
            match &clause.kind {
                ScenarioClauseKind::Given(set) => self.state.set(set, &self.world, &scope)?,
                ScenarioClauseKind::At(at) => {
                    let due = duration(&self.world, &at.delay, &scope)?;
                    let text = format!("`at {}` of the scenario", at.delay.text);
                    let cause = Arc::new(Cause { text, span: at.delay.span });
                    let block = Arc::new(at.body.clone());
                    self.agenda.add(due, Task { block, scope: scope.child(), cause });
                }
                ScenarioClauseKind::With(_)
                | ScenarioClauseKind::Answer { .. }
                | ScenarioClauseKind::ExpectEnd { .. }
                | ScenarioClauseKind::ExpectRequests { .. }
                | ScenarioClauseKind::ExpectSaid { .. }
                | ScenarioClauseKind::ExpectState(_) => {}
            }
        }
        self.begin(scenario.title.span)
    }

    /// Looks at every `always` before anything has happened.
    fn begin(&mut self, span: Span) -> Result<(), Finding> {
        self.state.take_changed();
        let cause = Arc::new(Cause { text: "what `state` and `given` say".to_owned(), span });
        for number in 0..self.always.len() {
            self.look(number, Duration::ZERO, &cause)?;
        }
        Ok(())
    }

    /// A request arrives at `now`. Nothing is answered once the world has gone wrong.
    pub(super) fn ask(&mut self, asked: &Asked<'_>, now: Duration) -> Option<Answer> {
        self.catch_up(now);
        if self.error.is_some() {
            return None;
        }
        let answer = self.answer(asked, now);
        match answer {
            Ok(answer) => Some(answer),
            Err(finding) => {
                self.fail(now, finding);
                None
            }
        }
    }

    /// What would be answered at `now`; nothing where that would change anything, or go wrong.
    pub(super) fn foretell(&mut self, asked: &Asked<'_>, now: Duration) -> Option<Answer> {
        self.catch_up(now);
        if let Some(remembered) = self.memory.find(&Question::of(asked)) {
            return Some(remembered.answer.clone()).filter(|_| self.error.is_none());
        }
        let mut trial = Self { memory: std::mem::take(&mut self.memory), ..self.clone() };
        let answer = trial.ask(asked, now).filter(|_| trial.moves() == self.moves())?;
        self.memory = trial.memory;
        Some(answer)
    }

    fn answer(&mut self, asked: &Asked<'_>, now: Duration) -> Result<Answer, Finding> {
        self.requests += 1;
        if self.requests > MOST_REQUESTS {
            return Err(self.endless(asked));
        }
        let question = Question::of(asked);
        if let Some(remembered) = self.memory.find(&question) {
            self.tally.count_again(&remembered.counters);
            return Ok(remembered.answer.clone());
        }
        let before = self.moves();
        let answer = self.work_out(asked, now)?;
        let counters = match answer.what {
            What::Unreachable => Vec::new(),
            What::Outcome(_) | What::Lost => self.tally.count(asked, now),
        };
        if before == self.moves() {
            self.memory.keep(question, Remembered { answer: answer.clone(), counters });
        }
        Ok(answer)
    }

    fn work_out(&mut self, asked: &Asked<'_>, now: Duration) -> Result<Answer, Finding> {
        let (body, cause, caught) = self.handler(asked)?;
        let scope = self.scope_of(asked, caught);
        let answer = self.carry_out(&body, &scope, Role::Handler(asked), now, &cause)?;
        Ok(answer.unwrap_or_else(|| Answer::empty(asked)))
    }

    fn handler(&self, asked: &Asked<'_>) -> Result<(Arc<Block>, Arc<Cause>, Captures), Finding> {
        let Some((handler, caught)) = self.handlers.find(asked) else {
            return Err(self.unanswered(asked));
        };
        let cause = Arc::new(Cause { text: asked.told(), span: handler.span });
        Ok((Arc::clone(&handler.body), cause, caught))
    }

    fn scope_of(&self, asked: &Asked<'_>, caught: Captures) -> Arc<Scope> {
        let scope = self.state.scope().child();
        scope.set("request", asked.value());
        for (name, text) in caught {
            scope.set(&name, Value::from(text));
        }
        scope
    }

    /// Everything that is due by `now` happens, in the order of its time.
    pub(super) fn catch_up(&mut self, now: Duration) {
        while self.error.is_none()
            && let Some((due, task)) = self.agenda.pop_due(now)
        {
            let done = self.carry_out(&task.block, &task.scope, Role::Later, due, &task.cause);
            if let Err(finding) = done {
                self.fail(due, finding);
            }
        }
    }

    /// Carries out a body at one moment, then looks at what must always be true.
    fn carry_out(
        &mut self,
        block: &Block,
        scope: &Arc<Scope>,
        role: Role<'_>,
        now: Duration,
        cause: &Arc<Cause>,
    ) -> Result<Option<Answer>, Finding> {
        let world = Arc::clone(&self.world);
        let done = self.body(&world, role, now, cause).block(block, scope);
        let answer = done.map_err(|stop| stop.finding(cause))?;
        self.look_again(now, cause)?;
        Ok(answer)
    }

    /// Looks at every `always` that what was changed concerns.
    fn look_again(&mut self, now: Duration, cause: &Arc<Cause>) -> Result<(), Finding> {
        let changed = self.state.take_changed();
        if changed.is_empty() {
            return Ok(());
        }
        self.changes += 1;
        self.memory.forget();
        for number in 0..self.always.len() {
            if self.always[number].concerns(&changed) {
                self.look(number, now, cause)?;
            }
        }
        Ok(())
    }

    /// The run has ended at `now`, or goes on again.
    pub(super) fn run_ended(&mut self, how: Option<RunEnd>, now: Duration) {
        self.catch_up(now);
        let text = match how {
            Some(how) => format!("the end of the run: {}", how.word()),
            None => "the run, which went on".to_owned(),
        };
        let cause = Arc::new(Cause { text, span: self.world.file.title.span });
        self.state.set_ended(how);
        if let Err(finding) = self.look_again(now, &cause) {
            self.fail(now, finding);
        }
    }

    fn body<'a>(
        &'a mut self,
        world: &'a ResolvedWorld,
        role: Role<'a>,
        now: Duration,
        cause: &Arc<Cause>,
    ) -> Body<'a> {
        let (state, agenda, blocks) = (&mut self.state, &mut self.agenda, &mut self.blocks);
        Body { world, state, agenda, blocks, role, now, cause: Arc::clone(cause), statements: 0 }
    }

    /// Looks at one `always`; what is false is kept once until it holds again.
    fn look(&mut self, number: usize, now: Duration, cause: &Arc<Cause>) -> Result<(), Finding> {
        let (world, scope) = (Arc::clone(&self.world), Arc::clone(self.state.scope()));
        let block = Arc::clone(&self.always[number].body);
        let looked = self.body(&world, Role::Always, now, cause).block(&block, &scope);
        let always = &mut self.always[number];
        match looked {
            Ok(_) => always.holds = true,
            Err(Stop::Wrong(finding)) => return Err(*finding),
            Err(Stop::False(falsehood)) => {
                if always.holds && self.broken.len() < KEPT {
                    self.broken.push(always.broken(now, *falsehood, cause));
                }
                always.holds = false;
            }
        }
        Ok(())
    }

    fn fail(&mut self, at: Duration, finding: Finding) {
        self.error.get_or_insert(WorldError { at, finding });
    }

    fn unanswered(&self, asked: &Asked<'_>) -> Finding {
        let title = format!("this world has no answer to {}", asked.told());
        let write = format!("add a handler: `{} {{ reply … }}`", asked.handler());
        match self.handlers.nearest(asked) {
            Some(near) => {
                Finding::error("unanswered", title, near.span, "the nearest handler does not match it")
            }
            None => {
                Finding::error("unanswered", title, self.world.file.title.span, "no handler is near to it")
            }
        }
        .help(write)
    }

    fn endless(&self, asked: &Asked<'_>) -> Finding {
        let label = format!("the last of {MOST_REQUESTS} requests was {}", asked.told());
        let title = "this rehearsal doesn't come to an end";
        Finding::error("endless", title, self.world.file.title.span, label)
            .help("let the world make true what is waited for, or the runbook look less often")
    }

    /// The value of an expression of the world's file, in the state as it is.
    pub(super) fn evaluate(&self, expr: &Expr) -> Result<Value, Finding> {
        evaluate(&self.world, expr, self.state.scope())
    }

    /// Whether an expression of the world's file counts as true, in the state as it is.
    pub(super) fn holds(&self, expr: &Expr) -> Result<bool, Finding> {
        holds(&self.world, expr, self.state.scope())
    }

    /// What stands in an expression, and what it is now.
    pub(super) fn observed(&self, expr: &Expr) -> Vec<(String, String)> {
        self.world.expression(expr).observed(self.state.scope())
    }

    /// How many requests took effect so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests
    }

    pub(super) fn moves(&self) -> Moves {
        Moves { changes: self.changes, put_off: self.agenda.taken() }
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.agenda.next_due()
    }

    /// The state, what is still to be done and how long after `since`, and which `always` holds, as text.
    pub(super) fn substance(&self, since: Duration) -> String {
        let holds: Vec<_> = self.always.iter().map(|always| always.holds).collect();
        format!("{} {} {holds:?}", self.state.substance(), self.agenda.substance(since))
    }

    pub(super) fn counted(&self) -> Vec<Counted> {
        self.tally.counted()
    }
}

impl Stop {
    /// Why a handler or a later block was left: a false `assert` in it is a mistake of the world.
    fn finding(self, cause: &Cause) -> Finding {
        match self {
            Stop::Wrong(finding) => *finding,
            Stop::False(falsehood) => {
                let Falsehood { span, said, values } = *falsehood;
                let seen: Vec<_> = values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                let finding = Finding::error(
                    "broken-world",
                    format!("the world is broken: {said}"),
                    span,
                    seen.join(", "),
                );
                finding.also(cause.span, format!("while it answered {}", cause.text))
            }
        }
    }
}
