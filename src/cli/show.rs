//! A run on its way to the screen: live in a terminal, plain lines in a pipe, JSON for programs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::canvas::Canvas;
use super::screen::Screen;
use super::veil;
use crate::event::Event;
use crate::report::{Kept, Plain, Summary, harmless_json, harmless_painted};
use crate::run::{EventSink, RunReport};
use crate::source::Sources;

/// How a run is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: live in a terminal, else a line for each thing that happens.
    #[default]
    Text,
    /// One event a line, as JSON.
    Json,
}

/// Takes the events of one run, and the summary at its end.
#[derive(Clone)]
pub struct Show {
    way: Way,
    summary: Arc<Mutex<Summary>>,
}

#[derive(Clone)]
enum Way {
    Live(Canvas),
    Plain(Arc<Mutex<Plain>>),
    Json,
}

impl Show {
    /// `speed` is how fast the run's clock goes between events; zero where it jumps.
    pub fn new(format: Format, speed: f64, screen: &Screen) -> Self {
        let way = match format {
            Format::Json => Way::Json,
            Format::Text if screen.is_live() => Way::Live(Canvas::new(screen.out(), speed)),
            Format::Text => Way::Plain(Arc::default()),
        };
        Self { way, summary: Arc::default() }
    }

    /// What the run is given.
    pub fn sink(&self) -> EventSink {
        let show = self.clone();
        Arc::new(move |event| show.event(event))
    }

    /// Takes in what happened before, without showing it again: what is open is known then.
    pub fn recall(&self, events: &[Event]) {
        let mut summary = self.summary.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().for_each(|event| summary.event(event));
        match &self.way {
            Way::Live(canvas) => canvas.recall(events),
            Way::Plain(plain) => {
                let mut plain = plain.lock().unwrap_or_else(PoisonError::into_inner);
                events.iter().for_each(|event| drop(plain.event(event)));
            }
            Way::Json => {}
        }
    }

    fn event(&self, event: &Event) {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).event(event);
        match &self.way {
            Way::Live(canvas) => canvas.event(event),
            Way::Plain(plain) => {
                let lines = plain.lock().unwrap_or_else(PoisonError::into_inner).event(event);
                lines.iter().for_each(|line| put(line));
            }
            // An event holds no secrets any more; a secret that is a common word must not take its keys away.
            Way::Json => write(&harmless_json(&serde_json::to_string(event).unwrap_or_default())),
        }
    }

    /// The terminal, where questions need room on it.
    pub fn canvas(&self) -> Option<&Canvas> {
        match &self.way {
            Way::Live(canvas) => Some(canvas),
            Way::Plain(_) | Way::Json => None,
        }
    }

    /// How the run ended, which may be otherwise than its last event said: that is known once it is recorded.
    pub fn ended(&self, report: &RunReport) {
        let mut summary = self.summary.lock().unwrap_or_else(PoisonError::into_inner);
        summary.ended(report.result, report.failure.clone());
    }

    /// The closing summary, after the last event.
    pub fn close(&self, sources: &Sources, kept: &Kept, screen: &Screen) {
        if let Way::Live(canvas) = &self.way {
            canvas.finish();
        }
        if let Way::Live(_) | Way::Plain(_) = &self.way {
            let summary = self.summary.lock().unwrap_or_else(PoisonError::into_inner);
            put(summary.text(sources, kept, screen.out()).trim_end_matches('\n'));
        }
    }
}

fn put(line: &str) {
    write(&harmless_painted(&veil::over(line)));
}

/// A reader that went away does not stop a run.
fn write(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
