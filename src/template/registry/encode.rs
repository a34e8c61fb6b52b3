//! Other forms of values: JSON, base64, URLs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Error, Value};

use super::Shape::{Any, String as Text};
use super::{Entry, Family, optional};
use crate::template::engine::bounded;
use crate::template::show::text_of;
use crate::template::size;
use crate::value::{Complaint, from_json, json_of_text, to_json};

pub(super) const FAMILY: Family = Family {
    title: "Other forms",
    entries: &[
        Entry::filter(
            "json",
            Any,
            Text,
            "As JSON, on one line or, with a number, indented by so many blanks.",
        )
        .params(&[optional("indent", super::Shape::Int)])
        .example(r#"{"a": [1, true, none]} | json"#, r#""{\"a\":[1,true,null]}""#)
        .by(|env, name| env.add_filter(name, json)),
        Entry::filter("from_json", Text, Any, "The value that a JSON text stands for.")
            .example(r#"'{"a": [1]}' | from_json"#, r#"{"a": [1]}"#)
            .by(|env, name| env.add_filter(name, |value: &Value| read(value))),
        Entry::filter("base64", Text, Text, "Encoded in base64.")
            .example(r#""rutter" | base64"#, r#""cnV0dGVy""#)
            .by(|env, name| {
                env.add_filter(name, |value: &Value| {
                    Ok::<_, Error>(STANDARD.encode(text_of(value)?.as_bytes()))
                })
            }),
        Entry::filter("from_base64", Text, Text, "Decoded from base64; what is no text then is an error.")
            .example(r#""cnV0dGVy" | from_base64"#, r#""rutter""#)
            .by(|env, name| env.add_filter(name, from_base64)),
        Entry::filter("url_encode", Text, Text, "Fit for one part of a path or query of a URL.")
            .example(r#""a b/c" | url_encode"#, r#""a%20b%2Fc""#)
            .by(|env, name| {
                env.add_filter(name, |value: &Value| Ok::<_, Error>(url_encoded(&text_of(value)?)))
            }),
    ],
};

fn json(value: &Value, indent: Option<usize>) -> Result<String, Error> {
    size::fits(value)?;
    let json = to_json(value).map_err(Complaint::new)?;
    let text = match indent {
        None => serde_json::to_string(&json).map_err(|why| Complaint::new(why.to_string()))?,
        Some(width) => {
            let blanks = " ".repeat(width.min(16));
            let mut text = Vec::new();
            let layout = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
            let mut writer = serde_json::Serializer::with_formatter(&mut text, layout);
            serde::Serialize::serialize(&json, &mut writer).map_err(|why| Complaint::new(why.to_string()))?;
            String::from_utf8_lossy(&text).into_owned()
        }
    };
    bounded(text.len())?;
    Ok(text)
}

fn read(value: &Value) -> Result<Value, Error> {
    let text = text_of(value)?;
    let json =
        json_of_text(&text, "the text").map_err(|(title, label)| Complaint::new(title).label(label))?;
    Ok(from_json(&json))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn from_base64(value: &Value) -> Result<String, Error> {
    let text = text_of(value)?;
    let no_base64 = || Complaint::new("the text is no base64");
    let bytes = decoded(&text).ok_or_else(no_base64)?;
    String::from_utf8(bytes).map_err(|_| Complaint::new("the decoded bytes are no text").into())
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        let plain = match letter {
            b'-' => b'+',
            b'_' => b'/',
            letter => letter,
        };
        let value = ALPHABET.iter().position(|known| *known == plain)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 255) as u8);
        }
    }
    Some(bytes)
}

fn url_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
