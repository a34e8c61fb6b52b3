//! What was seen while something was asked: a report says with it why a guard, an item or a row says what it does.

use std::sync::{Arc, Mutex, PoisonError};

use crate::event::Values;
use crate::value::Outcome;

use super::command::brief;
use super::context::Context;
use super::record::summary;

/// Of more, what was seen last is kept.
const MOST: usize = 12;

/// Values as they are seen, each under its name.
#[derive(Debug, Default)]
pub(super) struct Evidence(Mutex<Values>);

impl Evidence {
    /// What was seen so far.
    pub fn values(&self) -> Values {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, name: String, value: String) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|(known, _)| *known != name);
        if seen.len() == MOST {
            seen.remove(0);
        }
        seen.push((name, value));
    }
}

impl Context<'_> {
    /// The same place, with what is seen from here on gathered.
    pub fn gathering(&self) -> (Self, Arc<Evidence>) {
        let evidence = Arc::new(Evidence::default());
        (Self { evidence: Some(Arc::clone(&evidence)), ..self.clone() }, evidence)
    }

    /// What was seen, where that is gathered.
    pub fn see(&self, values: impl FnOnce() -> Values) {
        if let Some(evidence) = &self.evidence {
            values().into_iter().for_each(|(name, value)| evidence.add(name, value));
        }
    }

    /// How a request ended, where that is gathered.
    pub fn see_outcome(&self, shown: &str, outcome: &Outcome) {
        self.see(|| vec![(brief(shown), summary(outcome))]);
    }
}
