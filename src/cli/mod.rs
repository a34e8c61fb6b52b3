//! The command line: arguments in, text on the screen and an exit code out.
//!
//! One file a subcommand; `failure` turns every error into text and every end into an exit code.
//! This is the one room that knows the terminal, the environment and the disk of the user.
#![allow(clippy::disallowed_methods, reason = "the room that reads the environment")]

mod args;
mod bug;
mod canvas;
mod carry;
mod changed;
mod completions;
mod config;
mod disk;
mod explain;
mod failure;
mod faults;
mod fmt;
mod hosts;
mod kept;
mod libraries;
mod lint;
mod log;
mod mailbox;
mod operator;
mod overflow;
mod overrides;
mod plan;
mod probe;
mod ready;
mod rehearse;
mod resume;
mod rewrite;
mod run;
mod safeguards;
mod screen;
mod secrets;
mod show;
mod signals;
mod ssh_options;
mod test;
mod texts;
mod undo;
mod veil;
mod who;

use std::ffi::OsString;
use std::process::ExitCode;

pub use args::Cli;

/// Runs the command that `args` asks for, the program's name first.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    args::parse(args).map_or_else(|code| code, |cli| cli.run())
}
