//! `rutter lint`: what is wrong with a runbook, before anything is sent.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::Config;
use super::disk::{self, Disk, unreadable};
use super::failure::{Error, Exit, reason};
use super::screen::Screen;
use crate::finding::{Finding, Label};
use crate::lint::Baseline;
use crate::parallel::across;
use crate::report::{self, Inspected};
use crate::resolve::{Loader, Resolution, Shelf, resolve_beside};
use crate::source::Sources;

const EXAMPLES: &str = "\
Examples:
  rutter lint reboot.runbook
  rutter lint runbooks/                     every *.runbook and *.world in it
  rutter lint runbooks/ --format json | jq '.findings[].title'
  rutter lint runbooks/ --format sarif > rutter.sarif
  rutter lint runbooks/ --write-baseline lint-baseline.json
  rutter lint runbooks/ --baseline lint-baseline.json

A finding can be let stand where it is, with `# rutter: allow CODE because \"…\"`, and a rule be
taken as an error or turned off in `rutter.toml`, which is found from the file upwards:

  [lint.levels]
  once-in-loop = \"error\"               off, warning or error
  [lint.paths.\"drafts/**\".levels]
  unused-name = \"off\"

Exit codes: 0 nothing found · 2 findings, or input that can't be used";

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

    /// The settings to go by, instead of the nearest `rutter.toml` of each file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Leave out the findings that are in this file, so that only new ones count.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write the findings there, to be left for later; errors of the language still count.
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// With the lines they point at.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// Log issues of Azure Pipelines.
    Azure,
    /// JUnit XML.
    Junit,
}

/// What was found in a file.
struct Checked {
    path: String,
    findings: Vec<Finding>,
    /// Those that the findings point into.
    sources: Sources,
}

impl Lint {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let mut checked = self.check(screen)?;
        say_once(&mut checked);
        if let Some(path) = &self.write_baseline {
            write_baseline(path, &checked)?;
            checked.iter_mut().for_each(|one| one.findings.retain(is_of_the_language));
        }
        if let Some(path) = &self.baseline {
            leave_out(path, &mut checked, screen)?;
        }
        self.print(&checked, screen)?;
        let clean = checked.iter().all(|one| one.findings.is_empty());
        Ok(if clean { Exit::Done } else { Exit::Invalid })
    }

    /// Looks into every file, over the cores.
    fn check(&self, screen: &Screen) -> Result<Vec<Checked>, Error> {
        let files = disk::find(&self.paths, &["runbook", "world"])?;
        let configs = self.configs(&files, screen)?;
        let shelf = Shelf::default();
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let files: Vec<_> = files.into_iter().zip(configs).collect();
        Ok(across(threads, &files, |(file, config)| {
            let Resolution { findings, sources, .. } = check(file, &Disk, &shelf, config);
            let path = file.to_string_lossy().replace('\\', "/");
            Checked {
                path,
                sources: if findings.is_empty() { Sources::default() } else { sources },
                findings,
            }
        }))
    }

    /// The settings of each file.
    fn configs(&self, files: &[PathBuf], screen: &Screen) -> Result<Vec<Arc<Config>>, Error> {
        if let Some(path) = &self.config {
            let config = Arc::new(Config::read(path, screen)?);
            return Ok(vec![config; files.len()]);
        }
        Config::of_each(files, screen)
    }

    fn print(&self, checked: &[Checked], screen: &Screen) -> Result<(), Error> {
        let inspected: Vec<_> = checked.iter().map(Checked::inspected).collect();
        match self.format {
            Format::Text => print_text(&inspected, screen),
            Format::Json => print_json(&inspected, screen),
            Format::Sarif => screen.print_json(&report::findings_as_sarif(&inspected)),
            Format::Github => screen.print(&report::findings_as_github(&inspected)),
            Format::Azure => screen.print(&report::findings_as_azure(&inspected)),
            Format::Junit => screen.print(&report::findings_as_junit(&inspected)),
        }
    }
}

impl Checked {
    fn inspected(&self) -> Inspected<'_> {
        Inspected { path: &self.path, findings: &self.findings, sources: &self.sources }
    }
}

/// Everything that can be said of a file without its params.
pub fn check(file: &Path, loader: &dyn Loader, shelf: &Shelf, config: &Config) -> Resolution {
    let mut resolution = resolve_beside(file, loader, shelf);
    let found = crate::lint::lint(&resolution, &config.levels, &config.relative(file));
    resolution.findings.extend(found);
    crate::finding::sort(&mut resolution.findings, &resolution.sources);
    resolution
}

/// What is wrong with a library is found with each file that uses it.
fn say_once(checked: &mut [Checked]) {
    let mut said = BTreeSet::new();
    for Checked { findings, sources, .. } in checked {
        findings.retain(|finding| {
            let place = |label: &Label| {
                let path = sources.get(label.span.file).path.clone();
                (path, label.span.start, label.span.end)
            };
            let places: Vec<_> = finding.labels.iter().map(place).collect();
            said.insert((places, finding.code.clone(), finding.title.clone()))
        });
    }
}

fn is_of_the_language(finding: &Finding) -> bool {
    crate::lint::rule(&finding.code).is_none()
}

fn write_baseline(path: &Path, checked: &[Checked]) -> Result<(), Error> {
    let mut baseline = Baseline::default();
    checked.iter().for_each(|one| baseline.add(&one.findings, &one.sources));
    let text = format!("{:#}\n", baseline.to_json());
    std::fs::write(path, text)
        .map_err(|error| Error::input(format!("can't write `{}`: {}", path.display(), reason(&error))))
}

fn leave_out(path: &Path, checked: &mut [Checked], screen: &Screen) -> Result<(), Error> {
    let bytes = Disk.read(path).map_err(|error| unreadable(path, &error))?;
    let mut baseline = Baseline::read(&String::from_utf8_lossy(&bytes)).map_err(|why| {
        let error = Error::input(format!("`{}` is no baseline: {why}", path.display()));
        error.help("`rutter lint … --write-baseline FILE` writes one")
    })?;
    for Checked { findings, sources, .. } in checked {
        *findings = baseline.take(std::mem::take(findings), sources);
    }
    if !baseline.is_empty() {
        let gone = report::plural(baseline.len(), "finding", "findings");
        let path = path.display();
        screen.remark(&format!(
            "{gone} of `{path}` can't be found any more: write it anew, so that nothing new passes for one"
        ));
    }
    Ok(())
}

fn print_text(inspected: &[Inspected<'_>], screen: &Screen) -> Result<(), Error> {
    for file in inspected.iter().filter(|file| !file.findings.is_empty()) {
        let text = report::findings_as_text(file.findings, file.sources, screen.out());
        screen.print(&format!("{text}\n"))?;
    }
    let findings: Vec<Finding> = inspected.iter().flat_map(|file| file.findings.to_vec()).collect();
    screen.print(&format!("{}\n", report::tally(&findings, inspected.len())))
}

fn print_json(inspected: &[Inspected<'_>], screen: &Screen) -> Result<(), Error> {
    let as_json = |file: &Inspected<'_>| report::findings_as_json(file.findings, file.sources);
    let findings: Vec<_> = inspected.iter().flat_map(as_json).collect();
    let document = serde_json::json!({ "files": inspected.len(), "findings": findings });
    screen.print_json(&document)
}
