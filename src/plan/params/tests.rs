//! What each format gives, and what each refuses.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use super::*;
use crate::finding::Finding;
use crate::source::{FileId, Sources};

fn read(format: Format, text: &str) -> Result<Node, Finding> {
    parse(format, FileId(0), text)
}

fn shown(format: Format, text: &str) -> String {
    serde_json::to_string(&to_value(&read(format, text).unwrap())).unwrap()
}

/// `line:column title` of the finding that `text` gives.
fn refused(format: Format, text: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("x", text);
    let finding = parse(format, file, text).unwrap_err();
    let at = sources.line_column(finding.span());
    format!("{}:{} {}", at.line, at.column, finding.title)
}

#[test]
fn the_three_formats_give_one_tree() {
    let yaml = "a: 1\nb: [x, 2.5, true, null]\nc:\n  d: 'it''s'\n  e: \"tab\\t\"\n";
    let json = r#"{"a": 1, "b": ["x", 2.5, true, null], "c": {"d": "it's", "e": "tab\t"}}"#;
    let toml = "a = 1\nb = [\"x\", 2.5, true]\n[c]\nd = \"it's\"\ne = \"tab\\t\"\n";
    assert_eq!(shown(Format::Yaml, yaml), shown(Format::Json, json));
    assert_eq!(shown(Format::Yaml, &yaml.replace(", null", "")), shown(Format::Toml, toml));
}

