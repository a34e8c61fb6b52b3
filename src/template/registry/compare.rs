//! Tests of kinds and comparisons, which `select` and its kin take by name.

use minijinja::Value;
use minijinja::tests;
use minijinja::value::ValueKind;

use super::Shape::Any;
use super::{Entry, Family, needed};
use crate::template::operators::compare;
use crate::value::to_duration;

pub(super) const FAMILY: Family = Family {
    title: "Kinds and comparisons",
    entries: &[
        Entry::test("defined", Any, "There is such a name, field or item.")
            .example(r#"{"a": 1}.b is defined"#, "false")
            .by(|env, name| env.add_test(name, tests::is_defined)),
        Entry::test("undefined", Any, "There is no such name, field or item.")
            .example(r#"{"a": 1}.b is undefined"#, "true")
            .by(|env, name| env.add_test(name, tests::is_undefined)),
        Entry::test("none", Any, "Is none; `null` in JSON.")
            .example("none is none", "true")
            .by(|env, name| env.add_test(name, tests::is_none)),
        Entry::test("empty", Any, "A text, list or record with nothing in it.")
            .example("[] is empty", "true")
            .by(|env, name| env.add_test(name, |value: &Value| value.len() == Some(0))),
        Entry::test("true", Any, "Is `true` itself.")
            .example("1 is true", "false")
            .by(|env, name| env.add_test(name, tests::is_true)),
        Entry::test("false", Any, "Is `false` itself.")
            .example("false is false", "true")
            .by(|env, name| env.add_test(name, tests::is_false)),
        Entry::test("boolean", Any, "Is `true` or `false`.")
            .example("true is boolean", "true")
            .by(|env, name| env.add_test(name, tests::is_boolean)),
        Entry::test("number", Any, "Is an int or a number with a fraction.")
            .example("1.5 is number", "true")
            .by(|env, name| env.add_test(name, tests::is_number)),
        Entry::test("integer", Any, "Is an int.")
            .example("1 is integer", "true")
            .by(|env, name| env.add_test(name, tests::is_integer)),
        Entry::test("string", Any, "Is a string.")
            .example(r#""a" is string"#, "true")
            .by(|env, name| env.add_test(name, tests::is_string)),
        Entry::test("duration", Any, "Is a duration.")
            .example("40m is duration", "true")
            .by(|env, name| env.add_test(name, |value: &Value| to_duration(value).is_some())),
        Entry::test("list", Any, "Is a list.").example("[] is list", "true").by(|env, name| {
            env.add_test(name, |value: &Value| matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable))
        }),
        Entry::test("mapping", Any, "Is a record or map.")
            .example("{} is mapping", "true")
            .by(|env, name| env.add_test(name, tests::is_mapping)),
        Entry::test("in", Any, "Is in this list, text or record.")
            .params(&[needed("container", Any)])
            .example(r#"["a", "b"] | select("in", ["b"])"#, r#"["b"]"#)
            .by(|env, name| {
                env.add_test(name, |value: &Value, container: &Value| compare(value, "in", container))
            }),
        Entry::test("eq", Any, "Is equal.")
            .params(&[needed("other", Any)])
            .example(r#"[1, 2] | select("eq", 2)"#, "[2]")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| compare(value, "==", other))),
        Entry::test("ne", Any, "Is not equal.")
            .params(&[needed("other", Any)])
            .example(r#"[1, 2] | select("ne", 2)"#, "[1]")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| compare(value, "!=", other))),
        Entry::test("lt", Any, "Is less.")
            .params(&[needed("other", Any)])
            .example(r#"[1, 2] | select("lt", 2)"#, "[1]")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| compare(value, "<", other))),
        Entry::test("le", Any, "Is less or equal.")
            .params(&[needed("other", Any)])
            .example(r#"[1, 2] | select("le", 1)"#, "[1]")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| compare(value, "<=", other))),
        Entry::test("gt", Any, "Is greater.")
            .params(&[needed("other", Any)])
            .example(r#"[1, 2] | select("gt", 1)"#, "[2]")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| compare(value, ">", other))),
        Entry::test("ge", Any, "Is greater or equal.")
            .params(&[needed("other", Any)])
            .example(r#"[1, 2] | select("ge", 2)"#, "[2]")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| compare(value, ">=", other))),
    ],
};
