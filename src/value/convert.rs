//! Values to JSON and back.

use minijinja::Value;
use minijinja::value::ValueKind;
use serde_json::Number;

use super::{format_duration, special_name, to_duration};

/// How deep lists and records may be nested.
const MAX_DEPTH: usize = 128;

/// `value` as JSON, durations as text.
///
/// The error says what can't be written: an outcome, target, secret or value that is only known later.
pub fn to_json(value: &Value) -> Result<serde_json::Value, String> {
    json_at(value, MAX_DEPTH)
}

fn json_at(value: &Value, depth: usize) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    if depth == 0 {
        return Err("the value is nested too deep for JSON".to_owned());
    }
    Ok(match value.kind() {
        ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => Json::Number(number(value)?),
        ValueKind::String => Json::from(value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|why| why.to_string())?;
            Json::Array(items.map(|item| json_at(&item, depth - 1)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map => object(value, depth)?,
        ValueKind::Plain if special_name(value).is_none() => Json::from(value.to_string()),
        _ => match to_duration(value) {
            Some(duration) => Json::from(format_duration(duration)),
            None => {
                return Err(format!(
                    "{} can't be written as JSON",
                    special_name(value).unwrap_or("the value")
                ));
            }
        },
    })
}

fn number(value: &Value) -> Result<Number, String> {
    let whole = || value.to_string().parse::<Number>().ok().filter(|_| value.is_integer());
    let fraction = || f64::try_from(value.clone()).ok().and_then(Number::from_f64);
    let int = value.as_i64().filter(|_| value.is_integer()).map(Number::from);
    int.or_else(whole).or_else(fraction).ok_or_else(|| format!("{value} can't be written as JSON"))
}

fn object(value: &Value, depth: usize) -> Result<serde_json::Value, String> {
    let keys = value.try_iter().map_err(|why| why.to_string())?;
    let mut fields = serde_json::Map::new();
    for key in keys {
        let field = value.get_item(&key).map_err(|why| why.to_string())?;
        let name = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        fields.insert(name, json_at(&field, depth - 1)?);
    }
    Ok(serde_json::Value::Object(fields))
}

/// The value that `json` stands for. Whole numbers stay exact, whatever their size.
#[must_use]
pub fn from_json(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(number) => value_of_number(number),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(fields) => {
            Value::from_pairs(fields.iter().map(|(name, field)| (name.as_str(), from_json(field))))
        }
    }
}

fn value_of_number(number: &Number) -> Value {
    if let Some(int) = number.as_i64() {
        return Value::from(int);
    }
    match number.as_u64() {
        Some(int) => Value::from(int),
        None => number.as_f64().map_or_else(|| Value::from(number.to_string()), Value::from),
    }
}

/// The JSON in `text`; the error is a title and what the text begins with. `what` is what it is called.
pub fn json_of_text(text: &str, what: &str) -> Result<serde_json::Value, (String, String)> {
    serde_json::from_str(text).map_err(|why| {
        if text.trim().is_empty() {
            return (format!("{what} is no JSON: it is empty"), String::new());
        }
        let start: String = text.trim_start().chars().take(60).collect();
        let more = if text.trim_start().chars().nth(60).is_some() { "…" } else { "" };
        let start = start.trim_end().replace(['\n', '\r'], " ");
        (format!("{what} is no JSON: {}", plain(&why)), format!("it begins with `{start}{more}`"))
    })
}

fn plain(why: &serde_json::Error) -> String {
    if why.is_eof() { "it ends too early".to_owned() } else { why.to_string() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::value::duration_value;

    #[test]
    fn json_comes_back_as_it_went() {
        for text in [
            "null",
            "true",
            "1",
            "-5",
            "1.5",
            "9007199254740993",
            "18446744073709551615",
            r#""a""#,
            r#"[1,{"a":[]}]"#,
        ] {
            let json: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(to_json(&from_json(&json)).unwrap().to_string(), text);
        }
    }

    #[test]
    fn durations_are_text() {
        let value = Value::from_pairs([("limit", duration_value(Duration::from_secs(90)))]);
        assert_eq!(to_json(&value).unwrap().to_string(), r#"{"limit":"1m30s"}"#);
    }

    #[test]
    fn what_is_no_json_says_how_it_begins() {
        let (title, label) = json_of_text("<html>\nno", "the body").unwrap_err();
        assert_eq!(title, "the body is no JSON: expected value at line 1 column 1");
        assert_eq!(label, "it begins with `<html> no`");
        assert_eq!(json_of_text(" ", "the body").unwrap_err().0, "the body is no JSON: it is empty");
    }
}
