//! The runs that are kept, and who holds what, as lists.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use anstyle::{AnsiColor, Style};

use super::advice::RunState;
use super::harmless::harmless_line;
use super::layout::{BAD, DIM, GOOD, WARN};
use super::look::Look;
use super::words::{length, moment};

/// A run in a list.
#[derive(Clone, Debug)]
pub struct RunRow {
    pub run: String,
    pub state: RunState,
    pub title: String,
    pub file: String,
    pub began: Timestamp,
    /// Of the last event.
    pub last: Timestamp,
    pub events: u64,
}

/// A lease in a list.
#[derive(Clone, Debug)]
pub struct LeaseRow {
    /// `lock:tenants example.com`, `run:bako-rife`
    pub name: String,
    pub run: String,
    pub user: String,
    pub host: String,
    pub pid: u32,
    pub taken: Timestamp,
    /// Its process is gone: whoever asks for it gets it.
    pub dead: bool,
}

/// A line a run, the latest first.
#[must_use]
pub fn runs_as_text(rows: &[RunRow], zone: &TimeZone, look: Look) -> String {
    let name = rows.iter().map(|row| row.run.len()).max().unwrap_or(0);
    let state = rows.iter().map(|row| row.state.word().len()).max().unwrap_or(0);
    let line = |row: &RunRow| {
        let word = format!("{:state$}", row.state.word());
        let lasted = length(row.last.duration_since(row.began).unsigned_abs());
        format!(
            "{:name$}  {}  {}  {lasted:>6}  {} {}\n",
            harmless_line(&row.run),
            look.paint(style(row.state), word),
            moment(row.began, zone),
            harmless_line(&row.title),
            look.paint(DIM, format!("({})", harmless_line(&row.file))),
        )
    };
    rows.iter().map(line).collect()
}

/// The same for programs.
#[must_use]
pub fn runs_as_json(rows: &[RunRow]) -> Value {
    let run = |row: &RunRow| {
        json!({
            "run": row.run, "state": row.state.word(), "title": row.title, "file": row.file,
            "began": row.began, "last": row.last, "events": row.events,
        })
    };
    json!({ "runs": rows.iter().map(run).collect::<Vec<_>>() })
}

/// How a state is painted.
pub(super) fn style(state: RunState) -> Style {
    match state {
        RunState::Running => AnsiColor::Cyan.on_default(),
        RunState::BrokenOff | RunState::Stopped | RunState::TakenBack => WARN,
        RunState::Failed | RunState::Denied => BAD,
        RunState::Done => GOOD,
    }
}

/// Two lines a lease: what is held, and by whom.
#[must_use]
pub fn leases_as_text(rows: &[LeaseRow], zone: &TimeZone, look: Look) -> String {
    let entry = |row: &LeaseRow| {
        let by = format!(
            "run {}: {} on {}, process {}, since {}",
            row.run,
            row.user,
            row.host,
            row.pid,
            moment(row.taken, zone)
        );
        let dead = match row.dead {
            true => look.paint(WARN, "\n    that process is gone: whoever asks for it next has it"),
            false => String::new(),
        };
        format!("{}\n    {}{dead}\n", harmless_line(&row.name), harmless_line(&by))
    };
    rows.iter().map(entry).collect()
}

/// The same for programs.
#[must_use]
pub fn leases_as_json(rows: &[LeaseRow]) -> Value {
    let lease = |row: &LeaseRow| {
        json!({
            "name": row.name, "run": row.run, "user": row.user, "host": row.host, "pid": row.pid,
            "since": row.taken, "dead": row.dead,
        })
    };
    json!({ "leases": rows.iter().map(lease).collect::<Vec<_>>() })
}
