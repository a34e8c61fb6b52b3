//! What is allowed and yet worth a second look.
//!
//! In: a [`Resolution`] without errors. Out: findings. A rule is one file in `rules/` and one line
//! in [`RULES`]; the comment at the top of its file is what `rutter explain` and `docs/lint/` say.
//! Must not know: plans, runs.

mod guarded;
mod inside;
mod registry;
mod rules;
mod sent;
mod subject;
mod titles;
mod written;

pub use registry::{Group, RULES, Rule, explain, rule};

use crate::finding::{Finding, sort};
use crate::resolve::{Resolution, Subject};
use subject::File;

/// What the rules find in the file that was resolved; libraries that it uses are not looked into.
#[must_use]
pub fn lint(resolution: &Resolution) -> Vec<Finding> {
    let file = match &resolution.subject {
        Some(Subject::Runbook(runbook) | Subject::Library(runbook)) => {
            File::of_runbook(runbook, &resolution.sources)
        }
        Some(Subject::World(world)) => File::of_world(world, &resolution.sources),
        None => return Vec::new(),
    };
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.check)(&file)).collect();
    sort(&mut findings);
    findings
}

#[cfg(test)]
mod tests;
