//! The words that all reports use for lengths of time, results and kinds of failure.

use std::time::Duration;

use super::harmless::harmless_line;
use crate::event::{Actor, Failure, FailureKind, RecordedOutcome, RunResult, StepResult, UnitResult, Values};
use crate::value::format_duration;

/// How much of a value stands in a line.
const LONGEST_SEEN: usize = 100;

/// A length of time for people: `0.3s`, `12s`, `3m10s`, `2h05m`.
#[must_use]
pub fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 if duration.subsec_millis() >= 50 => format!("{:.1}s", duration.as_secs_f64()),
        0..60 => format!("{seconds}s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600.. if (seconds / 60).is_multiple_of(60) => format!("{}h", seconds / 3600),
        3600.. => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// When something happened in a run: `+12m30s`.
#[must_use]
pub fn stamp(at: Duration) -> String {
    format!("+{}", format_duration(Duration::from_secs(at.as_secs())))
}

/// `2026-11-22 14:02:11`, by the clocks of `zone`.
#[must_use]
pub fn moment(at: jiff::Timestamp, zone: &jiff::tz::TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// What the other side did not carry out.
#[must_use]
pub fn turned_away(status: u16, wait: Duration) -> String {
    format!("not carried out, says {status}: sent again in {}", length(wait))
}

/// What a failure's first line begins with.
#[must_use]
pub fn kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Failed => "failed",
        FailureKind::Unreachable => "unreachable",
        FailureKind::TimedOut => "timed out",
        FailureKind::Untrusted => "not trusted",
        FailureKind::Denied => "denied",
        FailureKind::Cancelled => "stopped",
        FailureKind::InDoubt => "in doubt",
    }
}

/// What became of a unit with such a failure, in capitals.
#[must_use]
pub fn ending(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Failed | FailureKind::Unreachable | FailureKind::TimedOut | FailureKind::Untrusted => {
            "FAILED"
        }
        FailureKind::Denied => "DENIED",
        FailureKind::Cancelled | FailureKind::InDoubt => "STOPPED",
    }
}

/// What a run's result is called.
#[must_use]
pub fn result(result: RunResult) -> &'static str {
    match result {
        RunResult::Succeeded => "done",
        RunResult::Failed => "failed",
        RunResult::Denied => "denied by a guard",
        RunResult::Stopped => "stopped",
    }
}

/// `approved by ann: the window is open`
#[must_use]
pub fn answered(answer: &str, by: &Actor, reason: Option<&str>) -> String {
    match reason {
        None => format!("{answer} by {by}"),
        Some(reason) => format!("{answer} by {by}: {reason}"),
    }
}

/// What a person says became of a `once`.
#[must_use]
pub fn settled(happened: bool, by: &Actor, reason: Option<&str>) -> String {
    answered(if happened { "it happened, as settled" } else { "it did not happen, as settled" }, by, reason)
}

/// What was seen, on one line: ` (up = 3, wanted = 2)`; nothing where nothing was.
#[must_use]
pub fn seen(values: &Values) -> String {
    let shown = values.iter().map(|(name, value)| format!("{} = {}", harmless_line(name), brief(value)));
    let shown = shown.collect::<Vec<_>>().join(", ");
    if shown.is_empty() { shown } else { format!(" ({shown})") }
}

fn brief(value: &str) -> String {
    let line = harmless_line(value.lines().next().unwrap_or_default());
    let cut = line.char_indices().nth(LONGEST_SEEN).map(|(at, _)| at);
    match cut {
        Some(at) => format!("{}…", &line[..at]),
        None if value.lines().nth(1).is_some() => format!("{line} …"),
        None => line,
    }
}

/// How long it has been so: ` (3 times in a row, since +12m30s; up = 0)`.
#[must_use]
pub fn streak(failures: u32, since: Duration, values: &Values) -> String {
    if failures == 0 {
        return String::new();
    }
    let times = if failures == 1 { "once".to_owned() } else { format!("{failures} times in a row") };
    let seen = seen(values);
    let seen = seen.trim_start_matches(" (").trim_end_matches(')');
    let seen = if seen.is_empty() { String::new() } else { format!("; {seen}") };
    format!(" ({times}, since {}{seen})", stamp(since))
}

/// What a failed look at an invariant means for the run.
#[must_use]
pub fn tolerated(failures: Option<u32>) -> String {
    match failures {
        Some(failures) => format!("{failures} tolerated"),
        None => "the undo goes on".to_owned(),
    }
}

/// The failure of a unit that failed.
#[must_use]
pub fn failure_of(result: &UnitResult) -> Option<&Failure> {
    match result {
        UnitResult::Failed { failure } => Some(failure),
        UnitResult::Ok | UnitResult::Skipped => None,
    }
}

/// What a step left out of its outputs: `stdout: … 1234 bytes left out; the whole is in PATH`.
#[must_use]
pub fn left_out(result: &StepResult) -> Vec<String> {
    let outcome = match result {
        StepResult::Ok { outcome, .. } => Some(outcome),
        StepResult::Failed { outcome, .. } => outcome.as_ref(),
    };
    let left_out = outcome.into_iter().flat_map(RecordedOutcome::left_out);
    left_out.map(|(stream, left)| format!("{stream}: … {left}")).collect()
}

/// `18,204`
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let group = |(at, digit): (usize, char)| {
        let gap = at > 0 && (digits.len() - at).is_multiple_of(3);
        gap.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(group).collect()
}

/// `1 pass`, `3 passes`
#[must_use]
pub fn plural(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short() {
        let shown = |millis| length(Duration::from_millis(millis));
        let expected = ["0s", "0.2s", "9.9s", "12s", "1m05s", "2h03m"];
        assert_eq!([0, 210, 9_940, 12_900, 65_000, 7_423_000].map(shown), expected);
        assert_eq!(stamp(Duration::from_millis(750_300)), "+12m30s");
    }
}
