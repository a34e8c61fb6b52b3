//! One schedule played to its end: runners that die or stop, a person who looks and says what happened, and others who go on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::{Either, select};
use tokio_util::sync::CancellationToken;

use super::coverage;
use super::foresight::{Both, Idle};
use super::gate::Gate;
use super::judge::{self, Harm};
use super::junctions::{Junctions, Passage};
use super::kind::Kind;
use super::legs::{Ground, Leaping, Legs, Survey};
use super::output::Output;
use super::people::People;
use super::record::{Pen, Record};
use super::schedule::{Injection, Schedule};
use super::situation::{Known, Rest, Situation, StoppedAt, Through};
use super::steady::Steady;
use super::story::Story;
use super::town::{Sent, Town};
use crate::backend::{Backend, Reply};
use crate::clock::Clock;
use crate::event::{Actor, Event, EventKind, Failure, RunResult};
use crate::ids::{RunId, StepKey};
use crate::journal::{Doubt, History, Journal, Standing};
use crate::rehearse::stage::Stage;
use crate::resolve::RunEnd;
use crate::run::{Foresight, Operator, RunReport, Runner, Secrets, StopSignal};
use crate::source::Span;
use crate::syntax::ast::ItemKind;
use crate::value::Outcome;
use crate::world::{BrokenAlways, VirtualClock, WorldError};

/// How long a person takes to look after a run that came to no end.
const LOOKING: Duration = Duration::from_secs(60);
/// A run that has not come to an end after so many runners never will.
const MOST_LIVES: usize = 12;

/// How a run ended for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    Succeeded,
    /// What had begun was taken back.
    Undone,
    /// It stopped, said why and what can be done; resumed, it stops there again.
    Stopped,
}

/// What at least one schedule should come by, or a test proves less than it seems to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sometimes {
    ResumedInDoubt,
    LeaseLost,
    GuardFlipped,
    InterruptedTwice,
    ApprovalExpired,
}

impl Sometimes {
    /// Each of them, in words.
    pub const ALL: [(Sometimes, &'static str); 5] = [
        (Sometimes::ResumedInDoubt, "a run was resumed with a step in doubt"),
        (Sometimes::LeaseLost, "a runner lost its lease"),
        (Sometimes::GuardFlipped, "a guard's fact flipped before the command, which was denied"),
        (Sometimes::InterruptedTwice, "a run was interrupted twice"),
        (Sometimes::ApprovalExpired, "an approval expired"),
    ];
}

/// What became of one schedule.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub schedule: Schedule,
    pub end: End,
    /// Why it did not succeed.
    pub failure: Option<Failure>,
    /// How many runners it took.
    pub lives: usize,
    /// The steps in doubt that a person had to settle.
    pub settled: Vec<Doubt>,
    pub harms: Vec<Harm>,
    pub sometimes: BTreeSet<Sometimes>,
    /// How long it took on the world's clock.
    pub lasted: Duration,
    /// Where what deals with faults was carried out, or applied.
    pub exercised: BTreeSet<Span>,
    /// What happened, if that did harm.
    pub story: Option<Box<Story>>,
}

impl Verdict {
    /// With what came of others behind the stage where it joined them.
    pub(super) fn through(self, through: Through) -> Self {
        let exercised = &self.exercised | &through.exercised;
        Self { exercised, lasted: self.lasted + through.lasted, ..self }
    }

    /// With what came of the situation that it breaks off in.
    pub(super) fn with(self, rest: Rest) -> Self {
        let flipped = self.schedule.0.iter().any(|injection| injection.kind == Kind::Flipped);
        let doubts = rest.in_doubt.then_some(Sometimes::ResumedInDoubt);
        let flips = (flipped && rest.denied).then_some(Sometimes::GuardFlipped);
        let sometimes = self.sometimes.into_iter().chain(doubts).chain(flips).collect();
        Self {
            end: rest.end,
            failure: rest.failure,
            lives: self.lives + rest.lives,
            settled: self.settled.into_iter().chain(rest.settled).collect(),
            sometimes,
            exercised: &self.exercised | &rest.exercised,
            lasted: rest.lasted,
            ..self
        }
    }
}

