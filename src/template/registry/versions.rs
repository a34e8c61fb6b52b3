//! Versions: `10.0.20348.4052` is newer than `10.0.20348.859`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Error, Value};

use super::Shape::{Any, String as Text};
use super::{Entry, Family, needed};
use crate::template::show::{show, text_of};
use crate::value::Complaint;

pub(super) const FAMILY: Family = Family {
    title: "Versions",
    entries: &[
        Entry::filter("version", Text, Any, "As a version, which compares and sorts part by part, numbers as numbers; `-rc.1` stands before the release.")
            .example(r#"("1.10" | version) > "1.9""#, "true")
            .by(|env, name| env.add_filter(name, |value: &Value| version(value))),
        Entry::test("version_at_least", Text, "The same version as this, or a newer one.")
            .params(&[needed("version", Text)])
            .example(r#""1.10" is version_at_least("1.9")"#, "true")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| Ok::<_, Error>(version(value)? >= version(other)?))),
        Entry::test("newer_than", Text, "A newer version than this.")
            .params(&[needed("version", Text)])
            .example(r#""10.0.20348.4052" is newer_than("10.0.20348.859")"#, "true")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| Ok::<_, Error>(version(value)? > version(other)?))),
        Entry::test("older_than", Text, "An older version than this.")
            .params(&[needed("version", Text)])
            .example(r#""2.0-rc.1" is older_than("2.0")"#, "true")
            .by(|env, name| env.add_test(name, |value: &Value, other: &Value| Ok::<_, Error>(version(value)? < version(other)?))),
    ],
};

/// One part of a version between dots or dashes; a word stands before any number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Word(String),
    Number(u128),
}

#[derive(Debug)]
struct Version {
    text: String,
    release: Vec<Part>,
    /// What stands behind a `-`: a version without it is newer.
    early: Vec<Part>,
}

impl Version {
    fn order(&self, other: &Self) -> Ordering {
        let release = compare_parts(&self.release, &other.release);
        let early = match (self.early.is_empty(), other.early.is_empty()) {
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => self.early.cmp(&other.early),
        };
        release.then(early)
    }
}

/// `1.2` and `1.2.0` are the same.
fn compare_parts(left: &[Part], right: &[Part]) -> Ordering {
    let zero = Part::Number(0);
    let len = left.len().max(right.len());
    let part = |parts: &[Part], at: usize| parts.get(at).unwrap_or(&zero).clone();
    (0..len)
        .map(|at| part(left, at).cmp(&part(right, at)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

impl Object for Version {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.order(other.downcast_ref::<Version>()?))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `value` was made by `| version`.
pub(in crate::template) fn is_version(value: &Value) -> bool {
    value.downcast_object_ref::<Version>().is_some()
}

fn version(value: &Value) -> Result<Value, Error> {
    if is_version(value) {
        return Ok(value.clone());
    }
    parse_version(&text_of(value)?)
}

/// Reads `1.2.3`, `v1.2`, `10.0.20348.4052`, `2.0-rc.1`, `1.2+build`.
pub(in crate::template) fn parse_version(text: &str) -> Result<Value, Error> {
    let trimmed = text.trim();
    let plain = trimmed.strip_prefix(['v', 'V']).unwrap_or(trimmed);
    let plain = plain.split('+').next().unwrap_or(plain);
    let (release, early) = plain.split_once('-').unwrap_or((plain, ""));
    if !release.starts_with(|c: char| c.is_ascii_digit()) {
        let title = format!("{} is no version", show(&Value::from(text), 40));
        return Err(Complaint::new(title)
            .help("a version is numbers with dots between, as in `1.2.3`")
            .into());
    }
    let early = if early.is_empty() { Vec::new() } else { parts(early) };
    Ok(Value::from_object(Version { text: trimmed.to_owned(), release: parts(release), early }))
}

fn parts(text: &str) -> Vec<Part> {
    let part = |part: &str| part.parse().map_or_else(|_| Part::Word(part.to_owned()), Part::Number);
    text.split(['.', '-', '_']).map(part).collect()
}
