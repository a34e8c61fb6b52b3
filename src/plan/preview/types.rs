//! What a plan shows: stages, steps and how long they can take at most.

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::source::Span;
use crate::value::{Effect, Target, format_duration};

/// A whole plan, as far as it can be known before anything is sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    pub stages: Vec<PlannedStage>,
    /// The longest it can take to come through: without people's answers that have no limit and
    /// without what `on failure` adds; a loop over a list that is not known yet counts one pass.
    #[serde(serialize_with = "in_words")]
    pub worst_case: Duration,
    /// How often a person is waited for without a limit.
    pub open_waits: u64,
    /// Every place that requests may go to, each once: those of the files, then those that blocks
    /// declare, pass by pass.
    #[serde(skip)]
    pub places: Vec<PlannedPlace>,
    /// There are too many steps to show: the last of them are left out, and their time too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A target, as far as it can be known.
#[derive(Clone, Debug, PartialEq)]
pub enum PlannedPlace {
    Known(Arc<Target>),
    /// Its address or a clause of it is only known while the run goes: with the name, the backend and
    /// the address of this, as a plan shows them.
    Later(Arc<Target>),
}

/// What a stage or checklist will do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedStage {
    pub title: String,
    #[serde(skip)]
    pub span: Span,
    pub steps: Vec<PlannedStep>,
    /// The steps of `undo`, the last first as they would be taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<PlannedStep>,
    #[serde(serialize_with = "in_words")]
    pub worst_case: Duration,
    pub open_waits: u64,
}

/// A line of a plan, and the lines under it. Values not known yet stand as `‹ls.text›`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedStep {
    #[serde(flatten)]
    pub kind: PlannedKind,
    #[serde(skip)]
    pub span: Span,
    #[serde(serialize_with = "in_words")]
    pub worst_case: Duration,
    #[serde(skip_serializing_if = "is_zero")]
    pub open_waits: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PlannedStep>,
}

/// What a line of a plan is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PlannedKind {
    Request {
        effect: Effect,
        target: String,
        address: String,
        request: String,
        within: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        guards: Vec<PlannedGuard>,
    },
    Approve {
        text: String,
        by: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        within: Option<String>,
    },
    Manual {
        text: String,
    },
    Wait {
        title: String,
        within: String,
        every: String,
        stable: String,
    },
    Retry {
        times: String,
        every: String,
    },
    Pause {
        length: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Loop {
        over: String,
        at_a_time: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        tolerating: Option<String>,
    },
    /// A pass of a loop: `tenant = demo`.
    Pass {
        item: String,
    },
    Together,
    /// A branch of an `if` whose condition is only known later; `else` has none.
    Branch {
        #[serde(skip_serializing_if = "Option::is_none")]
        condition: Option<String>,
    },
    Attempt,
    Otherwise,
    Always,
    OnFailure,
    DoneWhen,
    Call {
        action: String,
    },
    Assert {
        condition: String,
    },
    Diagnose {
        condition: String,
        cause: String,
        fix: String,
    },
    Note {
        text: String,
    },
    Fail {
        text: String,
    },
    Item {
        title: String,
    },
}

/// A guard that is asked before a request is sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedGuard {
    pub title: String,
    /// Why it is asked: the pattern that matches, or what it can't take apart.
    pub because: String,
}

fn in_words<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format_duration(*duration))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
