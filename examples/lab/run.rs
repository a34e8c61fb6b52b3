//! `lab run`: brings a scene to its start, begins the load, carries the runbook out, answers what it
//! asks, ends the load, and tells what came of it.

use std::process::ExitCode;

use clap::Args;

use crate::scene::Scene;
use crate::system::Result;

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Kill the runner (SIGKILL) at so many random moments, and resume the run each time
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub kill: usize,
    /// The seed of the random moments; else a new one, which is told
    #[arg(long)]
    pub seed: Option<u64>,
    /// Take the safeguards out of a copy of the runbook: then requests must fail
    #[arg(long)]
    pub without_safeguards: bool,
    /// Requests a second, over all tenants
    #[arg(long, default_value_t = 300)]
    pub rate: u32,
    /// How many tenants, of those in the shipped params
    #[arg(long)]
    pub tenants: Option<usize>,
}

/// Carries the scene's runbook out under load. Succeeds only if the run ended as it should and, with its
/// safeguards, no request failed.
pub fn run(_scene: &dyn Scene, _options: &Options) -> Result<ExitCode> {
    Err("not yet".into())
}
