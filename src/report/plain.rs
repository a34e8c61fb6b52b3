//! A run as plain lines, one for each thing that happened, with the time on the run's clock.

use std::collections::HashMap;
use std::time::Duration;

use super::harmless::harmless_line;
use super::units::Units;
use super::words::{self, failure_of, kind, length, plural, seen, stamp};
use crate::event::{Event, EventKind, Failure, RunResult, StepResult, UnitResult, Values};
use crate::ids::StepKey;
use crate::value::Effect;

/// Steps that take less than this and go well are told once, when they begin.
const WORTH_AN_END: Duration = Duration::from_secs(1);

/// Writes lines for a pipe or a log.
#[derive(Debug, Default)]
pub struct Plain {
    units: Units,
    stages: Vec<String>,
    effects: HashMap<StepKey, Effect>,
    waits: HashMap<StepKey, Waiting>,
    /// Stages are being taken back.
    undoing: bool,
}

#[derive(Debug)]
struct Waiting {
    title: String,
    reason: Option<String>,
}

impl Plain {
    /// The lines for `event`; most have one, some none.
    pub fn event(&mut self, event: &Event) -> Vec<String> {
        self.units.begin(event);
        let text = self.tell(event);
        self.units.end(event);
        text.into_iter().flat_map(|text| lines(event.at, &text)).collect()
    }

    /// `demo: ` for what is in the pass of `demo`.
    fn tag(&self, key: &StepKey) -> String {
        let items = self.units.items(key);
        if items.is_empty() { String::new() } else { format!("[{}] ", items.join(" › ")) }
    }

    fn tagged(&self, key: &StepKey, text: impl std::fmt::Display) -> Option<String> {
        if self.units.is_inside_closed(key) {
            return None;
        }
        Some(format!("{}{text}", self.tag(key)))
    }

