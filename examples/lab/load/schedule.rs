//! When each request is due, and to whom it goes: known before the first is sent.

use std::time::Duration;

/// The times, counted from the start, and the targets in turn.
#[derive(Debug)]
pub struct Schedule {
    rate: f64,
    targets: usize,
    end: Option<f64>,
    issued: u64,
}

impl Schedule {
    pub fn new(rate: f64, targets: usize, seconds: Option<f64>) -> Self {
        Self { rate, targets, end: seconds, issued: 0 }
    }
}

impl Iterator for Schedule {
    type Item = (Duration, usize);

    /// Each time is worked out from the start, so that no error adds up.
    #[expect(clippy::cast_precision_loss, reason = "a load of 2^52 requests is not waited for")]
    fn next(&mut self) -> Option<Self::Item> {
        let after = self.issued as f64 / self.rate;
        if self.targets == 0 || self.end.is_some_and(|end| after >= end) {
            return None;
        }
        let target = usize::try_from(self.issued).unwrap_or_default() % self.targets;
        self.issued += 1;
        Some((Duration::from_secs_f64(after), target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_at_even_times_and_go_to_each_target_in_turn() {
        let all: Vec<_> = Schedule::new(4.0, 2, Some(1.0)).collect();
        let at = |millis, target| (Duration::from_millis(millis), target);
        assert_eq!(all, [at(0, 0), at(250, 1), at(500, 0), at(750, 1)]);
    }

    #[test]
    fn an_hour_at_a_rate_that_is_no_whole_fraction_ends_on_time() {
        let (last, _) = Schedule::new(300.0, 5, Some(3600.0)).last().unwrap();
        assert_eq!(Schedule::new(300.0, 5, Some(3600.0)).count(), 1_080_000);
        assert_eq!(last.as_micros(), 3_599_996_666);
    }

    #[test]
    fn without_an_end_it_goes_on_and_without_targets_nothing_is_due() {
        assert_eq!(Schedule::new(300.0, 5, None).nth(3000), Some((Duration::from_secs(10), 0)));
        assert_eq!(Schedule::new(300.0, 0, None).next(), None);
    }
}
