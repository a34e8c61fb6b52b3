//! What people and programs are shown: findings and failures with their source, events as they
//! happen, plans, test results.
//!
//! In: findings, events, plans, results. Out: text. Nothing here asks anybody, starts anything or
//! knows how a run is carried out.

mod excerpt;
mod findings;
mod harmless;
mod look;

pub use findings::{findings_as_json, findings_as_text, tally};
pub use harmless::{harmless, harmless_line};
pub use look::{Colours, Frames, Look};
