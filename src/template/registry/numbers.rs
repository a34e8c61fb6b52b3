//! Filters and tests of numbers.

use minijinja::value::ValueKind;
use minijinja::{Error, Value, filters, tests};

use super::Shape::{Any, Int, Number, Same, String as Text};
use super::{Entry, Family, needed, optional};
use crate::template::operators::compare;
use crate::template::show::{kind_name, show};
use crate::value::Complaint;

pub(super) const FAMILY: Family = Family {
    title: "Numbers",
    entries: &[
        Entry::filter("int", Any, Int, "As an int: of a text, of a number without its fraction. What is no number is an error, unless a default is given.")
            .params(&[optional("default", Int)])
            .example(r#""4052" | int"#, "4052")
            .by(|env, name| env.add_filter(name, int)),
        Entry::filter("float", Any, Number, "As a number: of a text or an int. What is no number is an error, unless a default is given.")
            .params(&[optional("default", Number)])
            .example(r#""1.5" | float"#, "1.5")
            .by(|env, name| env.add_filter(name, float)),
        Entry::filter("abs", Number, Same, "Without its sign.")
            .example("-3 | abs", "3")
            .by(|env, name| env.add_filter(name, filters::abs)),
        Entry::filter("round", Number, Same, "Rounded to so many digits behind the point.")
            .params(&[optional("digits", Int), optional("method", Text)])
            .example("2.345 | round(1)", "2.3")
            .by(|env, name| env.add_filter(name, filters::round)),
        Entry::test("between", Any, "Not less than the first and not more than the second: numbers, texts, durations, versions.")
            .params(&[needed("least", Any), needed("most", Any)])
            .example("90s is between(1m, 2m)", "true")
            .by(|env, name| env.add_test(name, between)),
        Entry::test("odd", Int, "Not divisible by 2.")
            .example("3 is odd", "true")
            .by(|env, name| env.add_test(name, tests::is_odd)),
        Entry::test("even", Int, "Divisible by 2.")
            .example("4 is even", "true")
            .by(|env, name| env.add_test(name, tests::is_even)),
        Entry::test("divisibleby", Int, "Divisible by this number.")
            .params(&[needed("number", Int)])
            .example("9 is divisibleby(3)", "true")
            .by(|env, name| env.add_test(name, tests::is_divisibleby)),
    ],
};

fn no_number(value: &Value, wanted: &str) -> Error {
    let title = match value.as_str() {
        Some(_) => format!("{} is no {wanted}", show(value, 60)),
        None => format!("{} is no {wanted}", kind_name(value)),
    };
    Complaint::new(title).help("give a default: `| int(0)`, where it may be missing").into()
}

fn int(value: &Value, default: Option<Value>) -> Result<Value, Error> {
    let read = match value.kind() {
        ValueKind::Number if value.is_integer() => Some(value.clone()),
        ValueKind::Number => f64::try_from(value.clone()).ok().and_then(truncated),
        ValueKind::Bool => Some(Value::from(i64::from(value.is_true()))),
        ValueKind::String => value.as_str().and_then(|text| text.trim().parse::<i128>().ok()).map(whole),
        _ => None,
    };
    read.or(default).ok_or_else(|| no_number(value, "int"))
}

/// An int in the smallest form that holds it.
fn whole(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number), Value::from)
}

fn truncated(number: f64) -> Option<Value> {
    const BOUND: f64 = 1e18;
    (number.abs() < BOUND).then(|| Value::from(number.trunc() as i64))
}

fn float(value: &Value, default: Option<Value>) -> Result<Value, Error> {
    let read = match value.kind() {
        ValueKind::Number => f64::try_from(value.clone()).ok(),
        ValueKind::String => {
            value.as_str().and_then(|text| text.trim().parse().ok()).filter(|number: &f64| number.is_finite())
        }
        _ => None,
    };
    read.map(Value::from).or(default).ok_or_else(|| no_number(value, "number"))
}

fn between(value: &Value, least: &Value, most: &Value) -> Result<bool, Error> {
    Ok(compare(value, ">=", least)? && compare(value, "<=", most)?)
}
