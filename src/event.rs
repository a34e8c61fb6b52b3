//! What happened, past tense: what the journal stores and the reports read.
//!
//! Must not know: how anything is run or shown.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::{RunId, StepKey};
use crate::source::Span;
use crate::value::{Effect, LeftOut};

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counted from 0 within the run.
    pub sequence: u64,
    /// Since the run began, on the run's clock.
    pub at: Duration,
    /// What a watch said.
    pub wall: jiff::Timestamp,
    #[serde(flatten)]
    pub kind: EventKind,
}

/// `key` names the unit that the event belongs to; a unit inside another has a longer key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    RunStarted {
        run: RunId,
        title: String,
        file: String,
        plan: String,
        stages: Vec<String>,
        by: Actor,
    },
    /// The run goes on where its record ends.
    RunResumed {
        by: Actor,
        /// The hash of the plan that it goes on with.
        plan: String,
    },
    /// From here on the run goes on with another text, which differs only in what was not begun.
    TextAccepted {
        by: Actor,
        plan: String,
        /// What differs, a line for each step.
        changes: Vec<String>,
    },
    /// The stages that had begun are taken back from here on, the last first.
    UndoBegan {
        by: Actor,
        stages: Vec<usize>,
    },
    RunFinished {
        result: RunResult,
        failure: Option<Box<Failure>>,
        notes: Vec<String>,
    },
    /// A first Ctrl-C, a signal, or `stop` from elsewhere: no new step begins.
    StopRequested {
        why: String,
    },

    StageStarted {
        key: StepKey,
        number: usize,
        title: String,
    },
    StageFinished {
        key: StepKey,
        result: UnitResult,
    },
    UndoStarted {
        key: StepKey,
        stage: String,
        /// Where `undo` is written.
        #[serde(default)]
        span: Span,
    },
    UndoFinished {
        key: StepKey,
        result: UnitResult,
    },
    /// `on failure` of a stage, wait or loop began to explain.
    ExplainStarted {
        key: StepKey,
        /// Where the block is written.
        #[serde(default)]
        span: Span,
    },

    /// Flushed before the request is sent.
    StepIntended {
        key: StepKey,
        effect: Effect,
        target: String,
        request: Arc<str>,
        span: Span,
        within: Duration,
        /// How often a person said of this `once` that it had not happened.
        #[serde(default)]
        attempt: u32,
        /// A digest of what `request` does not show: where it goes, as whom, and with what. Secrets are not in it.
        #[serde(default)]
        details: String,
    },
    /// A person said what became of a `once` that rutter does not know the end of.
    StepSettled {
        key: StepKey,
        happened: bool,
        /// What it printed or answered, where that is known and of use.
        #[serde(default)]
        gave: Option<String>,
        by: Actor,
        reason: Option<String>,
    },
    /// It was answered that it was not carried out; it is sent again after `wait`. Flushed for a `once`.
    StepTurnedAway {
        key: StepKey,
        status: u16,
        wait: Duration,
    },
    /// Flushed before anything follows from it.
    StepFinished {
        key: StepKey,
        result: StepResult,
    },
    /// A line of output while the step is under way. Not journaled.
    StepOutput {
        key: StepKey,
        line: String,
    },

    WaitStarted {
        key: StepKey,
        title: String,
        within: Duration,
        every: Duration,
    },
    WaitPolled {
        key: StepKey,
        tries: u32,
        passed: u32,
        needed: u32,
        reason: Option<String>,
    },
    WaitFinished {
        key: StepKey,
        result: UnitResult,
    },

    RetryFailed {
        key: StepKey,
        tries: u32,
        of: u32,
        reason: String,
    },
    PauseStarted {
        key: StepKey,
        length: Duration,
        reason: Option<String>,
    },
    PauseFinished {
        key: StepKey,
    },

    LoopStarted {
        key: StepKey,
        name: String,
        items: Vec<String>,
        at_a_time: usize,
    },
    PassStarted {
        key: StepKey,
        loop_key: StepKey,
        item: String,
    },
    PassFinished {
        key: StepKey,
        loop_key: StepKey,
        item: String,
        result: UnitResult,
    },
    LoopFinished {
        key: StepKey,
        result: UnitResult,
    },

    /// `attempt` failed and `otherwise` deals with it.
    AttemptFailed {
        key: StepKey,
        reason: String,
        /// Where the block after `otherwise` is written.
        #[serde(default)]
        span: Span,
    },

    /// `always` was carried out after a failure that goes on up.
    CleanedUp {
        key: StepKey,
    },

    ApprovalAsked {
        key: StepKey,
        text: String,
        needed: u32,
        within: Option<Duration>,
    },
    ApprovalGiven {
        key: StepKey,
        by: Actor,
        reason: Option<String>,
    },
    ApprovalRefused {
        key: StepKey,
        by: Actor,
        reason: Option<String>,
    },
    ManualAsked {
        key: StepKey,
        text: String,
    },
    ManualDone {
        key: StepKey,
        by: Actor,
    },

    NoteWritten {
        key: StepKey,
        text: String,
    },
    /// A row of what may be the cause was looked at.
    Diagnosed {
        key: StepKey,
        applies: bool,
        condition: String,
        cause: String,
        fix: String,
        /// The values in the condition.
        #[serde(default)]
        values: Values,
        /// Why it can't be told whether it applies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        untold: Option<String>,
        /// Where the condition is written.
        #[serde(default)]
        span: Span,
    },
    ChecklistStarted {
        key: StepKey,
        title: String,
    },
    ItemChecked {
        key: StepKey,
        title: String,
        result: UnitResult,
        /// What was seen of it.
        #[serde(default)]
        values: Values,
        /// Who said so, of an item that is done by hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Actor>,
    },
    ChecklistFinished {
        key: StepKey,
        result: UnitResult,
    },

    /// A person said when the run was begun or resumed that this guard is not to be heeded.
    GuardOverridden {
        guard: String,
        by: Actor,
        reason: String,
    },
    GuardAsked {
        key: StepKey,
        guard: String,
        request: Arc<str>,
        /// Which part of the request it is about, and why.
        #[serde(default)]
        because: String,
    },
    GuardAnswered {
        key: StepKey,
        guard: String,
        denied: bool,
        reason: String,
        /// What was seen.
        #[serde(default)]
        values: Values,
    },
    InvariantFailed {
        title: String,
        /// In a row.
        failures: u32,
        /// How many in a row are; none where it has not held since stages were begun to be taken back: then all are.
        tolerated: Option<u32>,
        reason: String,
    },
    InvariantRecovered {
        title: String,
    },
    InvariantBroken {
        title: String,
        reason: String,
        /// In a row.
        #[serde(default)]
        failures: u32,
        /// When the first of them was seen, on the run's clock.
        #[serde(default)]
        since: Duration,
        #[serde(default)]
        values: Values,
    },
    /// A look took longer than the time from one to the next: those between were left out.
    InvariantSlow {
        title: String,
        took: Duration,
        every: Duration,
    },
}

