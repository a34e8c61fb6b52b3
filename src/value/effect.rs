//! The three effects.

use serde::{Deserialize, Serialize};

/// How much a contact with the world may change, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It only looks.
    Check,
    /// It may be repeated.
    Run,
    /// It must never be repeated blindly.
    Once,
}

impl Effect {
    /// The keyword.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Effect::Check => "check",
            Effect::Run => "run",
            Effect::Once => "once",
        }
    }
}
