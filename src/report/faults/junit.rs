//! What came of a sweep, as JUnit: a suite a world, a case a scenario.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{file, harms, text};
use crate::finding::{Finding, has_errors};
use crate::rehearse::faults::{Conclusion, Extent, ScenarioSweep, SweepReport, WorldSweep};
use crate::report::Look;
use crate::report::findings_as_text;
use crate::report::words::plural;

/// A JUnit document. What keeps a world from being played is a case of its own.
#[must_use]
pub fn sweeps_as_junit(report: &SweepReport) -> String {
    let mut document = quick_junit::Report::new("rutter test --faults");
    for world in &report.worlds {
        let mut suite = TestSuite::new(file(world));
        if has_errors(&world.findings) {
            suite.add_test_case(case("the world", error(&world.findings, world), world));
        }
        let cases = world.scenarios.iter().map(|sweep| scenario(sweep, world, &report.extent));
        suite.add_test_cases(cases);
        suite.add_test_cases(world.not_begun.iter().map(|title| case(title, not_begun(), world)));
        document.add_test_suite(suite);
    }
    // Only a name that is no XML could fail here, and quick-junit takes such characters out.
    document.to_string().unwrap_or_default()
}

fn case(name: &str, status: TestCaseStatus, world: &WorldSweep) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(file(world));
    case
}

fn scenario(sweep: &ScenarioSweep, world: &WorldSweep, extent: &Extent) -> TestCase {
    let status = match &sweep.without {
        Err(findings) => error(findings, world),
        Ok(_) => match sweep.conclusion() {
            Conclusion::Passed => TestCaseStatus::success(),
            Conclusion::Failed => failure(sweep, world, extent),
            Conclusion::Stopped => stopped(sweep),
        },
    };
    let mut case = case(&sweep.scenario, status, world);
    if sweep.without.is_ok() {
        case.set_system_out(text::sweep_as_text(sweep, world, extent, Look::PLAIN));
    }
    case
}

fn error(findings: &[Finding], world: &WorldSweep) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    let title = findings.first().map(|finding| finding.title.clone()).unwrap_or_default();
    status.set_message(title).set_description(findings_as_text(findings, &world.sources, Look::PLAIN));
    status
}

fn not_begun() -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message("the sweep was stopped before this began");
    status
}

/// Nobody knows what the rest would have done.
fn stopped(sweep: &ScenarioSweep) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(format!(
        "the sweep was stopped, and {} left out",
        plural(sweep.left_out, "schedule", "schedules")
    ));
    status
}

fn failure(sweep: &ScenarioSweep, world: &WorldSweep, extent: &Extent) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let harmful = harms(sweep).into_keys().next();
    let without = sweep.without.iter().flat_map(|without| &without.harms).next();
    let message = without.map(ToString::to_string).or(harmful).unwrap_or_default();
    status.set_message(message).set_description(text::harms_as_text(sweep, world, extent, Look::PLAIN));
    status
}
