//! What came of a sweep: as text, JSON, JUnit and a page.

mod html;
mod json;
mod junit;
mod table;
mod text;

use std::time::Duration;

use indexmap::IndexMap;

use super::harmless::harmless_line;
use super::layout::{BAD, GOOD, WARN};
use super::words::{grouped, length};
use crate::rehearse::faults::{Conclusion, ScenarioSweep, Verdict, WorldSweep};
use crate::source::{Sources, Span};

pub use html::sweeps_as_html;
pub use json::sweeps_as_json;
pub use junit::sweeps_as_junit;
pub use text::{story_as_text, sweep_as_text, sweeps_as_text, world_sweep_as_text};

/// What a sweep took of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spent {
    pub took: Duration,
    /// At most, in bytes; nothing where that can't be told.
    pub memory: Option<u64>,
}

impl Spent {
    fn per_second(self, schedules: usize) -> f64 {
        schedules as f64 / self.took.as_secs_f64().max(0.001)
    }

    fn mebibytes(self) -> Option<u64> {
        self.memory.map(|bytes| bytes.div_ceil(1 << 20))
    }

    /// `in 3.2s, 1,385 schedules a second, 61 MiB of memory at most`
    fn in_words(self, schedules: usize) -> String {
        let speed = grouped(self.per_second(schedules).round() as usize);
        let memory = self.mebibytes().map(|most| format!(", {most} MiB of memory at most"));
        format!("in {}, {speed} schedules a second{}", length(self.took), memory.unwrap_or_default())
    }
}

/// The word that a line begins with, and how it is painted.
pub(super) fn mark(conclusion: Conclusion) -> (anstyle::Style, &'static str) {
    match conclusion {
        Conclusion::Passed => (GOOD, "PASS"),
        Conclusion::Failed => (BAD, "FAIL"),
        Conclusion::Stopped => (WARN, "STOP"),
    }
}

/// How a world's file is called.
fn file(world: &WorldSweep) -> String {
    world.path.display().to_string()
}

/// Each harm that was done, with the schedules that did it.
fn harms(sweep: &ScenarioSweep) -> IndexMap<String, Vec<&Verdict>> {
    let mut harms: IndexMap<String, Vec<&Verdict>> = IndexMap::new();
    for (_, verdict) in sweep.harmful() {
        for harm in &verdict.harms {
            let schedules = harms.entry(harmless_line(&harm.to_string())).or_default();
            if schedules.last().is_none_or(|last| last.schedule != verdict.schedule) {
                schedules.push(verdict);
            }
        }
    }
    harms.sort_by(|one, _, other, _| one.cmp(other));
    // The fewest faults show best what is wrong.
    harms.values_mut().for_each(|schedules| schedules.sort_by_key(|verdict| verdict.schedule.0.len()));
    harms
}

/// The line that plays one schedule alone and tells its story.
fn reproducing(world: &WorldSweep, sweep: &ScenarioSweep, verdict: &Verdict) -> String {
    let (file, scenario) = (typed(&file(world)), typed(&sweep.scenario));
    format!("rutter test {file} --scenario {scenario} --fault {}", typed(&verdict.schedule.to_string()))
}

/// As it is typed in a shell.
pub(super) fn typed(text: &str) -> String {
    let text = harmless_line(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=%,".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// `lib/restart.runbook:8`
fn at(span: Span, sources: &Sources) -> String {
    let path = sources.get(span.file).path.display();
    harmless_line(&format!("{path}:{}", sources.line_column(span).line))
}

/// `restart.runbook:8`
fn at_short(span: Span, sources: &Sources) -> String {
    let path = &sources.get(span.file).path;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    harmless_line(&format!("{name}:{}", sources.line_column(span).line))
}
