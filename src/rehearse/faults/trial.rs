//! One schedule played to its end: runners that die or stop, a person who looks and says what happened, and others who go on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};

use super::foresight::{Both, Idle};
use super::gate::Gate;
use super::junctions::{Junctions, Passage};
use super::legs::{Ground, Leaping, Legs, Survey};
use super::life::Life;
use super::output::Output;
use super::people::People;
use super::record::{Pen, Record};
use super::schedule::Schedule;
use super::seen::{Departure, GoesOn, LifeEnd, Seen};
use super::situation::{Known, Situation, Through};
use super::steady::Steady;
use super::town::Town;
use super::verdict::End;
use crate::backend::{Backend, Reply};
use crate::clock::Clock;
use crate::event::{Actor, Event, EventKind};
use crate::ids::RunId;
use crate::journal::{Doubt, History, Journal, Standing};
use crate::rehearse::stage::Stage;
use crate::resolve::RunEnd;
use crate::run::{Foresight, Operator, RunReport, Runner, Secrets, StopSignal};
use crate::syntax::ast::ItemKind;
use crate::value::Outcome;
use crate::world::VirtualClock;

/// How long a person takes to look after a run that came to no end.
const LOOKING: Duration = Duration::from_secs(60);
/// A run that has not come to an end after so many runners never will.
const MOST_LIVES: usize = 12;

/// What of the way to the first fault need not be played, since it was before.
pub(super) struct Shortcuts {
    /// The looks on the way to the first fault.
    pub idle: Arc<Idle>,
    /// The stages on the way to it.
    pub legs: Arc<Legs>,
    /// When the first fault strikes, on the run's clock.
    pub fault: Duration,
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
    /// Where it joins others.
    known: Option<Arc<Known>>,
    /// The looks that no runner need make.
    steady: Option<Arc<Steady>>,
    /// What the first runner need not do.
    ahead: Option<Arc<dyn Foresight>>,
    departures: Vec<Departure>,
    passages: Vec<Passage>,
}

impl<'s> Trial<'s> {
    /// A schedule that is to be played; must be called inside a runtime of its own.
    pub fn new(stage: &'s Stage<'s>, schedule: Schedule) -> Self {
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
        let (departures, passages) = (Vec::new(), Vec::new());
        let (known, steady, ahead) = (None, None, None);
        Self {
            stage,
            town,
            record,
            operator,
            output,
            secrets,
            ends,
            settled,
            known,
            steady,
            ahead,
            departures,
            passages,
        }
    }

    /// Goes on as others that came to the same situation.
    pub fn joining(self, known: &Arc<Known>) -> Self {
        Self { known: Some(Arc::clone(known)), ..self }
    }

    /// Its first runner does without what is foreseen so.
    pub fn sparing(self, ahead: Arc<dyn Foresight>) -> Self {
        Self { ahead: Some(ahead), ..self }
    }

    /// Does without what was played on the way to the fault, and once it has struck, without looks that show nothing new.
    pub fn cut_short(self, shortcuts: Shortcuts) -> Self {
        let (Shortcuts { idle, legs, fault }, steady) = (shortcuts, Steady::new(Arc::clone(&self.town)));
        let looks = Both(idle.until(fault), Arc::clone(&steady) as Arc<dyn Foresight>);
        let leaping = Leaping { ground: self.ground(), legs, idle, fault };
        Self { steady: Some(steady), ..self.sparing(Arc::new(Both(Arc::new(leaping), Arc::new(looks)))) }
    }

    /// Plays to the end, without these looks, and keeps each stage.
    pub async fn survey(self, idle: &Arc<Idle>) -> (Seen, Legs) {
        let survey = Survey::new(self.ground(), idle.until(Duration::MAX));
        let seen = self.sparing(Arc::clone(&survey) as Arc<dyn Foresight>).play().await;
        (seen, survey.legs())
    }

    /// Plays to the end, or to where it joins others.
    pub async fn play(mut self) -> Seen {
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
        self.steady.iter().for_each(|steady| steady.follow(life));
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

    /// What the next runner need not do.
    fn foresight(&self) -> Option<Arc<dyn Foresight>> {
        match self.ends.is_empty() {
            true => self.ahead.clone(),
            false => Some(self.steady.clone()?),
        }
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
        let Some(known) = self.known.clone().filter(|_| self.town.is_calm()) else { return next };
        let situation = self.situation(&next);
        if let Some(rest) = known.rest(situation, &self.ends.last().and_then(LifeEnd::stopped_at)) {
            return Next::Known(GoesOn::From(Box::new(rest)));
        }
        let (lives, settled, (events, _)) = (self.ends.len(), self.settled.len(), self.record.lengths());
        self.departures.push(Departure { situation, lives, settled, events });
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
            departures: self.departures,
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
