//! Values that are never shown.

use std::fmt;
use std::sync::Arc;

/// Text that has no `Display`, and whose `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretString(Arc<str>);

impl SecretString {
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(…)")
    }
}

/// A secret as a runbook names it; its text is fetched when a run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub name: String,
}
