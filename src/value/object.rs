//! Outcomes, targets and secrets as objects in a [`Value`].
//!
//! They are no maps: they can't be iterated, compared or rendered whole, only asked for a field.

use std::fmt;
use std::sync::{Arc, OnceLock};

use minijinja::Error;
use minijinja::value::{Object, ObjectRepr};

use super::{
    CommandOutcome, Complaint, HttpOutcome, LeftOut, Outcome, Secret, Target, Value, from_json, is_unknown,
    json_of_text, to_duration,
};

/// An outcome whose parts are read when first asked for, once.
#[derive(Debug)]
struct OutcomeObject {
    outcome: Outcome,
    text: OnceLock<Value>,
    lines: OnceLock<Value>,
    json: OnceLock<Value>,
    json_lines: OnceLock<Value>,
}

/// An outcome as a value with the fields of its kind.
///
/// Output that is no JSON makes `json` an invalid value: using it is an error that says so.
#[must_use]
pub fn outcome_value(outcome: Outcome) -> Value {
    let (text, lines, json, json_lines) = Default::default();
    Value::from_object(OutcomeObject { outcome, text, lines, json, json_lines })
}

/// The outcome that `value` is, if it is one.
#[must_use]
pub fn to_outcome(value: &Value) -> Option<&Outcome> {
    value.downcast_object_ref::<OutcomeObject>().map(|object| &object.outcome)
}

/// The fields of an outcome or target, if `value` is one.
#[must_use]
pub fn outcome_fields(value: &Value) -> Option<&'static [&'static str]> {
    if to_target(value).is_some() {
        return Some(&["name", "address"]);
    }
    to_outcome(value).map(|outcome| match outcome {
        Outcome::Command(_) => {
            &["stdout", "stderr", "text", "lines", "json", "json_lines", "exit", "seconds"][..]
        }
        Outcome::Http(_) => &["status", "headers", "text", "json", "seconds"],
        Outcome::Done { .. } => &["value", "seconds"],
    })
}

/// What a value is that is neither text, number, list nor record.
#[must_use]
pub fn special_name(value: &Value) -> Option<&'static str> {
    value.as_object()?;
    if let Some(outcome) = to_outcome(value) {
        return Some(match outcome {
            Outcome::Command(_) => "the outcome of a command",
            Outcome::Http(_) => "the outcome of a request",
            Outcome::Done { .. } => "the outcome of a transfer",
        });
    }
    let kinds = [
        (to_duration(value).is_some(), "a duration"),
        (to_target(value).is_some(), "a target"),
        (to_secret(value).is_some(), "a secret"),
        (is_unknown(value), "a value that is only known later"),
    ];
    kinds.into_iter().find(|(is, _)| *is).map(|(_, name)| name)
}

impl Object for OutcomeObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, field: &str) -> Option<Value> {
        match &self.outcome {
            Outcome::Command(outcome) => self.command_field(outcome, field),
            Outcome::Http(outcome) => self.http_field(outcome, field),
            Outcome::Done { value, seconds } => match field {
                "value" => Some(self.json.get_or_init(|| from_json(value)).clone()),
                "seconds" => Some(Value::from(*seconds)),
                _ => None,
            },
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Command(outcome) => write!(f, "the outcome of a command, exit {}", outcome.exit),
            Outcome::Http(outcome) => write!(f, "the outcome of a request, status {}", outcome.status),
            Outcome::Done { .. } => f.write_str("the outcome of a transfer"),
        }
    }
}

impl OutcomeObject {
    fn command_field(&self, outcome: &CommandOutcome, field: &str) -> Option<Value> {
        let out = &outcome.stdout;
        let cut = match field {
            "stdout" | "text" | "lines" | "json" | "json_lines" => outcome.stdout_left_out.as_deref(),
            "stderr" => outcome.stderr_left_out.as_deref(),
            _ => None,
        };
        if let Some(left_out) = cut {
            return Some(too_long(left_out));
        }
        Some(match field {
            "stdout" => Value::from(String::from_utf8_lossy(out)),
            "stderr" => Value::from(String::from_utf8_lossy(&outcome.stderr)),
            "exit" => Value::from(outcome.exit),
            "seconds" => Value::from(outcome.seconds),
            "text" => self.text.get_or_init(|| trimmed(out)).clone(),
            "lines" => self
                .lines
                .get_or_init(|| String::from_utf8_lossy(out).lines().map(Value::from).collect())
                .clone(),
            "json" => self.json.get_or_init(|| json(out, "the output")).clone(),
            "json_lines" => self.json_lines.get_or_init(|| json_lines(out)).clone(),
            _ => return None,
        })
    }

