//! The syntax: layouts by the pair, and what holds of any text.
//!
//! `tests/fixtures/fmt/cases/NAME.runbook` (or `.world`) is laid out as `NAME.formatted`, or stays as it is
//! where there is none. `BLESS=1` writes what is missing or differs. A first line `# width N` asks for a width.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rutter::source::FileId;
use rutter::syntax::{Width, format, format_lines, parse};

#[path = "shared/syntax_holds.rs"]
mod syntax_holds;

use syntax_holds::syntax_holds;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Every runbook and world in a folder, at any depth.
fn sources(folder: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![Path::new(ROOT).join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "runbook" || end == "world") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn layout(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let parsed = parse(FileId(0), &text);
    assert!(parsed.findings.is_empty(), "{}: {:?}", path.display(), parsed.findings);
    format(&parsed.file.unwrap(), &text, width(&text))
}

fn width(text: &str) -> Width {
    let asked = text.lines().next().and_then(|line| line.strip_prefix("# width "));
    asked.map_or(Width::default(), |columns| Width::of(columns.parse().unwrap()).unwrap())
}

#[test]
fn layouts_are_as_written_beside_them() {
    let mut wrong = Vec::new();
    for path in sources("tests/fixtures/fmt/cases") {
        let (actual, beside) = (layout(&path), path.with_extension("formatted"));
        let expected_at = if beside.exists() { &beside } else { &path };
        if actual == std::fs::read_to_string(expected_at).unwrap() {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&beside, &actual).unwrap();
        } else {
            wrong.push(format!("--- {}\n{actual}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_ships_is_laid_out() {
    for path in sources("runbooks").into_iter().chain(sources("examples")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(layout(&path), text, "{}", path.display());
    }
}

#[test]
fn what_ships_holds() {
    for folder in ["runbooks", "examples", "tests/fixtures"] {
        for path in sources(folder) {
            syntax_holds(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        }
    }
}

const UNTIDY: &str = "runbook   \"a\"\nparam  a:  int\n\nstage  \"s\"  {\n note  \"one\"\n  if  a == 1 {\n   note  \"two\"\n note  \"three\" }\n}\nstage  \"t\"  {\n note  \"four\"\n}\n";

fn lines_of_untidy(lines: std::ops::RangeInclusive<usize>) -> String {
    format_lines(&parse(FileId(0), UNTIDY).file.unwrap(), UNTIDY, Width::default(), &lines)
}

#[test]
fn only_the_statements_on_the_lines_are_laid_out() {
    for (line, from, to) in [
        (1, "runbook   \"a\"", "runbook \"a\""),
        (5, " note  \"one\"", "  note \"one\""),
        (6, "  if  a == 1 {", "  if a == 1 {"),
        (8, " note  \"three\" }\n", "    note \"three\"\n  }\n"),
        (11, " note  \"four\"", "  note \"four\""),
    ] {
        assert_eq!(lines_of_untidy(line..=line), UNTIDY.replacen(from, to, 1), "line {line}");
    }
}

#[test]
fn an_empty_line_comes_between_two_items_when_both_are_laid_out() {
    assert!(lines_of_untidy(10..=11).contains("\n}\nstage \"t\" {\n"));
    assert!(lines_of_untidy(9..=10).contains("\n}\n\nstage \"t\" {\n"));
}

#[test]
fn some_lines_keep_the_line_ends_of_the_file() {
    let text = UNTIDY.replace('\n', "\r\n");
    let part = format_lines(&parse(FileId(0), &text).file.unwrap(), &text, Width::default(), &(6..=8));
    assert_eq!(part.matches('\n').count(), part.matches("\r\n").count(), "{part:?}");
    assert!(part.contains("    note \"three\"\r\n  }\r\n"), "{part:?}");
}

/// Ten thousand levels of anything end in a finding, on a thread with the usual stack of a test.
#[test]
fn deep_nesting_is_an_error() {
    const FORMS: [(&str, &str); 12] = [
        ("stage \"a\" {\n", "if x {\n"),
        ("let x = ", "("),
        ("let x = ", "["),
        ("let x = ", "{\"a\": "),
        ("param x: ", "list of "),
        ("param x: ", "{ a: "),
        ("param x: ", "("),
        ("let x = ", "not "),
        ("let x = ", "-"),
        ("stage \"a\" {\n", "attempt {\n"),
        ("stage \"a\" {\n", "once on x, done when {\n"),
        ("", "nonsense {\n"),
    ];
    for (start, level) in FORMS {
        let text = format!("runbook \"a\"\n{start}{}", level.repeat(10_000));
        let parsed = parse(FileId(0), &text);
        assert!(!parsed.findings.is_empty(), "{level}");
        assert!(parsed.findings.len() < 1_000, "{level} says {} things", parsed.findings.len());
    }
}

/// Statements that fail at their end do not make what is in them be read again and again.
#[test]
fn mistakes_around_blocks_cost_no_time() {
    for level in [
        "attempt {\n",
        "if x = {\n",
        "wait until \"x\" {\n",
        "for each {\n",
        "once on x, done when {\n",
        "what {\n",
        "f((\n",
    ] {
        let text = format!("runbook \"a\"\nstage \"s\" {{\n{}", level.repeat(60));
        let text = text + &"}\n".repeat(61);
        assert!(!parse(FileId(0), &text).findings.is_empty());
    }
}

const WORDS: &[&str] = &[
    "runbook \"a\"\n",
    "world \"a\"\n",
    "library \"a\"\n",
    "stage",
    "\"a\"",
    " {\n",
    "}\n",
    "\n",
    " ",
    "\t",
    "\r\n",
    "let x = ",
    "check on m",
    "run on m",
    "once on m",
    " $ ls -l {{ x }} }",
    " $ \"\"\"\n",
    "\"\"\"",
    "\"",
    "'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    ", ",
    "within 5m",
    "every",
    "wait until",
    "for each",
    "in",
    "if ",
    "else",
    "else if",
    "attempt",
    "otherwise",
    "always",
    "on failure",
    "undo",
    "x",
    "x.y",
    "f(a, b)",
    "# comment",
    "## doc",
    "=",
    "==",
    "&&",
    "|",
    "~",
    "not ",
    "is defined",
    "param p: ",
    "string",
    "list of ",
    "one of [",
    "matching r\"a\"",
    "or none",
    "may be empty",
    "action a(",
    "guard",
    "forbid $ x ...",
    "allow only $ y",
    "when {",
    "because",
    "invariant",
    "checklist",
    "item",
    "manual",
    "approve",
    "diagnose",
    "cause",
    "fix",
    "note",
    "fail",
    "return",
    "set a.b[c] = 1",
    "after 5m",
    "reply",
    "status 200",
    "unreachable",
    "expect",
    "never on",
    "given",
    "GET \"u\"",
    "put \"a\" to \"b\"",
    "done when",
    "accept exit 0 or 1",
    "3 at a time",
    "tolerating 5%",
    "é",
    "\u{feff}",
    "\0",
];

/// A text cut somewhere, with a piece of it or a word put in elsewhere.
fn mutated(text: &str, edits: &[(usize, usize, usize, u8)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (at, len, word, how) in edits {
        let at = at % (chars.len() + 1);
        let end = (at + len).min(chars.len());
        match how % 4 {
            0 => drop(chars.drain(at..end)),
            1 => drop(chars.splice(at..at, WORDS[word % WORDS.len()].chars())),
            2 => {
                let piece: Vec<char> = chars[at..end].to_vec();
                let to = word % (chars.len() + 1);
                chars.splice(to..to, piece);
            }
            _ => drop(chars.splice(at..end, WORDS[word % WORDS.len()].chars())),
        }
    }
    chars.into_iter().collect()
}

fn shipped() -> impl Strategy<Value = String> {
    let mut paths = sources("runbooks");
    paths.extend(sources("tests/fixtures/fmt/cases"));
    let texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    proptest::sample::select(texts)
}

/// Blanks, line breaks and comments as an author might put them.
fn untidy() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "let a = 1",
        "let  long_name   = f(a,\n    b, c=2)",
        "note  \"x {{ a }}\"",
        "check on m,within 5s  $ ls # no comment",
        "run on m POST \"u\",  json {\"a\": 1},\n   header \"X\" \"y\"",
        "assert a == 1 ,\n\"why\"",
        "f( a )",
        "pause 5s, \"why\"",
        "once on m, done when { check on m GET \"u\" } $ rm x",
        "let l = [\n 1,\n   # inside\n 2,\n]",
        "return a |\n  length",
        "approve \"x\", within 1h,by 2",
        "diagnose a,\n  cause \"b\", fix \"c\"",
        "fail r\"\\d\"",
        "let b   = f(aaaaaaaaaaaa, bbbbbbbbbbbbbb, ccccccccccccc)",
        "let ccc = 2",
        "diagnose aaaaaaaaaaaaaaaa, cause \"bbbbbbbbbbbbbb\", fix \"cccccccccccccc\"",
        "if aaaaaaaaaaaaaaaaaa { if bbbbbbbbbbbbbb { note \"cccccccccccccc\" } }",
        "run on m POST \"u\", json {\"a\": 1}, header \"X\" \"yyyyyyyyyyyyyyyyyyyyyyyyyyyy\"",
        "manual \"do it\" { assert a }",
        "run on m $ \"\"\"\n  echo {{ a }}\n   b\n\"\"\"",
        "let t = \"\"\"\n a\n  b\"\"\"",
    ]);
    let line = (leaf, "[ \t]{0,4}", "(\n{0,3}| ?# c\n|\n *## d\n{1,2})").prop_map(|(leaf, indent, end)| {
        let end = if end.contains('#') && leaf.contains("$ ls") { "\n".to_owned() } else { end };
        format!("{indent}{leaf}{end}\n")
    });
    let body = proptest::collection::vec(line, 0..4).prop_map(|lines| lines.concat());
    body.prop_recursive(3, 24, 4, |inner| {
        let heads = proptest::sample::select(vec![
            "if a",
            "for each x in a,2 at a time ,tolerating 1 failures",
            "wait until \"x\", every 2s,\n within 5m",
            "together",
            "retry 3 times",
            "attempt {\n} otherwise",
            "for each k,v in a,\n  tolerating 5%",
        ]);
        proptest::collection::vec((heads, inner, "\n{0,2}( *# e\n)?"), 1..3).prop_map(|blocks| {
            blocks
                .into_iter()
                .map(|(head, body, end)| format!("{head} {{\n{body}{end}}}\n{end}"))
                .collect::<String>()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        syntax_holds(&text);
    }

    #[test]
    fn no_words_panic(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)) {
        syntax_holds(&words.concat());
        syntax_holds(&format!("runbook \"a\"\nstage \"s\" {{\n{}\n}}\n", words.concat()));
        syntax_holds(&format!("world \"a\"\non \"s\" $ ls {{\n{}\n}}\n", words.concat()));
    }

    #[test]
    fn mutated_files_hold(text in shipped(), edits in proptest::collection::vec(any::<(usize, u8, usize, u8)>(), 1..4)) {
        let edits: Vec<_> = edits.into_iter().map(|(at, len, word, how)| (at, usize::from(len), word, how)).collect();
        syntax_holds(&mutated(&text, &edits));
    }

    #[test]
    fn untidy_files_hold(body in untidy(), crlf in any::<bool>()) {
        let text = format!("runbook \"a\"\nstage \"s\" {{\n{body}}}\n");
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        prop_assert!(parse(FileId(0), &text).findings.is_empty(), "{:?}\n{text}", parse(FileId(0), &text).findings);
        syntax_holds(&text);
    }
}
