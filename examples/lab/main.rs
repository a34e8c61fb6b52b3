//! The lab: machines, daemons and clouds in which the shipped runbooks run for real, on one Linux
//! machine, as root. `cargo run --example lab -- up | run RUNBOOK | status | down`.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "the lab stands outside: clock, processes and environment are its own"
)]

mod caddy;
mod cloud;
mod edge;
mod ground;
mod hop;
mod kodiai;
mod load;
mod machine;
mod namespaces;
mod part;
mod parts;
mod people;
mod place;
mod powershell;
mod rolling;
mod run;
mod runner;
mod scene;
mod session;
mod settings;
mod show;
mod slots;
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
    /// Show one thing that rutter does, in a short session with real hosts
    Show { what: show::What },
    /// Carry out a command on a host; on the runner, with rutter and its environment
    On {
        /// Such as runner, or THB-P-WEB1-LINUX
        host: String,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        words: Vec<String>,
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
        Command::Show { what } => show::show(what)?,
        Command::On { host, words } => return on(&host, &words),
        Command::Status => ground::status().iter().for_each(|line| println!("{line}")),
        Command::Down => ground::down()?,
        Command::Part(part) => part::run(part)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Brings a scene up, and to its start.
fn up(runbook: Option<&str>) -> Result {
    let first = scene::all()[0].runbook();
    let scene = scene::find(runbook.unwrap_or(first))?;
    ground::up(scene.as_ref())?;
    scene.reset(&run::Options::default())
}

fn on(host: &str, words: &[String]) -> Result<ExitCode> {
    let known = scene::hosts();
    let host = known.iter().find(|known| known.name == host).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|host| host.name).collect();
        format!("no host is called {host}; there are: {}", names.join(", "))
    })?;
    let scenes = scene::all();
    let mut command =
        if *host == place::RUNNER { runner::shell(scenes[0].as_ref()) } else { machine::enter(*host) };
    if *host == place::RUNNER {
        command.envs(scenes.iter().flat_map(|scene| scene.secrets()));
    }
    let status = command.args(words).status()?;
    Ok(u8::try_from(status.code().unwrap_or(1)).map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Lab::command().debug_assert();
    }
}