impl EventKind {
    /// The unit that it belongs to; nothing of what belongs to the run, or to an invariant.
    #[must_use]
    pub fn key(&self) -> Option<&StepKey> {
        use EventKind as E;
        match self {
            E::StageStarted { key, .. }
            | E::StageFinished { key, .. }
            | E::UndoStarted { key, .. }
            | E::UndoFinished { key, .. }
            | E::ExplainStarted { key, .. }
            | E::StepIntended { key, .. }
            | E::StepSettled { key, .. }
            | E::StepTurnedAway { key, .. }
            | E::StepFinished { key, .. }
            | E::StepOutput { key, .. }
            | E::WaitStarted { key, .. }
            | E::WaitPolled { key, .. }
            | E::WaitFinished { key, .. }
            | E::RetryFailed { key, .. }
            | E::PauseStarted { key, .. }
            | E::PauseFinished { key, .. }
            | E::LoopStarted { key, .. }
            | E::PassStarted { key, .. }
            | E::PassFinished { key, .. }
            | E::LoopFinished { key, .. }
            | E::AttemptFailed { key, .. }
            | E::CleanedUp { key, .. }
            | E::ApprovalAsked { key, .. }
            | E::ApprovalGiven { key, .. }
            | E::ApprovalRefused { key, .. }
            | E::ManualAsked { key, .. }
            | E::ManualDone { key, .. }
            | E::NoteWritten { key, .. }
            | E::Diagnosed { key, .. }
            | E::ChecklistStarted { key, .. }
            | E::ItemChecked { key, .. }
            | E::ChecklistFinished { key, .. }
            | E::GuardAsked { key, .. }
            | E::GuardAnswered { key, .. } => Some(key),
            E::RunStarted { .. }
            | E::RunResumed { .. }
            | E::TextAccepted { .. }
            | E::UndoBegan { .. }
            | E::RunFinished { .. }
            | E::StopRequested { .. }
            | E::GuardOverridden { .. }
            | E::InvariantFailed { .. }
            | E::InvariantRecovered { .. }
            | E::InvariantBroken { .. }
            | E::InvariantSlow { .. } => None,
        }
    }
}

