//! What became of a runbook without each of its safeguards, as JUnit: a suite a world, a case a safeguard.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::reproducing;
use super::text::{exposed, head, unexposed};
use crate::finding::has_errors;
use crate::rehearse::faults::{Loss, Safeguard, WorldSafeguards};
use crate::report::Look;
use crate::report::findings_as_text;

/// A JUnit document. What keeps a world from being played is a case of its own.
#[must_use]
pub fn safeguards_as_junit(worlds: &[WorldSafeguards]) -> String {
    let mut document = Report::new("rutter test --faults --safeguards");
    for world in worlds {
        let mut suite = TestSuite::new(file(world));
        if has_errors(&world.findings) {
            suite.add_test_case(case("the world", unplayable(world), world));
        }
        suite.add_test_cases(world.safeguards.iter().map(|(one, loss)| safeguard(one, loss, world)));
        document.add_test_suite(suite);
    }
    // Only a name that is no XML could fail here, and quick-junit takes such characters out.
    document.to_string().unwrap_or_default()
}

fn file(world: &WorldSafeguards) -> String {
    world.path.display().to_string()
}

fn case(name: &str, status: TestCaseStatus, world: &WorldSafeguards) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(file(world));
    case
}

fn unplayable(world: &WorldSafeguards) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    let title = world.findings.first().map(|finding| finding.title.clone()).unwrap_or_default();
    let text = findings_as_text(&world.findings, &world.sources, Look::PLAIN);
    status.set_message(title).set_description(text);
    status
}

fn safeguard(safeguard: &Safeguard, loss: &Loss, world: &WorldSafeguards) -> TestCase {
    let mut case = case(&head(safeguard, Look::PLAIN), status(safeguard, loss), world);
    if let Loss::Exposed(exposure) = loss {
        let line = reproducing(world, safeguard, exposure);
        case.set_system_out(format!("{}\n{line}\n", exposed(exposure, Look::PLAIN)));
    }
    case
}

fn status(safeguard: &Safeguard, loss: &Loss) -> TestCaseStatus {
    match loss {
        Loss::Exposed(_) => TestCaseStatus::success(),
        Loss::Unexposed { scenarios, schedules } => {
            told(NonSuccessKind::Failure, unexposed(safeguard, *scenarios, *schedules))
        }
        Loss::Stays { why } => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("can't be taken out: {why}"));
            status
        }
        Loss::Untried => told(NonSuccessKind::Error, "not tried: it was stopped".to_owned()),
    }
}

fn told(kind: NonSuccessKind, message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    status
}
