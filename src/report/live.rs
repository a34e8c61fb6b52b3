//! A run in a terminal: finished stages as lines that stay, and a frame below them that is drawn anew.
//!
//! In: events, and the time on the run's clock. Out: lines. Who draws them, and how the old frame is
//! taken away, is not known here.

use std::collections::HashMap;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indexmap::IndexMap;

use super::activity::{Activities, Activity};
use super::harmless::harmless_line;
use super::layout::{BAD, DIM, GOOD, Row, WARN, fit, marks};
use super::look::Look;
use super::passes::Passes;
use super::plain::short_hash;
use super::units::Units;
use super::words::{self, failure_of, kind, length, plural};
use crate::event::{Actor, Event, EventKind, Failure, FailureKind, UnitResult};
use crate::ids::StepKey;

/// The state of the screen.
#[derive(Debug)]
pub struct Live {
    look: Look,
    units: Units,
    heading: Option<Heading>,
    /// Loops that are not inside a pass of another, by key.
    loops: IndexMap<StepKey, Passes>,
    activities: Activities,
    /// What stays on the screen when the stage has ended.
    kept: Vec<Row>,
    /// What was done last, shown as long as the stage lasts.
    recent: Vec<Row>,
    /// Invariants that fail at the moment.
    alarms: IndexMap<String, String>,
    stopping: Option<String>,
    /// Stages and checklists, for their numbers.
    stages: Vec<String>,
    /// What the run is called, and what it is about: said again when it is resumed.
    head: Vec<String>,
    /// What people were asked, by key.
    asked: HashMap<StepKey, String>,
}

#[derive(Debug)]
struct Heading {
    key: StepKey,
    title: String,
}

/// How many of the last steps a frame shows.
const RECENT: usize = 3;

impl Live {
    /// A screen on which nothing has happened.
    #[must_use]
    pub fn new(look: Look) -> Self {
        Self {
            look,
            units: Units::default(),
            heading: None,
            loops: IndexMap::new(),
            activities: Activities::default(),
            kept: Vec::new(),
            recent: Vec::new(),
            alarms: IndexMap::new(),
            stopping: None,
            stages: Vec::new(),
            head: Vec::new(),
            asked: HashMap::new(),
        }
    }

    /// Takes an event in; gives the lines that stay.
    pub fn event(&mut self, event: &Event) -> Vec<String> {
        self.units.begin(event);
        let lines = self.take(event);
        self.units.end(event);
        lines
    }

