//! What is under way in a run: which pass of which loop a key belongs to, and what is not shown
//! step by step because it belongs to a wait, a guard or an invariant.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::event::{Event, EventKind};
use crate::ids::StepKey;

/// How the keys of what invariants ask begin.
const INVARIANT: &str = "invariant:";

/// Follows the events of a run.
#[derive(Debug, Default)]
pub struct Units {
    passes: HashMap<StepKey, String>,
    /// Units whose inside is told by one line of their own.
    closed: HashSet<StepKey>,
    began: HashMap<StepKey, Duration>,
}

impl Units {
    /// Takes in what an event begins. What it ends stays known until [`Units::end`].
    pub fn begin(&mut self, event: &Event) {
        if let EventKind::PassStarted { key, item, .. } = &event.kind {
            self.passes.insert(key.clone(), item.clone());
        }
        if let EventKind::WaitStarted { key, .. } | EventKind::GuardAsked { key, .. } = &event.kind {
            self.closed.insert(key.clone());
        }
        if let Some(key) = begun(&event.kind) {
            self.began.insert(key.clone(), event.at);
        }
    }

    /// Forgets what an event ended.
    pub fn end(&mut self, event: &Event) {
        if let EventKind::PassFinished { key, .. }
        | EventKind::GuardAnswered { key, .. }
        | EventKind::WaitFinished { key, .. }
        | EventKind::StepFinished { key, .. } = &event.kind
        {
            self.passes.remove(key);
            self.closed.remove(key);
            self.began.remove(key);
        }
    }

    /// How long the unit `key` has lasted at `at`.
    pub fn lasted(&self, key: &StepKey, at: Duration) -> Duration {
        self.began.get(key).map_or(Duration::ZERO, |began| at.saturating_sub(*began))
    }

    /// The items of the passes that `key` is in, outermost first.
    pub fn items(&self, key: &StepKey) -> Vec<&str> {
        around(key).filter_map(|outer| self.passes.get(outer)).map(String::as_str).collect()
    }

    /// Whether `key` is inside a unit that tells itself in one line.
    pub fn is_inside_closed(&self, key: &StepKey) -> bool {
        let inside = |outer: &str| *outer != *key.0 && self.closed.contains(outer);
        key.0.starts_with(INVARIANT) || around(key).any(inside)
    }
}

fn begun(kind: &EventKind) -> Option<&StepKey> {
    if let EventKind::StageStarted { key, .. }
    | EventKind::UndoStarted { key, .. }
    | EventKind::ChecklistStarted { key, .. }
    | EventKind::LoopStarted { key, .. }
    | EventKind::PassStarted { key, .. }
    | EventKind::WaitStarted { key, .. }
    | EventKind::StepIntended { key, .. } = kind
    {
        return Some(key);
    }
    None
}

/// The keys that `key` is in, outermost first, itself last.
pub fn around(key: &StepKey) -> impl Iterator<Item = &str> {
    let text: &str = &key.0;
    let ends = text.match_indices('/').map(|(at, _)| at).chain([text.len()]);
    ends.map(move |end| &text[..end])
}
