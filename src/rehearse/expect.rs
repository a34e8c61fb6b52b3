//! What a scenario expects, held against what came.

use super::load::Rehearsal;
use super::operator::ScriptedOperator;
use crate::event::{Event, EventKind, Failure, RunResult, UnitResult};
use crate::finding::Finding;
use crate::ids::StepKey;
use crate::run::RunReport;
use crate::source::Span;
use crate::syntax::ast::{self, End, Said, Scenario, ScenarioClause, ScenarioClauseKind};
use crate::template;
use crate::value::format_duration;
use crate::world::{Counted, World};

/// One `expect`, and whether it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// As it is written in the scenario.
    pub what: String,
    pub span: Span,
    pub held: bool,
    /// What came instead; empty when it held.
    pub detail: String,
    /// The values in the expression of an `expect EXPR` that is false.
    pub values: Vec<(String, String)>,
}

/// All that expectations are held against.
pub(super) struct Scene<'a> {
    pub rehearsal: &'a Rehearsal,
    pub world: &'a World,
    pub operator: &'a ScriptedOperator,
    pub report: &'a RunReport,
    pub events: &'a [Event],
}

/// Why an expectation did not hold.
struct Unmet {
    detail: String,
    values: Vec<(String, String)>,
}

impl From<String> for Unmet {
    fn from(detail: String) -> Self {
        Self { detail, values: Vec::new() }
    }
}

impl From<Finding> for Unmet {
    fn from(finding: Finding) -> Self {
        let label = finding.labels.first().map(|label| label.text.as_str()).unwrap_or_default();
        let said =
            if label.is_empty() { finding.title.clone() } else { format!("{}: {label}", finding.title) };
        said.into()
    }
}

impl Scene<'_> {
    /// Every expectation of the scenario; one that says nothing of the end expects success.
    pub(super) fn expectations(&self, scenario: &Scenario) -> Vec<Expectation> {
        let mut counted = self.world.counted().into_iter();
        let mut asked = self.operator.asked().into_iter();
        let mut met: Vec<Expectation> = Vec::new();
        for clause in &scenario.clauses {
            let unmet = match &clause.kind {
                ScenarioClauseKind::ExpectEnd { end, stage, because } => {
                    self.end(end.value, stage.as_ref(), because.as_ref())
                }
                ScenarioClauseKind::ExpectRequests { times, .. } => {
                    counted.next().map_or(Ok(()), |counted| requests(times.value, &counted))
                }
                ScenarioClauseKind::ExpectSaid { what, text } => self.said(what.value, text),
                ScenarioClauseKind::ExpectState(expr) => self.state(expr),
                ScenarioClauseKind::Answer { .. } if asked.next() == Some(false) => Err(self.not_asked()),
                ScenarioClauseKind::Answer { .. }
                | ScenarioClauseKind::Given(_)
                | ScenarioClauseKind::With(_)
                | ScenarioClauseKind::At(_) => continue,
            };
            met.push(self.expectation(clause, unmet));
        }
        if !scenario.clauses.iter().any(says_the_end) {
            met.insert(0, self.implied(scenario));
        }
        met
    }

    fn expectation(&self, clause: &ScenarioClause, met: Result<(), Unmet>) -> Expectation {
        let what = self.rehearsal.sources.slice(clause.span).trim().to_owned();
        made(what, clause.span, met)
    }

    fn implied(&self, scenario: &Scenario) -> Expectation {
        made("expect succeeded".to_owned(), scenario.title.span, self.end(End::Succeeded, None, None))
    }

    fn end(&self, end: End, stage: Option<&ast::Text>, because: Option<&ast::Text>) -> Result<(), Unmet> {
        let wanted = match end {
            End::Succeeded => RunResult::Succeeded,
            End::Failed => RunResult::Failed,
            End::Denied => RunResult::Denied,
            End::Stopped => RunResult::Stopped,
        };
        if self.report.result != wanted {
            return Err(self.other_end().into());
        }
        self.in_stage(stage)?;
        self.because(because)
    }

    fn other_end(&self) -> String {
        let came = match self.report.result {
            RunResult::Succeeded => "it succeeded",
            RunResult::Failed => "it failed",
            RunResult::Denied => "it was denied",
            RunResult::Stopped => "it was stopped",
        };
        let place = self.failed_in().first().map_or(String::new(), |title| format!(" in `{title}`"));
        match &self.report.failure {
            Some(failure) => format!("{came}{place}: {}", failure.title),
            None => came.to_owned(),
        }
    }

    fn in_stage(&self, stage: Option<&ast::Text>) -> Result<(), Unmet> {
        let Some(stage) = stage else { return Ok(()) };
        let wanted = self.rehearsal.text(stage)?;
        let failed = self.failed_in();
        if failed.contains(&wanted.as_str()) {
            return Ok(());
        }
        match failed.as_slice() {
            [] => Err(format!("no stage failed: {}", self.other_end()).into()),
            _ => Err(self.other_end().into()),
        }
    }

    /// The titles of the stages and checklists that failed.
    fn failed_in(&self) -> Vec<&str> {
        let mut titles: Vec<(&StepKey, &str)> = Vec::new();
        let mut failed = Vec::new();
        for event in self.events {
            match &event.kind {
                EventKind::StageStarted { key, title, .. } | EventKind::ChecklistStarted { key, title } => {
                    titles.push((key, title));
                }
                EventKind::StageFinished { key, result: UnitResult::Failed { .. } }
                | EventKind::ChecklistFinished { key, result: UnitResult::Failed { .. } } => {
                    let title = titles.iter().rev().find(|(begun, _)| *begun == key);
                    failed.extend(title.map(|(_, title)| *title));
                }
                _ => {}
            }
        }
        failed
    }

    fn because(&self, because: Option<&ast::Text>) -> Result<(), Unmet> {
        let Some(because) = because else { return Ok(()) };
        let wanted = self.rehearsal.text(because)?;
        let failure = self.report.failure.as_ref();
        if failure.is_some_and(|failure| mentions(failure, &wanted)) {
            return Ok(());
        }
        let came = failure.map_or("nothing was said", |failure| failure.title.as_str());
        Err(format!("the reason was another: {came}").into())
    }

    fn said(&self, what: Said, text: &ast::Text) -> Result<(), Unmet> {
        let wanted = self.rehearsal.text(text)?;
        let said: Vec<&str> = self.events.iter().filter_map(|event| said_by(event, what)).collect();
        if said.iter().any(|said| said.contains(&wanted)) {
            return Ok(());
        }
        let kind = match what {
            Said::Note => "note",
            Said::Cause => "cause",
        };
        match said.as_slice() {
            [] => Err(format!("no {kind} was shown").into()),
            said => Err(format!("the {kind}s were: {}", said.join(" · ")).into()),
        }
    }

    fn state(&self, expr: &ast::Expr) -> Result<(), Unmet> {
        if self.world.holds(expr)? {
            return Ok(());
        }
        let value = self.world.evaluate(expr)?;
        let detail = match value.kind() {
            minijinja::value::ValueKind::Bool => "it is false".to_owned(),
            _ => format!("it is {}", template::show(&value, 80)),
        };
        Err(Unmet { detail, values: self.world.observed(expr) })
    }

    fn not_asked(&self) -> Unmet {
        let questions = self.operator.questions();
        match questions.as_slice() {
            [] => "nobody was asked anything".to_owned().into(),
            asked => format!("nobody was asked this; what was asked: {}", asked.join(" · ")).into(),
        }
    }
}

