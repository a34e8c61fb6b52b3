//! The end of a run: how each stage went, what was noted, why it failed, what to do next.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::advice::{Advice, RunState};
use super::failure::failure_as_text;
use super::harmless::harmless_line;
use super::look::{Frames, Look};
use super::looked::Looked;
use super::words::{self, length};
use crate::event::{Event, EventKind, Failure, FailureKind, RunResult, UnitResult};
use crate::ids::StepKey;
use crate::source::Sources;

/// Gathers what the closing summary needs.
#[derive(Debug, Default)]
pub struct Summary {
    run: String,
    stages: Vec<Stage>,
    notes: Vec<String>,
    looked: Looked,
    ended: Option<(RunResult, Option<Failure>)>,
    /// Stages are being taken back; those that were, by title.
    undo: Option<Vec<(String, UnitResult)>>,
    undoing: Option<(StepKey, String)>,
    lasted: Duration,
}

#[derive(Debug)]
struct Stage {
    key: Option<StepKey>,
    title: String,
    began: Option<Duration>,
    ended: Option<(Duration, UnitResult)>,
}

/// What of a run can be told apart from a rehearsal.
#[derive(Clone, Debug)]
pub enum Kept {
    /// It is kept in a store.
    Stored(Box<Advice>),
    /// Nothing was really sent.
    Rehearsed,
}

impl Summary {
    /// Takes an event in.
    pub fn event(&mut self, event: &Event) {
        self.lasted = event.at;
        self.looked.event(event);
        if let EventKind::RunStarted { run, stages, .. } = &event.kind {
            self.run = harmless_line(&run.0);
            self.stages = stages.iter().map(|title| Stage::named(title)).collect();
        } else if let EventKind::StageStarted { key, title, .. }
        | EventKind::ChecklistStarted { key, title } = &event.kind
        {
            self.begin(key, title, event.at);
        } else if let EventKind::StageFinished { key, result }
        | EventKind::ChecklistFinished { key, result } = &event.kind
        {
            self.end(key, result, event.at);
        } else if let EventKind::UndoBegan { .. } = &event.kind {
            self.undo.get_or_insert_default();
        } else if let EventKind::UndoStarted { key, stage, .. } = &event.kind {
            self.undoing = Some((key.clone(), stage.clone()));
        } else if let EventKind::UndoFinished { key, result } = &event.kind {
            self.taken_back(key, result);
        } else if let EventKind::NoteWritten { text, .. } = &event.kind {
            self.notes.push(text.clone());
        } else if let EventKind::RunFinished { result, failure, .. } = &event.kind {
            self.ended = Some((*result, failure.as_deref().cloned()));
        }
    }

    /// How the run ended, where that is otherwise than its last event says: that could not be recorded, or what
    /// failed was taken back.
    pub fn ended(&mut self, result: RunResult, failure: Option<Failure>) {
        if self.ended.as_ref().is_none_or(|(known, _)| *known != result) {
            self.ended = Some((result, failure));
        }
    }

    fn begin(&mut self, key: &StepKey, title: &str, at: Duration) {
        // A stage begins again where a run goes on.
        let known = self.stages.iter().position(|stage| stage.key.as_ref() == Some(key));
        let free = || self.stages.iter().position(|stage| stage.key.is_none() && stage.title == title);
        let place = known.or_else(free).unwrap_or_else(|| {
            self.stages.push(Stage::named(title));
            self.stages.len() - 1
        });
        self.stages[place].key = Some(key.clone());
        let stage = &mut self.stages[place];
        (stage.began, stage.ended) = (stage.began.or(Some(at)), None);
    }

    fn end(&mut self, key: &StepKey, result: &UnitResult, at: Duration) {
        let stage = self.stages.iter_mut().find(|stage| stage.key.as_ref() == Some(key));
        if let Some(stage) = stage {
            stage.ended = Some((at.saturating_sub(stage.began.unwrap_or(at)), result.clone()));
        }
    }

    fn taken_back(&mut self, key: &StepKey, result: &UnitResult) {
        let Some((_, stage)) = self.undoing.take_if(|(undoing, _)| undoing == key) else { return };
        let stages = self.undo.get_or_insert_default();
        stages.retain(|(known, _)| *known != stage);
        stages.push((stage, result.clone()));
    }