    fn http_field(&self, outcome: &HttpOutcome, field: &str) -> Option<Value> {
        Some(match field {
            "status" => Value::from(outcome.status),
            "headers" => {
                Value::from_pairs(outcome.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            }
            "seconds" => Value::from(outcome.seconds),
            "text" => self.text.get_or_init(|| trimmed(&outcome.body)).clone(),
            "json" => self.json.get_or_init(|| json(&outcome.body, "the body")).clone(),
            _ => return None,
        })
    }
}

/// Nothing can be told from an output without its middle: a word that is not found may stand in there.
fn too_long(left_out: &LeftOut) -> Value {
    let complaint = Complaint::new("the output is too long for its text to be used")
        .label(left_out.to_string())
        .help("have less of it printed: `… | grep WORD`, `… | tail -n 100`; or write it to a file there, and ask that");
    Value::from(Error::from(complaint))
}

/// Text without blanks at its ends; a line ends with one character, also where Windows wrote two.
fn trimmed(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    if text.contains('\r') { Value::from(text.replace("\r\n", "\n")) } else { Value::from(text) }
}

fn json(bytes: &[u8], what: &str) -> Value {
    read_json(&String::from_utf8_lossy(bytes), what)
}

/// The JSON in a text, or an invalid value that says why there is none.
fn read_json(text: &str, what: &str) -> Value {
    match json_of_text(text.trim_start_matches('\u{feff}'), what) {
        Ok(json) => from_json(&json),
        Err((title, label)) => Value::from(Error::from(Complaint::new(title).label(label))),
    }
}

fn json_lines(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let values = lines.map(|(at, line)| read_json(line, &format!("line {} of the output", at + 1)));
    let mut read = Vec::new();
    for value in values {
        if value.kind() == minijinja::value::ValueKind::Invalid {
            return value;
        }
        read.push(value);
    }
    Value::from(read)
}

#[derive(Debug)]
struct TargetObject(Arc<Target>);

impl Object for TargetObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "name" => Some(Value::from(self.0.name.as_str())),
            "address" => Some(Value::from(self.0.address.as_str())),
            _ => None,
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "target {}", self.0.name)
    }
}

/// A target as a value with the fields `name` and `address`.
#[must_use]
pub fn target_value(target: Arc<Target>) -> Value {
    Value::from_object(TargetObject(target))
}

/// The target that `value` is, if it is one.
#[must_use]
pub fn to_target(value: &Value) -> Option<&Arc<Target>> {
    value.downcast_object_ref::<TargetObject>().map(|object| &object.0)
}

#[derive(Debug)]
struct SecretObject(Secret);

impl Object for SecretObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// A secret as a value: it has a name, and no text.
#[must_use]
pub fn secret_value(secret: Secret) -> Value {
    Value::from_object(SecretObject(secret))
}

/// The secret that `value` is, if it is one.
#[must_use]
pub fn to_secret(value: &Value) -> Option<&Secret> {
    value.downcast_object_ref::<SecretObject>().map(|object| &object.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn command(stdout: &str) -> Value {
        let stdout = bytes::Bytes::copy_from_slice(stdout.as_bytes());
        outcome_value(Outcome::Command(CommandOutcome { stdout, exit: 3, ..Default::default() }))
    }

    fn field(value: &Value, name: &str) -> Value {
        value.get_attr(name).unwrap()
    }

    #[test]
    fn windows_line_ends_are_gone_from_text_and_lines_only() {
        let seen = command("a\r\nb\r\n");
        assert_eq!(field(&seen, "text"), Value::from("a\nb"));
        assert_eq!(field(&seen, "lines"), Value::from(vec!["a", "b"]));
        assert_eq!(field(&seen, "stdout"), Value::from("a\r\nb\r\n"));
        assert_eq!(field(&seen, "exit"), Value::from(3));
    }

    #[test]
    fn a_carriage_return_that_ends_no_line_stays() {
        let seen = command("10%\r20%\r\nx\r\r\n\r\n y\r");
        assert_eq!(field(&seen, "text"), Value::from("10%\r20%\nx\r\n\n y"));
        assert_eq!(field(&seen, "lines"), Value::from(vec!["10%\r20%", "x\r", "", " y\r"]));
        assert_eq!(field(&seen, "stdout"), Value::from("10%\r20%\r\nx\r\r\n\r\n y\r"));
    }

    #[test]
    fn output_that_is_no_text_is_read_as_far_as_it_can_be() {
        let stdout = bytes::Bytes::from_static(b"a\xff\r\nb\xc3\r\n");
        let seen = outcome_value(Outcome::Command(CommandOutcome { stdout, ..Default::default() }));
        assert_eq!(field(&seen, "text"), Value::from("a\u{fffd}\nb\u{fffd}"));
        assert_eq!(field(&seen, "lines"), Value::from(vec!["a\u{fffd}", "b\u{fffd}"]));
        assert_eq!(field(&seen, "stdout"), Value::from("a\u{fffd}\r\nb\u{fffd}\r\n"));
    }

    #[test]
    fn json_keeps_whole_numbers() {
        let seen = command(r#"{"id": 9007199254740993}"#);
        assert_eq!(field(&field(&seen, "json"), "id").to_string(), "9007199254740993");
        assert_eq!(field(&command("{\"a\":1}\n\n{\"a\":2}\n"), "json_lines").len(), Some(2));
    }

    #[test]
    fn what_is_no_json_is_an_invalid_value() {
        let json = field(&command("no"), "json");
        assert_eq!(json.kind(), minijinja::value::ValueKind::Invalid);
        let lines = field(&command("{}\nno"), "json_lines");
        assert!(lines.to_string().contains("line 2 of the output is no JSON"));
    }

    #[test]
    fn a_secret_has_no_text() {
        let secret = secret_value(Secret { name: "token".into() });
        assert_eq!(secret.to_string(), "•••");
        assert!(!format!("{secret:?}").contains("hunter"));
    }
}
