//! What working with the lines of a command's output needs.

use minijinja::{Error, Value};

use super::Shape::{Lines, Maps, String as Text, Strings};
use super::{Entry, Family, needed, optional};
use crate::template::show::{kind_name, show, text_of};
use crate::value::Complaint;

pub(super) const FAMILY: Family = Family {
    title: "Lines of output",
    entries: &[
        Entry::filter("lines", Text, Strings, "The lines of a text, without their line breaks.")
            .example(r#""a\nb\n" | lines"#, r#"["a", "b"]"#)
            .by(|env, name| env.add_filter(name, lines)),
        Entry::filter("words", Text, Strings, "The words of a text, parted by any blanks.")
            .example(r#""  web   1/1 " | words"#, r#"["web", "1/1"]"#)
            .by(|env, name| env.add_filter(name, words)),
        Entry::filter(
            "columns",
            Lines,
            Maps,
            "A record for each line: its parts under these names. A run of separators parts once; a line with another number of parts is an error, empty lines are left out.",
        )
        .params(&[needed("names", Strings), optional("separators", Text)])
        .example(
            r#"["web 1/2"] | columns(["name", "up", "of"], separators=" /")"#,
            r#"[{"name": "web", "up": "1", "of": "2"}]"#,
        )
        .by(|env, name| env.add_filter(name, columns)),
        Entry::filter("containing", Lines, Strings, "The lines that hold this text.")
            .params(&[needed("text", Text)])
            .example(r#"["up 1", "down"] | containing("up")"#, r#"["up 1"]"#)
            .by(|env, name| env.add_filter(name, |lines: &Value, text: &str| keep(lines, |line| line.contains(text)))),
        Entry::filter("starting", Lines, Strings, "The lines that begin with this text.")
            .params(&[needed("text", Text)])
            .example(r#"["PowerState/running", "x"] | starting("PowerState/")"#, r#"["PowerState/running"]"#)
            .by(|env, name| env.add_filter(name, |lines: &Value, text: &str| keep(lines, |line| line.starts_with(text)))),
        Entry::filter("ending", Lines, Strings, "The lines that end with this text.")
            .params(&[needed("text", Text)])
            .example(r#"["web_caddy", "web"] | ending("_caddy")"#, r#"["web_caddy"]"#)
            .by(|env, name| env.add_filter(name, |lines: &Value, text: &str| keep(lines, |line| line.ends_with(text)))),
        Entry::test("containing", Lines, "Holds this text, or, of a list, this item.")
            .params(&[needed("text", super::Shape::Any)])
            .example(r#""RebootPending" is containing("Pending")"#, "true")
            .by(|env, name| env.add_test(name, is_containing)),
        Entry::test("starting", Text, "Begins with this text.")
            .params(&[needed("text", Text)])
            .example(r#""10.0.20348" is starting("10.0.")"#, "true")
            .by(|env, name| env.add_test(name, |value: &Value, text: &str| Ok::<_, Error>(text_of(value)?.starts_with(text)))),
        Entry::test("ending", Text, "Ends with this text.")
            .params(&[needed("text", Text)])
            .example(r#""web_caddy" is ending("_caddy")"#, "true")
            .by(|env, name| env.add_test(name, |value: &Value, text: &str| Ok::<_, Error>(text_of(value)?.ends_with(text)))),
        Entry::test("in_order", Lines, "Holds these texts, each behind the one before it.")
            .params(&[needed("texts", Strings)])
            .example(r#""a up, b up" is in_order(["a up", "b up"])"#, "true")
            .by(|env, name| env.add_test(name, in_order)),
    ],
};

/// The lines of a text, or of a list of texts.
pub(super) fn lines_of(value: &Value) -> Result<Vec<String>, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.lines().map(str::to_owned).collect());
    }
    if !matches!(value.kind(), minijinja::value::ValueKind::Seq | minijinja::value::ValueKind::Iterable) {
        let complaint = Complaint::new(format!("{} has no lines", kind_name(value)));
        let outcome = kind_name(value).starts_with("the outcome");
        return Err(if outcome { complaint.help("write `.lines` or `.text`") } else { complaint }.into());
    }
    value.try_iter()?.checked().map(|line| Ok(text_of(&line?)?)).collect()
}

/// The lines that pass.
pub(super) fn keep(value: &Value, passes: impl Fn(&str) -> bool) -> Result<Vec<String>, Error> {
    Ok(lines_of(value)?.into_iter().filter(|line| passes(line)).collect())
}

fn lines(value: &Value) -> Result<Vec<String>, Error> {
    lines_of(value)
}

fn words(value: &Value) -> Result<Vec<String>, Error> {
    Ok(text_of(value)?.split_whitespace().map(str::to_owned).collect())
}

fn is_containing(value: &Value, wanted: &Value) -> Result<bool, Error> {
    crate::template::operators::compare(wanted, "in", value)
}

fn in_order(value: &Value, texts: &Value) -> Result<bool, Error> {
    let text = lines_of(value)?.join("\n");
    let mut rest = text.as_str();
    for wanted in texts.try_iter()? {
        let wanted = text_of(&wanted)?;
        match rest.find(&wanted) {
            Some(at) => rest = &rest[at + wanted.len()..],
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn columns(value: &Value, names: &Value, separators: Option<&str>) -> Result<Vec<Value>, Error> {
    let names: Result<Vec<String>, Error> = names.try_iter()?.map(|name| Ok(text_of(&name)?)).collect();
    let (names, separators) = (names?, separators.unwrap_or(" \t"));
    let lines = lines_of(value)?;
    let full = lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty());
    full.map(|(at, line)| record(at, line, &names, separators)).collect()
}

fn record(at: usize, line: &str, names: &[String], separators: &str) -> Result<Value, Error> {
    let parts: Vec<&str> = line.split(|c| separators.contains(c)).filter(|part| !part.is_empty()).collect();
    if parts.len() != names.len() {
        let columns = |count: usize| format!("{count} column{}", if count == 1 { "" } else { "s" });
        let title = format!("line {} has {}, not {}", at + 1, columns(parts.len()), names.len());
        let shown = show(&Value::from(line), 100);
        return Err(Complaint::new(title)
            .label(format!("the line is {shown}"))
            .help(format!("the names are {}; `separators` says what parts the columns", names.join(", ")))
            .into());
    }
    Ok(Value::from_pairs(names.iter().map(String::as_str).zip(parts)))
}
