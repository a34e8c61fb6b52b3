//! A record that ends with the process: for rehearsals and tests.

use std::sync::{Mutex, PoisonError};

use crate::event::Event;

use super::{Journal, JournalError};

/// Keeps events in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    events: Mutex<Vec<Event>>,
}

impl MemoryJournal {
    /// What was recorded so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Journal for MemoryJournal {
    fn append(&self, event: &Event) -> Result<(), JournalError> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        Ok(())
    }

    fn write(&self) -> Result<(), JournalError> {
        Ok(())
    }

    fn flush(&self) -> Result<(), JournalError> {
        Ok(())
    }

    fn is_flushed(&self) -> bool {
        true
    }
}