/// Whether a runner lives, and has the lease on the run.
#[derive(Debug)]
pub(super) struct Life {
    pub number: usize,
    dead: CancellationToken,
    lost_its_lease: AtomicBool,
}

impl Life {
    fn new(number: usize) -> Arc<Self> {
        Arc::new(Self { number, dead: CancellationToken::new(), lost_its_lease: AtomicBool::new(false) })
    }

    pub fn kill(&self) {
        self.dead.cancel();
    }

    pub fn is_dead(&self) -> bool {
        self.dead.is_cancelled()
    }

    pub fn lose_lease(&self) {
        self.lost_its_lease.store(true, Ordering::Relaxed);
    }

    pub fn has_lost_its_lease(&self) -> bool {
        self.lost_its_lease.load(Ordering::Relaxed)
    }
}

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
    pub situations: Vec<Passed>,
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
pub(super) struct Passed {
    situation: Situation,
    /// How many runners it had taken, how many doubts a person had settled and how many events were on record by then.
    lives: usize,
    settled: usize,
    events: usize,
}

/// Where a run comes to that was played to its end before.
#[derive(Clone, Debug)]
pub(super) enum GoesOn {
    /// Between two runners.
    From(Situation),
    /// Behind a stage.
    Through(Through),
}

/// What need not be played, since it was before.
pub(super) struct Shortcuts {
    /// The situations whose rest is known.
    pub known: Arc<Known>,
    /// The looks on the way to the first fault.
    pub idle: Arc<Idle>,
    /// The stages on the way to it.
    pub legs: Arc<Legs>,
    /// When the first fault strikes, on the run's clock.
    pub fault: Duration,
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
    fn stopped_at(&self) -> StoppedAt {
        let failure = self.report.as_ref()?.failure.as_ref()?;
        Some((failure.title.clone(), failure.span))
    }

    fn was_denied(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.result == RunResult::Denied)
    }
}

/// Whether one of these runners but the last ended with a step in doubt.
fn doubtful(ends: &[LifeEnd]) -> bool {
    ends.split_last().is_some_and(|(_, before)| before.iter().any(|end| !end.in_doubt.is_empty()))
}

/// What is done after a runner came to its end.
#[derive(Debug)]
enum Next {
    Over(End),
    /// What follows was played before.
    Known(GoesOn),
    Resume,
    Undo(Vec<usize>),
}

/// One schedule under way.
pub(super) struct Trial<'s> {
    stage: &'s Stage<'s>,
    town: Arc<Town>,
    record: Arc<Record>,
    operator: Arc<dyn Operator>,
    output: Arc<Output>,
    secrets: Secrets,
    ends: Vec<LifeEnd>,
    settled: Vec<Doubt>,
    shortcuts: Option<Shortcuts>,
    /// Where it may join others.
    known: Option<Arc<Known>>,
    steady: Option<Arc<Steady>>,
    /// What the first runner need not look at, where that is not for the shortcuts to say.
    ahead: Option<Arc<dyn Foresight>>,
    situations: Vec<Passed>,
    passages: Vec<Passage>,
}

impl<'s> Trial<'s> {
    /// Plays the schedule, up to a situation that is known, without what is foreseen; must be called inside a runtime of its own.
    pub async fn play(stage: &'s Stage<'s>, schedule: Schedule, shortcuts: Option<Shortcuts>) -> Seen {
        Self::new(stage, schedule, shortcuts).lives().await
    }

    /// Plays without a fault and without these looks, and keeps each stage; must be called inside a runtime of its own.
    pub async fn survey(stage: &'s Stage<'s>, idle: &Arc<Idle>, known: &Arc<Known>) -> (Seen, Legs) {
        let mut trial =
            Self { known: Some(Arc::clone(known)), ..Self::new(stage, Schedule::default(), None) };
        let survey = Survey::new(trial.ground(), idle.until(Duration::MAX));
        trial.ahead = Some(Arc::clone(&survey) as Arc<dyn Foresight>);
        (trial.lives().await, survey.legs())
    }

    /// Plays the schedule, all but what its first runner foresees so; must be called inside a runtime of its own.
    pub async fn play_sparing(stage: &'s Stage<'s>, schedule: Schedule, ahead: Arc<dyn Foresight>) -> Seen {
        Self { ahead: Some(ahead), ..Self::new(stage, schedule, None) }.lives().await
    }

