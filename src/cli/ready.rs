//! From a file and its params to a plan: what `plan` and `run` have in common.

use std::path::{Path, PathBuf};

use super::config::Config;
use super::disk::{self, Disk};
use super::failure::Error;
use super::lint;
use super::screen::Screen;
use crate::finding::{Finding, has_errors};
use crate::plan::{Inputs, Plan, plan};
use crate::report;
use crate::resolve::{Loader, ResolvedRunbook, Shelf, Subject};
use crate::source::Sources;
use crate::template;

/// The runbook, and what its params are.
#[derive(Debug, clap::Args)]
pub struct Subjected {
    /// The runbook.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    #[command(flatten)]
    given: Given,
}

/// What params are bound to.
#[derive(Clone, Debug, clap::Args)]
pub struct Given {
    /// A file with params: YAML, TOML or JSON. Later files win, name by name.
    #[arg(long, value_name = "FILE")]
    params: Vec<PathBuf>,

    /// One param; wins over the files. Lists and records are written as JSON.
    #[arg(short = 'p', value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("a param is written NAME=VALUE".to_owned()),
    }
}

impl Given {
    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        self.params.is_empty() && self.settings.is_empty()
    }
}

impl Subjected {
    /// `file` with these params.
    pub fn of(file: &Path, given: &Given) -> Self {
        Self { file: file.to_path_buf(), given: given.clone() }
    }

    /// Checks the runbook and binds its params; what is wrong with them is the error.
    pub fn plan(&self, screen: &Screen) -> Result<Plan, Error> {
        self.plan_from(&Disk, screen)
    }

    /// The same, with the files from `loader`.
    pub fn plan_from(&self, loader: &dyn Loader, screen: &Screen) -> Result<Plan, Error> {
        let (runbook, sources) = self.check(loader, screen)?;
        for file in &self.given.params {
            disk::readable(file)?;
        }
        let Given { params, settings } = self.given.clone();
        let inputs = Inputs { files: params, settings, env: env() };
        plan(runbook, sources, &inputs, loader)
            .map_err(|rejected| refused(&rejected.findings, &rejected.sources, screen))
    }

    fn check(&self, loader: &dyn Loader, screen: &Screen) -> Result<(ResolvedRunbook, Sources), Error> {
        disk::readable(&self.file)?;
        let checked = lint::check(&self.file, loader, &Shelf::default(), &Config::of(&self.file, screen)?);
        if has_errors(&checked.findings) {
            return Err(refused(&checked.findings, &checked.sources, screen));
        }
        if !checked.findings.is_empty() {
            let found = report::tally(&checked.findings, 1);
            screen.remark(&format!("{found}: see `rutter lint {}`", self.file.display()));
        }
        match checked.subject {
            Some(Subject::Runbook(runbook)) => Ok((runbook, checked.sources)),
            Some(Subject::Library(_)) => Err(self.not_a_runbook("a library", "name a runbook that uses it")),
            Some(Subject::World(_)) => Err(self.not_a_runbook("a world", "`rutter rehearse` plays it")),
            None => Err(self.not_a_runbook("no runbook", "its first statement is `runbook \"Title\"`")),
        }
    }

    fn not_a_runbook(&self, what: &str, help: &str) -> Error {
        Error::input(format!("`{}` is {what}", self.file.display())).help(help)
    }
}

/// The error that shows findings.
pub fn refused(findings: &[Finding], sources: &Sources, screen: &Screen) -> Error {
    let text = report::findings_as_text(findings, sources, screen.err());
    Error::Findings(format!("{text}\n{}", report::tally(findings, 1)))
}

/// What `env.NAME` may be in a params file; names and values that are no text are left out.
fn env() -> indexmap::IndexMap<String, String> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

/// What the runbook of a plan is called.
pub fn title(plan: &Plan) -> String {
    let root = plan.runbook.root();
    let literal = root.file.title.as_literal();
    let rendered = || template::render(&root.file.title, root, plan.scopes.first()?).ok();
    literal.or_else(rendered).unwrap_or_else(|| file_name(&root.path))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
