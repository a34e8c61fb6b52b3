//! Operators: numbers are minijinja's to work out, durations and mistakes are ours.

use std::sync::LazyLock;
use std::time::Duration;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, Expression, context};

use super::engine::bounded;
use super::registry::{is_version, parse_version};
use super::show::{kind_name, show};
use crate::value::{Complaint, Value, duration_value, special_name, to_duration};

/// Whether a value counts as true; what is neither is an error.
pub(super) fn truth(value: &Value) -> Result<bool, Complaint> {
    match special_name(value) {
        None => Ok(value.is_true()),
        Some(name @ ("the outcome of a command" | "the outcome of a request")) => {
            let part = if name.ends_with("command") { "`.exit == 0`" } else { "`.status == 200`" };
            Err(Complaint::new(format!("{name} is neither true nor false"))
                .help(format!("test a part of it: {part}, `.text`")))
        }
        Some(name) => Err(Complaint::new(format!("{name} is neither true nor false"))),
    }
}

/// `left op right` for `+ - * / // % **`.
pub(super) fn calculate(left: &Value, op: &str, right: &Value) -> Result<Value, Error> {
    if let (Some(a), Some(b)) = (small_int(left), small_int(right)) {
        let quick = match op {
            "+" => a.checked_add(b),
            "-" => a.checked_sub(b),
            "*" => a.checked_mul(b),
            _ => None,
        };
        if let Some(result) = quick {
            return Ok(Value::from(result));
        }
    }
    match (left.kind(), right.kind()) {
        (ValueKind::Number, ValueKind::Number) => numbers(left, op, right),
        (ValueKind::String, ValueKind::String) if op == "+" => {
            let (a, b) = (left.as_str().unwrap_or_default(), right.as_str().unwrap_or_default());
            bounded(a.len() + b.len())?;
            Ok(Value::from([a, b].concat()))
        }
        (ValueKind::Seq | ValueKind::Iterable, ValueKind::Seq | ValueKind::Iterable) if op == "+" => {
            Ok(left.try_iter()?.chain(right.try_iter()?).collect())
        }
        _ => Ok(durations(left, op, right)?),
    }
}

/// minijinja keeps `true` apart from 1 by its kind.
fn small_int(value: &Value) -> Option<i64> {
    (value.kind() == ValueKind::Number).then(|| value.as_i64()).flatten()
}

type Operation = (&'static str, Expression<'static, 'static>);

fn numbers(left: &Value, op: &str, right: &Value) -> Result<Value, Error> {
    static ENV: LazyLock<Environment<'static>> = LazyLock::new(Environment::empty);
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
        let all = [
            ("+", "a + b"),
            ("-", "a - b"),
            ("*", "a * b"),
            ("/", "a / b"),
            ("//", "a // b"),
            ("%", "a % b"),
            ("**", "a ** b"),
        ];
        all.into_iter().filter_map(|(op, text)| Some((op, ENV.compile_expression(text).ok()?))).collect()
    });
    let zero = matches!(op, "/" | "//" | "%") && f64::try_from(right.clone()).is_ok_and(|right| right == 0.0);
    let operation = OPERATIONS.iter().find(|(known, _)| *known == op);
    let result = match operation {
        Some((_, operation)) if !zero => operation.eval(context! { a => left, b => right }).ok(),
        _ => None,
    };
    let finite = |value: &Value| value.is_integer() || f64::try_from(value.clone()).is_ok_and(f64::is_finite);
    result.filter(finite).ok_or_else(|| {
        let why = if zero { "nothing can be divided by zero" } else { "the result is too large" };
        Complaint::new(format!("`{left} {op} {right}` has no result")).label(why).into()
    })
}

fn durations(left: &Value, op: &str, right: &Value) -> Result<Value, Complaint> {
    let factor = |value: &Value| {
        (value.kind() == ValueKind::Number).then(|| f64::try_from(value.clone()).ok()).flatten()
    };
    let result = match (to_duration(left), op, to_duration(right)) {
        (Some(a), "+", Some(b)) => a.checked_add(b),
        (Some(a), "-", Some(b)) => {
            return a.checked_sub(b).map(duration_value).ok_or_else(|| {
                Complaint::new("a duration can't be less than nothing")
                    .label(format!("this is {left} - {right}"))
            });
        }
        (Some(a), "/", Some(b)) if !b.is_zero() => return Ok(Value::from(a.as_secs_f64() / b.as_secs_f64())),
        (Some(a), "*", None) => factor(right).and_then(|by| scaled(a, by)),
        (None, "*", Some(b)) => factor(left).and_then(|by| scaled(b, by)),
        (Some(a), "/", None) => factor(right).and_then(|by| scaled(a, 1.0 / by)),
        _ => None,
    };
    result.map(duration_value).ok_or_else(|| mismatch(left, op, right))
}

fn scaled(duration: Duration, by: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(duration.as_secs_f64() * by).ok()
}

