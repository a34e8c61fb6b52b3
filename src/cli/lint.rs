//! `rutter lint`: what is wrong with a runbook, before anything is sent.

use std::path::{Path, PathBuf};

use super::disk::{self, Disk};
use super::failure::{Error, Exit};
use super::screen::Screen;
use crate::finding::Finding;
use crate::report;
use crate::resolve::{Loader, Resolution, resolve};

const EXAMPLES: &str = "\
Examples:
  rutter lint reboot.runbook
  rutter lint runbooks/                     every *.runbook and *.world in it
  rutter lint runbooks/ --format json | jq '.findings[].title'

Exit codes: 0 nothing found · 2 findings";

/// Check runbooks, libraries and worlds: names, types, effects, guards, commands.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Lint {
    /// Files, or folders that are searched for *.runbook and *.world.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How findings are written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// With the lines they point at.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

impl Lint {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let files = disk::find(&self.paths, &["runbook", "world"])?;
        let checked: Vec<_> = files.iter().map(|file| check(file, &Disk)).collect();
        match self.format {
            Format::Text => print_text(&checked, screen)?,
            Format::Json => print_json(&checked, screen)?,
        }
        let clean = checked.iter().all(|resolution| resolution.findings.is_empty());
        Ok(if clean { Exit::Done } else { Exit::Invalid })
    }
}

/// Everything that can be said of a file without its params.
pub fn check(file: &Path, loader: &dyn Loader) -> Resolution {
    let mut resolution = resolve(file, loader);
    let found = crate::lint::lint(&resolution);
    resolution.findings.extend(found);
    crate::finding::sort(&mut resolution.findings);
    resolution
}

fn print_text(checked: &[Resolution], screen: &Screen) -> Result<(), Error> {
    for resolution in checked.iter().filter(|resolution| !resolution.findings.is_empty()) {
        let text = report::findings_as_text(&resolution.findings, &resolution.sources, screen.out());
        screen.print(&format!("{text}\n"))?;
    }
    let findings: Vec<Finding> = checked.iter().flat_map(|one| one.findings.clone()).collect();
    screen.print(&format!("{}\n", report::tally(&findings, checked.len())))
}

fn print_json(checked: &[Resolution], screen: &Screen) -> Result<(), Error> {
    let as_json = |one: &Resolution| report::findings_as_json(&one.findings, &one.sources);
    let findings: Vec<_> = checked.iter().flat_map(as_json).collect();
    let document = serde_json::json!({ "files": checked.len(), "findings": findings });
    screen.print_json(&document)
}
