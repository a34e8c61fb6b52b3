//! Filters and tests of lists.

use std::collections::{BTreeMap, HashSet};

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Error, State, Value, filters};

use super::Shape::{Any, Bool, Int, Item, List, Map, Same, String as Text};
use super::{Entry, Family, many, named, needed, optional};
use crate::template::engine::bounded;
use crate::template::operators::calculate;
use crate::template::show::{kind_name, text_of};
use crate::value::Complaint;

pub(super) const FAMILY: Family = Family {
    title: "Lists",
    entries: &[
        Entry::filter("first", List, Item, "The first item; of an empty list, undefined.")
            .example("[3, 4] | first", "3")
            .may_be_undefined()
            .by(|env, name| env.add_filter(name, |value: &Value| ends(value, filters::first))),
        Entry::filter("last", List, Item, "The last item; of an empty list, undefined.")
            .example(r#""10.0.4052" | split(".") | last"#, r#""4052""#)
            .may_be_undefined()
            .by(|env, name| {
                env.add_filter(name, |value: Value| ends(&value, |value| filters::last(value.clone())))
            }),
        Entry::filter("list", Any, List, "As a list: of a text its characters, of a record its names.")
            .example("range(3) | list", "[0, 1, 2]")
            .by(|env, name| env.add_filter(name, |value: &Value| items(value))),
        Entry::filter("join", List, Text, "One text of all items, with this between them.")
            .params(&[optional("separator", Text), named("attribute", Text)])
            .example(r#"["a", 1] | join(", ")"#, r#""a, 1""#)
            .by(|env, name| env.add_filter(name, join)),
        Entry::filter(
            "map",
            List,
            List,
            "A list of one field of each item, with `attribute=`, or of what a filter makes of each.",
        )
        .params(&[
            optional("filter", Text),
            many("args", Any),
            named("attribute", Text),
            named("default", Any),
        ])
        .example(r#"[{"code": 1}, {"code": 2}] | map(attribute="code")"#, "[1, 2]")
        .by(|env, name| env.add_filter(name, map)),
        Entry::filter("select", List, Same, "The items that pass a test; without one, those that are true.")
            .params(&[optional("test", Text), many("args", Any)])
            .example(r#"[1, 2, 3] | select("ge", 2)"#, "[2, 3]")
            .by(|env, name| env.add_filter(name, filters::select)),
        Entry::filter("reject", List, Same, "The items that do not pass a test.")
            .params(&[optional("test", Text), many("args", Any)])
            .example(r#"["web", "logspout"] | reject("containing", "logspout")"#, r#"["web"]"#)
            .by(|env, name| env.add_filter(name, filters::reject)),
        Entry::filter("selectattr", List, Same, "The items of which a field passes a test.")
            .params(&[needed("attribute", Text), optional("test", Text), many("args", Any)])
            .example(r#"[{"up": 0}, {"up": 1}] | selectattr("up", "eq", 1)"#, r#"[{"up": 1}]"#)
            .by(|env, name| env.add_filter(name, selectattr)),
        Entry::filter("rejectattr", List, Same, "The items of which a field does not pass a test.")
            .params(&[needed("attribute", Text), optional("test", Text), many("args", Any)])
            .example(r#"[{"up": 0}, {"up": 1}] | rejectattr("up", "eq", 1)"#, r#"[{"up": 0}]"#)
            .by(|env, name| env.add_filter(name, rejectattr)),
        Entry::filter(
            "sort",
            List,
            Same,
            "In order; by a field with `attribute=`. Texts regardless of case, unless told otherwise.",
        )
        .params(&[named("attribute", Text), named("reverse", Bool), named("case_sensitive", Bool)])
        .example("[3, 1, 2] | sort(reverse=true)", "[3, 2, 1]")
        .by(|env, name| env.add_filter(name, sort)),
        Entry::filter("reverse", List, Same, "The other way round.")
            .example("[1, 2] | reverse", "[2, 1]")
            .by(|env, name| env.add_filter(name, filters::reverse)),
        Entry::filter("distinct", List, Same, "Each item once, where it stood first.")
            .example("[2, 1, 2] | distinct", "[2, 1]")
            .by(|env, name| env.add_filter(name, distinct)),
        Entry::filter("unique", List, Same, "As `distinct`.")
            .example("[2, 1, 2] | unique", "[2, 1]")
            .by(|env, name| env.add_filter(name, distinct)),
        Entry::filter("counted", List, Map, "How often each item occurs.")
            .example(r#"["up", "down", "up"] | counted"#, r#"{"down": 1, "up": 2}"#)
            .by(|env, name| env.add_filter(name, counted)),
        Entry::filter("sum", List, Any, "All numbers or durations added up; of a field with `attribute=`.")
            .params(&[named("attribute", Text)])
            .example("[1, 2, 3] | sum", "6")
            .by(|env, name| env.add_filter(name, sum)),
        Entry::filter("min", List, Item, "The least item; of an empty list, undefined.")
            .params(&[named("attribute", Text)])
            .example("[3, 1] | min", "1")
            .may_be_undefined()
            .by(|env, name| env.add_filter(name, |value: Value, kwargs: Kwargs| least(value, kwargs, false))),
        Entry::filter("max", List, Item, "The greatest item; of an empty list, undefined.")
            .params(&[named("attribute", Text)])
            .example("[30s, 2m] | max", "2m")
            .may_be_undefined()
            .by(|env, name| env.add_filter(name, |value: Value, kwargs: Kwargs| least(value, kwargs, true))),
        Entry::filter(
            "groupby",
            List,
            List,
            "The items by a field: a list of pairs, the field's value and its items.",
        )
        .params(&[needed("attribute", Text)])
        .example(r#"[{"a": 1}, {"a": 1}] | groupby("a") | map("first")"#, "[1]")
        .by(|env, name| env.add_filter(name, groupby)),
        Entry::filter("zip", List, List, "Pairs of the first items, the second items, and so on.")
            .params(&[many("lists", List)])
            .example("[1, 2] | zip([3, 4])", "[[1, 3], [2, 4]]")
            .by(|env, name| env.add_filter(name, filters::zip)),
        Entry::filter("batch", List, List, "In lists of so many items.")
            .params(&[needed("size", Int)])
            .example("[1, 2, 3] | batch(2)", "[[1, 2], [3]]")
            .by(|env, name| env.add_filter(name, batch)),
        Entry::function(
            "range",
            List,
            "The ints from `start`, or 0, up to and without `stop`; at most 100,000.",
        )
        .params(&[needed("stop_or_start", Int), optional("stop", Int), optional("step", Int)])
        .example("range(1, 4) | list", "[1, 2, 3]")
        .by(|env, name| env.add_function(name, minijinja::functions::range)),
    ],
};

/// The items of anything that has some.
pub(super) fn items(value: &Value) -> Result<Vec<Value>, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map | ValueKind::String => {
            value.try_iter()?.checked().collect()
        }
        _ => {
            let complaint = Complaint::new(format!("{} is no list", kind_name(value)));
            let outcome = kind_name(value).starts_with("the outcome");
            Err(if outcome { complaint.help("say which part of it: `.lines`, `.json`") } else { complaint }
                .into())
        }
    }
}

fn ends(value: &Value, end: impl FnOnce(&Value) -> Result<Value, Error>) -> Result<Value, Error> {
    if value.as_str().is_none() {
        items(value)?;
    }
    end(value)
}

/// A field of an item, by a path such as `a.b`; a missing one is an error.
fn field(item: &Value, path: &str) -> Result<Value, Error> {
    let mut value = item.clone();
    for part in path.split('.') {
        let next = match part.parse::<i64>() {
            Ok(index) if value.kind() != ValueKind::Map => value.get_item(&Value::from(index))?,
            _ => value.get_attr(part)?,
        };
        if next.is_undefined() {
            return Err(crate::template::guards::no_field(&value, part));
        }
        value = next;
    }
    Ok(value)
}

/// Refuses a list with an item that lacks a field.
fn need_fields(value: &Value, path: Option<&str>) -> Result<(), Error> {
    let Some(path) = path else { return Ok(()) };
    items(value)?.iter().try_for_each(|item| field(item, path).map(drop))
}

fn join(value: &Value, separator: Option<&str>, kwargs: Kwargs) -> Result<String, Error> {
    let attribute: Option<&str> = kwargs.get("attribute")?;
    kwargs.assert_all_used()?;
    let mut text = String::new();
    for (at, item) in items(value)?.into_iter().enumerate() {
        let item = attribute.map_or_else(|| Ok(item.clone()), |path| field(&item, path))?;
        text.push_str(if at == 0 { "" } else { separator.unwrap_or("") });
        text.push_str(&text_of(&item)?);
        bounded(text.len())?;
    }
    Ok(text)
}

fn map(
    state: &mut State,
    value: Value,
    args: Rest<minijinja::value::ValueOrKwargs>,
) -> Result<Vec<Value>, Error> {
    items(&value)?;
    let missing = Complaint::new("an item has no such field")
        .help("give a `default=`, or select the items that have it");
    let mapped = filters::map(state, value, args)?;
    if mapped.iter().any(Value::is_undefined) { Err(missing.into()) } else { Ok(mapped) }
}

type Attributes = Rest<minijinja::value::ValueOrKwargs>;

fn selectattr(
    state: &mut State,
    value: Value,
    attribute: std::borrow::Cow<'_, str>,
    test: Option<std::borrow::Cow<'_, str>>,
    args: Attributes,
) -> Result<Vec<Value>, Error> {
    tested_fields(&value, &attribute, test.as_deref())?;
    filters::selectattr(state, value, attribute, test, args)
}

fn rejectattr(
    state: &mut State,
    value: Value,
    attribute: std::borrow::Cow<'_, str>,
    test: Option<std::borrow::Cow<'_, str>>,
    args: Attributes,
) -> Result<Vec<Value>, Error> {
    tested_fields(&value, &attribute, test.as_deref())?;
    filters::rejectattr(state, value, attribute, test, args)
}

/// `defined` and `undefined` are asked of fields that may be missing.
fn tested_fields(value: &Value, attribute: &str, test: Option<&str>) -> Result<(), Error> {
    let asked = matches!(test, Some("defined" | "undefined"));
    need_fields(value, (!asked).then_some(attribute))
}

fn sort(state: &State, value: Value, kwargs: Kwargs) -> Result<Value, Error> {
    need_fields(&value, kwargs.peek::<Option<&str>>("attribute").ok().flatten())?;
    filters::sort(state, value, kwargs)
}

fn least(value: Value, kwargs: Kwargs, greatest: bool) -> Result<Value, Error> {
    let attribute: Option<&str> = kwargs.get("attribute")?;
    kwargs.assert_all_used()?;
    let mut best: Option<(Value, Value)> = None;
    for item in items(&value)? {
        let key = attribute.map_or_else(|| Ok(item.clone()), |path| field(&item, path))?;
        let better = match &best {
            None => true,
            Some((held, _)) => {
                crate::template::operators::compare(&key, if greatest { ">" } else { "<" }, held)?
            }
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or(Value::UNDEFINED, |(_, item)| item))
}

fn groupby(value: Value, attribute: &str) -> Result<Value, Error> {
    need_fields(&value, Some(attribute))?;
    filters::groupby(value, Some(attribute), Kwargs::from_iter([("case_sensitive", Value::from(true))]))
}

fn distinct(value: &Value) -> Result<Vec<Value>, Error> {
    let mut seen = HashSet::new();
    Ok(items(value)?.into_iter().filter(|item| seen.insert(item.clone())).collect())
}

fn counted(value: &Value) -> Result<BTreeMap<String, usize>, Error> {
    let mut counts = BTreeMap::new();
    for item in items(value)? {
        *counts.entry(text_of(&item)?).or_insert(0) += 1;
    }
    Ok(counts)
}

fn sum(value: &Value, kwargs: Kwargs) -> Result<Value, Error> {
    let attribute: Option<&str> = kwargs.get("attribute")?;
    kwargs.assert_all_used()?;
    let mut total: Option<Value> = None;
    for item in items(value)? {
        let item = attribute.map_or_else(|| Ok(item.clone()), |path| field(&item, path))?;
        if item.as_str().is_some() || matches!(item.kind(), ValueKind::Seq | ValueKind::Iterable) {
            let complaint = Complaint::new(format!("{} can't be added up", kind_name(&item)));
            return Err(complaint.help("make numbers of texts with `map(\"int\")`").into());
        }
        total = Some(match total {
            None => item,
            Some(total) => calculate(&total, "+", &item)?,
        });
    }
    Ok(total.unwrap_or_else(|| Value::from(0)))
}

fn batch(value: &Value, size: usize) -> Result<Vec<Vec<Value>>, Error> {
    if size == 0 {
        return Err(Complaint::new("a batch can't have 0 items").into());
    }
    Ok(items(value)?.chunks(size).map(<[Value]>::to_vec).collect())
}
