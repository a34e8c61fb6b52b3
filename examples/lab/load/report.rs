//! What a load came to, as JSON and as text.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::plan::Plan;

/// All that a load saw.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub begun: Timestamp,
    pub seconds: f64,
    /// Requests a second, as planned.
    pub rate: f64,
    /// All that were due, each answered or failed.
    pub requests: u64,
    pub failed: u64,
    /// How long after it was due the latest request was sent; it is part of that request's time.
    pub latest_start_ms: f64,
    pub ms: Times,
    /// How often each thing went wrong.
    pub causes: BTreeMap<String, u64>,
    /// The first failures.
    pub failures: Vec<Failure>,
    pub served: Vec<Served>,
}

/// How long answers took, counted from when they were due, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub slowest: f64,
}

/// A request that failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    pub when: Timestamp,
    /// Seconds since the load began.
    pub after: f64,
    pub target: String,
    pub cause: String,
}

/// Who served a target, when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Served {
    pub target: String,
    pub requests: u64,
    pub failed: u64,
    pub spans: Vec<Span>,
}

/// Seconds since the load began, in all of which the same ones served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from: u64,
    pub to: u64,
    pub by: Vec<String>,
    pub requests: u64,
}

impl Times {
    /// Of microseconds, which it sorts.
    pub fn of(micros: &mut [u32]) -> Self {
        micros.sort_unstable();
        let at = |per_mille| f64::from(percentile(micros, per_mille)) / 1000.0;
        Self { p50: at(500), p90: at(900), p99: at(990), p999: at(999), slowest: at(1000) }
    }
}

/// The least of the sorted values that so many thousandths of them don't exceed.
fn percentile(sorted: &[u32], per_mille: usize) -> u32 {
    let rank = (sorted.len() * per_mille).div_ceil(1000).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

impl Report {
    /// Reads the report of a load that has ended.
    pub fn read(plan: &Plan) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(plan.folder.join("report.json"))?)?)
    }

    pub(super) fn write(&self, plan: &Plan) -> io::Result<()> {
        std::fs::write(plan.folder.join("report.txt"), self.to_string())?;
        std::fs::write(plan.folder.join("report.json"), serde_json::to_vec_pretty(self)?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, failed, seconds, rate, .. } = self;
        writeln!(f, "{requests} requests in {} at {rate} a second, {failed} failed", clock(*seconds))?;
        let Times { p50, p90, p99, p999, slowest } = self.ms;
        write!(f, "answered in {p50:.1} ms (half), {p90:.1} ms (90 %), {p99:.1} ms (99 %), ")?;
        writeln!(f, "{p999:.1} ms (99.9 %), {slowest:.1} ms (slowest)")?;
        writeln!(f, "the latest request was sent {:.1} ms after it was due", self.latest_start_ms)?;
        self.show_failures(f)?;
        let longest = self.served.iter().map(|served| served.target.len()).max().unwrap_or(0);
        self.served.iter().try_for_each(|served| served.show(longest, f))
    }
}

impl Report {
    fn show_failures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (cause, count) in &self.causes {
            writeln!(f, "  {count} × {cause}")?;
        }
        for Failure { when, after, target, cause } in self.failures.iter().take(10) {
            writeln!(f, "  {} ({}) {target}: {cause}", when.strftime("%H:%M:%S%.3f"), clock(*after))?;
        }
        Ok(())
    }
}

impl Served {
    fn show(&self, longest: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:longest$} {:7} requests, {} failed:", self.target, self.requests, self.failed)?;
        for Span { from, to, by, .. } in self.spans.iter().filter(|span| !span.by.concat().is_empty()) {
            write!(f, " {}-{} {}", minutes(*from), minutes(*to), by.join("+"))?;
        }
        writeln!(f)
    }
}

/// Seconds as `M:SS.s`.
fn clock(seconds: f64) -> String {
    let whole = (seconds / 60.0).floor();
    format!("{whole:.0}:{:04.1}", seconds - whole * 60.0)
}

fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let mut times: Vec<u32> = (1..=1000).rev().map(|milli| milli * 1000).collect();
        let of = Times::of(&mut times);
        assert_eq!(of, Times { p50: 500.0, p90: 900.0, p99: 990.0, p999: 999.0, slowest: 1000.0 });
        assert_eq!(Times::of(&mut [7000]), Times { p50: 7.0, p90: 7.0, p99: 7.0, p999: 7.0, slowest: 7.0 });
        assert_eq!(Times::of(&mut []), Times::default());
    }

    #[test]
    fn one_slow_answer_in_a_hundred_shows_at_the_end_only() {
        let mut times = vec![5000; 99];
        times.push(800_000);
        let of = Times::of(&mut times);
        assert_eq!((of.p99, of.p999, of.slowest), (5.0, 800.0, 800.0));
    }

    #[test]
    fn the_text_tells_counts_times_failures_and_who_served_when() {
        let span = |from, to, by: &[&str]| Span {
            from,
            to,
            by: by.iter().map(|name| (*name).to_owned()).collect(),
            requests: 1,
        };
        let begun: Timestamp = "2026-01-01T08:00:00Z".parse().unwrap();
        let failure = Failure {
            when: "2026-01-01T08:01:01.25Z".parse().unwrap(),
            after: 61.25,
            target: "cna".to_owned(),
            cause: "status 502".to_owned(),
        };
        let served =
            |target: &str, failed, spans| Served { target: target.to_owned(), requests: 3600, failed, spans };
        let report = Report {
            begun,
            seconds: 125.04,
            rate: 300.0,
            requests: 7200,
            failed: 2,
            latest_start_ms: 1.75,
            ms: Times { p50: 12.0, p90: 14.0, p99: 20.0, p999: 31.0, slowest: 48.6 },
            causes: BTreeMap::from([("status 502".to_owned(), 2)]),
            failures: vec![failure],
            served: vec![
                served("demo", 0, vec![span(0, 70, &["WEB1"]), span(70, 125, &["WEB1", "WEB8"])]),
                served("cna", 2, vec![span(0, 125, &["WEB1"])]),
            ],
        };
        let wanted = "\
7200 requests in 2:05.0 at 300 a second, 2 failed
answered in 12.0 ms (half), 14.0 ms (90 %), 20.0 ms (99 %), 31.0 ms (99.9 %), 48.6 ms (slowest)
the latest request was sent 1.8 ms after it was due
  2 × status 502
  08:01:01.250 (1:01.2) cna: status 502
demo    3600 requests, 0 failed: 0:00-1:10 WEB1 1:10-2:05 WEB1+WEB8
cna     3600 requests, 2 failed: 0:00-2:05 WEB1
";
        assert_eq!(report.to_string(), wanted);
    }
}
