//! Where a run stands: by stage, what is under way, what is in doubt, who is waited for, what comes next.

use std::time::Duration;

use anstyle::Style;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::advice::{Advice, Asked, Doubted, RunState};
use super::failure::failure_as_text;
use super::harmless::harmless_line;
use super::layout::DIM;
use super::look::Look;
use super::looked::Looked;
use super::plain::short_hash;
use super::runs::style;
use super::summary::{ended, good};
use super::words::{length, moment};
use crate::event::{Actor, Failure, UnitResult};
use crate::source::Sources;

/// All that is told of a run that is kept.
#[derive(Debug)]
pub struct Standing {
    pub title: String,
    pub file: String,
    /// The hash of the plan that it goes by.
    pub plan: String,
    pub began: Timestamp,
    pub by: Actor,
    /// Of the last event.
    pub last: Timestamp,
    /// On the run's own clock.
    pub lasted: Duration,
    pub events: u64,
    /// `ann on ops1, process 812, since 14:02`, while it is carried out.
    pub holder: Option<String>,
    pub stages: Vec<StageRow>,
    /// What was sent, and has not come to its end yet: `run on web $ …`.
    pub under_way: Vec<String>,
    pub notes: Vec<String>,
    pub looked: Looked,
    pub failure: Option<Failure>,
    pub advice: Advice,
}

/// A stage or checklist.
#[derive(Clone, Debug)]
pub struct StageRow {
    pub title: String,
    pub state: StageState,
}

/// How far a stage is.
#[derive(Clone, Debug)]
pub enum StageState {
    NotBegun,
    Begun,
    Ended(UnitResult),
}

impl Standing {
    /// For people.
    #[must_use]
    pub fn text(&self, sources: &Sources, zone: &TimeZone, look: Look) -> String {
        let mut text = self.head(zone, look);
        text.push('\n');
        text.extend(self.stages.iter().enumerate().map(|(at, stage)| stage.row(at + 1, look)));
        text.push_str(&list("Under way", &self.under_way));
        let looked = self.looked.text(look);
        if !looked.is_empty() {
            text.push_str(&format!("\n{looked}"));
        }
        text.push_str(&list("Notes", &self.notes));
        if let Some(failure) = &self.failure {
            text.push_str(&format!("\n{}", failure_as_text(failure, sources, look)));
            let causes = self.looked.causes(look);
            if !causes.is_empty() {
                text.push_str(&format!("\n{}", causes.trim_end_matches('\n')));
                text.push('\n');
            }
        }
        text + &self.advice.text(look)
    }

    fn head(&self, zone: &TimeZone, look: Look) -> String {
        let bold = look.paint(Style::new().bold(), harmless_line(&self.title));
        let about = format!("({}, plan {})", harmless_line(&self.file), short_hash(&self.plan));
        let state = self.advice.state;
        let word = look.paint(style(state).bold(), state.word());
        let how = match (&self.holder, state) {
            (Some(holder), RunState::Running) => format!(": {}", harmless_line(holder)),
            _ => format!(" {}, after {}", moment(self.last, zone), length(self.lasted)),
        };
        let by = &self.by;
        let began = format!("begun {} by {} ({})", moment(self.began, zone), by.name, by.from);
        format!(
            "run {}: {bold} {}\n{word}{how}\n{}\n",
            self.advice.run,
            look.paint(DIM, about),
            look.paint(DIM, harmless_line(&began))
        )
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let advice = &self.advice;
        let mut told = json!({
            "run": advice.run, "title": self.title, "file": self.file, "plan": self.plan,
            "state": advice.state.word(), "holder": self.holder,
            "began": self.began, "by": self.by, "last": self.last, "seconds": self.lasted.as_secs_f64(),
            "events": self.events,
            "stages": self.stages.iter().map(StageRow::json).collect::<Vec<_>>(),
            "under_way": self.under_way, "notes": self.notes, "failure": self.failure,
            "in_doubt": advice.doubts.iter().map(doubt).collect::<Vec<_>>(),
            "waiting": advice.waiting.iter().map(asked).collect::<Vec<_>>(),
        });
        self.looked.json().into_iter().for_each(|(name, rows)| told[name] = rows);
        told
    }
}

fn list(title: &str, lines: &[String]) -> String {
    let rows: String = lines.iter().map(|line| format!("  - {}\n", harmless_line(line))).collect();
    if rows.is_empty() { rows } else { format!("\n{title}\n{rows}") }
}

fn doubt(doubt: &Doubted) -> Value {
    json!({ "step": doubt.key, "target": doubt.target, "request": doubt.request, "failure": doubt.failure })
}

fn asked(asked: &Asked) -> Value {
    json!({
        "step": asked.key, "kind": if asked.manual { "manual" } else { "approve" }, "text": asked.text,
        "needed": asked.needed, "given": asked.given, "within": asked.within.map(crate::value::format_duration),
    })
}

impl StageRow {
    fn row(&self, number: usize, look: Look) -> String {
        let title = harmless_line(&self.title);
        let dim = |text: String| look.paint(DIM, text);
        match &self.state {
            StageState::Ended(UnitResult::Ok) => {
                format!("  {} {number} {title}\n", look.paint(super::layout::GOOD, good(look)))
            }
            StageState::Ended(UnitResult::Failed { failure }) => {
                format!("  {} {number} {title}\n", ended(failure.kind, look))
            }
            StageState::Begun => format!("  > {number} {title}\n"),
            StageState::Ended(UnitResult::Skipped) | StageState::NotBegun => {
                format!("  {}\n", dim(format!("- {number} {title}  not begun")))
            }
        }
    }

    fn json(&self) -> Value {
        let state = match &self.state {
            StageState::NotBegun | StageState::Ended(UnitResult::Skipped) => "not begun",
            StageState::Begun => "begun",
            StageState::Ended(UnitResult::Ok) => "done",
            StageState::Ended(UnitResult::Failed { failure }) => super::words::kind(failure.kind),
        };
        json!({ "title": self.title, "state": state })
    }
}
