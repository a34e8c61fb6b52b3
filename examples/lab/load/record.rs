//! What has been seen so far: of all of the load, and of the second under way.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::client::Outcome;
use super::plan::Target;
use super::report::{Failure, Report, Served, Span, Times};

/// So many failures are told one by one; all are counted.
const TOLD: usize = 50;

/// Everything that the report is made of.
#[derive(Debug)]
pub struct Record {
    begun: Timestamp,
    took: Duration,
    started: u64,
    ended: u64,
    /// How late the latest start was: the load's own fault, or the machine's.
    latest_start: Duration,
    /// Of each request that was answered, in microseconds.
    times: Vec<u32>,
    failed: u64,
    causes: BTreeMap<String, u64>,
    failures: Vec<Failure>,
    by_target: Vec<ByTarget>,
    second: Second,
}

#[derive(Debug)]
struct ByTarget {
    name: String,
    requests: u64,
    failed: u64,
    /// Each second in which it was served, and by whom how often.
    seconds: Vec<(u64, BTreeMap<String, u64>)>,
}

/// The second under way.
#[derive(Debug, Default)]
struct Second {
    started: u64,
    times: Vec<u32>,
    failed: BTreeMap<String, u64>,
    served: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Record {
    pub fn new(targets: &[Target], begun: Timestamp) -> Self {
        let by_target = targets.iter().map(|target| ByTarget {
            name: target.name.clone(),
            requests: 0,
            failed: 0,
            seconds: Vec::new(),
        });
        Self {
            begun,
            took: Duration::ZERO,
            started: 0,
            ended: 0,
            latest_start: Duration::ZERO,
            times: Vec::new(),
            failed: 0,
            causes: BTreeMap::new(),
            failures: Vec::new(),
            by_target: by_target.collect(),
            second: Second::default(),
        }
    }

    /// A request was started, so long after it was due.
    pub fn started(&mut self, late: Duration) {
        self.started += 1;
        self.second.started += 1;
        self.latest_start = self.latest_start.max(late);
    }

    /// A request has ended `at` so long after the start of the load, and `took` so long since it was due.
    pub fn ended(&mut self, target: usize, at: Duration, took: Duration, outcome: Outcome) {
        self.ended += 1;
        self.by_target[target].requests += 1;
        match outcome {
            Ok(by) => self.answered(target, at, took, by),
            Err(cause) => self.failed(target, at, cause),
        }
    }

    fn answered(&mut self, target: usize, at: Duration, took: Duration, by: String) {
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        self.times.push(micros);
        self.second.times.push(micros);
        let target = &mut self.by_target[target];
        target.seen(at.as_secs(), &by);
        let served = self.second.served.entry(target.name.clone()).or_default();
        *served.entry(by).or_default() += 1;
    }

    fn failed(&mut self, target: usize, at: Duration, cause: String) {
        self.failed += 1;
        *self.causes.entry(cause.clone()).or_default() += 1;
        *self.second.failed.entry(cause.clone()).or_default() += 1;
        let target = &mut self.by_target[target];
        target.failed += 1;
        if self.failures.len() < TOLD {
            let when = self.begun.checked_add(at).unwrap_or(self.begun);
            let (after, target) = (at.as_secs_f64(), target.name.clone());
            self.failures.push(Failure { when, after, target, cause });
        }
    }

    pub fn in_flight(&self) -> u64 {
        self.started - self.ended
    }

    /// The load is over.
    pub fn finish(&mut self, took: Duration) {
        self.took = took;
    }

    /// The line of the second under way, which ends by this, so long after the start.
    pub fn second(&mut self, now: Duration) -> Value {
        let in_flight = self.in_flight();
        let mut done = std::mem::take(&mut self.second);
        let times = Times::of(&mut done.times);
        let at = self.begun.checked_add(now).unwrap_or(self.begun);
        json!({
            "at": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "second": now.as_secs(),
            "started": done.started,
            "answered": done.times.len(),
            "failed": done.failed.values().sum::<u64>(),
            "in_flight": in_flight,
            "ms": times,
            "served": done.served,
            "causes": done.failed,
        })
    }

    /// What it all comes to.
    pub fn report(&self, rate: f64) -> Report {
        let served = self.by_target.iter().map(|target| Served {
            target: target.name.clone(),
            requests: target.requests,
            failed: target.failed,
            spans: target.spans(),
        });
        Report {
            begun: self.begun,
            seconds: self.took.as_secs_f64(),
            rate,
            requests: self.ended,
            failed: self.failed,
            latest_start_ms: self.latest_start.as_secs_f64() * 1000.0,
            ms: Times::of(&mut self.times.clone()),
            causes: self.causes.clone(),
            failures: self.failures.clone(),
            served: served.collect(),
        }
    }
}

impl ByTarget {
    /// In this second it was served by this one.
    fn seen(&mut self, second: u64, by: &str) {
        if self.seconds.last().is_none_or(|(last, _)| *last != second) {
            self.seconds.push((second, BTreeMap::new()));
        }
        if let Some((_, served)) = self.seconds.last_mut() {
            match served.get_mut(by) {
                Some(count) => *count += 1,
                None => drop(served.insert(by.to_owned(), 1)),
            }
        }
    }