    /// One arm a kind, so that a new kind is not forgotten here.
    #[expect(clippy::too_many_lines, reason = "a table of kinds, an arm each")]
    fn tell(&mut self, event: &Event) -> Option<String> {
        use EventKind as Kind;
        let at = event.at;
        match &event.kind {
            Kind::RunStarted { run, title, file, plan, stages, by: _ } => {
                self.stages.clone_from(stages);
                Some(format!("run {run}: {title} ({file}, plan {})", short_hash(plan)))
            }
            Kind::RunFinished { result: RunResult::Succeeded, .. } if self.undoing => {
                Some("the run is taken back".to_owned())
            }
            Kind::RunFinished { result, .. } => Some(format!("the run {}", ending(*result))),
            Kind::RunResumed { by, plan } => Some(format!("resumed by {by} (plan {})", short_hash(plan))),
            Kind::TextAccepted { by, changes, .. } => {
                Some(format!("{by} accepted the changed text:\n{}", changes.join("\n")))
            }
            Kind::UndoBegan { by, stages } => {
                self.undoing = true;
                Some(format!("{by} takes back {}", plural(stages.len(), "stage", "stages")))
            }
            Kind::StepSettled { key, happened, by, reason, .. } => {
                self.tagged(key, words::settled(*happened, by, reason.as_deref()))
            }
            Kind::StopRequested { why } => {
                Some(format!("{why}: stopping after the steps under way; once more cancels them"))
            }
            Kind::StageStarted { number, title, .. } => {
                Some(format!("== {number} of {}: {title}", self.stages.len()))
            }
            Kind::StageFinished { key, result } => Some(format!("== {}", self.ended(key, result, at))),
            Kind::UndoStarted { stage, .. } => Some(format!("== undo: {stage}")),
            Kind::UndoFinished { key, result } => Some(format!("== undo {}", self.ended(key, result, at))),
            Kind::ExplainStarted { key, .. } => self.tagged(key, "looking for the cause"),
            Kind::StepIntended { key, effect, target, request, .. } => {
                self.effects.insert(key.clone(), *effect);
                self.tagged(key, format_args!("{} on {target} {}", effect.word(), harmless_line(request)))
            }
            Kind::StepFinished { key, result } => self.step_ended(key, result, at),
            Kind::StepTurnedAway { key, status, wait } => {
                self.tagged(key, words::turned_away(*status, *wait))
            }
            Kind::StepOutput { key, line } => self.output(key, line),
            Kind::WaitStarted { key, title, within, .. } => self.wait_begins(key, title, *within),
            Kind::WaitPolled { key, reason, .. } => self.polled(key, reason.as_deref()),
            Kind::WaitFinished { key, result } => self.wait_ended(key, result, at),
            Kind::RetryFailed { key, tries, of, reason } => {
                self.tagged(key, format_args!("try {tries} of {of} failed: {reason}"))
            }
            Kind::PauseStarted { key, length: pause, reason } => {
                let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                self.tagged(key, format_args!("pause {}{reason}", length(*pause)))
            }
            Kind::PauseFinished { .. } | Kind::PassStarted { .. } | Kind::LoopFinished { .. } => None,
            Kind::LoopStarted { key, name, items, at_a_time } => {
                self.loop_begins(key, name, items, *at_a_time)
            }
            Kind::PassFinished { key, result, .. } => self.pass_ended(key, result, at),
            Kind::AttemptFailed { key, reason, .. } => {
                self.tagged(key, format_args!("it failed, and that is dealt with: {reason}"))
            }
            Kind::CleanedUp { .. } => None,
            Kind::ApprovalAsked { key, text, needed, .. } => {
                let by = if *needed > 1 { format!(" by {needed} people") } else { String::new() };
                self.tagged(key, format_args!("approval needed{by}: {text}"))
            }
            Kind::ApprovalGiven { key, by, reason } => {
                self.tagged(key, words::answered("approved", by, reason.as_deref()))
            }
            Kind::ApprovalRefused { key, by, reason } => {
                self.tagged(key, words::answered("refused", by, reason.as_deref()))
            }
            Kind::ManualAsked { key, text } => self.tagged(key, format_args!("to be done by hand: {text}")),
            Kind::ManualDone { key, by } => self.tagged(key, format_args!("done by {by}")),
            Kind::NoteWritten { key, text } => self.tagged(key, format_args!("note: {text}")),
            Kind::Diagnosed { key, condition, untold: Some(why), .. } => {
                self.tagged(key, format_args!("can't be told: {condition}: {why}"))
            }
            Kind::Diagnosed { key, applies: true, cause, fix, values, .. } => {
                self.tagged(key, format_args!("cause: {cause}{}\nfix: {fix}", seen(values)))
            }
            Kind::Diagnosed { key, condition, values, .. } => {
                self.tagged(key, format_args!("not the cause: {condition}{}", seen(values)))
            }
            Kind::ChecklistStarted { title, .. } => Some(format!("== {}{title}", self.number_of(title))),
            Kind::ItemChecked { key, title, result, values, by: _ } => self.item(key, title, result, values),
            Kind::ChecklistFinished { key, result } => Some(format!("== {}", self.ended(key, result, at))),
            Kind::GuardOverridden { guard, by, reason } => {
                Some(format!("{by} overrides the guard \"{guard}\": {reason}"))
            }
            Kind::GuardAsked { key, guard, request, because } => {
                let because = if because.is_empty() { String::new() } else { format!(": {because}") };
                let request = harmless_line(request);
                self.tagged(key, format_args!("guard \"{guard}\" is asked about {request}{because}"))
            }
            Kind::GuardAnswered { key, guard, denied, reason, values } => {
                let answer = if *denied { "denies it" } else { "lets it pass" };
                self.tagged(key, format_args!("guard \"{guard}\" {answer}: {reason}{}", seen(values)))
            }
            Kind::InvariantFailed { title, failures, tolerated, reason } => Some(format!(
                "invariant \"{title}\" failed, {failures} in a row ({}): {reason}",
                words::tolerated(*tolerated)
            )),
            Kind::InvariantRecovered { title } => Some(format!("invariant \"{title}\" holds again")),
            Kind::InvariantBroken { title, reason, failures, since, values } => Some(format!(
                "invariant \"{title}\" is broken, the run stops: {reason}{}",
                words::streak(*failures, *since, values)
            )),
            Kind::InvariantSlow { title, took, every } => Some(format!(
                "invariant \"{title}\" took {} to look at, more than the {} between two looks",
                length(*took),
                length(*every)
            )),
        }
    }

    /// Checklists are counted among the stages.
    fn number_of(&self, title: &str) -> String {
        let at = self.stages.iter().position(|stage| stage == title);
        at.map(|at| format!("{} of {}: ", at + 1, self.stages.len())).unwrap_or_default()
    }

    /// What a check prints is of interest when it fails, and then its failure says so.
    fn output(&self, key: &StepKey, line: &str) -> Option<String> {
        match self.effects.get(key) {
            Some(Effect::Check) | None => None,
            Some(Effect::Run | Effect::Once) => self.tagged(key, format_args!("| {line}")),
        }
    }