    fn new(stage: &'s Stage<'s>, schedule: Schedule, shortcuts: Option<Shortcuts>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at_once());
        let (secrets, output) = (stage.rehearsal.secrets(), Arc::<Output>::default());
        let world = match secrets.is_empty() {
            true => stage.world(Arc::clone(&clock)),
            false => stage.world(Arc::clone(&clock)).output(output.sink()),
        };
        let town = Town::new(world, Arc::clone(&clock), schedule);
        let scripted: Arc<dyn Operator> = Arc::new(stage.operator(clock));
        let operator = Arc::new(People { town: Arc::clone(&town), scripted });
        let (record, ends, settled) = (Arc::default(), Vec::new(), Vec::new());
        let (steady, situations) = (shortcuts.as_ref().map(|_| Steady::new(Arc::clone(&town))), Vec::new());
        Self {
            stage,
            town,
            record,
            operator,
            output,
            secrets,
            ends,
            settled,
            known: shortcuts.as_ref().map(|shortcuts| Arc::clone(&shortcuts.known)),
            shortcuts,
            steady,
            ahead: None,
            situations,
            passages: Vec::new(),
        }
    }

    async fn lives(mut self) -> Seen {
        let mut next = Next::Resume;
        loop {
            next = match next {
                Next::Over(end) => return self.seen_whole(end, false),
                Next::Known(goes_on) => return self.seen_until(goes_on),
                _ if self.ends.len() >= MOST_LIVES => return self.seen_whole(End::Stopped, true),
                Next::Resume => self.live(None).await,
                Next::Undo(stages) => self.live(Some(stages)).await,
            };
        }
    }

    /// One runner, from its start to its end, and what is done then.
    async fn live(&mut self, undo: Option<Vec<usize>>) -> Next {
        let life = Life::new(self.ends.len());
        let stop = StopSignal::new();
        let junctions = self.junctions(&life);
        let runner = self.runner(&life, &stop, junctions.clone());
        let town = Arc::clone(&self.town);
        let wrong = async {
            town.world.wrong().cancelled().await;
            stop.stop("the world is wrong");
            stop.stop("the world is wrong");
            std::future::pending::<()>().await
        };
        let run = async {
            match &undo {
                Some(stages) => runner.undo(stages).await,
                None => runner.execute().await,
            }
        };
        let dead = life.dead.cancelled();
        futures::pin_mut!(run, wrong, dead);
        let report = match select(run, select(dead, wrong)).await {
            Either::Left((report, _)) => Some(report),
            Either::Right(_) => None,
        };
        let (passages, joined) = junctions.map_or_else(Default::default, |junctions| junctions.take());
        self.passages.extend(passages);
        match joined {
            Some(through) => self.joined(through),
            None => self.ended(&life, report).await,
        }
    }

    /// The runner is dismissed behind a stage.
    fn joined(&mut self, through: Through) -> Next {
        let (at, (events, _)) = (self.town.clock.now(), self.record.lengths());
        let (report, lost_its_lease, in_doubt) = (None, false, BTreeSet::new());
        self.ends.push(LifeEnd { at, report, lost_its_lease, events, in_doubt });
        Next::Known(GoesOn::Through(through))
    }

    fn junctions(&self, life: &Arc<Life>) -> Option<Arc<Junctions>> {
        let known = Arc::clone(self.known.as_ref()?);
        Some(Junctions::new(self.ground(), Arc::clone(life), known))
    }

    fn runner(&self, life: &Arc<Life>, stop: &StopSignal, junctions: Option<Arc<Junctions>>) -> Runner {
        let (town, record, life) = (Arc::clone(&self.town), Arc::clone(&self.record), Arc::clone(life));
        let gate = Gate {
            town: Arc::clone(&town),
            record: Arc::clone(&record),
            life: Arc::clone(&life),
            stop: stop.clone(),
            steady: self.steady.clone(),
        };
        let fence = life.number as u64 + 1;
        let clock = Arc::clone(&town.clock);
        let pen = Pen { town, record: Arc::clone(&record), life };
        let (backend, journal): (Arc<dyn Backend>, Arc<dyn Journal>) = (Arc::new(gate), Arc::new(pen));
        let runner = Runner::new(RunId(Arc::from("rehearsal")), Arc::clone(&self.stage.plan), backend, clock)
            .journal(journal)
            .operator(Arc::clone(&self.operator))
            .secrets(self.secrets.clone())
            .output(self.output.relay())
            .events(self.output.watch())
            .fence(fence)
            .stop(stop.clone());
        let runner = match (self.foresight(), junctions) {
            (Some(foresight), Some(junctions)) => runner.foresight(Arc::new(Both(foresight, junctions))),
            (Some(foresight), None) => runner.foresight(foresight),
            (None, _) => runner,
        };
        if self.ends.is_empty() { runner } else { record.read(|events| runner.after(events)) }
    }

    /// What the next runner need not look at: on the way to the first fault, and once all have struck.
    fn foresight(&self) -> Option<Arc<dyn Foresight>> {
        if !self.ends.is_empty() {
            return Some(self.steady.clone()?);
        }
        if let Some(ahead) = &self.ahead {
            return Some(Arc::clone(ahead));
        }
        let (shortcuts, steady) = (self.shortcuts.as_ref()?, self.steady.clone()?);
        let (legs, idle) = (Arc::clone(&shortcuts.legs), Arc::clone(&shortcuts.idle));
        let leaping = Leaping { ground: self.ground(), legs, idle, fault: shortcuts.fault };
        let looks = Both(shortcuts.idle.until(shortcuts.fault), steady);
        Some(Arc::new(Both(Arc::new(leaping), Arc::new(looks))))
    }

    fn ground(&self) -> Ground {
        Ground { town: Arc::clone(&self.town), record: Arc::clone(&self.record) }
    }

    async fn ended(&mut self, life: &Life, report: Option<RunReport>) -> Next {
        life.kill();
        let lost_its_lease = life.has_lost_its_lease();
        if report.is_none() || lost_its_lease {
            self.record.cut();
        }
        let history = self.record.read(History::of);
        let doubts = history.in_doubt();
        let open: Vec<_> =
            doubts.into_iter().filter(|doubt| self.is_still_open(doubt, report.is_some())).collect();
        self.town.calm();
        self.steady.iter().for_each(|steady| steady.forget());
        let (at, doubts) = (self.town.clock.now(), history.in_doubt());
        let in_doubt = doubts.iter().map(|doubt| doubt.key.clone()).collect();
        let (events, _) = self.record.lengths();
        self.ends.push(LifeEnd { at, report, lost_its_lease, events, in_doubt });
        self.tell_the_world(&history);
        if self.town.world.error().is_some() {
            return Next::Over(End::Stopped);
        }
        let next = if open.is_empty() { self.next(&history) } else { go_on(&history) };
        match &next {
            Next::Over(_) | Next::Known(_) => return next,
            // Nothing is taken back beside what may still be on its way.
            Next::Undo(_) if history.undo.is_none() => self.look_after(doubts, history.next).await,
            Next::Undo(_) | Next::Resume => self.look_after(open, history.next).await,
        }
        self.unless_known(next)
    }

    /// What is next, if it was not played before from where the run stands now.
    fn unless_known(&mut self, next: Next) -> Next {
        let known = self.shortcuts.as_ref().map(|shortcuts| Arc::clone(&shortcuts.known));
        let Some(known) = known.filter(|_| self.town.is_calm()) else { return next };
        let situation = self.situation(&next);
        if known.has(situation, &self.ends.last().and_then(LifeEnd::stopped_at)) {
            return Next::Known(GoesOn::From(situation));
        }
        let (lives, settled, (events, _)) = (self.ends.len(), self.settled.len(), self.record.lengths());
        self.situations.push(Passed { situation, lives, settled, events });
        next
    }

    /// All that what comes next depends on but what the run stopped of.
    fn situation(&self, next: &Next) -> Situation {
        let last = self.ends.last();
        let settled: Vec<_> = self.settled.iter().map(|doubt| &doubt.key).collect();
        let in_doubt = last.map(|end| &end.in_doubt);
        Situation::of(&[
            format!("{next:?} {settled:?} {in_doubt:?} {}", self.ends.len()),
            format!("{:?} {:?}", self.town.clock.now(), self.town.once_done()),
            self.town.world.substance(),
            self.record.read(History::of).substance(),
        ])
    }

    /// Whether a resumed run could not tell either what became of it, so that a person must. Who has looked twice does not
    /// look again.
    fn is_still_open(&self, doubt: &Doubt, ended: bool) -> bool {
        let before = self.ends.last().is_some_and(|end| end.in_doubt.contains(&doubt.key));
        let looked = self.settled.iter().filter(|settled| settled.key == doubt.key).count();
        ended && before && looked < 2
    }

    fn tell_the_world(&self, history: &History) {
        let how = match history.standing() {
            Standing::Open => return,
            Standing::Done => RunEnd::Succeeded,
            Standing::TakenBack => RunEnd::Undone,
            Standing::Ended(result) => result.into(),
        };
        self.town.world.ended(how);
    }

    /// What is done with a run that stands so.
    fn next(&self, history: &History) -> Next {
        match history.standing() {
            Standing::Done => Next::Over(End::Succeeded),
            Standing::TakenBack => Next::Over(End::Undone),
            Standing::Ended(_) if self.stops_there_again() || self.is_refused(history) => {
                self.take_back(history)
            }
            Standing::Open | Standing::Ended(_) => go_on(history),
        }
    }

    /// What can't be gone on with is taken back, where that was written.
    fn take_back(&self, history: &History) -> Next {
        let begun = history.begun_stages();
        let undoable = self.undoable();
        let may_be_taken_back = begun.iter().any(|number| undoable.contains(number));
        match history.undo.is_none() && may_be_taken_back {
            true => Next::Undo(begun),
            false => Next::Over(End::Stopped),
        }
    }

    fn undoable(&self) -> Vec<usize> {
        let items = &self.stage.plan.runbook.root().file.items;
        let parts =
            items.iter().filter(|item| matches!(item.kind, ItemKind::Stage(_) | ItemKind::Checklist(_)));
        let undoable = parts.enumerate().filter(|(_, item)| match &item.kind {
            ItemKind::Stage(stage) => stage.undo.is_some(),
            _ => false,
        });
        undoable.map(|(at, _)| at + 1).collect()
    }

    /// It ended as it had ended before, with nothing that struck in between.
    fn stops_there_again(&self) -> bool {
        let mut last = self.ends.iter().rev().map(LifeEnd::stopped_at);
        let (now, before) = (last.next().flatten(), last.next().flatten());
        now.is_some() && now == before
    }

    fn is_refused(&self, history: &History) -> bool {
        let refused = |event: &Event| matches!(event.kind, EventKind::ApprovalRefused { .. });
        let since = self.ends.iter().rev().nth(1).map_or(0, |end| end.events);
        history.undo.is_none() && self.record.read(|events| events.iter().skip(since).any(refused))
    }

    /// A person looks at what is in doubt, once nothing is on its way any more, and says what is true.
    async fn look_after(&mut self, doubts: Vec<Doubt>, mut next: u64) {
        self.town.clock.sleep(LOOKING).await;
        if !doubts.is_empty() {
            self.town.quiet().await;
        }
        self.town.clock.sleep(until_whole_minute(self.town.clock.now())).await;
        self.town.world.resumed();
        for doubt in doubts {
            self.record.add(self.settle(&doubt, next));
            self.settled.push(doubt);
            next += 1;
        }
    }

    fn settle(&self, doubt: &Doubt, sequence: u64) -> Event {
        let truth = self.town.truth(&doubt.key);
        let kind = EventKind::StepSettled {
            key: doubt.key.clone(),
            happened: truth.is_some(),
            gave: truth.and_then(|sent| gave(sent.reply.as_ref())),
            by: Actor { name: "operator".to_owned(), from: "the rehearsal".to_owned() },
            reason: None,
        };
        let at = self.town.clock.now();
        Event { sequence, at, wall: self.town.clock.wall(), kind }
    }

    /// What was seen up to where it goes on as one that was played before.
    fn seen_until(self, goes_on: GoesOn) -> Seen {
        let end = match goes_on {
            GoesOn::From(_) => End::Stopped,
            GoesOn::Through(_) => End::Succeeded,
        };
        Seen { goes_on: Some(goes_on), ..self.seen(end, false) }
    }

    /// What was seen up to its end, and of what the run had set in motion by then.
    fn seen_whole(self, end: End, endless: bool) -> Seen {
        self.town.world.settle();
        self.seen(end, endless)
    }

    fn seen(self, end: End, endless: bool) -> Seen {
        let world = &self.town.world;
        let lasted = self.town.clock.now();
        let (events, lost) = self.record.take();
        Seen {
            broken: world.broken(),
            error: world.error(),
            sent: self.town.take_sent(),
            struck: self.town.struck(),
            ends: self.ends,
            settled: self.settled,
            situations: self.situations,
            goes_on: None,
            passages: self.passages,
            mistaken: self.steady.is_some_and(|steady| steady.was_mistaken()),
            showing: self.output.close(),
            events,
            lost,
            end,
            endless,
            lasted,
        }
    }
}

