//! The lab: machines, daemons and clouds in which the shipped runbooks run for real, on one Linux
//! machine, as root. `cargo run --example lab -- up | run RUNBOOK | status | down`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod caddy;
mod cloud;
mod edge;
mod ground;
mod hop;
mod load;
mod machine;
mod namespaces;
mod part;
mod parts;
mod place;
mod powershell;
mod run;
mod runner;
mod scene;
mod settings;
mod ssh;
mod system;
mod tenants;
mod trust;
mod tunnel;
mod web;
mod web_n;
mod webapp;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::system::Result;

#[derive(Debug, Parser)]
#[command(name = "lab", about = "A lab in which rutter's runbooks run for real")]
struct Lab {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the machines and what runs on them, for one runbook or for the first
    Up {
        /// The runbook's name, or its file
        runbook: Option<String>,
    },
    /// Carry a runbook out under load, and tell what the load has seen
    Run {
        /// The runbook's name, or its file
        runbook: String,
        #[command(flatten)]
        options: run::Options,
    },
    /// Say what runs
    Status,
    /// End everything and remove what it left
    Down,
    /// One part of the lab, on its host
    #[command(subcommand, hide = true)]
    Part(part::Part),
}

fn main() -> ExitCode {
    match carry_out(Lab::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lab: {error}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(command: Command) -> Result<ExitCode> {
    match command {
        Command::Up { runbook } => up(runbook.as_deref())?,
        Command::Run { runbook, options } => return run::run(scene::find(&runbook)?.as_ref(), &options),
        Command::Status => ground::status().iter().for_each(|line| println!("{line}")),
        Command::Down => ground::down()?,
        Command::Part(part) => part::run(part)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn up(runbook: Option<&str>) -> Result {
    let scene = match runbook {
        Some(runbook) => Some(scene::find(runbook)?),
        None => scene::all().into_iter().next(),
    };
    scene.iter().try_for_each(|scene| ground::up(scene.as_ref()))
}
