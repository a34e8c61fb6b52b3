//! What happened in one schedule, as a short timeline: what was sent, what was known, what broke.

use std::time::Duration;

use super::judge::Harm;
use super::record::step_of;
use super::seen::{LifeEnd, Seen};
use super::town::Sent;
use crate::backend::{Cut, Reply};
use crate::event::{Event, EventKind, RunResult, StepResult, UnitResult};
use crate::value::{Effect, Outcome};
use crate::world::BrokenAlways;

/// The lines of a story, in the order of their times.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub lines: Vec<Line>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// On the world's clock.
    pub at: Duration,
    pub told: Told,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A part of the run began.
    Part(String),
    /// Something was sent, and this came of it.
    Sent { effect: Effect, target: String, text: String, answer: String },
    /// A fault struck.
    Struck { kind: super::Kind, text: String },
    /// The run knows or says this.
    Known(String),
    /// Somebody did something about the run.
    Person(String),
    /// Something that must not be.
    Harm(String),
}

impl Story {
    /// The story of all that was seen.
    pub(super) fn of(seen: &Seen) -> Self {
        let mut lines: Vec<(u64, Line)> = Vec::new();
        lines.extend(struck_lines(seen));
        let told = seen.sent.iter().filter(|sent| is_told(sent, seen));
        lines.extend(told.map(|sent| (sent_rank(sent), sent_line(sent))));
        let broken = seen.broken.iter();
        lines.extend(broken.map(|broken| (broken_rank(broken, seen), broken_line(broken))));
        for event in seen.events.iter().chain(&seen.lost) {
            lines.extend(event_line(event, seen).map(|line| (event.sequence * 2 + 1, line)));
        }
        lines.extend(seen.ends.iter().filter_map(end_line).map(|line| (u64::MAX, line)));
        lines.sort_by_key(|(rank, line)| (line.at, *rank));
        Self { lines: lines.into_iter().map(|(_, line)| line).collect() }
    }
}

/// Of what happens at the same time, what was sent stands after the events that were on record by then.
fn sent_rank(sent: &Sent) -> u64 {
    sent.events.0 as u64 * 2
}

/// Right after what was sent last.
fn broken_rank(broken: &BrokenAlways, seen: &Seen) -> u64 {
    let before = seen.sent.iter().rev().find(|sent| sent.at <= broken.at);
    before.map_or(0, sent_rank)
}

fn broken_line(broken: &BrokenAlways) -> Line {
    let BrokenAlways { title, said, cause, .. } = broken;
    Line { at: broken.at, told: Told::Harm(format!("`{title}` is broken: {said} ({})", cause.text)) }
}

/// What changes something is told; of what looks, only where a fault struck.
fn is_told(sent: &Sent, seen: &Seen) -> bool {
    sent.effect != Effect::Check || seen.struck.iter().any(|(injection, _)| injection.place == sent.place)
}

fn sent_line(sent: &Sent) -> Line {
    let told = Told::Sent {
        effect: sent.effect,
        target: sent.target.clone(),
        text: sent.text.clone(),
        answer: answer(sent),
    };
    Line { at: sent.at, told }
}

fn answer(sent: &Sent) -> String {
    let Some(reply) = &sent.reply else {
        return if sent.took_effect { "no answer" } else { "no effect" }.to_owned();
    };
    let answer = match reply {
        Reply::Answered(Outcome::Command(outcome)) => format!("exit {}", outcome.exit),
        Reply::Answered(Outcome::Http(outcome)) => format!("status {}", outcome.status),
        Reply::Answered(Outcome::Done { .. }) => "done".to_owned(),
        Reply::NotSent { .. } | Reply::Refused { .. } | Reply::Late => "not sent".to_owned(),
        Reply::Untrusted { .. } | Reply::Fenced { .. } => "refused".to_owned(),
        Reply::Ended { .. } => "ended".to_owned(),
        Reply::Unknown { why: Cut::TimedOut, .. } => "no answer in time".to_owned(),
        Reply::Unknown { why: Cut::ConnectionLost, .. } => "the answer was lost".to_owned(),
        Reply::Unknown { why: Cut::Cancelled, .. } => "cancelled".to_owned(),
    };
    match reply {
        _ if sent.took_effect => answer,
        // What was asked for under its claim before is answered as it was then.
        Reply::Answered(_) => format!("asked again, it had happened: {answer}"),
        _ => format!("{answer}, without effect"),
    }
}

fn struck_lines(seen: &Seen) -> impl Iterator<Item = (u64, Line)> + '_ {
    seen.struck.iter().filter_map(|(injection, at)| {
        let of_step = |sent: &&Sent| sent.place == injection.place;
        let sent = seen.sent.iter().find(of_step);
        let text = sent.map(|sent| format!("{} on {} {}", sent.effect.word(), sent.target, sent.text));
        let text = text.unwrap_or_else(|| injection.place.key.to_string());
        let line = Line { at: (*at)?, told: Told::Struck { kind: injection.kind, text } };
        Some((sent.map_or(0, sent_rank), line))
    })
}