fn until_whole_minute(now: Duration) -> Duration {
    let minute = Duration::from_secs(60).as_nanos();
    let over = now.as_nanos() % minute;
    Duration::from_nanos(u64::try_from((minute - over) % minute).unwrap_or(0))
}

/// Another runner goes on with what the last one was at.
fn go_on(history: &History) -> Next {
    history.undo.clone().map_or(Next::Resume, Next::Undo)
}

/// What a person reads off the other side.
fn gave(reply: Option<&Reply>) -> Option<String> {
    match reply? {
        Reply::Answered(Outcome::Command(outcome)) => {
            Some(String::from_utf8_lossy(&outcome.stdout).into_owned())
        }
        Reply::Answered(Outcome::Http(outcome)) => Some(String::from_utf8_lossy(&outcome.body).into_owned()),
        _ => None,
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
        self.situations.iter().map(move |passed| {
            let rest = Rest {
                stops: (stopped_at(passed.lives.wrapping_sub(1)), stopped_at(passed.lives)),
                end: verdict.end,
                failure: verdict.failure.clone(),
                lives: verdict.lives - passed.lives,
                settled: verdict.settled[passed.settled..].to_vec(),
                in_doubt: doubtful(&self.ends[passed.lives..]),
                denied: self.ends[passed.lives..].iter().any(LifeEnd::was_denied),
                exercised: coverage::exercised(&self.events[passed.events..]),
                lasted: verdict.lasted,
            };
            (passed.situation, rest)
        })
    }

    /// What came of it behind each stage that its last runner passed, if that was a good end.
    pub fn throughs<'v>(&'v self, verdict: &'v Verdict) -> impl Iterator<Item = (Situation, Through)> + 'v {
        let joined = match &self.goes_on {
            Some(GoesOn::Through(through)) => Some(&through.exercised),
            _ => None,
        };
        let goes_on_between_runners = matches!(self.goes_on, Some(GoesOn::From(_)));
        let went_through =
            verdict.end == End::Succeeded && verdict.harms.is_empty() && !goes_on_between_runners;
        let passages =
            self.passages.iter().filter(move |passage| went_through && passage.life + 1 == self.ends.len());
        passages.map(move |passage| {
            let mut exercised = coverage::exercised(&self.events[passage.events..]);
            exercised.extend(joined.into_iter().flatten());
            (passage.situation, Through { lasted: verdict.lasted.saturating_sub(passage.at), exercised })
        })
    }

    fn sometimes(&self) -> BTreeSet<Sometimes> {
        let struck = |kind| self.struck.iter().any(|(injection, at)| injection.kind == kind && at.is_some());
        let denied = self.ends.iter().any(LifeEnd::was_denied);
        // Where a known rest follows, the last runner that was seen was not the last.
        let doubts = match self.goes_on {
            Some(GoesOn::From(_)) => self.ends.iter().any(|end| !end.in_doubt.is_empty()),
            Some(GoesOn::Through(_)) | None => doubtful(&self.ends),
        };
        let reached = |what: &Sometimes| match what {
            Sometimes::ResumedInDoubt => doubts,
            Sometimes::LeaseLost => self.ends.iter().any(|end| end.lost_its_lease),
            Sometimes::GuardFlipped => struck(Kind::Flipped) && denied,
            Sometimes::InterruptedTwice => struck(Kind::StoppedTwice),
            Sometimes::ApprovalExpired => struck(Kind::Expired),
        };
        Sometimes::ALL.into_iter().map(|(what, _)| what).filter(reached).collect()
    }
}
