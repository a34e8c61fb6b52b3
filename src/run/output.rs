//! Lines of output on their way from a backend, made before the run, to the run's events.

use std::sync::{Arc, OnceLock};

use crate::backend::OutputSink;
use crate::ids::StepKey;

type Receiver = dyn Fn(&StepKey, &str) + Send + Sync;

/// Joins a backend's output to a run that is made later; clones share one joint.
#[derive(Clone, Default)]
pub struct OutputRelay {
    receiver: Arc<OnceLock<Box<Receiver>>>,
}

impl OutputRelay {
    /// What the backend is given. Lines before the run has begun are dropped.
    #[must_use]
    pub fn sink(&self) -> OutputSink {
        let receiver = Arc::clone(&self.receiver);
        Arc::new(move |key, line| {
            if let Some(receive) = receiver.get() {
                receive(key, line);
            }
        })
    }

    /// Lines go to `receiver` from now on. A relay serves one run.
    pub(super) fn connect(&self, receiver: Box<Receiver>) {
        let _earlier = self.receiver.set(receiver);
    }
}

impl std::fmt::Debug for OutputRelay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputRelay").finish_non_exhaustive()
    }
}
