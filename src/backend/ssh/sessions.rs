//! How many sessions one connection may have at once. The server knows (MaxSessions), and does not
//! say before it refuses one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// sshd's own default.
const USUAL: usize = 10;

/// The sessions of a connection; those beyond the limit wait their turn.
#[derive(Debug)]
pub(super) struct Sessions {
    count: Mutex<Count>,
    freed: Notify,
}

#[derive(Debug)]
struct Count {
    held: usize,
    limit: usize,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { count: Mutex::new(Count { held: 0, limit: USUAL }), freed: Notify::new() }
    }
}

impl Sessions {
    /// Waits for a turn, which lasts as long as what comes back.
    pub async fn turn(&self) -> Turn<'_> {
        loop {
            let freed = self.freed.notified();
            if let Some(turn) = self.take() {
                return turn;
            }
            freed.await;
        }
    }

    /// A turn, if there is one at once.
    pub fn turn_now(&self) -> Option<Turn<'_>> {
        self.take()
    }

    fn take(&self) -> Option<Turn<'_>> {
        let mut count = self.count();
        (count.held < count.limit).then(|| {
            count.held += 1;
            Turn { sessions: self }
        })
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One session's place.
#[derive(Debug)]
pub(super) struct Turn<'s> {
    sessions: &'s Sessions,
}

impl Turn<'_> {
    /// Whether nobody else has one.
    pub fn is_only(&self) -> bool {
        self.sessions.count().held == 1
    }

    /// The server took no further session: as many as the others hold is its limit. Whether it is
    /// worth waiting, since others hold some.
    pub fn refused(self) -> bool {
        let mut count = self.sessions.count();
        let others = count.held - 1;
        if others > 0 {
            count.limit = count.limit.min(others);
        }
        others > 0
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.sessions.count().held -= 1;
        self.sessions.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_limit_is_learnt_and_turns_come_round() {
        let sessions = Sessions::default();
        let (first, second) = (sessions.turn().await, sessions.turn().await);
        assert!(second.refused(), "one is held: worth waiting");
        assert!(sessions.take().is_none());
        let waiting = async {
            let _turn = sessions.turn().await;
        };
        let (_, ()) = futures::join!(waiting, async { drop(first) });
        let only = sessions.turn().await;
        assert!(!only.refused(), "nobody holds one: no use to wait");
    }
}