    fn step_ended(&mut self, key: &StepKey, result: &StepResult, at: Duration) -> Option<String> {
        self.effects.remove(key);
        let left_out = words::left_out(result);
        let brief = self.units.lasted(key, at) < WORTH_AN_END && left_out.is_empty();
        let said = match result {
            StepResult::Ok { .. } if brief => return None,
            StepResult::Ok { summary, .. } => format!("ok: {summary}"),
            StepResult::Failed { failure, .. } => said(failure),
        };
        let lines: Vec<_> = std::iter::once(said).chain(left_out).collect();
        self.tagged(key, lines.join("\n"))
    }

    fn wait_begins(&mut self, key: &StepKey, title: &str, within: Duration) -> Option<String> {
        self.waits.insert(key.clone(), Waiting { title: title.to_owned(), reason: None });
        self.tagged(key, format_args!("wait until {title}, within {}", length(within)))
    }

    /// Told when the reason is another than before.
    fn polled(&mut self, key: &StepKey, reason: Option<&str>) -> Option<String> {
        let waiting = self.waits.get_mut(key)?;
        let known = std::mem::replace(&mut waiting.reason, reason.map(str::to_owned));
        let news = reason.filter(|reason| known.as_deref() != Some(*reason))?;
        let line = format!("not yet: {}: {}", waiting.title, harmless_line(news));
        self.tagged(key, line)
    }

    fn wait_ended(&mut self, key: &StepKey, result: &UnitResult, at: Duration) -> Option<String> {
        let title = self.waits.remove(key).map(|waiting| waiting.title).unwrap_or_default();
        let lasted = length(self.units.lasted(key, at));
        match failure_of(result) {
            None => self.tagged(key, format_args!("ok: {title}, after {lasted}")),
            Some(failure) => self.tagged(key, format_args!("{} (after {lasted})", said(failure))),
        }
    }

    /// Loops inside passes are told by what is in them.
    fn loop_begins(&self, key: &StepKey, name: &str, items: &[String], at_a_time: usize) -> Option<String> {
        let passes = plural(items.len(), "pass", "passes");
        let pace = if at_a_time > 1 { format!(", {at_a_time} at a time") } else { String::new() };
        let outermost = self.units.items(key).is_empty();
        if outermost { self.tagged(key, format_args!("for each {name}: {passes}{pace}")) } else { None }
    }

    /// A pass in a pass is told when it took some time or failed; one that never began, not at all.
    fn pass_ended(&self, key: &StepKey, result: &UnitResult, at: Duration) -> Option<String> {
        let short = self.units.lasted(key, at) < WORTH_AN_END && self.units.items(key).len() > 1;
        match result {
            UnitResult::Skipped => None,
            UnitResult::Ok if short => None,
            UnitResult::Ok | UnitResult::Failed { .. } => self.tagged(key, self.ended(key, result, at)),
        }
    }

    fn item(&self, key: &StepKey, title: &str, result: &UnitResult, values: &Values) -> Option<String> {
        match failure_of(result) {
            None => self.tagged(key, format_args!("ok: {title}{}", seen(values))),
            Some(failure) => {
                self.tagged(key, format_args!("{}: {title}: {}", words::ending(failure.kind), said(failure)))
            }
        }
    }

    fn ended(&self, key: &StepKey, result: &UnitResult, at: Duration) -> String {
        match result {
            UnitResult::Ok => format!("done in {}", length(self.units.lasted(key, at))),
            UnitResult::Failed { failure } => {
                let word = words::ending(failure.kind);
                format!("{word} after {}: {}", length(self.units.lasted(key, at)), said(failure))
            }
            UnitResult::Skipped => "skipped".to_owned(),
        }
    }
}

fn said(failure: &Failure) -> String {
    format!("{}: {}", kind(failure.kind), failure.title)
}

fn ending(result: RunResult) -> &'static str {
    match result {
        RunResult::Succeeded => "is done",
        RunResult::Failed => "failed",
        RunResult::Denied => "was denied by a guard",
        RunResult::Stopped => "stopped",
    }
}

/// Enough of a hash to tell plans apart on a screen.
pub fn short_hash(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// The first line with its time, the others under it.
fn lines(at: Duration, text: &str) -> Vec<String> {
    let heads = std::iter::once(stamp(at)).chain(std::iter::repeat_with(String::new));
    heads.zip(text.lines()).map(|(head, line)| format!("{head:<9} {}", harmless_line(line))).collect()
}