fn made(what: String, span: Span, met: Result<(), Unmet>) -> Expectation {
    match met {
        Ok(()) => Expectation { what, span, held: true, detail: String::new(), values: Vec::new() },
        Err(Unmet { detail, values }) => Expectation { what, span, held: false, detail, values },
    }
}

fn says_the_end(clause: &ScenarioClause) -> bool {
    matches!(clause.kind, ScenarioClauseKind::ExpectEnd { .. })
}

/// What an event shows of the kind that is looked for.
fn said_by(event: &Event, what: Said) -> Option<&str> {
    match (&event.kind, what) {
        (EventKind::NoteWritten { text, .. }, Said::Note) => Some(text),
        (EventKind::Diagnosed { applies: true, cause, .. }, Said::Cause) => Some(cause),
        _ => None,
    }
}

/// Whether a failure, or one that it is made of, says `wanted`, or shows it among its values.
fn mentions(failure: &Failure, wanted: &str) -> bool {
    let own = failure.title.contains(wanted) || failure.label.contains(wanted);
    let seen = failure.values.iter().any(|(_, value)| value.contains(wanted));
    own || seen || failure.causes.iter().any(|cause| mentions(cause, wanted))
}

fn requests(times: u32, counted: &Counted) -> Result<(), Unmet> {
    if counted.times == u64::from(times) {
        return Ok(());
    }
    let came = match counted.times {
        0 => "it never came".to_owned(),
        1 => "it came once".to_owned(),
        times => format!("it came {times} times"),
    };
    if let Some(near) = &counted.nearest {
        return Err(format!("{came}; the nearest that did: `{near}`").into());
    }
    match &counted.first {
        Some((at, what)) if counted.times > 1 => {
            Err(format!("{came}, first at {}: `{what}`", format_duration(*at)).into())
        }
        Some((at, what)) => Err(format!("{came}, at {}: `{what}`", format_duration(*at)).into()),
        None => Err(came.into()),
    }
}
