//! A runbook bound to its params: targets known, nothing sent. Only a [`Plan`] can be run.
//!
//! In: a `ResolvedRunbook` and params. Out: a [`Plan`], or findings in the params.
//! Must not know: lint, run.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::resolve::ResolvedRunbook;
use crate::source::{Sources, Span};
use crate::template::Scope;
use crate::value::{Effect, Target, Value};

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
    pub locks: Vec<String>,
    /// SHA-256, in hex, over the source, the libraries and the params.
    pub hash: String,
    pub stages: Vec<PlannedStage>,
    pub worst_case: Duration,
}

/// What a stage or checklist will do, as far as it can be known.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PlannedStage {
    pub title: String,
    pub steps: Vec<PlannedStep>,
    pub worst_case: Duration,
}

/// A line of a plan, and the lines under it. Values not known yet stand as `‹ls.text›`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PlannedStep {
    #[serde(flatten)]
    pub kind: PlannedKind,
    #[serde(skip)]
    pub span: Span,
    pub worst_case: Duration,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PlannedStep>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PlannedKind {
    Request {
        effect: Effect,
        target: String,
        address: String,
        request: String,
        guards: Vec<String>,
    },
    Approve {
        text: String,
    },
    Manual {
        text: String,
    },
    Wait {
        title: String,
        within: String,
        every: String,
    },
    Retry {
        times: String,
    },
    Pause {
        length: String,
    },
    /// A pass of a loop: `tenant = demo`.
    Pass {
        item: String,
    },
    Loop {
        over: String,
        at_a_time: String,
    },
    Together,
    Branch {
        condition: String,
    },
    Otherwise,
    Always,
    Call {
        action: String,
    },
    Assert {
        condition: String,
    },
    Note {
        text: String,
    },
    Fail {
        text: String,
    },
    Undo,
    Item {
        title: String,
    },
}
