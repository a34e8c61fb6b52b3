//! `rutter completions`: what a shell needs to complete commands and options.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::failure::{Error, Exit};
use super::screen::Screen;

const EXAMPLES: &str = "\
Examples:
  rutter completions bash > ~/.local/share/bash-completion/completions/rutter
  rutter completions fish > ~/.config/fish/completions/rutter.fish";

/// Write a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// The shell that reads it.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "rutter", &mut script);
        screen.print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}