#[test]
fn yaml_words_follow_the_core_schema() {
    let text = "[yes, 012, 0x1F, 0o17, 1e3, .5, +4, ~, No, 1.2.3, 1_000, 12:30, '1', -]";
    let words = shown(Format::Yaml, text.replace(", -]", "]").as_str());
    assert_eq!(words, r#"["yes",12,31,15,1000.0,0.5,4,null,"No","1.2.3","1_000","12:30","1"]"#);
}

#[test]
fn places_are_bytes_also_after_umlauts_and_crlf() {
    let text = "ü: [é, \"ß\"]\r\nname: wörld\r\n";
    let node = read(Format::Yaml, text).unwrap();
    let NodeKind::Map(entries) = &node.kind else { panic!("a map") };
    let name = &entries["name"];
    assert_eq!(&text[name.key.range()], "name");
    assert_eq!(&text[name.node.span.range()], "wörld");
    let NodeKind::List(items) = &entries["ü"].node.kind else { panic!("a list") };
    assert_eq!(&text[items[1].span.range()], "\"ß\"");
}

#[test]
fn json_and_toml_places() {
    let json = "{\"a\": [10, {\"ké\": \"x\"}]}";
    let node = read(Format::Json, json).unwrap();
    let NodeKind::Map(entries) = &node.kind else { panic!("a map") };
    let NodeKind::List(items) = &entries["a"].node.kind else { panic!("a list") };
    assert_eq!(&json[items[0].span.range()], "10");
    assert_eq!(&json[items[1].span.range()], "{\"ké\": \"x\"}");
    let toml = "[[tenants]]\nname = 'x'\n";
    let node = read(Format::Toml, toml).unwrap();
    let NodeKind::Map(entries) = &node.kind else { panic!("a map") };
    assert_eq!(&toml[entries["tenants"].key.range()], "tenants");
}

#[test]
fn what_yaml_refuses() {
    let refusals = [
        ("a: 1\nb: 2\na: 3\n", "3:1 `a` is given twice"),
        ("a: !!str 1\n", "1:4 tags such as `!!str` are not read"),
        ("a: 1\n---\nb: 2\n", "3:1 the file holds several YAML documents"),
        ("a: &x [*x]\n", "1:8 `&x` holds itself"),
        ("a: 99999999999999999999\n", "1:4 `99999999999999999999` is a number of more than 64 bits"),
        ("a: .inf\n", "1:4 `.inf` is no number that can be worked with"),
        ("a: {{ name }}\n", "1:5 a list or map can't be the name of a field"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "3:3 `<<` does not merge maps: YAML 1.2 has no such key"),
    ];
    for (text, said) in refusals {
        assert_eq!(refused(Format::Yaml, text), said, "{text}");
    }
}

#[test]
fn anchors_are_read_and_a_bomb_is_named() {
    assert_eq!(shown(Format::Yaml, "a: &x [1, 2]\nb: *x\n"), r#"{"a":[1,2],"b":[1,2]}"#);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let said = refused(Format::Yaml, &bomb);
    assert!(said.ends_with("the aliases of this file unfold to too much: `&a3` is used too often"), "{said}");
    let long = format!("a: &x {}\nb: [{}]\n", "x".repeat(100_000), ["*x"; 100].join(", "));
    let said = refused(Format::Yaml, &long);
    assert!(said.ends_with("the aliases of this file unfold to too much: `&x` is used too often"), "{said}");
}

#[test]
fn ten_thousand_levels_are_an_error_in_each_format() {
    let open = "[".repeat(10_000);
    let close = "]".repeat(10_000);
    let yaml = refused(Format::Yaml, &format!("a: {open}{close}"));
    assert!(yaml.contains("nested deeper than 64"), "{yaml}");
    let json = refused(Format::Json, &format!("{{\"a\": {open}{close}}}"));
    assert!(json.contains("nested deeper than 64"), "{json}");
    assert!(read(Format::Toml, &format!("a = {open}{close}")).is_err());
    assert!(read(Format::Toml, &format!("{} = 1", vec!["a"; 10_000].join("."))).is_err());
    let table = format!("[{}]\nx = 1", vec!["a"; 10_000].join("."));
    assert!(read(Format::Toml, &table).is_err());
    let blocks: String = (0..10_000).map(|level| format!("{}a:\n", " ".repeat(level.min(200)))).collect();
    assert!(read(Format::Yaml, &blocks).is_err());
}

#[test]
fn what_json_and_toml_refuse() {
    let json = [
        ("{\"a\": 1, \"a\": 2}", "1:10 `a` is given twice"),
        ("{\"a\": 1,}", "1:9 this is not JSON"),
        ("{a: 1}", "1:2 this is not JSON"),
        ("{\n  \"a\": tru\n}", "2:11 this is not JSON"),
        ("", "1:1 this is not JSON"),
        ("{\"a\": \"\\ud800\"}", "1:7 this text holds half a character"),
    ];
    for (text, said) in json {
        assert_eq!(refused(Format::Json, text), said, "{text}");
    }
    let toml = [("a = 1\na = 2\n", "2:1 this is not TOML"), ("a = yes\n", "1:5 this is not TOML")];
    for (text, said) in toml {
        assert_eq!(refused(Format::Toml, text), said, "{text}");
    }
}

struct Disk(Vec<u8>);

impl crate::resolve::Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        match path.to_str() {
            Some("none.yaml") => Err(std::io::ErrorKind::NotFound.into()),
            Some("dir.yaml") => Err(std::io::ErrorKind::IsADirectory.into()),
            _ => Ok(self.0.clone()),
        }
    }
}

#[test]
fn files_that_are_no_params_files() {
    let said = |name: &str, bytes: &[u8]| {
        let mut sources = Sources::default();
        read_params(Path::new(name), &Disk(bytes.to_vec()), &mut sources).unwrap_err().title
    };
    assert_eq!(said("none.yaml", b""), "there is no file `none.yaml`");
    assert_eq!(said("dir.yaml", b""), "`dir.yaml` is a directory");
    assert_eq!(said("a.yaml", b"a: \xff\xfe"), "`a.yaml` is not text: its byte 4 is not UTF-8");
    assert_eq!(said("a.yaml", b"a: \0"), "`a.yaml` is not text: its byte 4 is zero");
    assert_eq!(said("a.txt", b"a: 1"), "`a.txt` does not say what kind of params file it is");
    assert_eq!(said("a.json", &vec![b' '; 5 * 1024 * 1024]), "`a.json` is larger than 4 MB");
    let mut sources = Sources::default();
    let bytes = Disk(b"\xef\xbb\xbfa: 1\r\nb: two\r\n".to_vec());
    let node = read_params(Path::new("bom.yaml"), &bytes, &mut sources).unwrap();
    assert_eq!(serde_json::to_string(&to_value(&node)).unwrap(), r#"{"a":1,"b":"two"}"#);
}
