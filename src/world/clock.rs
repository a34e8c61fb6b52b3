//! Time in a rehearsal: at once, or some times as fast as a watch goes.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::clock::Clock;

/// What a watch says when a rehearsal begins: 2026-01-05T09:00:00Z, always.
const START: Timestamp = Timestamp::constant(1_767_603_600, 0);

/// tokio's timers count milliseconds from a beginning of their own, which lies up to one before
/// ours, and round up. Asked for this much less they ring at our own whole milliseconds.
const ROUNDED_UP: Duration = Duration::from_nanos(999_999);

/// A clock on which a procedure of hours takes as long as its thinking takes.
#[derive(Debug)]
pub struct VirtualClock {
    origin: Instant,
    /// How many seconds pass here in one of tokio's; nothing when the clock jumps.
    speed: Option<f64>,
}

impl VirtualClock {
    /// A clock that jumps to the next thing to happen as soon as nobody has anything to do.
    ///
    /// # Panics
    /// Outside a current_thread runtime of tokio, whose time it pauses.
    #[must_use]
    pub fn at_once() -> Self {
        tokio::time::pause();
        Self { origin: Instant::now(), speed: None }
    }

    /// A clock that goes `speed` times as fast as a watch.
    #[must_use]
    pub fn at_speed(speed: f64) -> Self {
        Self { origin: Instant::now(), speed: Some(speed.max(0.001)) }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        let passed = self.origin.elapsed();
        self.speed.map_or(passed, |speed| scaled(passed, speed))
    }

    fn wall(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.now()).unwrap_or(SignedDuration::MAX);
        START.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        match self.speed {
            _ if duration.is_zero() => Box::pin(tokio::task::yield_now()),
            Some(speed) => Box::pin(tokio::time::sleep(scaled(duration, 1.0 / speed))),
            None => Box::pin(tokio::time::sleep(duration.saturating_sub(ROUNDED_UP))),
        }
    }
}

fn scaled(duration: Duration, by: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * by).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn alone<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.unwrap().block_on(work)
    }

    #[test]
    fn hours_pass_at_once_and_the_watch_goes_along() {
        let (now, wall) = alone(async {
            let clock = VirtualClock::at_once();
            clock.sleep(Duration::from_secs(3 * 3600)).await;
            (clock.now(), clock.wall())
        });
        assert_eq!(now, Duration::from_secs(3 * 3600));
        assert_eq!(wall.to_string(), "2026-01-05T12:00:00Z");
    }

    #[test]
    fn time_is_in_whole_milliseconds_however_it_was_begun() {
        for _ in 0..200 {
            let times = alone(async {
                let clock = VirtualClock::at_once();
                let mut times = Vec::new();
                for length in [0, 1, 200, 7, 0, 3_600_000, 1] {
                    clock.sleep(Duration::from_millis(length)).await;
                    times.push(clock.now().as_micros());
                }
                times
            });
            assert_eq!(times, [0, 1_000, 201_000, 208_000, 208_000, 3_600_208_000, 3_600_209_000]);
        }
    }

    #[test]
    fn sleepers_of_one_moment_wake_in_the_order_they_lay_down() {
        let order = alone(async {
            let clock = VirtualClock::at_once();
            let order = Arc::new(Mutex::new(Vec::new()));
            let sleepers = (0..20).map(|number| {
                let (order, sleep) = (Arc::clone(&order), clock.sleep(Duration::from_secs(60)));
                async move {
                    sleep.await;
                    order.lock().unwrap().push(number);
                }
            });
            futures::future::join_all(sleepers).await;
            order.lock().unwrap().clone()
        });
        assert_eq!(order, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_clock_with_a_speed_scales_both_ways() {
        let now = alone(async {
            let clock = VirtualClock::at_speed(1000.0);
            clock.sleep(Duration::from_secs(10)).await;
            clock.now()
        });
        assert!(now >= Duration::from_secs(10) && now < Duration::from_secs(600), "{now:?}");
    }
}
