//! `rutter hosts`: whether each ssh target of a runbook can be reached, as whom, by which key.

use super::failure::{Error, Exit};
use super::probe;
use super::ready::Subjected;
use super::screen::Screen;
use super::ssh_options::SshOptions;
use crate::report::{self, HostRow};

const EXAMPLES: &str = "\
Examples:
  rutter hosts reboot.runbook --params prod.yaml
  rutter hosts reboot.runbook --ssh-config ./ssh_config
  rutter hosts reboot.runbook --format json | jq '.hosts[] | select(.state == \"unreachable\")'

Exit codes: 0 all can be reached · 1 some can't · 2 invalid input";

/// Connect to every ssh target and say who is let in, how; nothing is carried out.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Hosts {
    #[command(flatten)]
    subject: Subjected,

    #[command(flatten)]
    ssh: SshOptions,

    /// How the hosts are written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// A block a host.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

impl Hosts {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let plan = self.subject.plan(screen)?;
        let rows = probe::ask(&plan, &plan.preview(), self.ssh.files()?, screen)?;
        match self.format {
            Format::Text => screen.print(&report::hosts_as_text(&rows, screen.out()))?,
            Format::Json => screen.print_json(&report::hosts_as_json(&rows))?,
        }
        Ok(exit(&rows))
    }
}

/// Whether all was well.
pub fn exit(rows: &[HostRow]) -> Exit {
    if report::all_reached(rows) { Exit::Done } else { Exit::Failed }
}
