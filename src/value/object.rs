//! Outcomes, targets and secrets as objects in a [`Value`].

use std::sync::{Arc, OnceLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Serde};
use minijinja::{Error, ErrorKind};

use super::{CommandOutcome, HttpOutcome, Outcome, Secret, Target, Value};

/// An outcome whose parts are parsed when first asked for, once.
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
/// A body or output that is no JSON makes `json` an invalid value: using it is an error that says so.
#[must_use]
pub fn outcome_value(outcome: Outcome) -> Value {
    Value::from_object(OutcomeObject {
        outcome,
        text: OnceLock::new(),
        lines: OnceLock::new(),
        json: OnceLock::new(),
        json_lines: OnceLock::new(),
    })
}

/// The outcome that `value` is, if it is one.
#[must_use]
pub fn to_outcome(value: &Value) -> Option<&Outcome> {
    value.downcast_object_ref::<OutcomeObject>().map(|object| &object.outcome)
}

const COMMAND_FIELDS: &[&str] =
    &["stdout", "stderr", "text", "lines", "json", "json_lines", "exit", "seconds"];
const HTTP_FIELDS: &[&str] = &["status", "headers", "text", "json", "seconds"];
const DONE_FIELDS: &[&str] = &["value", "seconds"];

impl Object for OutcomeObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let field = key.as_str()?;
        match &self.outcome {
            Outcome::Command(outcome) => self.command_field(outcome, field),
            Outcome::Http(outcome) => self.http_field(outcome, field),
            Outcome::Done { value, seconds } => match field {
                "value" => Some(Value::from(Serde(value))),
                "seconds" => Some(Value::from(*seconds)),
                _ => None,
            },
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(match &self.outcome {
            Outcome::Command(_) => COMMAND_FIELDS,
            Outcome::Http(_) => HTTP_FIELDS,
            Outcome::Done { .. } => DONE_FIELDS,
        })
    }
}

impl OutcomeObject {
    fn command_field(&self, outcome: &CommandOutcome, field: &str) -> Option<Value> {
        Some(match field {
            "stdout" => lossy(&outcome.stdout),
            "stderr" => lossy(&outcome.stderr),
            "exit" => Value::from(outcome.exit),
            "seconds" => Value::from(outcome.seconds),
            "lines" => self.lines.get_or_init(|| lines(&outcome.stdout)).clone(),
            "json_lines" => self.json_lines.get_or_init(|| json_lines(&outcome.stdout)).clone(),
            _ => return self.text_field(&outcome.stdout, field, "the output"),
        })
    }

    fn http_field(&self, outcome: &HttpOutcome, field: &str) -> Option<Value> {
        Some(match field {
            "status" => Value::from(outcome.status),
            "headers" => Value::from(Serde(&outcome.headers)),
            "seconds" => Value::from(outcome.seconds),
            _ => return self.text_field(&outcome.body, field, "the body"),
        })
    }

    fn text_field(&self, bytes: &[u8], field: &str, what: &str) -> Option<Value> {
        match field {
            "text" => Some(self.text.get_or_init(|| trimmed(bytes)).clone()),
            "json" => Some(self.json.get_or_init(|| json(bytes, what)).clone()),
            _ => None,
        }
    }
}

fn lossy(bytes: &[u8]) -> Value {
    Value::from(String::from_utf8_lossy(bytes))
}

fn trimmed(bytes: &[u8]) -> Value {
    Value::from(String::from_utf8_lossy(bytes).trim())
}

fn lines(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).lines().map(Value::from).collect()
}

fn json(bytes: &[u8], what: &str) -> Value {
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(value) => Value::from(Serde(value)),
        Err(why) => {
            Value::from(Error::new(ErrorKind::InvalidOperation, format!("{what} is not JSON: {why}")))
        }
    }
}

fn json_lines(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let mut values = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<serde_json::Value>(line) {
            Ok(value) => values.push(Value::from(Serde(value))),
            Err(why) => {
                let why = format!("line {} of the output is not JSON: {why}", at + 1);
                return Value::from(Error::new(ErrorKind::InvalidOperation, why));
            }
        }
    }
    Value::from(values)
}

#[derive(Debug)]
struct TargetObject(Arc<Target>);

impl Object for TargetObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "name" => Some(Value::from(self.0.name.as_str())),
            "address" => Some(Value::from(self.0.address.as_str())),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["name", "address"])
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

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
