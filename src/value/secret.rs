//! Values that are never shown.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// Text that has no `Display`, whose `Debug` says nothing, and that is wiped when nobody has it any more.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretString(Arc<Zeroizing<String>>);

impl SecretString {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
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
