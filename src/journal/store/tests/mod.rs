//! What is written is what is read back; what was changed shows; what can't be written stops the run.
#![allow(clippy::unwrap_used, reason = "tests")]

mod files;
mod lease;
mod message;
mod record;
mod runs;
mod support;
