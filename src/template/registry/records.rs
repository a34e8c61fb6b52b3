//! Filters of records and maps.

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Error, Value, filters};

use super::Shape::{Any, List, Map, Strings};
use super::{Entry, Family, many, needed, optional};
use crate::template::show::{kind_name, text_of};
use crate::value::Complaint;

pub(super) const FAMILY: Family = Family {
    title: "Records",
    entries: &[
        Entry::filter("merge", Map, Map, "With the fields of another record, which win.")
            .params(&[needed("other", Map)])
            .example(r#"{"a": 1, "b": 2} | merge({"b": 3})"#, r#"{"a": 1, "b": 3}"#)
            .by(|env, name| env.add_filter(name, merge)),
        Entry::filter("without", Map, Map, "Without these fields.")
            .params(&[many("names", Any)])
            .example(r#"{"a": 1, "b": 2} | without("b")"#, r#"{"a": 1}"#)
            .by(|env, name| env.add_filter(name, without)),
        Entry::filter("keys", Map, Strings, "The names of its fields.")
            .example(r#"{"a": 1, "b": 2} | keys"#, r#"["a", "b"]"#)
            .by(|env, name| env.add_filter(name, |value: &Value| Ok::<_, Error>(pairs(value)?.into_iter().map(|(key, _)| key).collect::<Vec<_>>()))),
        Entry::filter("values", Map, List, "The values of its fields.")
            .example(r#"{"a": 1, "b": 2} | values"#, "[1, 2]")
            .by(|env, name| env.add_filter(name, |value: &Value| Ok::<_, Error>(pairs(value)?.into_iter().map(|(_, value)| value).collect::<Vec<_>>()))),
        Entry::filter("items", Map, List, "Pairs of name and value.")
            .example(r#"{"a": 1} | items"#, r#"[["a", 1]]"#)
            .by(|env, name| env.add_filter(name, |value: &Value| {
                pairs(value)?;
                filters::items(value)
            })),
        Entry::filter("dictsort", Map, List, "Pairs of name and value, in order of the names.")
            .example(r#"{"b": 1, "a": 2} | dictsort"#, r#"[["a", 2], ["b", 1]]"#)
            .by(|env, name| env.add_filter(name, |value: &Value| filters::dictsort(value, Kwargs::from_iter(Vec::<(String, Value)>::new())))),
        Entry::filter("default", Any, Any, "Another value where this is undefined; with `true` behind it, also where it is empty, none, 0 or false.")
            .params(&[needed("value", Any), optional("also_empty", super::Shape::Bool)])
            .example(r#"{} | attr("a") | default("none yet")"#, r#""none yet""#)
            .by(|env, name| env.add_filter(name, filters::default)),
        Entry::filter("attr", Map, Any, "A field whose name is worked out; a missing one is undefined.")
            .params(&[needed("name", super::Shape::String)])
            .example(r#"{"a": 1} | attr("a")"#, "1")
            .may_be_undefined()
            .by(|env, name| env.add_filter(name, |value: &Value, name: &str| value.get_attr(name))),
        Entry::function("dict", Map, "A record of these fields: `dict(a=1)`.")
            .params(&[optional("record", Map), many("fields", Any)])
            .example("dict(a=1)", r#"{"a": 1}"#)
            .by(|env, name| env.add_function(name, minijinja::functions::dict)),
    ],
};

fn pairs(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    if value.kind() != ValueKind::Map {
        return Err(Complaint::new(format!("{} is no record", kind_name(value))).into());
    }
    let keys = value.try_iter()?.checked();
    keys.map(|key| {
        let key = key?;
        let field = value.get_item(&key)?;
        Ok((key, field))
    })
    .collect()
}

fn merge(value: &Value, other: &Value) -> Result<Value, Error> {
    let (mut fields, others) = (pairs(value)?, pairs(other)?);
    for (key, field) in others {
        match fields.iter_mut().find(|(known, _)| *known == key) {
            Some((_, held)) => *held = field,
            None => fields.push((key, field)),
        }
    }
    Ok(Value::from_pairs(fields))
}

fn without(value: &Value, names: Rest<Value>) -> Result<Value, Error> {
    let mut dropped = Vec::new();
    for name in names.iter() {
        match name.kind() {
            ValueKind::Seq | ValueKind::Iterable => {
                for name in name.try_iter()? {
                    dropped.push(text_of(&name)?);
                }
            }
            _ => dropped.push(text_of(name)?),
        }
    }
    let kept = |key: &Value| !text_of(key).is_ok_and(|key| dropped.contains(&key));
    Ok(Value::from_pairs(pairs(value)?.into_iter().filter(|(key, _)| kept(key))))
}
