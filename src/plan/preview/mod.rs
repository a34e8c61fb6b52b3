//! Every step of a plan as it would be carried out, without carrying anything out.
//!
//! In: a [`Plan`]. Out: a [`Preview`]. What a contact with the world would give is unknown; all
//! else is worked out, loops and calls unfolded. The work grows with the steps, and is cut off at
//! [`MOST_STEPS`].

mod flow;
mod places;
mod request;
mod statement;
mod time;
mod types;
mod view;

pub use types::{PlannedGuard, PlannedKind, PlannedPlace, PlannedStage, PlannedStep, Preview};

use std::cell::{Cell, RefCell};

use crate::source::Span;
use crate::syntax::ast::{Block, Checklist, ChecklistItem, ItemCheck, ItemKind, Stage};

use super::Plan;
use super::guard::Guards;
use places::Places;
use time::Time;
use view::View;

/// So many steps are unfolded; what follows is left out.
const MOST_STEPS: usize = 250_000;

impl Plan {
    /// Every step, with what can be known of it now.
    #[must_use]
    pub fn preview(&self) -> Preview {
        let left = Cell::new(MOST_STEPS);
        let planner = Planner { plan: self, guards: Guards::of(self), left, places: Places::of(self).into() };
        let items = self.runbook.root().file.items.iter();
        let stages: Vec<_> = items.filter_map(|item| planner.item(&item.kind)).collect();
        let all = stages.iter().map(|stage| Time { longest: stage.worst_case, open: stage.open_waits });
        let all = all.fold(Time::default(), Time::then);
        let places = planner.places.into_inner().all;
        let cut = planner.left.get() == 0;
        Preview { stages, worst_case: all.longest, open_waits: all.open, places, cut }
    }
}

/// Unfolds a plan.
struct Planner<'p> {
    plan: &'p Plan,
    guards: Guards,
    /// How many more steps are unfolded.
    left: Cell<usize>,
    places: RefCell<Places>,
}

/// Steps and how long they take.
#[derive(Default)]
struct Steps {
    steps: Vec<PlannedStep>,
    time: Time,
}

impl Steps {
    fn push(&mut self, step: PlannedStep) {
        self.time = self.time.then(Time { longest: step.worst_case, open: step.open_waits });
        self.steps.push(step);
    }

    /// Adds a step whose time does not count: what happens only when something fails.
    fn push_aside(&mut self, step: PlannedStep) {
        self.steps.push(step);
    }
}

impl<'p> Planner<'p> {
    /// Takes one step off what is left; false when there is none.
    fn may_go_on(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    fn item(&self, item: &'p ItemKind) -> Option<PlannedStage> {
        match item {
            ItemKind::Stage(stage) => Some(self.stage(stage)),
            ItemKind::Checklist(checklist) => Some(self.checklist(checklist)),
            ItemKind::About(_)
            | ItemKind::Use(_)
            | ItemKind::Param(_)
            | ItemKind::Secret(_)
            | ItemKind::Let(_)
            | ItemKind::Target(_)
            | ItemKind::Lock(_)
            | ItemKind::Guard(_)
            | ItemKind::Invariant(_)
            | ItemKind::Action(_)
            | ItemKind::Commands(_)
            | ItemKind::Rehearses(_)
            | ItemKind::State(_)
            | ItemKind::Handler(_)
            | ItemKind::Always(_)
            | ItemKind::Scenario(_) => None,
        }
    }

    fn root(&self) -> View<'p> {
        View { module: self.plan.runbook.root(), scope: self.plan.scopes[0].child(), depth: 0 }
    }

    fn stage(&self, stage: &'p Stage) -> PlannedStage {
        let view = self.root();
        let mut body = Steps::default();
        self.statements(&view, &stage.body, &mut body);
        if let Some(block) = &stage.on_failure {
            self.aside(&view, PlannedKind::OnFailure, block, &mut body);
        }
        let mut undo = Steps::default();
        if let Some(declared) = &stage.undo {
            self.statements(&self.root(), &declared.body, &mut undo);
        }
        PlannedStage {
            title: view.text(&stage.title),
            span: stage.title.span,
            steps: body.steps,
            undo: undo.steps,
            worst_case: body.time.longest,
            open_waits: body.time.open,
        }
    }

    fn checklist(&self, checklist: &'p Checklist) -> PlannedStage {
        let view = self.root();
        let mut items = Steps::default();
        checklist.items.iter().for_each(|item| items.push(self.checklist_item(&view, item)));
        PlannedStage {
            title: view.text(&checklist.title),
            span: checklist.title.span,
            steps: items.steps,
            undo: Vec::new(),
            worst_case: items.time.longest,
            open_waits: items.time.open,
        }
    }

    fn checklist_item(&self, view: &View<'p>, item: &'p ChecklistItem) -> PlannedStep {
        let title = view.text(&item.title);
        let mut inside = Steps::default();
        match &item.check {
            ItemCheck::Body(body) => _ = self.statements(&view.child(), body, &mut inside),
            ItemCheck::Manual => {
                let kind = PlannedKind::Manual { text: title.clone() };
                inside.push(step(kind, item.span, Time::open(), Vec::new()));
            }
        }
        step(PlannedKind::Item { title }, item.span, inside.time, inside.steps)
    }

    /// A block under a line of its own, whose time does not count.
    fn aside(&self, view: &View<'p>, kind: PlannedKind, block: &'p Block, into: &mut Steps) {
        let mut inside = Steps::default();
        self.statements(&view.child(), block, &mut inside);
        into.push_aside(step(kind, block.span, inside.time, inside.steps));
    }
}

fn step(kind: PlannedKind, span: Span, time: Time, steps: Vec<PlannedStep>) -> PlannedStep {
    PlannedStep { kind, span, worst_case: time.longest, open_waits: time.open, steps }
}
