//! What goes wrong inside a run: a failure on its way up, and how several become one.

use std::sync::Arc;

use crate::event::{Failure, FailureKind, Frame, UnitResult};
use crate::source::Span;

/// A failure on its way from a statement to whatever deals with it.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub failure: Box<Failure>,
    /// It is an `assert` that was evaluated and is false: in a guard's `when`, an answer.
    pub answered_no: bool,
}

impl Fault {
    pub fn new(kind: FailureKind, title: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        let failure = Failure {
            kind,
            title: title.into(),
            span,
            label: label.into(),
            values: Vec::new(),
            trail: Vec::new(),
            help: None,
            causes: Vec::new(),
        };
        Self { failure: Box::new(failure), answered_no: false }
    }

    /// A failure of an earlier part of the run.
    pub fn recorded(failure: &Failure) -> Self {
        Self { failure: Box::new(failure.clone()), answered_no: false }
    }

    /// With one more failure below it.
    pub fn also_because(mut self, cause: Fault) -> Self {
        self.failure.causes.push(*cause.failure);
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.failure.help = Some(help.into());
        self
    }

    pub fn values(mut self, values: Vec<(String, String)>) -> Self {
        self.failure.values = values;
        self
    }

    /// Made of these; a `when` whose every cause is an answer is answered.
    pub fn because(mut self, causes: Vec<Fault>) -> Self {
        self.answered_no = !causes.is_empty() && causes.iter().all(|cause| cause.answered_no);
        self.failure.causes = causes.into_iter().map(|cause| *cause.failure).collect();
        self
    }

    /// It is a failure like any other: of a guard's `when`, no answer.
    pub fn unanswered(mut self) -> Self {
        self.answered_no = false;
        self
    }

    pub fn kind(&self) -> FailureKind {
        self.failure.kind
    }

    /// Whether it goes up through everything: `attempt`, `retry`, `wait until` and budgets let it pass.
    pub fn is_final(&self) -> bool {
        matches!(self.kind(), FailureKind::Denied | FailureKind::Cancelled | FailureKind::Untrusted)
    }

    pub fn unit_result(&self) -> UnitResult {
        UnitResult::Failed { failure: self.failure.clone() }
    }
}

/// How a unit ended, for its event.
pub(super) fn unit_result<T>(result: &Result<T, Fault>) -> UnitResult {
    match result {
        Ok(_) => UnitResult::Ok,
        Err(fault) => fault.unit_result(),
    }
}

/// The kind of a failure made of several: the gravest, or the one that they share.
pub(super) fn joined_kind(faults: &[Fault]) -> FailureKind {
    use FailureKind::{Cancelled, Denied, Failed, InDoubt, TimedOut, Unreachable, Untrusted};
    let any = |kind| faults.iter().any(|fault| fault.kind() == kind);
    let all = |kind| faults.iter().all(|fault| fault.kind() == kind);
    match () {
        () if any(Denied) => Denied,
        () if any(Untrusted) => Untrusted,
        () if any(InDoubt) => InDoubt,
        () if any(Cancelled) => Cancelled,
        () if all(Unreachable) => Unreachable,
        () if all(TimedOut) => TimedOut,
        () => Failed,
    }
}

/// Where a statement stands, as a list that blocks share with those around them.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    frame: Frame,
    depth: usize,
    outer: Trail,
}

impl Trail {
    pub fn inside(&self, text: impl Into<String>, span: Option<Span>) -> Self {
        let frame = Frame { text: text.into(), span };
        Self(Some(Arc::new(Link { frame, depth: self.depth() + 1, outer: self.clone() })))
    }

    pub fn depth(&self) -> usize {
        self.0.as_ref().map_or(0, |link| link.depth)
    }

    /// Outermost first.
    pub fn frames(&self) -> Vec<Frame> {
        let mut frames = Vec::with_capacity(self.depth());
        let mut link = &self.0;
        while let Some(here) = link {
            frames.push(here.frame.clone());
            link = &here.outer.0;
        }
        frames.reverse();
        frames
    }
}
