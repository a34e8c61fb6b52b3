//! The lines of output of a run: nobody reads them here, but no secret may stand in one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::judge::holds_secret;
use crate::backend::OutputSink;
use crate::event::{Event, EventKind};
use crate::ids::StepKey;
use crate::run::{EventSink, OutputRelay};

/// What commands print, on its way through one runner after the other; off in a run that knows no secret.
#[derive(Default)]
pub(super) struct Output {
    /// Leads to the runner of the moment.
    way: Mutex<Option<OutputSink>>,
    showing: Mutex<BTreeSet<(StepKey, String)>>,
}

impl Output {
    /// What the world is given.
    pub fn sink(self: &Arc<Self>) -> OutputSink {
        let output = Arc::clone(self);
        Arc::new(move |key, line| {
            let way = output.way.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(way) = way {
                way(key, line);
            }
        })
    }

    /// From now on lines go to the runner that is given this.
    pub fn relay(&self) -> OutputRelay {
        let relay = OutputRelay::default();
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = Some(relay.sink());
        relay
    }

    /// What that runner tells of its events.
    pub fn watch(self: &Arc<Self>) -> EventSink {
        let output = Arc::clone(self);
        Arc::new(move |event| output.look(event))
    }

    fn look(&self, event: &Event) {
        if let EventKind::StepOutput { key, line } = &event.kind
            && holds_secret(line)
        {
            let mut showing = self.showing.lock().unwrap_or_else(PoisonError::into_inner);
            showing.insert((key.clone(), line.clone()));
        }
    }

    /// No runner comes any more: the lines in which a secret stands, each with its step.
    ///
    /// The way to the last runner leads back here, by what it tells of its events: until it is closed, neither is dropped.
    pub fn close(&self) -> BTreeSet<(StepKey, String)> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::mem::take(&mut *self.showing.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
