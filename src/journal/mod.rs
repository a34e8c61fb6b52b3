//! The record of a run: what was intended is flushed before it is sent.
//!
//! In: events. Out: stored events, read back whole. Must not know: the syntax tree, backends,
//! reports.

mod history;
mod memory;
pub mod store;
#[cfg(test)]
mod tests;

use crate::event::Event;

pub use history::{Doubt, Gate, GateKind, History, StageRecord, Standing, Started, Step, Wait, Waiting};
pub use memory::MemoryJournal;

/// The record can't be written; the run must stop before its next effect.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal {place} can't be written: {why}")]
    Unwritable { place: String, why: String },
    /// Somebody else carries the run out by now, or holds one of its locks; nothing was written.
    #[error("{why}")]
    Lost { why: String },
}

/// Where events are kept. `append` is called from one task at a time, in order.
pub trait Journal: Send + Sync {
    /// Takes `event`; the next [`Journal::write`] or [`Journal::flush`] writes it.
    fn append(&self, event: &Event) -> Result<(), JournalError>;

    /// What was appended outlives the process when this returns.
    fn write(&self) -> Result<(), JournalError>;

    /// What was appended is on the disk when this returns, and outlives the machine's crash.
    fn flush(&self) -> Result<(), JournalError>;

    /// Makes sure that more could be written, though there may be nothing to write: before something is sent again.
    fn confirm(&self) -> Result<(), JournalError> {
        self.flush()
    }

    /// Whether it is already, so that there is nothing to flush.
    fn is_flushed(&self) -> bool;
}
