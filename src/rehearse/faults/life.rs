//! One runner of a play: whether it lives, and has the lease on the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

/// Whether a runner lives, and has the lease on the run.
#[derive(Debug)]
pub(super) struct Life {
    pub number: usize,
    pub dead: CancellationToken,
    lost_its_lease: AtomicBool,
}

impl Life {
    pub fn new(number: usize) -> Arc<Self> {
        Arc::new(Self { number, dead: CancellationToken::new(), lost_its_lease: AtomicBool::new(false) })
    }

    pub fn kill(&self) {
        self.dead.cancel();
    }

    pub fn is_dead(&self) -> bool {
        self.dead.is_cancelled()
    }

    pub fn lose_lease(&self) {
        self.lost_its_lease.store(true, Ordering::Relaxed);
    }

    pub fn has_lost_its_lease(&self) -> bool {
        self.lost_its_lease.load(Ordering::Relaxed)
    }
}
