//! What people and programs are shown: findings and failures with their source, events as they
//! happen, plans, test results.
//!
//! In: findings, events, plans, results. Out: text. Nothing here asks anybody, starts anything or
//! knows how a run is carried out.

mod activity;
mod advice;
mod annotations;
mod changes;
mod excerpt;
mod failure;
mod faults;
mod findings;
mod fixes;
mod harmless;
mod hosts;
mod layout;
mod live;
mod look;
mod looked;
mod passes;
mod plain;
mod plan;
mod runs;
mod safeguards;
mod standing;
mod suite;
mod summary;
#[cfg(test)]
mod tests;
mod units;
mod verdict;
mod words;

pub use advice::{Advice, Asked, Doubted, RunState};
pub use annotations::{
    Inspected, findings_as_azure, findings_as_github, findings_as_junit, findings_as_sarif,
};
pub use changes::{changes_as_text, plan_changes};
pub use failure::failure_as_text;
pub use faults::{
    Spent, story_as_text, sweep_as_text, sweeps_as_html, sweeps_as_json, sweeps_as_junit, sweeps_as_text,
    world_sweep_as_text,
};
pub use findings::{findings_as_json, findings_as_text, tally};
pub use fixes::fixable;
pub use harmless::{harmless, harmless_json, harmless_line, harmless_painted};
pub use hosts::{HostRow, HostState, all_reached, hosts_as_json, hosts_as_text};
pub use live::Live;
pub use look::{Colours, Frames, Look};
pub use looked::Looked;
pub use plain::Plain;
pub use plan::{plan_as_json, plan_as_text};
pub use runs::{LeaseRow, RunRow, leases_as_json, leases_as_text, runs_as_json, runs_as_text};
pub use safeguards::{safeguards_as_json, safeguards_as_junit, safeguards_as_text};
pub use standing::{StageRow, StageState, Standing};
pub use suite::{Tested, suite_as_json, suite_as_junit, suite_as_text, tested_as_text};
pub use summary::{Kept, Summary};
pub use verdict::{case_as_text, verdict_as_text};
pub use words::{moment, plural};