    /// One arm a kind, so that a new kind is not forgotten here.
    #[expect(clippy::too_many_lines, reason = "a table of kinds, an arm each")]
    fn take(&mut self, event: &Event) -> Vec<String> {
        use EventKind as Kind;
        let at = event.at;
        match &event.kind {
            Kind::RunStarted { run, title, plan, stages, .. } => {
                self.stages.clone_from(stages);
                self.head = self.title(&run.0, title, plan);
                return self.head.clone();
            }
            Kind::RunResumed { by, .. } => return self.resumed(by),
            Kind::TextAccepted { by, changes, .. } => {
                let text =
                    format!("{by} accepted {} in the text", plural(changes.len(), "change", "changes"));
                return self.said(WARN, text);
            }
            Kind::UndoBegan { by, stages } => {
                let text = format!("{by} takes back {}", plural(stages.len(), "stage", "stages"));
                return self.said(WARN, text);
            }
            Kind::StepSettled { key, happened, by, reason, .. } => {
                let text = words::settled(*happened, by, reason.as_deref());
                self.keep(key, WARN, "!", harmless_line(&text));
            }
            Kind::RunFinished { .. } => return self.stage_ends(None, at),
            Kind::StopRequested { why } => self.stopping = Some(harmless_line(why)),
            Kind::StageStarted { key, number, title } => {
                return self.stage_begins(key, format!("{number} {}", harmless_line(title)), at);
            }
            Kind::ChecklistStarted { key, title } => {
                let number = self.stages.iter().position(|stage| stage == title);
                let number = number.map(|at| format!("{} ", at + 1)).unwrap_or_default();
                return self.stage_begins(key, format!("{number}{}", harmless_line(title)), at);
            }
            Kind::UndoStarted { key, stage, .. } => {
                return self.stage_begins(key, format!("undo: {}", harmless_line(stage)), at);
            }
            Kind::StageFinished { key, result }
            | Kind::ChecklistFinished { key, result }
            | Kind::UndoFinished { key, result } => return self.heading_ends(key, result, at),
            Kind::ExplainStarted { key, .. } => self.keep(key, WARN, "?", "looking for the cause".to_owned()),
            Kind::StepIntended { key, effect, target, request, .. } => {
                let what = format!("{} on {target} {}", effect.word(), harmless_line(request));
                self.begin(key, Activity::step(what, at));
            }
            Kind::StepOutput { key, line } => self.activities.output(key, line),
            Kind::StepFinished { key, result } => {
                self.activity_ends(key, at);
                words::left_out(result).into_iter().for_each(|text| self.keep(key, WARN, "!", text));
            }
            Kind::WaitFinished { key, .. } | Kind::PauseFinished { key } => self.activity_ends(key, at),
            Kind::WaitStarted { key, title, within, .. } => {
                self.begin(key, Activity::wait(harmless_line(title), *within, at));
            }
            Kind::WaitPolled { key, passed, needed, reason, .. } => {
                self.activities.polled(key, (*passed, *needed), reason.as_deref());
            }
            Kind::PauseStarted { key, length: pause, reason } => {
                let reason = reason.as_deref().map_or_else(|| "pause".to_owned(), harmless_line);
                self.begin(key, Activity::wait(reason, *pause, at));
            }
            Kind::StepTurnedAway { key, status, wait } => {
                self.remember(key, WARN, "!", words::turned_away(*status, *wait));
            }
            Kind::RetryFailed { key, tries, of, reason } => {
                let text = format!("try {tries} of {of} failed: {}", harmless_line(reason));
                self.remember(key, WARN, "!", text);
            }
            Kind::LoopStarted { key, name, items, at_a_time } => {
                self.loop_begins(key, name, items, *at_a_time)
            }
            Kind::PassStarted { key, loop_key, item } => {
                if let Some(passes) = self.loops.get_mut(loop_key) {
                    passes.begin(key, item, at);
                }
            }
            Kind::PassFinished { key, loop_key, item, result } => {
                self.pass_ends(key, loop_key, item, result, at);
            }
            Kind::LoopFinished { key, result } => self.loop_ends(key, result, at),
            Kind::AttemptFailed { key, reason, .. } => {
                self.keep(key, WARN, "!", format!("dealt with: {}", harmless_line(reason)));
            }
            Kind::CleanedUp { .. } => {}
            Kind::ApprovalAsked { key, text, .. } | Kind::ManualAsked { key, text } => {
                self.asked.insert(key.clone(), harmless_line(text));
                self.begin(key, Activity::asking(harmless_line(text), at));
            }
            Kind::ApprovalGiven { key, by, .. } => self.answered(key, GOOD, "approved", by),
            Kind::ApprovalRefused { key, by, .. } => self.answered(key, BAD, "refused", by),
            Kind::ManualDone { key, by } => self.answered(key, GOOD, "done", by),
            Kind::NoteWritten { key, text } => self.keep(key, Style::new(), "•", harmless_line(text)),
            Kind::Diagnosed { key, condition, untold: Some(why), .. } => {
                let text = format!("can't be told: {}: {}", harmless_line(condition), harmless_line(why));
                self.keep(key, WARN, "?", text);
            }
            Kind::Diagnosed { key, applies: true, cause, fix, .. } => {
                self.keep(key, WARN, "→", format!("cause: {}", harmless_line(cause)));
                self.kept.push(self.row(WARN, " ", format!("  fix: {}", harmless_line(fix))));
            }
            Kind::Diagnosed { key, condition, .. } => {
                self.remember(key, DIM, "·", format!("not the cause: {}", harmless_line(condition)));
            }
            Kind::ItemChecked { key, title, result, .. } => self.item_ends(key, title, result),
            Kind::GuardAsked { .. } => {}
            Kind::GuardOverridden { guard, by, reason } => {
                return self.said(WARN, format!("{by} overrides the guard \"{guard}\": {reason}"));
            }
            Kind::GuardAnswered { key, guard, denied, reason, .. } => {
                self.guard_answers(key, guard, *denied, reason)
            }
            Kind::InvariantFailed { title, failures, tolerated, reason } => {
                let tolerated = words::tolerated(*tolerated);
                let text = format!("failed {failures} times ({tolerated}): {}", harmless_line(reason));
                self.alarms.insert(title.clone(), text);
            }
            Kind::InvariantRecovered { title } => drop(self.alarms.shift_remove(title)),
            Kind::InvariantSlow { title, took, every } => {
                let (took, every) = (length(*took), length(*every));
                let text = format!("invariant \"{title}\" took {took} to look at, more than {every}");
                self.kept.push(self.row(WARN, "!", harmless_line(&text)));
            }
            Kind::InvariantBroken { title, reason, failures, since, values } => {
                self.alarms.shift_remove(title);
                let streak = words::streak(*failures, *since, values);
                let text = format!("invariant \"{title}\" is broken: {}{streak}", harmless_line(reason));
                self.kept.push(self.row(BAD, "✗", text));
            }
        }
        Vec::new()
    }

