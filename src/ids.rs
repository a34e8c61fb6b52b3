//! Names of things that are counted, each a type of its own so that none is taken for another.

use std::fmt::{self, Write as _};
use std::sync::Arc;

/// One expression of one file, counted from 0 in the order they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// One file of a resolved runbook: the runbook itself is 0, its libraries follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

/// The name of a run, as it is typed in `rutter show RUN`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Arc<str>);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The stable key of one step instance: stage, statement, loop keys by value, attempt.
///
/// The same step has the same key in every execution of the same plan, e.g.
/// `stage:2/0/for:tenant=demo/1/try:3`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct StepKey(pub Arc<str>);

/// Most parts of a key are shorter.
const ROOM: usize = 32;

impl StepKey {
    /// The key of the whole run.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::from(""))
    }

    /// The key of a part of this one.
    #[must_use]
    pub fn child(&self, part: impl fmt::Display) -> Self {
        if self.0.is_empty() {
            return Self(part.to_string().into());
        }
        let mut key = String::with_capacity(self.0.len() + ROOM);
        key.push_str(&self.0);
        // A text takes all that is written to it.
        _ = write!(key, "/{part}");
        Self(key.into())
    }

    /// The outermost look that this step is, or is in: the key of its wait or invariant, and its own.
    #[must_use]
    pub fn look(&self) -> Option<(&str, &str)> {
        let at = self.0.find("/poll:")?;
        let end = self.0[at + 1..].find('/').map_or(self.0.len(), |length| at + 1 + length);
        Some((&self.0[..at], &self.0[..end]))
    }
}

impl std::borrow::Borrow<str> for StepKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