    /// The text, an empty line first.
    #[must_use]
    pub fn text(&self, sources: &Sources, kept: &Kept, look: Look) -> String {
        let Some((result, failure)) = &self.ended else { return String::new() };
        let mut text = String::from("\n");
        if let Some(failure) = failure {
            text.push_str(&failure_as_text(failure, sources, look));
            text.push('\n');
        }
        text.push_str(&self.looked.causes(look));
        text.push_str(&format!("{}\n", self.headline(*result, look)));
        let rows = self.stages.iter().enumerate().map(|(at, stage)| stage.row(at + 1, look));
        text.extend(rows);
        text.extend(self.undo.iter().flatten().map(|(stage, result)| undo_row(stage, result, look)));
        text.push_str(&self.looked.text(look));
        text.push_str(&self.noted());
        text.push_str(&next(*result, kept, look));
        text
    }

    fn headline(&self, result: RunResult, look: Look) -> String {
        let (mark, style) = match result {
            RunResult::Succeeded => (good(look), AnsiColor::Green.on_default()),
            RunResult::Failed | RunResult::Denied => (bad(look), AnsiColor::Red.on_default()),
            RunResult::Stopped => (stopped(look), AnsiColor::Yellow.on_default()),
        };
        let how = match (result, &self.undo) {
            (RunResult::Succeeded, Some(_)) => "taken back",
            (result, _) => words::result(result),
        };
        let said = format!("{mark} run {} {how}", self.run);
        format!("{} after {}", look.paint(style.bold(), said), length(self.lasted))
    }

    fn noted(&self) -> String {
        let notes = self.notes.iter().map(|note| format!("  - {}\n", harmless_line(note)));
        let notes: String = notes.collect();
        if notes.is_empty() { notes } else { format!("Notes\n{notes}") }
    }
}

impl Stage {
    fn named(title: &str) -> Self {
        Self { key: None, title: title.to_owned(), began: None, ended: None }
    }

    fn row(&self, number: usize, look: Look) -> String {
        let dim = Style::new().dimmed();
        let title = harmless_line(&self.title);
        match &self.ended {
            Some((lasted, UnitResult::Ok)) => format!(
                "  {} {number} {title}  {}\n",
                look.paint(AnsiColor::Green.on_default(), good(look)),
                look.paint(dim, length(*lasted))
            ),
            Some((lasted, UnitResult::Failed { failure })) => {
                format!(
                    "  {} {number} {title}  {}\n",
                    ended(failure.kind, look),
                    look.paint(dim, length(*lasted))
                )
            }
            Some((_, UnitResult::Skipped)) | None => {
                format!("  {}\n", look.paint(dim, format_args!("- {number} {title}  not begun")))
            }
        }
    }
}

fn undo_row(stage: &str, result: &UnitResult, look: Look) -> String {
    let mark = match result {
        UnitResult::Ok => look.paint(AnsiColor::Green.on_default(), good(look)),
        UnitResult::Failed { failure } => ended(failure.kind, look),
        UnitResult::Skipped => return String::new(),
    };
    format!("  {mark} undo {}\n", harmless_line(stage))
}

pub(super) fn good(look: Look) -> &'static str {
    match look.frames {
        Frames::Unicode => "✓",
        Frames::Ascii => "ok",
    }
}

pub(super) fn bad(look: Look) -> &'static str {
    match look.frames {
        Frames::Unicode => "✗",
        Frames::Ascii => "FAILED",
    }
}

/// How a stage ended that did not end well.
pub(super) fn ended(kind: FailureKind, look: Look) -> String {
    let halted = matches!(kind, FailureKind::Cancelled | FailureKind::InDoubt);
    let style = if halted { AnsiColor::Yellow } else { AnsiColor::Red }.on_default();
    let mark = match look.frames {
        Frames::Ascii => words::ending(kind),
        Frames::Unicode if halted => stopped(look),
        Frames::Unicode => bad(look),
    };
    look.paint(style, mark)
}

fn stopped(look: Look) -> &'static str {
    match look.frames {
        Frames::Unicode => "■",
        Frames::Ascii => "STOPPED",
    }
}

fn next(result: RunResult, kept: &Kept, look: Look) -> String {
    let Kept::Stored(advice) = kept else { return String::new() };
    let record = format!("Record: rutter log {}{}\n", advice.run, advice.option);
    let said = match (advice.state, result) {
        (RunState::TakenBack, RunResult::Failed | RunResult::Denied) => {
            return format!("What had begun is taken back.\n{record}");
        }
        (_, RunResult::Succeeded) => return record,
        (_, RunResult::Failed) => "Mend the cause above; what was done stays done.\n",
        (_, RunResult::Denied) => "Do what the guard says instead; what was done before stays done.\n",
        (_, RunResult::Stopped) => "What was done stays done.\n",
    };
    format!("{said}{}", advice.text(look))
}