    fn title(&self, run: &str, title: &str, plan: &str) -> Vec<String> {
        let bold = self.look.paint(Style::new().bold(), harmless_line(title));
        let about = self.look.paint(
            DIM,
            format_args!("run {} · plan {}", harmless_line(run), short_hash(&harmless_line(plan))),
        );
        vec![format!("{bold}  {about}"), String::new()]
    }

    fn resumed(&mut self, by: &Actor) -> Vec<String> {
        self.stopping = None;
        let said = self.said(DIM, format!("resumed by {by}"));
        let title = self.head.first().cloned();
        title.into_iter().chain(said).chain([String::new()]).collect()
    }

    /// A line about the run as a whole.
    fn said(&self, style: Style, text: String) -> Vec<String> {
        vec![self.look.paint(style, harmless_line(&text))]
    }

    fn stage_begins(&mut self, key: &StepKey, title: String, at: Duration) -> Vec<String> {
        let lines = self.stage_ends(None, at);
        self.heading = Some(Heading { key: key.clone(), title });
        lines
    }

    fn heading_ends(&mut self, key: &StepKey, result: &UnitResult, at: Duration) -> Vec<String> {
        if self.heading.as_ref().is_some_and(|heading| heading.key == *key) {
            return self.stage_ends(Some(result), at);
        }
        Vec::new()
    }

    /// The stage as one line, and what is kept of it; what was cut short has no result.
    fn stage_ends(&mut self, result: Option<&UnitResult>, at: Duration) -> Vec<String> {
        self.loops.clear();
        self.recent.clear();
        self.activities.clear();
        let kept = std::mem::take(&mut self.kept);
        let head = self.heading.take().map(|heading| {
            let (style, mark) = match result {
                Some(UnitResult::Ok) => (GOOD, "✓"),
                Some(UnitResult::Failed { failure }) => ended(failure.kind),
                Some(UnitResult::Skipped) | None => (DIM, "-"),
            };
            let lasted = length(self.units.lasted(&heading.key, at));
            self.row(style, mark, heading.title).right(lasted)
        });
        let rows = head.into_iter().chain(kept.into_iter().map(Row::deeper));
        rows.flat_map(|row| row.lines(self.look.width, self.look)).collect()
    }

    fn loop_begins(&mut self, key: &StepKey, name: &str, items: &[String], at_a_time: usize) {
        if self.units.items(key).is_empty() && !self.units.is_inside_closed(key) {
            self.loops.insert(key.clone(), Passes::new(name, items, at_a_time));
        }
    }

    fn pass_ends(
        &mut self,
        key: &StepKey,
        loop_key: &StepKey,
        item: &str,
        result: &UnitResult,
        at: Duration,
    ) {
        let lasted = self.units.lasted(key, at);
        self.activities.end_inside(key);
        let Some(passes) = self.loops.get_mut(loop_key) else { return };
        passes.end(key, result, lasted);
        if let Some(failure) = failure_of(result) {
            let text = format!("{}: {}", harmless_line(item), said(failure));
            self.kept.push(self.row(BAD, "✗", text));
        }
    }

    fn loop_ends(&mut self, key: &StepKey, result: &UnitResult, at: Duration) {
        let lasted = self.units.lasted(key, at);
        let Some(passes) = self.loops.shift_remove(key) else { return };
        if failure_of(result).is_none() {
            self.push_recent(self.row(GOOD, "✓", passes.title()).right(length(lasted)));
        }
    }

    fn begin(&mut self, key: &StepKey, activity: Activity) {
        if !self.units.is_inside_closed(key) {
            self.activities.begin(key, activity);
        }
    }

    fn activity_ends(&mut self, key: &StepKey, at: Duration) {
        let Some(activity) = self.activities.end(key) else { return };
        if self.units.items(key).is_empty() {
            self.push_recent(
                self.row(DIM, "✓", activity.title).right(length(at.saturating_sub(activity.began))),
            );
        }
    }

