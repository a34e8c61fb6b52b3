#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn translated(source: &str) -> String {
    translate(source).map_or_else(|mistake| mistake.title, |done| done.text.into_owned())
}

#[test]
fn what_is_rewritten() {
    let rows = [
        ("a < 40m", r#"a < __duration("40m")"#),
        (r#""x""#, r#""x""#),
        (r#""x{{ y }}z""#, r#"__text(["x",( y ),"z"])"#),
        (r#""{{ "a{{ b }}" }}""#, r#"__text(["",( __text(["a",( b ),""]) ),""])"#),
        (r#"r"a\b""#, r#""a\\b""#),
        ("[1, # c\n2]", "[1,  \n2]"),
        ("\"\"\"\n    a\n      b \"c\"\n    \"\"\"", r#"__text(["a\n  b \"c\""])"#),
        ("\"\"\"one line\"\"\"", r#"__text(["one line"])"#),
        ("\"\"\"\r\n  a\r\n  \"\"\"", r#"__text(["a"])"#),
        ("x.0.name", "x.0.name"),
        ("for_r'x'", "for_r'x'"),
        ("'#40m{{'", "'#40m{{'"),
    ];
    for (source, expected) in rows {
        assert_eq!(translated(source), expected, "{source}");
    }
}

#[test]
fn what_needs_no_rewriting_is_not_copied() {
    for source in ["a + b", r#"x["a\n{{.Name}}"] | f(1, 'b')"#, "1e9 - 0x1f", "[{1: 2}]"] {
        let done = translate(source).unwrap();
        assert!(matches!(done.text, Cow::Borrowed(text) if text == source), "{source}");
        assert_eq!((done.map.start(3), done.map.end(3)), (3, 3));
    }
}

#[test]
fn offsets_lead_back() {
    let source = "a + 40m + \"x{{ bb }}\" + c";
    let done = translate(source).unwrap();
    let place = |part: &str| {
        let start = done.text.find(part).unwrap();
        &source[done.map.start(start)..done.map.end(start + part.len())]
    };
    assert_eq!(place("a +"), "a +");
    assert_eq!(place("__duration(\"40m\")"), "40m");
    assert_eq!(place("40m"), "40m");
    assert_eq!(place("bb"), "bb");
    assert_eq!(place("__text([\"x\",( bb ),\"\"])"), "\"x{{ bb }}\"");
    assert_eq!(place("+ c"), "+ c");
}

#[test]
fn bounds_are_kept() {
    assert_eq!(translated(&"(".repeat(65)), "brackets are nested more than 64 deep");
    assert_eq!(translated(&"1+".repeat(300)), "more than 256 operators follow each other");
    assert!(translate(&"x+1,".repeat(10_000)).is_ok());
}
