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

/// How sure a record must be before the run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// On the disk before `append` returns.
    Durable,
    /// Whenever it suits; a later durable record carries it along.
    Lazy,
}

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
    /// Stores `event`; with [`Flush::Durable`] it is on the disk when this returns.
    fn append(&self, event: &Event, flush: Flush) -> Result<(), JournalError>;
}
