//! How long an observer has seen no sign of life.

use std::sync::PoisonError;
use std::time::Duration;

use crate::journal::store::Store;

/// What was seen of a lease when it was looked at last.
#[derive(Clone, Copy, Debug)]
pub(in crate::journal::store) struct Seen {
    fence: u64,
    beat: u64,
    at: Duration,
    quiet: Duration,
}

impl Seen {
    fn first(fence: u64, beat: u64, at: Duration) -> Self {
        Self { fence, beat, at, quiet: Duration::ZERO }
    }

    /// A gap between two looks counts for no more than one beat: in a longer one this machine may have
    /// slept, and the holder with it.
    fn again(self, at: Duration, longest: Duration) -> Self {
        let gap = at.saturating_sub(self.at).min(longest);
        Self { at, quiet: self.quiet + gap, ..self }
    }
}

impl Store {
    /// Looks at a lease; says for how long it has stood still.
    pub(super) fn look(&self, name: &str, fence: u64, beat: u64) -> Duration {
        let now = self.settings.time.now();
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = match all.get(name) {
            Some(seen) if (seen.fence, seen.beat) == (fence, beat) => seen.again(now, self.settings.beat),
            Some(_) | None => Seen::first(fence, beat, now),
        };
        all.insert(name.to_owned(), seen);
        seen.quiet
    }
}
