//! `rutter plan`: every step, for every tenant, before anything is sent.

use super::failure::{Error, Exit};
use super::hosts;
use super::probe;
use super::ready::{self, Subjected};
use super::screen::Screen;
use super::ssh_options::SshOptions;
use crate::plan::{Plan as Bound, Preview};
use crate::report::{self, HostRow};

const EXAMPLES: &str = "\
Examples:
  rutter plan reboot.runbook --params prod.yaml
  rutter plan reboot.runbook --params prod.yaml -p source=WEB2 | less
  rutter plan reboot.runbook --params prod.yaml --format json | jq .hash
  rutter plan reboot.runbook --params prod.yaml --live

Exit codes: 0 planned · 1 with --live: a host can't be reached · 2 invalid input";

/// Show every step with its values filled in; nothing is carried out.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Plan {
    #[command(flatten)]
    subject: Subjected,

    /// How the plan is written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Connect to every ssh target too, and say who is let in, how.
    #[arg(long)]
    live: bool,

    #[command(flatten)]
    ssh: SshOptions,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// A tree of steps.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

impl Plan {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let plan = self.subject.plan(screen)?;
        let preview = plan.preview();
        let hosts = match self.live {
            true => Some(probe::ask(&plan, &preview, self.ssh.files()?, screen)?),
            false => None,
        };
        screen.print(&self.written(&plan, &preview, hosts.as_deref(), screen))?;
        Ok(hosts.map_or(Exit::Done, |rows| hosts::exit(&rows)))
    }

    fn written(&self, plan: &Bound, preview: &Preview, hosts: Option<&[HostRow]>, screen: &Screen) -> String {
        let title = ready::title(plan);
        match self.format {
            Format::Text => {
                let steps = report::plan_as_text(&title, plan, preview, screen.out());
                let hosts = hosts.map(|rows| format!("\n{}", report::hosts_as_text(rows, screen.out())));
                steps + &hosts.unwrap_or_default()
            }
            Format::Json => {
                let mut document = report::plan_as_json(&title, plan, preview);
                if let Some(rows) = hosts {
                    document["live"] = report::hosts_as_json(rows);
                }
                report::harmless_json(&format!("{document:#}\n")).into_owned()
            }
        }
    }
}
