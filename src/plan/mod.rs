//! A runbook bound to its params: targets known, nothing sent. Only a [`Plan`] can be run.
//!
//! In: a `ResolvedRunbook` and params. Out: a [`Plan`], or findings in the params; and, on demand,
//! a [`Preview`] of every step. Must not know: lint, run.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::finding::{self, Finding};
use crate::resolve::{Loader, ResolvedRunbook};
use crate::source::{Sources, Span};
use crate::template::Scope;
use crate::value::{Target, Value};

mod address;
mod bind;
mod evaluate;
mod guard;
mod hash;
mod loads;
mod params;
mod patterns;
mod preview;
mod scopes;
mod target;
#[cfg(test)]
mod tests;
mod url;

pub use guard::{Guard, Objection, Sent};
pub use hash::{canonical_params, params_as_json};
pub use preview::{PlannedGuard, PlannedKind, PlannedPlace, PlannedStage, PlannedStep, Preview};
pub use target::bind_target;

/// A runbook that can be run.
#[derive(Debug)]
pub struct Plan {
    pub runbook: Arc<ResolvedRunbook>,
    /// All files, params files among them.
    pub sources: Arc<Sources>,
    pub params: IndexMap<String, Value>,
    /// By module: params, `let`s, targets and secrets of the file, by name.
    pub scopes: Vec<Arc<Scope>>,
    /// The runbook's own targets by name.
    pub targets: IndexMap<String, Arc<Target>>,
    /// Sorted, each once.
    pub locks: Vec<String>,
    /// What each `load "file"` gives, by the place of its string; those inside blocks too.
    pub loads: HashMap<Span, Value>,
    /// SHA-256, in hex, over the source, the libraries, the loaded files and the params.
    pub hash: String,
}

/// Where params come from: later ones win, name by name.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// `--params FILE`, in the order they were given.
    pub files: Vec<PathBuf>,
    /// `-p name=value`
    pub settings: Vec<(String, String)>,
    /// What `env.NAME` is in a params file.
    pub env: IndexMap<String, String>,
}

/// Why there is no plan.
#[derive(Debug)]
pub struct Rejected {
    /// The runbook's files and the params files, for showing the findings.
    pub sources: Sources,
    pub findings: Vec<Finding>,
}

/// Binds a runbook to params from files and the command line.
pub fn plan(
    runbook: impl Into<Arc<ResolvedRunbook>>,
    mut sources: Sources,
    inputs: &Inputs,
    loader: &dyn Loader,
) -> Result<Plan, Rejected> {
    let runbook = runbook.into();
    let (given, findings) = bind::from_inputs(inputs, &bind::declared(&runbook), loader, &mut sources);
    let sources = Arc::new(sources);
    let outer = Scope::root();
    outer.set(
        "env",
        Value::from_pairs(inputs.env.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
    );
    make(&runbook, &sources, (&given, findings), &outer, loader).map_err(|mut findings| {
        finding::sort(&mut findings, &sources);
        let sources = Arc::try_unwrap(sources).unwrap_or_default();
        Rejected { sources, findings }
    })
}

/// Binds a runbook to params that are values already, as a world gives them: each with its place.
pub fn plan_with_values(
    runbook: &Arc<ResolvedRunbook>,
    sources: &Arc<Sources>,
    params: &IndexMap<String, (Value, Span)>,
    loader: &dyn Loader,
) -> Result<Plan, Vec<Finding>> {
    let given = bind::from_values(params);
    make(runbook, sources, (&given.0, given.1), &Scope::root(), loader)
}

/// The plan for what was given. Findings from reading it come before those from binding it.
fn make(
    runbook: &Arc<ResolvedRunbook>,
    sources: &Arc<Sources>,
    (given, mut findings): (&bind::Given, Vec<Finding>),
    outer: &Arc<Scope>,
    loader: &dyn Loader,
) -> Result<Plan, Vec<Finding>> {
    let params = match bind::bind(runbook, sources, given, outer) {
        Ok(params) if findings.is_empty() => params,
        Ok(_) => return Err(findings),
        Err(more) => {
            findings.extend(more);
            return Err(findings);
        }
    };
    let bound = scopes::bind(runbook, &params, loader)?;
    let hash = hash::hash(runbook, sources, &bound.loads.texts, &params);
    Ok(Plan {
        runbook: Arc::clone(runbook),
        sources: Arc::clone(sources),
        params,
        scopes: bound.scopes,
        targets: bound.targets,
        locks: bound.locks,
        loads: bound.loads.values,
        hash,
    })
}
