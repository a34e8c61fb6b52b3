//! What of a runbook deals with faults, and what of that no play came by.

use std::collections::{BTreeMap, BTreeSet};

use super::sweep::ScenarioSweep;
use crate::event::{Event, EventKind};
use crate::ids::ModuleId;
use crate::resolve::ResolvedRunbook;
use crate::resolve::visit::{Visit, walk_arguments, walk_block, walk_item, walk_request, walk_statement};
use crate::source::Span;
use crate::syntax::ast::{
    Block, Call, ClauseKind, Effect, Item, ItemKind, Let, LetValue, Request, Statement, StatementKind,
};

/// What is there for when something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precaution {
    Otherwise,
    OnFailure,
    Undo,
    /// Exercised where it applied.
    Diagnose,
}

impl Precaution {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Precaution::Otherwise => "otherwise",
            Precaution::OnFailure => "on failure",
            Precaution::Undo => "undo",
            Precaution::Diagnose => "diagnose",
        }
    }
}

/// A `once` without `done when`, whose doubt only a person could settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    pub span: Span,
    pub request: String,
    /// After how many schedules.
    pub schedules: usize,
}

/// What the plays of a world say of its runbook as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Everything there that deals with faults, and whether any play came by.
    pub precautions: Vec<(Precaution, Span, bool)>,
    pub undecided: Vec<Undecided>,
}

impl Coverage {
    /// Of a runbook, and the libraries' actions that it uses.
    pub(super) fn of(runbook: &ResolvedRunbook, sweeps: &[ScenarioSweep]) -> Self {
        let mut found = Found::in_runbook(runbook);
        found.precautions.sort_by_key(|(_, span)| *span);
        let plays = || sweeps.iter().flat_map(ScenarioSweep::verdicts);
        let exercised: BTreeSet<Span> =
            plays().flat_map(|verdict| verdict.exercised.iter().copied()).collect();
        let precautions = found.precautions.into_iter();
        let precautions = precautions.map(|(what, span)| (what, span, exercised.contains(&span))).collect();
        let mut undecided: BTreeMap<Span, Undecided> = BTreeMap::new();
        for verdict in plays() {
            let doubts: BTreeMap<_, _> = verdict.settled.iter().map(|doubt| (doubt.span, doubt)).collect();
            for (span, doubt) in doubts.into_iter().filter(|(span, _)| found.bare.contains(span)) {
                let new = || Undecided { span, request: doubt.request.to_string(), schedules: 0 };
                undecided.entry(span).or_insert_with(new).schedules += 1;
            }
        }
        Self { precautions, undecided: undecided.into_values().collect() }
    }

    /// What no play came by.
    pub fn never_exercised(&self) -> impl Iterator<Item = (Precaution, Span)> + '_ {
        let never = self.precautions.iter().filter(|(.., exercised)| !exercised);
        never.map(|(what, span, _)| (*what, *span))
    }
}

/// Where what deals with faults was carried out, or applied.
pub(super) fn exercised<'e>(events: impl IntoIterator<Item = &'e Event>) -> BTreeSet<Span> {
    events.into_iter().filter_map(place).collect()
}

fn place(event: &Event) -> Option<Span> {
    match &event.kind {
        EventKind::AttemptFailed { span, .. }
        | EventKind::ExplainStarted { span, .. }
        | EventKind::UndoStarted { span, .. }
        | EventKind::Diagnosed { applies: true, span, .. } => Some(*span),
        _ => None,
    }
}

/// What is found in a runbook: each action that it comes by is looked at once.
struct Found<'a> {
    runbook: &'a ResolvedRunbook,
    module: ModuleId,
    actions: BTreeSet<(ModuleId, usize)>,
    precautions: Vec<(Precaution, Span)>,
    /// Each `once` without `done when`.
    bare: BTreeSet<Span>,
}

impl<'a> Found<'a> {
    fn in_runbook(runbook: &'a ResolvedRunbook) -> Self {
        let (precautions, actions, bare) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut found = Self { runbook, module: runbook.root().id, actions, precautions, bare };
        runbook.root().file.items.iter().for_each(|item| found.item(item));
        found
    }

    fn explains(&mut self, block: Option<&Block>) {
        self.precautions.extend(block.map(|block| (Precaution::OnFailure, block.span)));
    }

    fn in_statement(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::Attempt(attempt) => {
                self.precautions.push((Precaution::Otherwise, attempt.otherwise.span));
            }
            StatementKind::Wait(wait) => self.explains(wait.on_failure.as_ref()),
            StatementKind::ForEach(each) => self.explains(each.on_failure.as_ref()),
            StatementKind::Let(Let { value: LetValue::Each(each), .. }) => {
                self.explains(each.value.on_failure.as_ref());
            }
            StatementKind::Diagnose(diagnose) => {
                self.precautions.push((Precaution::Diagnose, diagnose.condition.span));
            }
            _ => {}
        }
    }
}

impl<'a> Visit<'a> for Found<'a> {
    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            // Looked at where it is called.
            ItemKind::Action(_) => return,
            ItemKind::Stage(stage) => {
                self.precautions.extend(stage.undo.as_ref().map(|undo| (Precaution::Undo, undo.keyword)));
                self.explains(stage.on_failure.as_ref());
            }
            _ => {}
        }
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        self.in_statement(&statement.kind);
        walk_statement(self, statement);
    }

    fn request(&mut self, request: &'a Request) {
        let has_done_when =
            request.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::DoneWhen(_)));
        if request.effect.value == Effect::Once && !has_done_when {
            self.bare.insert(request.span);
        }
        walk_request(self, request);
    }

    fn call(&mut self, call: &'a Call) {
        walk_arguments(self, &call.args);
        let Some((module, action)) = self.runbook.action(self.module, &call.path) else { return };
        if !self.actions.insert((module, action.item)) {
            return;
        }
        let declared = self.runbook.module(module).file.items.get(action.item).map(|item| &item.kind);
        if let Some(ItemKind::Action(declared)) = declared {
            let from = std::mem::replace(&mut self.module, module);
            walk_block(self, &declared.body);
            self.module = from;
        }
    }
}
