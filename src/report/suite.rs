//! Results of scenarios, as a test runner shows them.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde::{Serialize, Serializer};

use super::harmless::harmless_line;
use super::layout::{BAD, DIM, GOOD};
use super::look::Look;
use super::words::length;

/// What came of one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Tested {
    /// The world's file.
    pub file: String,
    pub scenario: String,
    /// How long the run took on the world's clock.
    #[serde(rename = "virtual_seconds", serialize_with = "seconds")]
    pub lasted: Duration,
    /// How long that took to play.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
    pub passed: bool,
    /// Why it did not pass, written out; empty when it did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub details: String,
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// The line of one scenario, and why it failed below it.
#[must_use]
pub fn tested_as_text(tested: &Tested, look: Look) -> String {
    let (style, word) = if tested.passed { (GOOD, "PASS") } else { (BAD, "FAIL") };
    let lasted = format!("{:>9}", format!("[{}]", length(tested.lasted)));
    let name = format!("{}::{}", harmless_line(&tested.file), harmless_line(&tested.scenario));
    let mut text = format!("{} {} {name}\n", look.paint(style.bold(), word), look.paint(DIM, lasted));
    for line in tested.details.lines() {
        text.push_str(format!("     {line}").trim_end());
        text.push('\n');
    }
    text
}

/// The last line: `9 passed, 0 failed in 0.4s`; those that failed are named again, for long lists.
#[must_use]
pub fn suite_as_text(all: &[Tested], took: Duration, look: Look) -> String {
    let failed: Vec<_> = all.iter().filter(|tested| !tested.passed).collect();
    let style = if failed.is_empty() { GOOD } else { BAD };
    let counts = format!("{} passed, {} failed", all.len() - failed.len(), failed.len());
    let mut text = format!("{} {}\n", look.paint(style.bold(), counts), look.paint(DIM, spent(took, look)));
    if all.len() > failed.len() && all.len() > LONG {
        let names = failed.iter().map(|tested| {
            let (file, scenario) = (harmless_line(&tested.file), harmless_line(&tested.scenario));
            format!("  {file}::{scenario}\n")
        });
        text.extend(names);
    }
    text
}

const LONG: usize = 20;

/// Real time differs from one machine to the next, so plain output does not say it.
fn spent(took: Duration, look: Look) -> String {
    if look == Look::PLAIN { String::new() } else { format!("in {}", length(took)) }
}

/// One JSON document.
#[must_use]
pub fn suite_as_json(all: &[Tested]) -> serde_json::Value {
    let failed = all.iter().filter(|tested| !tested.passed).count();
    serde_json::json!({ "passed": all.len() - failed, "failed": failed, "scenarios": all })
}

/// A JUnit document: a suite a file, a case a scenario.
#[must_use]
pub fn suite_as_junit(all: &[Tested]) -> String {
    let mut report = quick_junit::Report::new("rutter test");
    let files: indexmap::IndexSet<_> = all.iter().map(|tested| &tested.file).collect();
    for file in files {
        let mut suite = TestSuite::new(file.as_str());
        let cases = all.iter().filter(|tested| tested.file == *file);
        suite.add_test_cases(cases.map(case));
        report.add_test_suite(suite);
    }
    // Only a name that is no XML could fail here, and quick-junit takes such characters out.
    report.to_string().unwrap_or_default()
}

fn case(tested: &Tested) -> TestCase {
    let status = if tested.passed {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let first = tested.details.lines().next().unwrap_or_default();
        status.set_message(first).set_description(&tested.details);
        status
    };
    let mut case = TestCase::new(tested.scenario.as_str(), status);
    case.set_time(tested.took).set_classname(tested.file.as_str());
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Vec<Tested> {
        let passed = Tested {
            file: "w.world".into(),
            scenario: "all is well".into(),
            lasted: Duration::from_secs(9000),
            took: Duration::from_millis(30),
            passed: true,
            details: String::new(),
        };
        let failed = Tested {
            scenario: "the <spare> is slow".into(),
            passed: false,
            details: "expected succeeded\n  but it failed".into(),
            ..passed.clone()
        };
        vec![passed, failed]
    }

    #[test]
    fn a_line_each_and_the_details_of_what_failed() {
        let text: String = two().iter().map(|tested| tested_as_text(tested, Look::PLAIN)).collect();
        let expected = "\
PASS   [2h30m] w.world::all is well
FAIL   [2h30m] w.world::the <spare> is slow
     expected succeeded
       but it failed
";
        assert_eq!(text, expected);
        assert_eq!(suite_as_text(&two(), Duration::ZERO, Look::PLAIN).trim_end(), "1 passed, 1 failed");
    }

    #[test]
    fn junit_counts_and_escapes() {
        let xml = suite_as_junit(&two());
        assert!(xml.contains(r#"tests="2""#) && xml.contains(r#"failures="1""#), "{xml}");
        assert!(xml.contains("the &lt;spare&gt; is slow"), "{xml}");
    }
}
