//! Time as the engine sees it: all waiting in a run goes through [`Clock`].
//!
//! Out: how long a run has lasted, what a person's watch says, and sleeps. The system clock
//! lives beside the backends, the virtual one beside the worlds. Must not know: tokio.

use std::time::Duration;

use futures::future::BoxFuture;

/// A source of time. `now` never goes back; `wall` is for people and records only.
pub trait Clock: Send + Sync {
    /// Time since the clock was made.
    fn now(&self) -> Duration;

    /// What a watch would say.
    fn wall(&self) -> jiff::Timestamp;

    /// Ends when `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Ends with `None` when `limit` passes on `clock` before `work` is done.
pub async fn within<T>(clock: &dyn Clock, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let limit = clock.sleep(limit);
    futures::pin_mut!(work);
    match futures::future::select(work, limit).await {
        futures::future::Either::Left((done, _)) => Some(done),
        futures::future::Either::Right(((), _)) => None,
    }
}
