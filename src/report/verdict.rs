//! What came of a rehearsal: expectations that were not met, truths that were broken.

use super::failure::failure_as_text;
use super::findings::finding_as_text;
use super::harmless::harmless_line;
use super::layout::{BAD, GOOD};
use super::look::Look;
use super::words::stamp;
use crate::finding::Finding;
use crate::rehearse::{BrokenAlways, Case, Expectation, Played};
use crate::source::Sources;

/// Whether it went as it should, and what did not.
#[must_use]
pub fn verdict_as_text(played: &Played, sources: &Sources, look: Look) -> String {
    let wrong = wrong_in(played, sources, look);
    let scenario = played.scenario.as_ref().map(|title| format!("scenario \"{}\"", harmless_line(title)));
    match scenario {
        Some(scenario) if wrong.is_empty() => {
            format!("{}\n", look.paint(GOOD, format_args!("{scenario}: as expected")))
        }
        Some(scenario) => {
            format!("\n{wrong}{}\n", look.paint(BAD, format_args!("{scenario}: not as expected")))
        }
        None if wrong.is_empty() => String::new(),
        None => format!("\n{wrong}"),
    }
}

/// Why a scenario did not pass, written out; nothing when it did.
#[must_use]
pub fn case_as_text(case: &Case, sources: &Sources, look: Look) -> String {
    match &case.played {
        Ok(played) if played.passed() => String::new(),
        Ok(played) => {
            let wrong = wrong_in(played, sources, look);
            // In a world that is wrong, the run only says that it was told to stop.
            let failure = played.report.failure.as_ref().filter(|_| played.error.is_none());
            let failure = failure.map(|failure| failure_as_text(failure, sources, look)).unwrap_or_default();
            if failure.is_empty() { wrong } else { format!("{wrong}The run itself:\n{failure}") }
        }
        Err(findings) => super::findings::findings_as_text(findings, sources, look),
    }
}

fn wrong_in(played: &Played, sources: &Sources, look: Look) -> String {
    let world = played.error.iter().map(|error| (at(error.at, error.finding.clone()), &[][..]));
    let broken = played.broken.iter().map(|broken| (broken_always(broken), &broken.values[..]));
    let unmet = played.expectations.iter().filter(|expectation| !expectation.held);
    let unmet = unmet.map(|expectation| (not_met(expectation), &expectation.values[..]));
    let texts = world.chain(broken).chain(unmet).map(|(finding, values)| {
        let values = values.iter().map(|(name, value)| format!("  {name} = {}\n", harmless_line(value)));
        format!("{}{}\n", finding_as_text(&finding, sources, look), values.collect::<String>())
    });
    texts.collect()
}

fn at(at: std::time::Duration, mut finding: Finding) -> Finding {
    finding.title = format!("{} (at {})", finding.title, stamp(at));
    finding
}

fn broken_always(broken: &BrokenAlways) -> Finding {
    let title = format!("always \"{}\" did not hold at {}", broken.title, stamp(broken.at));
    Finding::error("broken-always", title, broken.span, broken.said.clone())
        .also(broken.cause.span, format!("changed by {}", harmless_line(&broken.cause.text)))
}

fn not_met(expectation: &Expectation) -> Finding {
    let title = format!("`{}` was not met", harmless_line(&expectation.what));
    Finding::error("not-met", title, expectation.span, expectation.detail.clone())
}
