//! Regular expressions, bounded in size and compiled once.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use minijinja::{Error, Value};
use regex::{Regex, RegexBuilder};

use super::Shape::{Any, Lines, String as Text, Strings};
use super::lines::keep;
use super::{Entry, Family, needed, optional};
use crate::template::engine::bounded;
use crate::template::show::text_of;
use crate::value::Complaint;

pub(super) const FAMILY: Family = Family {
    title: "Regular expressions",
    entries: &[
        Entry::filter("matching", Lines, Strings, "The lines in which this regular expression is found.")
            .params(&[needed("regex", Text)])
            .example(r#"["web1", "spare"] | matching("[0-9]$")"#, r#"["web1"]"#)
            .by(|env, name| env.add_filter(name, matching)),
        Entry::test("matching", Text, "The regular expression is found in it.")
            .params(&[needed("regex", Text)])
            .example(r#""WEB12" is matching("^WEB[0-9]+$")"#, "true")
            .by(|env, name| env.add_test(name, |value: &Value, pattern: &str| Ok::<_, Error>(regex(pattern)?.is_match(&text_of(value)?)))),
        Entry::filter("regex_find", Text, Text, "The first part that matches; with a group in the expression, what the group caught. Nothing found is undefined.")
            .params(&[needed("regex", Text)])
            .example(r#""exit code 17" | regex_find("code ([0-9]+)")"#, r#""17""#)
            .may_be_undefined()
            .by(|env, name| env.add_filter(name, find)),
        Entry::filter("regex_find_all", Text, Strings, "Every part that matches, or what the first group caught in each.")
            .params(&[needed("regex", Text)])
            .example(r#""a=1 b=2" | regex_find_all("[a-z]=([0-9])")"#, r#"["1", "2"]"#)
            .by(|env, name| env.add_filter(name, find_all)),
        Entry::filter("regex_replace", Text, Text, "With every match replaced; `$1` and `${name}` stand for groups.")
            .params(&[needed("regex", Text), needed("new", Text), optional("at_most", Any)])
            .example(r#""v1.2" | regex_replace("^v", "")"#, r#""1.2""#)
            .by(|env, name| env.add_filter(name, replace)),
    ],
};

/// How large a compiled expression may be.
const SIZE_LIMIT: usize = 1 << 20;
/// How many compiled expressions are kept.
const KEPT: usize = 256;

/// The compiled form of a pattern, kept for the next time.
fn regex(pattern: &str) -> Result<Regex, Complaint> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return Ok(regex.clone());
    }
    let regex = compile(pattern)?;
    if compiled.len() >= KEPT {
        compiled.clear();
    }
    compiled.insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

/// The regular expression, or why it is none.
pub fn compile(pattern: &str) -> Result<Regex, Complaint> {
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Complaint::new("the regular expression is too large"),
        error => {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Complaint::new(format!("`{pattern}` is no regular expression")).label(why)
        }
    })
}

fn matching(value: &Value, pattern: &str) -> Result<Vec<String>, Error> {
    let regex = regex(pattern)?;
    keep(value, |line| regex.is_match(line))
}

fn caught<'t>(captures: &regex::Captures<'t>) -> &'t str {
    captures.get(1).or_else(|| captures.get(0)).map_or("", |found| found.as_str())
}

fn find(value: &Value, pattern: &str) -> Result<Value, Error> {
    let text = text_of(value)?;
    let found = regex(pattern)?.captures(&text).map(|captures| Value::from(caught(&captures)));
    Ok(found.unwrap_or(Value::UNDEFINED))
}

fn find_all(value: &Value, pattern: &str) -> Result<Vec<String>, Error> {
    let text = text_of(value)?;
    Ok(regex(pattern)?.captures_iter(&text).map(|captures| caught(&captures).to_owned()).collect())
}

fn replace(value: &Value, pattern: &str, new: &str, at_most: Option<usize>) -> Result<String, Error> {
    let (text, regex) = (text_of(value)?, regex(pattern)?);
    let times = regex.find_iter(&text).count();
    let longest = new.len().saturating_add(if new.contains('$') { text.len() } else { 0 });
    bounded(text.len().saturating_add(times.saturating_mul(longest)))?;
    Ok(regex.replacen(&text, at_most.unwrap_or(0), new).into_owned())
}
