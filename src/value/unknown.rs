//! Values that are only known later, for plans.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, ObjectRepr};

#[derive(Debug)]
struct Unknown(String);

impl Object for Unknown {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(unknown(match key.as_str() {
            Some(name) if is_name(name) => format!("{}.{name}", self.0),
            Some(name) => format!("{}[{name:?}]", self.0),
            None => format!("{}[{key}]", self.0),
        }))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "‹{}›", self.0)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A value that is only known later: it is written as `‹text›`, a field of it as `‹text.field›`.
#[must_use]
pub fn unknown(text: impl Into<String>) -> Value {
    Value::from_object(Unknown(text.into()))
}

/// Whether `value` is only known later.
#[must_use]
pub fn is_unknown(value: &Value) -> bool {
    value.downcast_object_ref::<Unknown>().is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_unknown_are_unknown() {
        let ls = unknown("ls");
        let first = ls.get_attr("lines").and_then(|lines| lines.get_item(&Value::from(0))).unwrap();
        assert!(is_unknown(&first));
        assert_eq!(first.to_string(), "‹ls.lines[0]›");
        assert!(!is_unknown(&Value::from("‹ls›")));
    }
}
