//! Bugs that the engine must not have, planted on purpose, to see that a sweep finds each of them.
//!
//! Only a build with the feature `seeded-bugs` can plant one; in any other, each question here is answered with no.

use super::secrets::Secrets;
use crate::event::Failure;
use crate::journal::JournalError;
use crate::value::Effect;

/// What can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// The intent of a request is recorded after it was sent.
    LateIntent = 1,
    /// A runner goes on though it has lost its lease on the run.
    UncheckedLease,
    /// A `once` whose outcome is not known is sent again like a `run`.
    RetryOnce,
    /// Invariants are not asked while stages are taken back.
    UnwatchedUndo,
    /// A step whose end is on record is sent again when the run is resumed.
    ForgottenEnd,
    /// A run that stops does not say why.
    SilentStop,
    /// What is recorded and shown is not searched for secrets.
    OpenSecrets,
}

/// Whether an intent is recorded once it is too late.
pub(super) fn intends_late() -> bool {
    is_planted(Bug::LateIntent)
}

/// Whether what the record refuses keeps anything from being sent.
pub(super) fn is_heeded(error: &JournalError) -> bool {
    !matches!(error, JournalError::Lost { .. }) || !is_planted(Bug::UncheckedLease)
}

/// The effect by which it is decided whether what is in doubt is sent again.
pub(super) fn in_doubt(effect: Effect) -> Effect {
    match effect {
        Effect::Once if is_planted(Bug::RetryOnce) => Effect::Run,
        effect => effect,
    }
}

/// Whether invariants are left alone while stages are taken back.
pub(super) fn unwatched_undo() -> bool {
    is_planted(Bug::UnwatchedUndo)
}

/// Whether what came to its end is sent again.
pub(super) fn forgets_ends() -> bool {
    is_planted(Bug::ForgottenEnd)
}

/// What is told of why a run stopped.
pub(super) fn told(failure: Option<Failure>) -> Option<Failure> {
    failure.filter(|_| !is_planted(Bug::SilentStop))
}

/// The secrets that are taken out of what is recorded and shown.
pub(super) fn hidden(secrets: Secrets) -> Secrets {
    if is_planted(Bug::OpenSecrets) { Secrets::default() } else { secrets }
}

#[cfg(not(feature = "seeded-bugs"))]
const fn is_planted(_: Bug) -> bool {
    false
}

#[cfg(feature = "seeded-bugs")]
use planting::is_planted;
#[cfg(feature = "seeded-bugs")]
pub use planting::{Planted, plant};

#[cfg(feature = "seeded-bugs")]
mod planting {
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::Bug;

    static PLANTED: AtomicU8 = AtomicU8::new(0);
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    /// While this is held, every engine of the process has the bug, or none if none was named.
    #[derive(Debug)]
    #[must_use]
    pub struct Planted(#[expect(dead_code, reason = "held")] MutexGuard<'static, ()>);

    /// Plants a bug, or none; waits until nobody else holds one.
    pub fn plant(bug: Option<Bug>) -> Planted {
        let held = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        PLANTED.store(bug.map_or(0, |bug| bug as u8), Ordering::SeqCst);
        Planted(held)
    }

    impl Drop for Planted {
        fn drop(&mut self) {
            PLANTED.store(0, Ordering::SeqCst);
        }
    }

    pub(super) fn is_planted(bug: Bug) -> bool {
        PLANTED.load(Ordering::SeqCst) == bug as u8
    }
}
