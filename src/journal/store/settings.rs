//! Time as the store sees it, and how long it waits; tests give their own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// The store's own clock. What is said by other machines' clocks decides nothing.
pub trait Time: Send + Sync {
    /// Since some moment of this machine; it goes on while the machine sleeps.
    fn now(&self) -> Duration;

    /// What a watch would say, for people.
    fn wall(&self) -> Timestamp;
}

/// The time of the machine.
#[derive(Clone, Copy, Debug)]
pub struct MachineTime;

impl Time for MachineTime {
    fn now(&self) -> Duration {
        since_boot()
    }

    #[expect(clippy::disallowed_methods, reason = "records say when, and nothing is decided by it")]
    fn wall(&self) -> Timestamp {
        Timestamp::now()
    }
}

#[cfg(target_os = "linux")]
const BOOT: libc::clockid_t = libc::CLOCK_BOOTTIME;
#[cfg(not(target_os = "linux"))]
const BOOT: libc::clockid_t = libc::CLOCK_MONOTONIC;

#[expect(unsafe_code, reason = "std has no clock that counts the machine's sleep")]
fn since_boot() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call fills in the one struct that it gets, and nothing else.
    let failed = unsafe { libc::clock_gettime(BOOT, &raw mut time) } != 0;
    debug_assert!(!failed, "every machine has this clock");
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// How the store keeps time.
#[derive(Clone)]
pub struct Settings {
    pub time: Arc<dyn Time>,
    /// A lease whose holder gave no sign of life for so long may be taken by others.
    pub expiry: Duration,
    /// How often a holder gives one.
    pub beat: Duration,
    /// How long the store waits for another process that writes to it.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            time: Arc::new(MachineTime),
            expiry: Duration::from_secs(15),
            beat: Duration::from_secs(5),
            patience: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time: _, expiry, beat, patience } = self;
        f.debug_struct("Settings")
            .field("expiry", expiry)
            .field("beat", beat)
            .field("patience", patience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on() {
        let before = MachineTime.now();
        assert!(before > Duration::ZERO);
        assert!(MachineTime.now() >= before);
    }
}
