//! `rutter plan`: every step, for every tenant, before anything is sent.

use super::failure::{Error, Exit};
use super::ready::{self, Subjected};
use super::screen::Screen;
use crate::report;

const EXAMPLES: &str = "\
Examples:
  rutter plan reboot.runbook --params prod.yaml
  rutter plan reboot.runbook --params prod.yaml -p source=WEB2 | less
  rutter plan reboot.runbook --params prod.yaml --format json | jq .hash";

/// Show every step with its values filled in; nothing is sent.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Plan {
    #[command(flatten)]
    subject: Subjected,

    /// How the plan is written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
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
        let (title, preview) = (ready::title(&plan), plan.preview());
        match self.format {
            Format::Text => screen.print(&report::plan_as_text(&title, &plan, &preview, screen.out()))?,
            Format::Json => {
                screen.print(&format!("{:#}\n", report::plan_as_json(&title, &plan, &preview)))?
            }
        }
        Ok(Exit::Done)
    }
}
