//! The longest that steps can take.

use std::time::Duration;

/// A time, and how often a person is waited for without a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time {
    pub longest: Duration,
    pub open: u64,
}

impl Time {
    /// At most so long.
    pub fn within(longest: Duration) -> Self {
        Self { longest, open: 0 }
    }

    /// As long as a person takes.
    pub fn open() -> Self {
        Self { longest: Duration::ZERO, open: 1 }
    }

    /// One after the other.
    pub fn then(self, next: Self) -> Self {
        let longest = self.longest.saturating_add(next.longest);
        Self { longest, open: self.open.saturating_add(next.open) }
    }

    /// Side by side, or one of the two: time is the longer one's, people are asked for both.
    pub fn beside(self, other: Self) -> Self {
        Self { longest: self.longest.max(other.longest), open: self.open.saturating_add(other.open) }
    }

    /// One of the two.
    pub fn or(self, other: Self) -> Self {
        Self { longest: self.longest.max(other.longest), open: self.open.max(other.open) }
    }

    /// So many times, one after the other.
    pub fn times(self, count: u64) -> Self {
        let factor = u32::try_from(count).unwrap_or(u32::MAX);
        Self { longest: self.longest.saturating_mul(factor), open: self.open.saturating_mul(count) }
    }
}
