//! The lab: machines, daemons and clouds in which the shipped runbooks run for real, on one Linux
//! machine, as root. `cargo run --example lab -- up | run RUNBOOK | status | down`.

mod place;
mod web;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "lab", about = "A lab in which rutter's runbooks run for real")]
struct Lab {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the machines and what runs on them
    Up,
    /// Say what runs
    Status,
    /// End everything and remove what it left
    Down,
}

fn main() {
    let lab = Lab::parse();
    drop(lab);
}
