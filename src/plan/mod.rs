//! A runbook bound to its params: targets known, nothing sent. Only a [`Plan`] can be run.
//!
//! In: a `ResolvedRunbook` and params. Out: a [`Plan`], or findings in the params; and, on demand,
//! a [`Preview`] of every step. Must not know: lint, run.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::finding::Finding;
use crate::resolve::{Loader, ResolvedRunbook};
use crate::source::{Sources, Span};
use crate::syntax::ast;
use crate::template::{EvalError, Expressions, Scope};
use crate::value::{Target, Value};

mod address;
mod bind;
mod evaluate;
mod hash;
mod params;
mod preview_types;
mod target;

pub use hash::canonical_params;
pub use preview_types::{PlannedGuard, PlannedKind, PlannedStage, PlannedStep, Preview};
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
    _runbook: impl Into<Arc<ResolvedRunbook>>,
    _sources: Sources,
    _inputs: &Inputs,
    _loader: &dyn Loader,
) -> Result<Plan, Rejected> {
    todo!()
}

/// Binds a runbook to params that are values already, as a world gives them: each with its place.
pub fn plan_with_values(
    _runbook: &Arc<ResolvedRunbook>,
    _sources: &Arc<Sources>,
    _params: &IndexMap<String, (Value, Span)>,
    _loader: &dyn Loader,
) -> Result<Plan, Vec<Finding>> {
    todo!()
}

impl Plan {
    /// Every step, with what can be known of it now.
    #[must_use]
    pub fn preview(&self) -> Preview {
        todo!()
    }
}
