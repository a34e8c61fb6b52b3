//! Methods of strings and records, as Python has them.

use minijinja::value::{ValueKind, from_args};
use minijinja::{Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::Shape::{Any, Bool, Int, List, Map, String as Text, Strings};
use super::{Entry, Family, Use, find, needed, optional};
use crate::template::show::kind_name;
use crate::value::Complaint;

pub(super) const FAMILY: Family = Family {
    title: "Methods",
    entries: &[
        Entry::method("split", Text, Strings, "Its parts between separators, or between any blanks.")
            .params(&[optional("separator", Text), optional("at_most", Int)])
            .example(r#""a/b".split("/")"#, r#"["a", "b"]"#),
        Entry::method("splitlines", Text, Strings, "Its lines.")
            .example(r#""a\nb".splitlines()"#, r#"["a", "b"]"#),
        Entry::method("strip", Text, Text, "Without blanks, or these characters, at both ends.")
            .params(&[optional("characters", Text)])
            .example(r#"" a ".strip()"#, r#""a""#),
        Entry::method("lstrip", Text, Text, "Without blanks, or these characters, at its beginning.")
            .params(&[optional("characters", Text)])
            .example(r#"" a".lstrip()"#, r#""a""#),
        Entry::method("rstrip", Text, Text, "Without blanks, or these characters, at its end.")
            .params(&[optional("characters", Text)])
            .example(r#""a, ".rstrip(", ")"#, r#""a""#),
        Entry::method("lower", Text, Text, "In lower case.").example(r#""A".lower()"#, r#""a""#),
        Entry::method("upper", Text, Text, "In upper case.").example(r#""a".upper()"#, r#""A""#),
        Entry::method("replace", Text, Text, "With every `old` replaced by `new`.")
            .params(&[needed("old", Text), needed("new", Text)])
            .example(r#""a-b".replace("-", "+")"#, r#""a+b""#),
        Entry::method("startswith", Text, Bool, "Whether it begins with this text.")
            .params(&[needed("text", Text)])
            .example(r#""web1".startswith("web")"#, "true"),
        Entry::method("endswith", Text, Bool, "Whether it ends with this text.")
            .params(&[needed("text", Text)])
            .example(r#""web1".endswith("1")"#, "true"),
        Entry::method("find", Text, Int, "At which character this text begins; -1 when it does not occur.")
            .params(&[needed("text", Text)])
            .example(r#""web1".find("1")"#, "3"),
        Entry::method("count", Any, Int, "How often this text or item occurs.")
            .params(&[needed("what", Any)])
            .example(r#""a,b,c".count(",")"#, "2"),
        Entry::method("isdigit", Text, Bool, "Whether it is digits and nothing else.")
            .example(r#""12".isdigit()"#, "true"),
        Entry::method("get", Map, Any, "The value of a field; where there is none, the default or none.")
            .params(&[needed("name", Text), optional("default", Any)])
            .example(r#"{"a": 1}.get("b", 0)"#, "0"),
        Entry::method("keys", Map, Strings, "The names of its fields.")
            .example(r#"{"a": 1}.keys()"#, r#"["a"]"#),
        Entry::method("values", Map, List, "The values of its fields.")
            .example(r#"{"a": 1}.values()"#, "[1]"),
        Entry::method("items", Map, List, "Pairs of name and value.")
            .example(r#"{"a": 1}.items()"#, r#"[["a", 1]]"#),
    ],
};

/// Calls a method of a string, list or record: those of [`FAMILY`] and no others.
pub(in crate::template) fn call_method(
    state: &mut State,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    if find(Use::Method, method).is_none() {
        return Err(no_method(value, method));
    }
    if method == "replace" && value.kind() == ValueKind::String {
        let (old, new): (&str, &str) = from_args(args)?;
        return super::text::replace(value, old, new).map(Value::from);
    }
    unknown_method_callback(state, value, method, args).map_err(|error| match error.kind() {
        ErrorKind::UnknownMethod => no_method(value, method),
        _ => error,
    })
}

fn no_method(value: &Value, method: &str) -> Error {
    Complaint::new(format!("{} has no method `{method}`", kind_name(value))).into()
}
