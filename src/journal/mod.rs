//! The record of a run: what was intended is flushed before it is sent.
//!
//! In: events. Out: stored events, read back whole. Must not know: the syntax tree, backends,
//! reports.

mod file;
mod memory;
#[cfg(test)]
mod tests;

use crate::event::Event;

pub use file::{FileJournal, ReadError, read};
pub use memory::MemoryJournal;

/// The record could not be written; the run must stop before its next effect.
#[derive(Debug, thiserror::Error)]
#[error("the journal {place} can't be written: {source}")]
pub struct JournalError {
    pub place: String,
    #[source]
    pub source: std::io::Error,
}

/// Where events are kept. `append` is called from one task at a time, in order.
pub trait Journal: Send + Sync {
    /// Stores `event`. It outlives the process, and after [`Journal::flush`] the machine too.
    fn append(&self, event: &Event) -> Result<(), JournalError>;

    /// All events so far are on the disk when this returns.
    fn flush(&self) -> Result<(), JournalError>;

    /// Whether they are already, so that there is nothing to flush.
    fn is_flushed(&self) -> bool;
}