fn mismatch(left: &Value, op: &str, right: &Value) -> Complaint {
    let (a, b) = (kind_name(left), kind_name(right));
    let complaint = Complaint::new(format!("`{op}` does not work with {a} and {b}")).label(format!(
        "this is {} {op} {}",
        show(left, 40),
        show(right, 40)
    ));
    let text = |value: &Value| value.kind() == ValueKind::String;
    let number = |value: &Value| value.kind() == ValueKind::Number;
    match op {
        "+" if text(left) || text(right) => {
            complaint.help("join texts with `~`; make a number of a text with `| int`")
        }
        _ if text(left) && number(right) || number(left) && text(right) => {
            complaint.help("make a number of a text with `| int`")
        }
        _ => complaint,
    }
}

/// `-value`
pub(super) fn negative(value: &Value) -> Result<Value, Error> {
    if value.kind() == ValueKind::Number {
        return numbers(&Value::from(0), "-", value);
    }
    Err(Complaint::new(format!("{} can't be made negative", kind_name(value))).into())
}

/// `left op right` for comparisons and `in`.
pub(super) fn compare(left: &Value, op: &str, right: &Value) -> Result<bool, Error> {
    if matches!(op, "in" | "not in") {
        return Ok(contains(right, left)? == (op == "in"));
    }
    if let (Some(a), Some(b)) = (small_int(left), small_int(right)) {
        return Ok(decide(a.cmp(&b), op));
    }
    if let (Some(a), Some(b)) = (left.as_str(), right.as_str()) {
        return Ok(decide(a.cmp(b), op));
    }
    if is_version(left) != is_version(right) && (left.as_str().is_some() || right.as_str().is_some()) {
        return versions(left, op, right);
    }
    comparable(left, op, right)?;
    Ok(match op {
        "==" => left == right,
        "!=" => left != right,
        _ => decide(left.cmp(right), op),
    })
}

fn decide(order: std::cmp::Ordering, op: &str) -> bool {
    match op {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn versions(left: &Value, op: &str, right: &Value) -> Result<bool, Error> {
    let version = |value: &Value| match value.as_str() {
        Some(text) => parse_version(text),
        None => Ok(value.clone()),
    };
    Ok(decide(version(left)?.cmp(&version(right)?), op))
}

fn comparable(left: &Value, op: &str, right: &Value) -> Result<(), Complaint> {
    for side in [left, right] {
        if let Some(name) = special_name(side).filter(|name| *name != "a duration") {
            let help =
                if name.starts_with("the outcome") { "compare a part of it, such as `.text`" } else { "" };
            return Err(Complaint::new(format!("{name} can't be compared")).help(help));
        }
    }
    let none = left.is_none() || right.is_none();
    let durations = to_duration(left).is_some() != to_duration(right).is_some();
    let ordered = matches!(op, "==" | "!=") || same_order(left, right);
    if ordered && (!durations || none) {
        return Ok(());
    }
    let (a, b) = (kind_name(left), kind_name(right));
    let complaint = Complaint::new(format!("{a} can't be compared with {b}")).label(format!(
        "this is {} {op} {}",
        show(left, 40),
        show(right, 40)
    ));
    Err(if durations {
        complaint.help("write durations with a unit, as in `90s`; make one of a text with `| duration`")
    } else {
        complaint.help("make a number of a text with `| int` or `| float`")
    })
}

fn same_order(left: &Value, right: &Value) -> bool {
    use ValueKind::{Iterable, Map, None, Number, Plain, Seq, String};
    match (left.kind(), right.kind()) {
        (Number, Number) | (String, String) | (Plain, Plain) => true,
        (Seq | Iterable, Seq | Iterable) => true,
        (None | Map, _) | (_, None | Map) => false,
        (a, b) => a == b,
    }
}

fn contains(container: &Value, wanted: &Value) -> Result<bool, Error> {
    match (container.kind(), wanted.as_str()) {
        (ValueKind::String, Some(text)) => Ok(container.as_str().unwrap_or_default().contains(text)),
        (ValueKind::Map, Some(name)) => Ok(!container.get_attr(name)?.is_undefined()),
        (ValueKind::Map, None) => Ok(!container.get_item(wanted)?.is_undefined()),
        (ValueKind::Seq | ValueKind::Iterable, _) => Ok(container.try_iter()?.any(|item| item == *wanted)),
        (ValueKind::String, None) => {
            Err(Complaint::new(format!("{} can't be looked for in a string", kind_name(wanted))).into())
        }
        _ => {
            let complaint = Complaint::new(format!("nothing can be looked for in {}", kind_name(container)));
            let outcome = special_name(container).is_some_and(|name| name.starts_with("the outcome"));
            Err(if outcome {
                complaint.help("say in which part of it: `.text`, `.lines`")
            } else {
                complaint
            }
            .into())
        }
    }
}
