//! Durations as values: `90s`, `15m`, `1h30m`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use minijinja::Value;
use minijinja::value::{DynObject, Object, ObjectRepr};

#[derive(Debug)]
struct DurationObject(Duration);

impl Object for DurationObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.is_zero()
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<DurationObject>()?;
        Some(self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_duration(self.0))
    }
}

/// `duration` as a value that compares by length and renders as it is written in a runbook.
#[must_use]
pub fn duration_value(duration: Duration) -> Value {
    Value::from_object(DurationObject(duration))
}

/// The duration that `value` is, if it is one.
#[must_use]
pub fn to_duration(value: &Value) -> Option<Duration> {
    value.downcast_object_ref::<DurationObject>().map(|object| object.0)
}

/// Reads `500ms`, `90s`, `15m`, `1h30m`, `2d`; units from large to small, each once.
///
/// `None` for anything else, also for a number without a unit and for more than 100 years.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 5] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    const LONGEST: u64 = 100 * 365 * 86_400_000;
    let (mut rest, mut next_unit, mut total) = (text, 0, 0_u64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = UNITS.iter().position(|(name, _)| *name == &rest[..letters])?;
        if unit < next_unit {
            return None;
        }
        next_unit = unit + 1;
        total = total.checked_add(number.checked_mul(UNITS[unit].1)?)?;
        rest = &rest[letters..];
    }
    (next_unit > 0 && total <= LONGEST).then(|| Duration::from_millis(total))
}

/// Writes a duration as [`parse_duration`] reads it, to the millisecond; zero is `0s`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut left = duration.as_millis();
    let mut text = String::new();
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        if left >= length {
            text.push_str(&format!("{}{unit}", left / length));
            left %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}
