//! What is allowed and yet worth a second look.
//!
//! In: a [`Resolution`] without errors. Out: findings. A rule is one file in `rules/` and one line
//! in [`RULES`]; the comment at the top of its file is what `rutter explain` and `docs/lint/` say.
//! Must not know: plans, runs.

mod allow;
mod baseline;
mod curl;
mod destruction;
mod edits;
mod guarded;
mod inside;
mod levels;
mod options;
mod order;
mod registry;
mod rules;
mod sent;
mod served;
mod stages;
mod subject;
mod titles;
mod types;
mod written;

pub use baseline::Baseline;
pub use levels::{Level, Levels, unknown_setting, wrong_setting};
pub use registry::{Group, RULES, Rule, explain, rule};

use std::path::Path;

use crate::finding::{Finding, sort};
use crate::resolve::{Resolution, Subject};
use allow::without_allowed;
use registry::Check;
use subject::File;

/// What the rules find in the file that was resolved, at these levels; libraries that it uses are not looked into. `path` is that of the file from
/// the folder of the levels.
#[must_use]
pub fn lint(resolution: &Resolution, levels: &Levels, path: &Path) -> Vec<Finding> {
    let mut file = match &resolution.subject {
        Some(Subject::Runbook(runbook) | Subject::Library(runbook)) => {
            File::of_runbook(runbook, &resolution.sources)
        }
        Some(Subject::World(world)) => File::of_world(world, &resolution.sources),
        None => return Vec::new(),
    };
    file.longest_stage = levels.longest_stage;
    let findings = without_allowed(&file, found(&file));
    let mut findings: Vec<_> =
        findings.into_iter().filter_map(|finding| levels.apply(finding, path)).collect();
    sort(&mut findings, &resolution.sources);
    findings
}

/// What all rules find, whatever is let stand.
fn found(file: &File<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        if let Check::File(check) = rule.check {
            findings.extend(check(file));
        }
    }
    let after = RULES.iter().filter_map(|rule| match rule.check {
        Check::Findings(check) => Some(check(file, &findings)),
        Check::File(_) => None,
    });
    let after: Vec<_> = after.flatten().collect();
    findings.extend(after);
    findings
}

#[cfg(test)]
mod tests;
