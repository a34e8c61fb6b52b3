//! Filters and tests of texts.

use minijinja::{Error, Value, filters};

use super::Shape::{Any, Bool, Int, Lines, Number, String as Text, Strings};
use super::{Entry, Family, needed, optional};
use crate::shell::{self, Place};
use crate::template::engine::bounded;
use crate::template::show::text_of;
use crate::value::{Complaint, Shell};

pub(super) const FAMILY: Family = Family {
    title: "Text",
    entries: &[
        Entry::filter("lower", Text, Text, "In lower case.")
            .example(r#""WEB1" | lower"#, r#""web1""#)
            .by(|env, name| env.add_filter(name, |value: &Value| Ok::<_, Error>(text_of(value)?.to_lowercase()))),
        Entry::filter("upper", Text, Text, "In upper case.")
            .example(r#""web1" | upper"#, r#""WEB1""#)
            .by(|env, name| env.add_filter(name, |value: &Value| Ok::<_, Error>(text_of(value)?.to_uppercase()))),
        Entry::filter("capitalize", Text, Text, "The first letter in upper case, the others in lower case.")
            .example(r#""wEB" | capitalize"#, r#""Web""#)
            .by(|env, name| env.add_filter(name, filters::capitalize)),
        Entry::filter("title", Text, Text, "The first letter of every word in upper case.")
            .example(r#""web pair" | title"#, r#""Web Pair""#)
            .by(|env, name| env.add_filter(name, filters::title)),
        Entry::filter("trim", Text, Text, "Without blanks, or these characters, at both ends.")
            .params(&[optional("characters", Text)])
            .example(r#"" ok \n" | trim"#, r#""ok""#)
            .by(|env, name| env.add_filter(name, trim)),
        Entry::filter("replace", Text, Text, "With every `old` replaced by `new`.")
            .params(&[needed("old", Text), needed("new", Text)])
            .example(r#""a-b-c" | replace("-", ".")"#, r#""a.b.c""#)
            .by(|env, name| env.add_filter(name, replace)),
        Entry::filter("split", Text, Strings, "Its parts between separators, or between any blanks.")
            .params(&[optional("separator", Text), optional("at_most", Int)])
            .example(r#""10.0.4052" | split(".")"#, r#"["10", "0", "4052"]"#)
            .by(|env, name| env.add_filter(name, filters::split)),
        Entry::filter("indent", Text, Text, "Every line but the first moved right by so many blanks.")
            .params(&[needed("width", Int)])
            .example(r#""a\nb" | indent(2)"#, r#""a\n  b""#)
            .by(|env, name| env.add_filter(name, indent)),
        Entry::filter("string", Any, Text, "As text: of a string, number, bool or duration.")
            .example("40m | string", r#""40m""#)
            .by(|env, name| env.add_filter(name, |value: &Value| text_of(value).map_err(Error::from))),
        Entry::filter("bool", Any, Bool, "`true` or `false`, also of the texts that mean it: `yes`, `no`, `on`, `off`, `1`, `0`.")
            .example(r#""True" | bool"#, "true")
            .by(|env, name| env.add_filter(name, to_bool)),
        Entry::filter("basename", Text, Text, "The last part of a path, with `/` or `\\`.")
            .example(r#""/var/log/syslog" | basename"#, r#""syslog""#)
            .by(|env, name| env.add_filter(name, basename)),
        Entry::filter("dirname", Text, Text, "A path without its last part.")
            .example(r#""/var/log/syslog" | dirname"#, r#""/var/log""#)
            .by(|env, name| env.add_filter(name, dirname)),
        Entry::filter("quote", Lines, Text, "Quoted for a POSIX shell; of a list, each item, with blanks between. Values in a `$` line are quoted without it.")
            .example(r#""it's" | quote | length"#, "9")
            .by(|env, name| env.add_filter(name, quote)),
        Entry::filter("raw", Text, Text, "In a command: put in as it stands, not quoted. Lint reports it.")
            .example(r#""a b" | raw"#, r#""a b""#)
            .by(|env, name| env.add_filter(name, |value: &Value| text_of(value).map_err(Error::from))),
        Entry::test("lower", Text, "Has letters, and all are in lower case.")
            .example(r#""web" is lower"#, "true")
            .by(|env, name| env.add_test(name, minijinja::tests::is_lower)),
        Entry::test("upper", Text, "Has letters, and all are in upper case.")
            .example(r#""WEB" is upper"#, "true")
            .by(|env, name| env.add_test(name, minijinja::tests::is_upper)),
        Entry::filter("length", Any, Int, "How many characters, items or fields it has.")
            .example("[1, 2] | length", "2")
            .by(|env, name| env.add_filter(name, length)),
        Entry::filter("bytes", Text, Number, "A size as a number of bytes: `13GB` (powers of 1000), `512MiB` (powers of 1024).")
            .example(r#""13GB" | bytes"#, "13000000000")
            .by(|env, name| env.add_filter(name, bytes)),
    ],
};

fn trim(value: &Value, characters: Option<&str>) -> Result<String, Error> {
    let text = text_of(value)?;
    Ok(match characters {
        Some(characters) => text.trim_matches(|c| characters.contains(c)).to_owned(),
        None => text.trim().to_owned(),
    })
}

/// `old` replaced by `new`, within the bound of texts.
pub(super) fn replace(value: &Value, old: &str, new: &str) -> Result<String, Error> {
    let text = text_of(value)?;
    let times = text.matches(old).count();
    bounded(text.len().saturating_add(times.saturating_mul(new.len())))?;
    Ok(text.replace(old, new))
}

fn indent(value: &Value, width: usize) -> Result<String, Error> {
    let text = text_of(value)?;
    bounded(text.lines().count().saturating_mul(width.saturating_add(1)).saturating_add(text.len()))?;
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(width))))
}

fn to_bool(value: &Value) -> Result<bool, Error> {
    let Some(text) = value.as_str() else { return Ok(crate::template::operators::truth(value)?) };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => {
            let title = format!("{} is neither yes nor no", crate::template::show(value, 40));
            Err(Complaint::new(title).help("`bool` knows true, yes, on, 1 and false, no, off, 0").into())
        }
    }
}

fn basename(value: &Value) -> Result<String, Error> {
    let text = text_of(value)?;
    let path = text.trim_end_matches(['/', '\\']);
    Ok(path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned())
}

fn dirname(value: &Value) -> Result<String, Error> {
    let text = text_of(value)?;
    let path = text.trim_end_matches(['/', '\\']);
    Ok(match path.rfind(['/', '\\']) {
        Some(0) => path[..1].to_owned(),
        Some(at) => path[..at].to_owned(),
        None => ".".to_owned(),
    })
}

fn quote(value: &Value) -> Result<String, Error> {
    let place = Place::Bare { alone: false };
    let quoted = |text: String| {
        shell::quote(&text, place, Shell::Sh)
            .map_err(|why| Error::from(Complaint::new(why.why).help(why.help)))
    };
    if value.as_str().is_some() || value.kind() != minijinja::value::ValueKind::Seq {
        return quoted(text_of(value)?);
    }
    let words: Result<Vec<String>, Error> = value.try_iter()?.map(|word| quoted(text_of(&word)?)).collect();
    Ok(words?.join(" "))
}

fn length(value: &Value) -> Result<usize, Error> {
    value.len().ok_or_else(|| {
        let kind = crate::template::show::kind_name(value);
        let complaint = Complaint::new(format!("{kind} has no length"));
        let outcome = kind.starts_with("the outcome");
        if outcome { complaint.help("say of which part: `.lines`, `.text`") } else { complaint }.into()
    })
}

fn bytes(value: &Value) -> Result<Value, Error> {
    let text = text_of(value)?;
    parse_bytes(text.trim()).map(in_bytes).ok_or_else(|| {
        let title = format!("{} is no size", crate::template::show(value, 40));
        Complaint::new(title).help("a size is a number and a unit, as in `13GB`, `1.5 MiB` or `512k`").into()
    })
}

/// A whole number of bytes is an int.
fn in_bytes(size: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if size.fract() == 0.0 && size < EXACT { Value::from(size as i64) } else { Value::from(size) }
}

fn parse_bytes(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let unit = text[end..].trim().to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let (letter, base) = match unit.strip_suffix('i') {
        Some(letter) => (letter, 1024_f64),
        None => (unit, 1000.0),
    };
    let power = ["", "k", "m", "g", "t", "p"].iter().position(|known| *known == letter)?;
    Some(number * base.powi(i32::try_from(power).ok()?))
}