/// What was seen, as `(text, value)`.
pub type Values = Vec<(String, String)>;

/// Somebody who acted on a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    pub name: String,
    /// From where: `ops1, at the terminal`, `ops2, by rutter approve`.
    pub from: String,
}

/// On one line, whatever somebody calls himself.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.chars().try_for_each(|c| f.write_char(if c.is_control() { ' ' } else { c }))
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunResult {
    Succeeded,
    Failed,
    /// A guard denied a command.
    Denied,
    /// Stopped and can be resumed: waiting for a person, interrupted, outcome unknown.
    Stopped,
}

/// How a unit ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum UnitResult {
    Ok,
    Failed {
        failure: Box<Failure>,
    },
    /// Never begun, or ended because of something else.
    Skipped,
}

/// How a request ended, with what it gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum StepResult {
    /// `summary` is a short line: `exit 0 in 1.2s`, `200 in 0.1s`.
    Ok {
        outcome: RecordedOutcome,
        summary: String,
        /// A secret is left out of the outcome, so that it can't be read back whole.
        #[serde(default)]
        hidden: bool,
    },
    Failed {
        failure: Box<Failure>,
        outcome: Option<RecordedOutcome>,
    },
}

/// An outcome in a form that is stored and read back; output that is no UTF-8 stands as base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RecordedOutcome {
    Command {
        stdout: Recorded,
        stderr: Recorded,
        exit: i64,
        seconds: f64,
        /// The middle of a long stdout, which is not on record here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stdout_left_out: Option<LeftOut>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stderr_left_out: Option<LeftOut>,
    },
    Http {
        status: u16,
        headers: indexmap::IndexMap<String, String>,
        body: Recorded,
        seconds: f64,
    },
    Done {
        value: serde_json::Value,
        seconds: f64,
    },
}

impl RecordedOutcome {
    /// What is left out of long outputs: `(stdout or stderr, how much and where it is)`.
    pub fn left_out(&self) -> impl Iterator<Item = (&'static str, &LeftOut)> {
        let (stdout, stderr) = match self {
            RecordedOutcome::Command { stdout_left_out, stderr_left_out, .. } => {
                (stdout_left_out.as_ref(), stderr_left_out.as_ref())
            }
            RecordedOutcome::Http { .. } | RecordedOutcome::Done { .. } => (None, None),
        };
        stdout.map(|left| ("stdout", left)).into_iter().chain(stderr.map(|left| ("stderr", left)))
    }
}

/// Bytes on record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recorded {
    Text(String),
    Base64(String),
}

/// The algebra of what can go wrong, weakest claim last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// An exit code, status, assertion or `fail` says no.
    Failed,
    /// Nothing reached the other side.
    Unreachable,
    /// The other side is not proven to be who it should be; nothing was sent. `attempt` does not catch it.
    Untrusted,
    /// It took too long, and what was sent is known to be over.
    TimedOut,
    /// A guard said no. `attempt` does not catch it.
    Denied,
    /// The run was told to stop, or a person refused. `attempt` does not catch it.
    Cancelled,
    /// Sent, outcome unknown.
    InDoubt,
}

/// Why something failed: enough to write a message like a compiler's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// What went wrong, one line.
    pub title: String,
    /// The statement, or the part of it, that failed.
    pub span: Span,
    /// Said at the place: why here.
    pub label: String,
    /// The values in the expression, as `(text, value)`.
    pub values: Values,
    /// Where it stood: stage, loop items, action calls, target; outermost first.
    pub trail: Vec<Frame>,
    /// What to do.
    pub help: Option<String>,
    /// The failures it is made of: the passes of a loop, the last try of a wait.
    pub causes: Vec<Failure>,
}

/// One step of a failure's way from the run to the statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// `stage "Reboot"`, `tenant = demo`, `in windows.reboot_pending`, `on worker (THB-P-WEB1-WIN)`.
    pub text: String,
    pub span: Option<Span>,
}
