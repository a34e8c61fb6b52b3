//! What can be done about a run: the lines to type, and what each of them does.

use std::time::Duration;

use super::harmless::harmless_line;
use super::layout::{DIM, WARN};
use super::look::Look;
use super::words::{kind, plural};
use crate::event::{Actor, Failure};
use crate::value::{Effect, format_duration};

/// How a run that is kept stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    Running,
    /// Its runner died or was killed.
    BrokenOff,
    Stopped,
    Failed,
    Denied,
    Done,
    TakenBack,
}

impl RunState {
    /// In one or two words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RunState::Running => "running",
            RunState::BrokenOff => "broken off",
            RunState::Stopped => "stopped",
            RunState::Failed => "failed",
            RunState::Denied => "denied",
            RunState::Done => "done",
            RunState::TakenBack => "taken back",
        }
    }
}

/// What is known of a run beyond its end: what hangs in the air, and how lines about it are typed.
#[derive(Clone, Debug)]
pub struct Advice {
    /// Its name, as it is typed.
    pub run: String,
    /// ` --store FILE`, where that must be typed.
    pub option: String,
    pub state: RunState,
    pub doubts: Vec<Doubted>,
    pub waiting: Vec<Asked>,
    /// Whether a stage that has begun can be taken back.
    pub undoable: bool,
    /// Whether it is being taken back.
    pub undoing: bool,
}

/// A `once` that a person has to look after.
#[derive(Clone, Debug)]
pub struct Doubted {
    pub key: String,
    /// The key, as it is typed.
    pub typed: String,
    pub target: String,
    pub request: String,
    pub failure: Option<Failure>,
}

/// A question that is open.
#[derive(Clone, Debug)]
pub struct Asked {
    pub key: String,
    pub text: String,
    pub needed: u32,
    pub given: Vec<Actor>,
    pub within: Option<Duration>,
    pub manual: bool,
    /// What names it on the command line; nothing when it is the only one.
    pub typed: Option<String>,
}

/// A line to type, and what it does.
type Line = (String, &'static str);

impl Advice {
    /// What is in doubt, who is waited for and what to type; an empty line before each part.
    #[must_use]
    pub fn text(&self, look: Look) -> String {
        let parts = [self.doubts(look), self.questions(), self.next(look)];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.map(|part| format!("\n{part}")).collect()
    }

    fn doubts(&self, look: Look) -> String {
        if self.doubts.is_empty() {
            return String::new();
        }
        let entries: String = self.doubts.iter().map(|doubt| doubt.text(look)).collect();
        format!("{}\n{entries}", look.paint(WARN, "In doubt"))
    }

    fn questions(&self) -> String {
        if self.waiting.is_empty() {
            return String::new();
        }
        let entries: String = self.waiting.iter().map(Asked::text).collect();
        format!("Waits for\n{entries}")
    }

    fn next(&self, look: Look) -> String {
        let lines = self.lines();
        let widest = lines.iter().map(|(line, _)| console::measure_text_width(line)).max().unwrap_or(0);
        let row = |(line, what): &Line| {
            let gap = widest - console::measure_text_width(line);
            format!("  {line}{:gap$}  {}\n", "", look.paint(DIM, what))
        };
        let rows: String = lines.iter().map(row).collect();
        if rows.is_empty() { rows } else { format!("Next\n{rows}") }
    }

    /// The lines to type, in the order in which they come into question.
    fn lines(&self) -> Vec<Line> {
        match self.state {
            RunState::Done | RunState::TakenBack => Vec::new(),
            RunState::Running => {
                let mut lines = self.answers();
                lines.push((self.line("log", " --follow"), "tells what happens, as it happens"));
                lines.push((self.line("stop", ""), "begins no new step"));
                lines
            }
            RunState::BrokenOff | RunState::Stopped | RunState::Failed | RunState::Denied => self.ways_on(),
        }
    }

    fn ways_on(&self) -> Vec<Line> {
        let mut lines = self.answers();
        lines.push((self.line("resume", ""), self.resuming()));
        lines.extend(self.settling());
        if self.undoable && !self.undoing {
            lines.push((self.line("undo", ""), "takes back the stages that had begun, the last first"));
        }
        lines
    }

    fn answers(&self) -> Vec<Line> {
        let answer = |asked: &Asked| {
            let gate = asked.typed.as_ref().map(|typed| format!(" {typed}")).unwrap_or_default();
            (self.line("approve", &gate), if asked.manual { "says that it is done" } else { "says yes" })
        };
        self.waiting.iter().map(answer).collect()
    }

    fn resuming(&self) -> &'static str {
        match self.state {
            _ if self.undoing => "goes on taking it back",
            _ if !self.doubts.is_empty() => "looks whether it happened, where that can be told, and goes on",
            RunState::Failed | RunState::Denied => "tries again what failed, and goes on",
            _ => "goes on where it stands",
        }
    }

    fn settling(&self) -> Vec<Line> {
        let both = |doubt: &Doubted| {
            let step = &doubt.typed;
            [
                (self.line("settle", &format!(" {step} --happened")), "when you have seen that it happened"),
                (
                    self.line("settle", &format!(" {step} --did-not")),
                    "when it did not, and never will: it is sent again",
                ),
            ]
        };
        self.doubts.iter().flat_map(both).collect()
    }

    fn line(&self, command: &str, rest: &str) -> String {
        format!("rutter {command} {}{rest}{}", self.run, self.option)
    }
}

impl Doubted {
    fn text(&self, look: Look) -> String {
        let what = format!("{} on {} {}", Effect::Once.word(), self.target, harmless_line(&self.request));
        let why = match &self.failure {
            None => "it was about to be sent, and what became of it is not on record".to_owned(),
            Some(failure) => format!("{}: {}", kind(failure.kind), harmless_line(&failure.title)),
        };
        let step = look.paint(DIM, format!("step {}", harmless_line(&self.key)));
        format!("  {what}\n    {step}\n    {why}\n")
    }
}

impl Asked {
    fn text(&self) -> String {
        let what = if self.manual { "to be done by hand" } else { "approval" };
        let mut text = format!("  {what}: {}\n", harmless_line(&self.text));
        if self.needed > 1 {
            let names: Vec<_> = self.given.iter().map(|by| harmless_line(&by.name)).collect();
            let by = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
            let people = plural(self.needed as usize, "person", "people");
            text.push_str(&format!("    {} of {people} gave it{by}\n", names.len()));
        }
        if let Some(within) = self.within {
            text.push_str(&format!("    a yes counts for {}\n", format_duration(within)));
        }
        text
    }
}