    fn answered(&mut self, key: &StepKey, style: Style, answer: &str, by: &Actor) {
        self.activities.end(key);
        let asked = self.asked.get(key).cloned().unwrap_or_default();
        let mark = if style == BAD { "✗" } else { "✓" };
        self.keep(key, style, mark, format!("{answer} by {}: {asked}", harmless_line(&by.name)));
    }

    fn item_ends(&mut self, key: &StepKey, title: &str, result: &UnitResult) {
        let title = harmless_line(title);
        match failure_of(result) {
            None => self.keep(key, GOOD, "✓", title),
            Some(failure) => self.keep(key, BAD, "✗", format!("{title}: {}", said(failure))),
        }
    }

    fn guard_answers(&mut self, key: &StepKey, guard: &str, denied: bool, reason: &str) {
        let reason = harmless_line(reason);
        if denied {
            self.keep(key, BAD, "✗", format!("guard \"{guard}\" denies it: {reason}"));
        } else {
            self.remember(key, DIM, "✓", format!("guard \"{guard}\" lets it pass: {reason}"));
        }
    }

    fn keep(&mut self, key: &StepKey, style: Style, mark: &'static str, text: String) {
        let text = self.tagged(key, text);
        self.kept.push(self.row(style, mark, text));
    }

    fn remember(&mut self, key: &StepKey, style: Style, mark: &'static str, text: String) {
        let text = self.tagged(key, text);
        self.push_recent(self.row(style, mark, text));
    }

    fn push_recent(&mut self, row: Row) {
        self.recent.push(row);
        if self.recent.len() > RECENT {
            self.recent.remove(0);
        }
    }

    fn tagged(&self, key: &StepKey, text: String) -> String {
        let items = self.units.items(key);
        if items.is_empty() { text } else { format!("{}: {text}", harmless_line(&items.join(" › "))) }
    }

    fn row(&self, style: Style, mark: &'static str, text: String) -> Row {
        Row::new(style, mark, text)
    }

    /// The frame as it is `now`: never more than `height` lines, none wider than `width`.
    #[must_use]
    pub fn frame(&self, now: Duration, width: usize, height: usize) -> Vec<String> {
        let Some(heading) = &self.heading else { return Vec::new() };
        let lasted = length(self.units.lasted(&heading.key, now));
        let spin = marks(self.look).spinner(now);
        let head = Row::new(AnsiColor::Cyan.on_default().bold(), spin, heading.title.clone()).right(lasted);
        let mut rows = vec![head];
        let alarms = self.alarms();
        let room = height.saturating_sub(1 + alarms.len());
        rows.extend(self.inside(now, room).into_iter().map(Row::deeper));
        rows.extend(alarms);
        rows.iter().map(|row| fit(&row.line(width, self.look), width)).take(height).collect()
    }

    /// What is under way has the first right to a place, then what was kept, then what is past.
    fn inside(&self, now: Duration, room: usize) -> Vec<Row> {
        let loops =
            self.loops.values().flat_map(|passes| passes.rows(&self.activities, now, room, self.look));
        let own = self.activities.outside(self.loops.values());
        let own = own.map(|activity| activity.row(now, marks(self.look).spinner(now)));
        let current: Vec<_> = loops.chain(own).take(room).collect();
        let left = room - current.len();
        let kept = &self.kept[self.kept.len().saturating_sub(left)..];
        let recent = &self.recent[self.recent.len().saturating_sub(left - kept.len())..];
        kept.iter().chain(recent).cloned().chain(current).collect()
    }

    fn alarms(&self) -> Vec<Row> {
        let alarms = self.alarms.iter().map(|(title, text)| (format!("invariant \"{title}\" {text}"), BAD));
        let stopping = self
            .stopping
            .iter()
            .map(|why| (format!("{why}: stopping after the steps under way; once more cancels them"), WARN));
        alarms.chain(stopping).map(|(text, style)| Row::new(style, "!", text)).collect()
    }
}

fn ended(kind: FailureKind) -> (Style, &'static str) {
    match kind {
        FailureKind::Cancelled | FailureKind::InDoubt => (WARN, "■"),
        FailureKind::Failed
        | FailureKind::Unreachable
        | FailureKind::TimedOut
        | FailureKind::Untrusted
        | FailureKind::Denied => (BAD, "✗"),
    }
}

fn said(failure: &Failure) -> String {
    format!("{}: {}", kind(failure.kind), harmless_line(&failure.title))
}
