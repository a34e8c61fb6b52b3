//! How a run is told to stop, from a signal, a key or another process.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// Tells a run to stop; clones share one state.
///
/// After the first [`StopSignal::stop`] no new step begins, and those under way finish. After the
/// second those under way are cancelled, and a `once` among them is in doubt.
#[derive(Clone, Debug, Default)]
pub struct StopSignal {
    first: CancellationToken,
    second: CancellationToken,
    why: Arc<OnceLock<String>>,
}

impl StopSignal {
    /// A signal that nobody has given yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop; asked again, cancels what is under way. `why` is said on the screen.
    pub fn stop(&self, why: &str) {
        let earlier = self.why.set(why.to_owned()).is_err();
        if earlier {
            self.second.cancel();
        }
        self.first.cancel();
    }

    /// Whether it was given.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.first.is_cancelled()
    }

    /// Why it was given, if it was.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        self.why.get().map(String::as_str)
    }

    /// Ends when it is given for the first time.
    pub async fn stopped(&self) {
        self.first.cancelled().await;
    }

    /// What every request under way is cancelled by.
    pub(super) fn cancel(&self) -> &CancellationToken {
        &self.second
    }
}