fn event_line(event: &Event, seen: &Seen) -> Option<Line> {
    use EventKind as E;
    let told = match &event.kind {
        E::StageStarted { title, .. } => Told::Part(format!("stage \"{title}\"")),
        E::ChecklistStarted { title, .. } => Told::Part(format!("checklist \"{title}\"")),
        E::UndoStarted { stage, .. } => Told::Part(format!("undo of stage \"{stage}\"")),
        E::RunResumed { .. } if is_to_take_back(event, seen) => return None,
        E::RunResumed { .. } => Told::Person("the run is resumed".to_owned()),
        E::UndoBegan { .. } => Told::Person("the run is taken back".to_owned()),
        E::StepFinished { key, result: StepResult::Failed { failure, .. } } if weighs(key, seen) => {
            Told::Known(failure.title.clone())
        }
        E::StepSettled { key, happened, .. } => {
            let what = if *happened { "happened" } else { "did not happen" };
            Told::Person(format!("somebody looked, and says that {key} {what}"))
        }
        E::AttemptFailed { reason, .. } => Told::Known(format!("`otherwise` deals with it: {reason}")),
        E::GuardAnswered { guard, denied: true, .. } => Told::Known(format!("the guard `{guard}` denies it")),
        // The first of a row says enough.
        E::InvariantFailed { title, failures: 1, .. } => Told::Known(format!("invariant `{title}` fails")),
        E::InvariantBroken { title, .. } => Told::Known(format!("invariant `{title}` is broken")),
        E::ApprovalGiven { .. } | E::ManualDone { .. } => Told::Person("a person says yes".to_owned()),
        E::ApprovalRefused { .. } => Told::Person("a person says no".to_owned()),
        E::WaitFinished { result: UnitResult::Failed { failure }, .. } => Told::Known(failure.title.clone()),
        E::RunFinished { result, failure, .. } => Told::Known(ended(*result, failure.as_deref())),
        _ => return None,
    };
    Some(Line { at: seen.time_of(event), told })
}

/// Whether a run is gone on with only for what was done to be taken back, which is told for itself.
fn is_to_take_back(resumed: &Event, seen: &Seen) -> bool {
    let mut next = seen.events.iter().filter(|event| event.sequence == resumed.sequence + 1);
    next.any(|event| matches!(event.kind, EventKind::UndoBegan { .. }))
}

/// A look that failed is told where a fault struck it; in a wait that is nothing out of the way.
fn weighs(key: &crate::ids::StepKey, seen: &Seen) -> bool {
    let struck = seen.struck.iter().any(|(injection, _)| step_of(&injection.place.key) == &*key.0);
    let changes = |sent: &Sent| sent.effect != Effect::Check && step_of(&sent.place.key) == &*key.0;
    struck || seen.sent.iter().any(changes)
}

fn ended(result: RunResult, failure: Option<&crate::event::Failure>) -> String {
    let how = match result {
        RunResult::Succeeded => return "the run ends well".to_owned(),
        RunResult::Failed => "the run fails",
        RunResult::Denied => "the run is denied",
        RunResult::Stopped => "the run stops",
    };
    failure.map_or_else(|| how.to_owned(), |failure| format!("{how}: {}", failure.title))
}

fn end_line(end: &LifeEnd) -> Option<Line> {
    let told = match (&end.report, end.lost_its_lease) {
        (None, _) => "the runner is dead; what was not yet on the disk is lost",
        (Some(_), true) => "the runner has lost the run to another",
        (Some(_), false) => return None,
    };
    Some(Line { at: end.at, told: Told::Harm(told.to_owned()) })
}

impl std::fmt::Display for Harm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Harm::Always(broken) => write!(f, "`{}` is broken: {}", broken.title, broken.said),
            Harm::Twice { text, .. } => write!(f, "`{text}` took effect twice"),
            Harm::SentAfter { what, text, .. } => write!(f, "`{text}` was sent though {what}"),
            Harm::Repeated { text, .. } => {
                write!(f, "`{text}` was sent again though its good end was on record")
            }
            Harm::Unrecorded { text, .. } => write!(f, "`{text}` was sent before its intent was on record"),
            Harm::Nameless => f.write_str("the run stopped, and does not say why"),
            Harm::Endless => f.write_str("the run comes to no end, however often it is resumed"),
            Harm::Record { why } => write!(f, "the record is not whole: {why}"),
            Harm::Secret { place } => write!(f, "a secret stands in {place}"),
            Harm::Unreached(_) => f.write_str("the fault never struck: this schedule proves nothing"),
            Harm::World(error) => write!(f, "the world is wrong: {}", error.finding.title),
        }
    }
}
