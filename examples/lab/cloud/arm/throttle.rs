//! Once in a while, reads are too many.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Refusal;

/// How often reads are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Throttling {
    /// After so many reads the next is refused; 0 for never.
    pub every: u32,
    /// For so many seconds.
    pub seconds: u32,
}

impl Default for Throttling {
    fn default() -> Self {
        Throttling { every: 0, seconds: 5 }
    }
}

/// The bucket of tokens of all reads. Empty, it stays so for a while, however often one asks.
pub(super) struct Throttle {
    throttling: Throttling,
    now: Mutex<Bucket>,
}

struct Bucket {
    left: u32,
    filled: Option<Instant>,
}

/// What Azure starts a subscription with.
const FULL: u32 = 250;

impl Throttle {
    pub(super) fn new(throttling: Throttling) -> Throttle {
        Throttle { throttling, now: Mutex::new(Bucket { left: throttling.full(), filled: None }) }
    }

    /// Takes a token, or says when there will be some.
    pub(super) fn take(&self, subscription: &str) -> Result<(), Refusal> {
        if self.throttling.every == 0 {
            return Ok(());
        }
        let mut bucket = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if bucket.left == 0 {
            let pause = Duration::from_secs(self.throttling.seconds.into());
            let filled = *bucket.filled.get_or_insert_with(|| Instant::now() + pause);
            let wait = filled.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                let seconds = wait.as_millis().div_ceil(1000).try_into().unwrap_or(u32::MAX);
                return Err(Refusal::throttled(subscription, seconds));
            }
            *bucket = Bucket { left: self.throttling.full(), filled: None };
        }
        bucket.left -= 1;
        Ok(())
    }

    /// How many reads are left.
    pub(super) fn left(&self) -> u32 {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).left
    }
}

impl Throttling {
    fn full(self) -> u32 {
        if self.every == 0 { FULL } else { self.every }
    }
}
