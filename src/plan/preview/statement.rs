//! Statements in a preview, one by one; what holds other statements is in `flow`.

use crate::source::Span;
use crate::syntax::ast::{self, Block, Expr, Let, LetValue, Statement, StatementKind};
use crate::value::{Value, to_duration};

use super::time::Time;
use super::view::View;
use super::{PlannedKind, Planner, Steps, step};

/// Whether what follows a statement can be reached.
#[derive(Clone, Debug)]
pub(super) enum Next {
    GoesOn,
    /// `return`, with its value where that is known.
    Returned(Option<Value>),
    /// `fail`
    Failed,
}

impl<'p> Planner<'p> {
    /// The steps of a block, in its own scope.
    pub(super) fn statements(&self, view: &View<'p>, block: &'p Block, into: &mut Steps) -> Next {
        for statement in &block.statements {
            if !self.may_go_on() {
                return Next::GoesOn;
            }
            match self.statement(view, statement, into) {
                Next::GoesOn => {}
                ended => return ended,
            }
        }
        Next::GoesOn
    }

    fn statement(&self, view: &View<'p>, statement: &'p Statement, into: &mut Steps) -> Next {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Let(named) => self.named(view, named, into),
            StatementKind::Target(declared) => self.target(view, declared),
            StatementKind::Request(request) => into.push(self.request(view, request)),
            StatementKind::Call(call) => _ = self.call(view, call, into),
            StatementKind::Wait(wait) => self.wait(view, wait, span, into),
            StatementKind::Retry(retry) => self.retry(view, retry, span, into),
            StatementKind::ForEach(each) => self.for_each(view, each, span, into),
            StatementKind::Together(block) => self.side_by_side(view, block, span, into),
            StatementKind::If(choice) => return self.choice(view, choice, into),
            StatementKind::Attempt(attempt) => self.attempt(view, attempt, span, into),
            StatementKind::Manual(manual) => self.manual(view, manual, span, into),
            StatementKind::Assert(_)
            | StatementKind::Pause(_)
            | StatementKind::Approve(_)
            | StatementKind::Diagnose(_)
            | StatementKind::Note(_) => line(view, &statement.kind, span, into),
            StatementKind::Fail(text) => {
                into.push(step(PlannedKind::Fail { text: view.text(text) }, span, Time::default(), vec![]));
                return Next::Failed;
            }
            StatementKind::Return(expr) => return Next::Returned(view.value(expr)),
            // Worlds are not planned.
            StatementKind::Set(_) | StatementKind::After(_) | StatementKind::Reply(_) => {}
        }
        Next::GoesOn
    }

    fn named(&self, view: &View<'p>, named: &'p Let, into: &mut Steps) {
        let value = match &named.value {
            LetValue::Expr(expr) => view.value(expr),
            LetValue::Load(text) => self.plan.loads.get(&text.span).cloned(),
            LetValue::Call(call) => self.call(view, call, into),
            LetValue::Request(request) => {
                into.push(self.request(view, request));
                None
            }
            LetValue::Each(each) => {
                self.for_each(view, &each.value, each.span, into);
                None
            }
        };
        view.set(&named.name.value, value);
    }

    fn manual(&self, view: &View<'p>, manual: &'p ast::Manual, span: Span, into: &mut Steps) {
        let mut inside = Steps::default();
        if let Some(body) = &manual.body {
            self.statements(&view.child(), body, &mut inside);
        }
        let kind = PlannedKind::Manual { text: view.text(&manual.text) };
        into.push(step(kind, span, Time::open().then(inside.time), inside.steps));
    }
}

/// A statement that is one line.
fn line(view: &View<'_>, statement: &StatementKind, span: Span, into: &mut Steps) {
    let (kind, time) = match statement {
        StatementKind::Assert(assert) => {
            (PlannedKind::Assert { condition: assert.condition.text.clone() }, Time::default())
        }
        StatementKind::Pause(pause) => {
            let length = view.value(&pause.duration).as_ref().and_then(to_duration);
            let reason = pause.reason.as_ref().map(|text| view.text(text));
            let kind = PlannedKind::Pause { length: view.shown(&pause.duration), reason };
            (kind, Time::within(length.unwrap_or_default()))
        }
        StatementKind::Approve(approve) => approval(view, approve),
        StatementKind::Diagnose(diagnose) => {
            let (cause, fix) = (view.text(&diagnose.cause), view.text(&diagnose.fix));
            let condition = diagnose.condition.text.clone();
            (PlannedKind::Diagnose { condition, cause, fix }, Time::default())
        }
        StatementKind::Note(text) => (PlannedKind::Note { text: view.text(text) }, Time::default()),
        StatementKind::Let(_)
        | StatementKind::Target(_)
        | StatementKind::Request(_)
        | StatementKind::Call(_)
        | StatementKind::Wait(_)
        | StatementKind::Retry(_)
        | StatementKind::ForEach(_)
        | StatementKind::Together(_)
        | StatementKind::If(_)
        | StatementKind::Attempt(_)
        | StatementKind::Manual(_)
        | StatementKind::Fail(_)
        | StatementKind::Return(_)
        | StatementKind::Set(_)
        | StatementKind::After(_)
        | StatementKind::Reply(_) => return,
    };
    into.push(step(kind, span, time, vec![]));
}

fn approval(view: &View<'_>, approve: &ast::Approve) -> (PlannedKind, Time) {
    let within = approve.within.as_ref();
    let limit = within.and_then(|expr| to_duration(&view.value(expr)?));
    let kind = PlannedKind::Approve {
        text: view.text(&approve.text),
        by: or_else(view, approve.by.as_ref(), "1"),
        within: within.map(|expr| view.shown(expr)),
    };
    (kind, limit.map_or_else(Time::open, Time::within))
}

/// A clause as a line shows it, or what holds without it.
pub(super) fn or_else(view: &View<'_>, clause: Option<&Expr>, usual: &str) -> String {
    clause.map_or_else(|| usual.to_owned(), |expr| view.shown(expr))
}
