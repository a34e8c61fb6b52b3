//! The end of an evaluation that needs what is only known later.

use minijinja::{Error, ErrorKind};

/// Ends an evaluation that needs a value which is only known later.
#[derive(Debug, thiserror::Error)]
#[error("the value is only known later")]
pub(super) struct Later;

/// The error that makes the whole expression unknown.
pub(super) fn later() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the value is only known later").with_source(Later)
}
