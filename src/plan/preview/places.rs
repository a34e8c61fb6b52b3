//! The places that a plan's requests may go to.
//!
//! In: targets, as a plan unfolds them. Out: each of them once, in the order of their first mention.
//! Must not know: whether a place can be reached.

use std::collections::HashSet;
use std::sync::Arc;

use super::PlannedPlace;
use crate::plan::Plan;
use crate::syntax::ast::ItemKind;
use crate::value::{Target, to_target};

#[derive(Debug, Default)]
pub(super) struct Places {
    pub all: Vec<PlannedPlace>,
    seen: HashSet<String>,
}

impl Places {
    /// The targets that the files of a plan declare.
    pub fn of(plan: &Plan) -> Self {
        let mut places = Self::default();
        for (module, scope) in plan.runbook.modules.iter().zip(&plan.scopes) {
            for item in &module.file.items {
                let ItemKind::Target(declared) = &item.kind else { continue };
                let value = scope.get(&declared.name.value);
                let target = value.as_ref().and_then(to_target).cloned();
                target.into_iter().for_each(|target| places.add(PlannedPlace::Known(target)));
            }
        }
        places
    }

    /// Notes a place, unless the same stands there by the same name.
    pub fn add(&mut self, place: PlannedPlace) {
        let target = place.target();
        let (way, login) = ((&target.user, target.port, &target.jump), &target.login);
        let same = format!("{:?} {:?} {:?} {way:?} {login:?}", target.name, target.backend, target.address);
        if self.seen.insert(same) {
            self.all.push(place);
        }
    }
}

impl PlannedPlace {
    /// What is known of it.
    #[must_use]
    pub fn target(&self) -> &Arc<Target> {
        match self {
            PlannedPlace::Known(target) | PlannedPlace::Later(target) => target,
        }
    }
}
