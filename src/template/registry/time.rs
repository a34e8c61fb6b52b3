//! Filters of durations.

use std::time::Duration;

use minijinja::value::ValueKind;
use minijinja::{Error, Value};

use super::Shape::{Any, Duration as Span, Number};
use super::{Entry, Family};
use crate::template::show::{kind_name, show};
use crate::value::{Complaint, duration_value, parse_duration, to_duration};

pub(super) const FAMILY: Family = Family {
    title: "Durations",
    entries: &[
        Entry::filter(
            "duration",
            Any,
            Span,
            "A duration of a text such as `1h30m`, or of a number of seconds.",
        )
        .example("90 | duration", "1m30s")
        .by(|env, name| env.add_filter(name, duration)),
        Entry::filter("seconds", Span, Number, "How many seconds a duration has.")
            .example("2m | seconds", "120.0")
            .by(|env, name| {
                env.add_filter(name, |value: &Value| Ok::<_, Error>(length(value)?.as_secs_f64()))
            }),
        Entry::filter("minutes", Span, Number, "How many minutes a duration has.")
            .example("90s | minutes", "1.5")
            .by(|env, name| {
                env.add_filter(name, |value: &Value| Ok::<_, Error>(length(value)?.as_secs_f64() / 60.0))
            }),
        Entry::filter("hours", Span, Number, "How many hours a duration has.")
            .example("90m | hours", "1.5")
            .by(|env, name| {
                env.add_filter(name, |value: &Value| Ok::<_, Error>(length(value)?.as_secs_f64() / 3600.0))
            }),
    ],
};

fn length(value: &Value) -> Result<Duration, Error> {
    to_duration(value).ok_or_else(|| Complaint::new(format!("{} is no duration", kind_name(value))).into())
}

fn duration(value: &Value) -> Result<Value, Error> {
    if to_duration(value).is_some() {
        return Ok(value.clone());
    }
    let read = match value.kind() {
        ValueKind::Number => {
            f64::try_from(value.clone()).ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        }
        _ => value.as_str().and_then(|text| parse_duration(text.trim())),
    };
    read.map(duration_value).ok_or_else(|| {
        let complaint = Complaint::new(format!("{} is no duration", show(value, 40)));
        complaint.help("a duration is whole numbers with units, large before small, as in `1h30m`").into()
    })
}
