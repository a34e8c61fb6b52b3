//! `rutter lint`: what is wrong with a runbook, before anything is sent.

mod baseline;
mod fix;
mod watch;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::Config;
use super::disk::{self, Disk};
use super::failure::{Error, Exit};
use super::screen::Screen;
use crate::finding::{Finding, Label, Sureness};
use crate::parallel::across;
use crate::report::{self, Inspected};
use crate::resolve::{Loader, Resolution, Shelf, resolve_beside};
use crate::source::Sources;

/// The files that are looked for in folders.
const KINDS: &[&str] = &["runbook", "world"];

const EXAMPLES: &str = "\
Examples:
  rutter lint reboot.runbook
  rutter lint runbooks/                     every *.runbook and *.world in it
  rutter lint runbooks/ --format json | jq '.findings[].title'
  rutter lint runbooks/ --format sarif > rutter.sarif
  rutter lint runbooks/ --write-baseline lint-baseline.json
  rutter lint runbooks/ --baseline lint-baseline.json
  rutter lint runbooks/ --fix               writes what is sure, and reports the rest
  rutter lint runbooks/ --fix --unsafe-fixes --diff
                                            changes nothing; shows what would, exit 2 if anything
  rutter lint runbooks/ --watch             again whenever a file changes

A finding can be let stand where it is, with `# rutter: allow CODE because \"…\"`, and a rule be
taken as an error or turned off in `rutter.toml`, which is found from the file upwards:

  [lint.levels]
  once-in-loop = \"error\"               off, warning or error
  [lint.paths.\"drafts/**\".levels]
  unused-name = \"off\"

Exit codes: 0 nothing found, or nothing left after --fix, or the end of --watch
            2 findings, or input that can't be used";

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

    /// Write the safe fixes into the files that are named: what a runbook does stays the same.
    #[arg(long, conflicts_with = "write_baseline")]
    fix: bool,

    /// With `--fix`, also those by which it may do something else, and guesses at names.
    #[arg(long, requires = "fix")]
    unsafe_fixes: bool,

    /// With `--fix`: change nothing; show what would change.
    #[arg(long, requires = "fix")]
    diff: bool,

    /// Report again whenever a file that was read has changed, until Ctrl-C.
    #[arg(long, conflicts_with_all = ["write_baseline", "diff"])]
    watch: bool,
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
        if self.watch { watch::watch(&self, screen) } else { self.once(&Disk, screen) }
    }

    /// Fixes what is to be fixed, and reports what is left.
    fn once(&self, loader: &dyn Loader, screen: &Screen) -> Result<Exit, Error> {
        if self.fix {
            let mended = self.mend(loader, screen)?;
            if self.diff {
                return fix::show(&mended, screen);
            }
            fix::write(&mended, screen)?;
        }
        self.report(loader, screen)
    }

    fn report(&self, loader: &dyn Loader, screen: &Screen) -> Result<Exit, Error> {
        let mut checked = self.check(loader, screen)?;
        say_once(&mut checked);
        if let Some(path) = &self.write_baseline {
            return self.leave_for_later(path, checked, screen);
        }
        if let Some(path) = &self.baseline {
            baseline::leave_out(path, &mut checked, loader, screen)?;
        }
        self.print(&checked, screen)?;
        Ok(exit(&checked))
    }

    /// Writes what the rules found into a file; errors of the language are reported.
    fn leave_for_later(
        &self,
        path: &Path,
        mut checked: Vec<Checked>,
        screen: &Screen,
    ) -> Result<Exit, Error> {
        baseline::write(path, &checked, screen)?;
        checked.iter_mut().for_each(|one| one.findings.retain(is_of_the_language));
        let exit = exit(&checked);
        if exit != Exit::Done {
            self.print(&checked, screen)?;
        }
        Ok(exit)
    }

    /// Looks into every file, over the cores.
    fn check(&self, loader: &dyn Loader, screen: &Screen) -> Result<Vec<Checked>, Error> {
        let files = self.files(screen)?;
        let shelf = Shelf::default();
        Ok(across(threads(), &files, |(file, config)| {
            let Resolution { findings, sources, .. } = check(file, loader, &shelf, config);
            let path = file.to_string_lossy().replace('\\', "/");
            let sources = if findings.is_empty() { Sources::default() } else { sources };
            Checked { path, findings, sources }
        }))
    }

    /// Makes the fixes of every file in memory, over the cores.
    fn mend(&self, loader: &dyn Loader, screen: &Screen) -> Result<Vec<fix::Mended>, Error> {
        let most = if self.unsafe_fixes { Sureness::Unsafe } else { Sureness::Safe };
        let mut files = self.files(screen)?;
        let mut known = BTreeSet::new();
        files.retain(|(file, _)| known.insert(file.clone()));
        let mended = across(threads(), &files, |(file, config)| fix::mend(file, loader, config, most));
        Ok(mended.into_iter().flatten().collect())
    }

    /// The files, each with its settings.
    fn files(&self, screen: &Screen) -> Result<Vec<(PathBuf, Arc<Config>)>, Error> {
        let files = disk::find(&self.paths, KINDS)?;
        let configs = self.configs(&files, screen)?;
        Ok(files.into_iter().zip(configs).collect())
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

fn threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn exit(checked: &[Checked]) -> Exit {
    let clean = checked.iter().all(|one| one.findings.is_empty());
    if clean { Exit::Done } else { Exit::Invalid }
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

fn print_text(inspected: &[Inspected<'_>], screen: &Screen) -> Result<(), Error> {
    for file in inspected.iter().filter(|file| !file.findings.is_empty()) {
        let text = report::findings_as_text(file.findings, file.sources, screen.out());
        screen.print(&format!("{text}\n"))?;
    }
    let findings: Vec<Finding> = inspected.iter().flat_map(|file| file.findings.to_vec()).collect();
    let fixable = report::fixable(inspected).map(|line| format!("{line}\n")).unwrap_or_default();
    screen.print(&format!("{}\n{fixable}", report::tally(&findings, inspected.len())))
}

fn print_json(inspected: &[Inspected<'_>], screen: &Screen) -> Result<(), Error> {
    let as_json = |file: &Inspected<'_>| report::findings_as_json(file.findings, file.sources);
    let findings: Vec<_> = inspected.iter().flat_map(as_json).collect();
    let document = serde_json::json!({ "files": inspected.len(), "findings": findings });
    screen.print_json(&document)
}