    /// Seconds that follow each other and had the same servers, as one.
    fn spans(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (second, served) in &self.seconds {
            let requests = served.values().sum();
            match spans.last_mut() {
                Some(last) if last.to == *second && last.by.iter().eq(served.keys()) => {
                    (last.to, last.requests) = (second + 1, last.requests + requests);
                }
                _ => {
                    let by = served.keys().cloned().collect();
                    spans.push(Span { from: *second, to: second + 1, by, requests });
                }
            }
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Witness;

    fn record(names: &[&str]) -> Record {
        let target = |name: &&str| Target {
            name: (*name).to_owned(),
            url: String::new(),
            at: None,
            status: 200,
            fields: BTreeMap::new(),
            served_by: Witness::Nothing,
        };
        let targets: Vec<Target> = names.iter().map(target).collect();
        Record::new(&targets, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    fn answer(record: &mut Record, at: f64, by: &str) {
        record.started(Duration::ZERO);
        record.ended(0, Duration::from_secs_f64(at), Duration::from_millis(5), Ok(by.to_owned()));
    }

    #[test]
    fn seconds_with_the_same_servers_are_one_span() {
        let mut record = record(&["demo"]);
        for (at, by) in [(0.1, "WEB1"), (0.9, "WEB1"), (1.5, "WEB1"), (2.1, "WEB1"), (2.2, "WEB8")] {
            answer(&mut record, at, by);
        }
        for (at, by) in [(3.1, "WEB8"), (3.2, "WEB1"), (4.0, "WEB8"), (5.0, "WEB8"), (9.0, "WEB8")] {
            answer(&mut record, at, by);
        }
        let spans = record.report(1.0).served[0].spans.clone();
        let shown: Vec<_> =
            spans.iter().map(|span| (span.from, span.to, span.by.join("+"), span.requests)).collect();
        let wanted = [
            (0, 2, "WEB1", 3),
            (2, 4, "WEB1+WEB8", 4),
            (4, 6, "WEB8", 2),
            // Nothing was answered in between.
            (9, 10, "WEB8", 1),
        ];
        assert_eq!(shown, wanted.map(|(from, to, by, requests)| (from, to, by.to_owned(), requests)));
    }

    #[test]
    fn a_failure_is_counted_told_and_no_answer_time() {
        let mut record = record(&["demo", "cna"]);
        answer(&mut record, 0.1, "WEB1");
        record.started(Duration::from_millis(3));
        record.ended(1, Duration::from_millis(1500), Duration::from_secs(1), Err("status 502".to_owned()));
        let report = record.report(2.0);
        assert_eq!((report.requests, report.failed), (2, 1));
        assert_eq!(report.causes, BTreeMap::from([("status 502".to_owned(), 1)]));
        assert_eq!(report.failures[0].when.to_string(), "2026-01-01T00:00:01.5Z");
        assert_eq!(report.failures[0].target, "cna");
        assert_eq!((report.served[0].failed, report.served[1].failed), (0, 1));
        assert!((report.ms.slowest - 5.0).abs() < 1e-9);
        assert!((report.latest_start_ms - 3.0).abs() < 1e-9);
    }

    #[test]
    fn more_failures_than_are_told_are_counted_all_the_same() {
        let mut record = record(&["demo"]);
        for _ in 0..120 {
            record.started(Duration::ZERO);
            record.ended(0, Duration::ZERO, Duration::ZERO, Err("status 530".to_owned()));
        }
        let report = record.report(1.0);
        assert_eq!((report.failed, report.failures.len()), (120, TOLD));
    }

    #[test]
    fn a_second_tells_what_came_in_it_and_what_is_in_flight() {
        let mut record = record(&["demo"]);
        answer(&mut record, 0.1, "WEB1");
        record.started(Duration::ZERO);
        let first = record.second(Duration::from_secs(1));
        assert_eq!(
            (&first["started"], &first["answered"], &first["in_flight"]),
            (&json!(2), &json!(1), &json!(1))
        );
        assert_eq!(first["served"], json!({"demo": {"WEB1": 1}}));
        record.ended(0, Duration::from_secs(1), Duration::from_secs(1), Err("no answer in time".to_owned()));
        let second = record.second(Duration::from_millis(2004));
        assert_eq!(
            (&second["second"], &second["started"], &second["failed"]),
            (&json!(2), &json!(0), &json!(1))
        );
        assert_eq!(second["causes"], json!({"no answer in time": 1}));
    }
}
