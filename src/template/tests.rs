#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use super::*;
use crate::ids::ExprId;
use crate::source::FileId;
use crate::value::{
    CommandOutcome, HttpOutcome, Outcome, Secret, Value, from_json, outcome_value, secret_value, unknown,
};

fn expr(text: &str) -> ast::Expr {
    ast::Expr { id: ExprId(0), text: text.to_owned(), span: Span::new(FileId(0), 100, 100 + text.len()) }
}

fn command(stdout: &str) -> Value {
    let stdout = bytes::Bytes::copy_from_slice(stdout.as_bytes());
    outcome_value(Outcome::Command(CommandOutcome { stdout, ..Default::default() }))
}

fn scope() -> Arc<Scope> {
    let scope = Scope::root();
    let json = serde_json::json!({"build": "10.0.20348.859", "ubr": 859, "nothing": null, "list": [1, 2]});
    scope.set("before", from_json(&json));
    scope.set("x", Value::from(5));
    scope.set("name", Value::from("demo"));
    scope.set("yes", Value::from(true));
    scope.set("ls", command("web 1/1\ncaddy 0/1\n"));
    scope.set(
        "page",
        outcome_value(Outcome::Http(HttpOutcome {
            status: 200,
            body: "{\"ok\": true}".into(),
            ..Default::default()
        })),
    );
    scope.set("broken", command("<html>\n"));
    scope.set("token", secret_value(Secret { name: "token".into() }));
    scope.set("later", unknown("later"));
    scope
}

/// The value as `show` writes it, or the error with its place in the text marked by `«»`.
fn outcome(text: &str) -> String {
    let expression = match Expression::parse(&expr(text)) {
        Ok(expression) => expression,
        Err(finding) => {
            let label = finding.labels[0].text.clone();
            return described(text, finding.span(), &finding.title, &label, finding.help.as_deref());
        }
    };
    match expression.evaluate(&scope()) {
        Ok(value) => show(&value, 200),
        Err(error) => described(text, error.span, &error.title, &error.label, error.help.as_deref()),
    }
}

fn described(text: &str, span: Span, title: &str, label: &str, help: Option<&str>) -> String {
    let (start, end) = (span.start as usize - 100, span.end as usize - 100);
    let mut out = format!("{}«{}»{}: {title}", &text[..start], &text[start..end], &text[end..]);
    for part in [Some(label), help].into_iter().flatten().filter(|part| !part.is_empty()) {
        out.push_str(&format!("; {part}"));
    }
    out
}

fn table(rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(text, expected)| {
            let found = outcome(text);
            (found != *expected).then(|| format!("{text}\n  expected {expected}\n  found    {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_of_the_registry_holds() {
    let mut rows = Vec::new();
    for entry in registry::entries() {
        assert!(!entry.doc.is_empty() && !entry.example.0.is_empty(), "{} has no example", entry.name);
        assert!(entry.example.0.contains(entry.name), "the example of {} is of another", entry.name);
        rows.push(entry.example);
    }
    table(&rows);
}

#[test]
fn literals() {
    table(&[
        ("40m", "40m"),
        ("1h30m", "1h30m"),
        ("[90s, 500ms]", "[1m30s, 500ms]"),
        ("1e3", "1000.0"),
        ("0x1f", "31"),
        ("1_000", "1000"),
        ("'40m'", "\"40m\""),
        (r#""a \"b\" \\ \n""#, r#""a \"b\" \\ \n""#),
        (r#""{{ name }}-x""#, r#""demo-x""#),
        (r#""{{ name }}{{ x }}""#, r#""demo5""#),
        (r#""{{.Name}} {{ name }}""#, r#""{{.Name}} demo""#),
        (r#""{{ "in " ~ "{{ name }}" }}""#, r#""in demo""#),
        (r#""{{ {'a': {'b': 1}}.a.b }}""#, r#""1""#),
        (r#"r"a\d{{ x }}""#, r#""a\\d{{ x }}""#),
        ("\"\"\"\n  a {{ x }}\n    b\n  \"\"\"", r#""a 5\n  b""#),
        ("[1, # one\n 2]", "[1, 2]"),
        ("(1, 2)", "[1, 2]"),
        ("{\"a\": 1, \"b\": [none, true]}", "{\"a\": 1, \"b\": [none, true]}"),
        ("-x + 2 ** 3", "3"),
        ("x if x > 3 else 0", "5"),
        ("ls.lines[0]", "\"web 1/1\""),
        ("ls.lines[-1][:5]", "\"caddy\""),
        ("before.list[0] + before['list'][1]", "3"),
        ("9007199254740993", "9007199254740993"),
    ]);
}

#[test]
fn operators_and_precedence() {
    table(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 // 2", "3"),
        ("7 / 2", "3.5"),
        ("7 % 4", "3"),
        ("-7 % 4", "1"),
        ("2 ** 3 ** 2", "64"),
        ("\"a\" ~ 1 ~ true ~ 5m", "\"a1true5m\""),
        ("not yes or yes", "true"),
        ("yes and not yes or 1 < 2", "true"),
        ("1 < 2 < 3", "true"),
        ("1 < 3 < 2", "false"),
        ("\"a\" in \"abc\"", "true"),
        ("3 not in [1, 2]", "true"),
        ("not 3 in [1, 2]", "true"),
        ("\"ubr\" in before", "true"),
        ("x is not none", "true"),
        ("not x is none", "true"),
        ("x is none or x > 3", "true"),
        ("-x | abs", "5"),
        ("[1] + [2]", "[1, 2]"),
        ("5m + 30s", "5m30s"),
        ("5m - 30s", "4m30s"),
        ("2 * 5m", "10m"),
        ("1m / 2", "30s"),
        ("5m / 1m", "5.0"),
        ("60s == 1m", "true"),
        ("2m > 90s", "true"),
        ("[1m, 10s] | sort", "[10s, 1m]"),
        ("(name)", "\"demo\""),
        ("1 if false else 2 if false else 3", "3"),
        ("x and 3", "3"),
    ]);
}

#[test]
fn what_is_undefined_is_an_error_wherever_it_stands() {
    table(&[
        ("nope", "«nope»: there is no `nope` here; this name has no value"),
        ("nam ~ 1", "«nam» ~ 1: there is no `nam` here; this name has no value; did you mean `name`?"),
        ("[1, nope]", "[1, «nope»]: there is no `nope` here; this name has no value"),
        (
            "{\"a\": before.nope}",
            "{\"a\": «before.nope»}: there is no field `nope`; it has `build`, `ubr`, `nothing`, `list`",
        ),
        (
            "before.urb > 3",
            "«before.urb» > 3: there is no field `urb`; it has `build`, `ubr`, `nothing`, `list`; did you mean `ubr`?",
        ),
        (
            "x if false",
            "«x if false»: the expression has no value; the condition is false and there is no `else`",
        ),
        (
            "[x if false]",
            "[«x if false»]: the expression has no value; the condition is false and there is no `else`",
        ),
        ("nope == 1", "«nope» == 1: there is no `nope` here; this name has no value"),
        ("name.nope", "«name.nope»: a string has no field `nope`; its value is \"demo\""),
        (
            "ls.json2",
            "«ls.json2»: there is no field `json2`; it has `stdout`, `stderr`, `text`, `lines`, `json`, `json_lines`, `exit`, `seconds`; did you mean `json`?",
        ),
        (
            "ls.lines[7]",
            "«ls.lines[7]»: there is no item 7; it has 2 items; items are counted from 0; the last one is -1",
        ),
        ("before.list[2] | default(0)", "0"),
        (
            "[] | first",
            "«[] | first»: there is no first item; the list is empty; where that may be, add `| default(…)`",
        ),
        ("[] | first | default(3)", "3"),
        ("([] | first) is defined", "false"),
        ("nope is defined", "false"),
        ("before.nope is defined", "false"),
        ("before.nope.deeper is defined", "false"),
        ("before.nope.deeper | default(1)", "1"),
        ("(before.nope | default({})).a | default(2)", "2"),
        ("before.build is defined", "true"),
        ("yes or nope", "true"),
        (
            "[{\"a\": 1}] | map(attribute=\"b\")",
            "«[{\"a\": 1}] | map(attribute=\"b\")»: an item has no such field; give a `default=`, or select the items that have it",
        ),
        (
            "[{\"a\": 1}] | selectattr(\"b\", \"eq\", 1)",
            "«[{\"a\": 1}] | selectattr(\"b\", \"eq\", 1)»: there is no field `b`; it has `a`",
        ),
        ("[{\"a\": 1}] | selectattr(\"b\", \"defined\") | list", "[]"),
        (
            "before.nope | lower",
            "«before.nope» | lower: there is no field `nope`; it has `build`, `ubr`, `nothing`, `list`",
        ),
        ("name.upper() ~ nope", "name.upper() ~ «nope»: there is no `nope` here; this name has no value"),
        ("\"{{ nope }}\"", "\"{{ «nope» }}\": there is no `nope` here; this name has no value"),
    ]);
}

#[test]
fn values_of_the_wrong_kind_are_errors() {
    table(&[
        (
            "1 + \"a\"",
            "«1 + \"a\"»: `+` does not work with an int and a string; this is 1 + \"a\"; join texts with `~`; make a number of a text with `| int`",
        ),
        (
            "\"5\" > 3",
            "«\"5\" > 3»: a string can't be compared with an int; this is \"5\" > 3; make a number of a text with `| int` or `| float`",
        ),
        (
            "5m > 3",
            "«5m > 3»: a duration can't be compared with an int; this is 5m > 3; write durations with a unit, as in `90s`; make one of a text with `| duration`",
        ),
        (
            "5m == \"5m\"",
            "«5m == \"5m\"»: a duration can't be compared with a string; this is 5m == \"5m\"; write durations with a unit, as in `90s`; make one of a text with `| duration`",
        ),
        ("1 / 0", "«1 / 0»: `1 / 0` has no result; nothing can be divided by zero"),
        ("1m - 2m", "«1m - 2m»: a duration can't be less than nothing; this is 1m - 2m"),
        (
            "\"a\" ~ none",
            "«\"a\" ~ none»: none is no text; give it another value with `| default(\"…\", true)`, or test `is none` before",
        ),
        (
            "\"{{ ls }}\"",
            "«\"{{ ls }}\"»: the outcome of a command is no text; say which part of it: `.text`, `.lines | join(\" \")`, `.exit`",
        ),
        (
            "\"{{ token }}\"",
            "«\"{{ token }}\"»: a secret is no text; secrets stand where they are never shown: `bearer`, `header`, `env {…}`, `stdin`",
        ),
        (
            "not ls",
            "«not ls»: the outcome of a command is neither true nor false; test a part of it: `.exit == 0`, `.text`",
        ),
        (
            "1 if page else 2",
            "«1 if page else 2»: the outcome of a request is neither true nor false; test a part of it: `.status == 200`, `.text`",
        ),
        (
            "ls == \"web\"",
            "«ls == \"web\"»: the outcome of a command can't be compared; compare a part of it, such as `.text`",
        ),
        (
            "\"web\" in ls",
            "«\"web\" in ls»: nothing can be looked for in the outcome of a command; say in which part of it: `.text`, `.lines`",
        ),
        (
            "ls | length",
            "«ls | length»: the outcome of a command has no length; say of which part: `.lines`, `.text`",
        ),
        (
            "ls | containing(\"x\")",
            "«ls | containing(\"x\")»: the outcome of a command has no lines; write `.lines` or `.text`",
        ),
        (
            "broken.json.a",
            "«broken.json».a: the output is no JSON: expected value at line 1 column 1; it begins with `<html>`",
        ),
        ("page.json.ok", "true"),
        (
            "\"abc\" | int",
            "«\"abc\" | int»: \"abc\" is no int; give a default: `| int(0)`, where it may be missing",
        ),
        (
            "[\"a b c\"] | columns([\"x\", \"y\"])",
            "«[\"a b c\"] | columns([\"x\", \"y\"])»: line 1 has 3 columns, not 2; the line is \"a b c\"; the names are x, y; `separators` says what parts the columns",
        ),
        (
            "\"a\" is matching(\"(\")",
            "«\"a\" is matching(\"(\")»: `(` is no regular expression; unclosed group",
        ),
        (
            "\"a\" * 3",
            "«\"a\" * 3»: `*` does not work with a string and an int; this is \"a\" * 3; make a number of a text with `| int`",
        ),
        ("range(200000)", "«range(200000)»: range has too many elements"),
    ]);
}

#[test]
fn what_is_found_before_anything_is_evaluated() {
    table(&[
        ("x | lenght", "x | «lenght»: there is no filter `lenght`; did you mean `length`?"),
        ("x is definde", "x is «definde»: there is no test `definde`; did you mean `defined`?"),
        ("windows.build(x)", "windows.«build»(x): there is no method `build`"),
        (
            "build(x)",
            "«build»(x): there is no function `build`; an action is called in a statement of its own: `let x = action(…)`",
        ),
        ("lower(x)", "«lower»(x): there is no function `lower`; `lower` is a filter: write `value | lower`"),
        (
            "x | defined",
            "x | «defined»: there is no filter `defined`; `defined` is a test: write `value is defined`",
        ),
        (
            "x | columns",
            "x | «columns»: the filter `columns` needs the argument `names`; it is written `columns(names, [separators])`",
        ),
        ("x | lower(1)", "x | lower(«1»): the filter `lower` takes no argument; it is written `lower`"),
        (
            "x | columns([], sep=1)",
            "x | columns([], sep=«1»): the filter `columns` has no argument `sep`; it is written `columns(names, [separators])`",
        ),
        (
            "x | select(\"contaning\", 1)",
            "x | select(«\"contaning\"», 1): there is no test `contaning`; did you mean `containing`?",
        ),
        ("a.b()()", "«a.b()()»: this can't be called; only functions and methods are called"),
        ("range(*x)", "range(*«x»): `*` and `**` don't spread arguments here; write each argument"),
    ]);
}

#[test]
fn syntax_errors_point_at_the_byte() {
    table(&[
        ("", "«»: an expression is missing"),
        ("1 +", "1 «+»: the expression ends too early; a value is missing after this"),
        ("0_", "0_«»: '_' may not occur at end of number"),
        ("x = 1", "x «=» 1: `=` does not compare; write `==` to compare two values"),
        ("x && y", "x «&&» y: `&&` is no operator; write `and`"),
        ("x || y", "x «||» y: `||` is no operator; write `or`"),
        ("!x", "«!»x: `!` is no operator; write `not`"),
        ("$x", "«$»x: `$` stands before commands only; in an expression a name stands as it is, without `$`"),
        ("x y", "x «y»: the expression should end before this; an operator is missing"),
        ("[1, 2", "[1, «2»: the expression ends too early; `,` is missing after this"),
        ("(1]", "(1«]»: unexpected `]`; `(` is still open"),
        ("1)", "1«)»: unexpected `)`; nothing is open here"),
        ("\"abc", "«\"»abc: the string is not closed; it begins here"),
        ("'abc", "«'»abc: the string is not closed; it begins here"),
        ("\"{{ x\"", "\"{{ x«\"»: the string is not closed; it begins here"),
        ("\"{{ }}\"", "\"«{{ }}»\": `{{ }}` is empty; an expression belongs here"),
        (
            "\"a\\d\"",
            "\"a«\\d»\": `\\d` is no escape; there are `\\\"`, `\\\\`, `\\n` and `\\t`; `r\"…\"` takes everything as it stands",
        ),
        (
            "40x",
            "«40x»: `40x` is no duration; it can't be read; durations are whole numbers with `d`, `h`, `m`, `s` or `ms`, large before small, as in `1h30m`",
        ),
        (
            "1.5h",
            "«1.5h»: `1.5h` is no duration; it has a fraction; durations are whole numbers with `d`, `h`, `m`, `s` or `ms`, large before small, as in `1h30m`",
        ),
        ("40m + + 1", "40m + «+» 1: unexpected `+`"),
        ("40m + 'a' b", "40m + 'a' «b»: the expression should end before this; an operator is missing"),
        ("__text(1)", "«__text»(1): a name can't begin with two underscores"),
        ("größe", "gr«ö»ße: `ö` can't stand in an expression"),
    ]);
}

#[test]
fn what_is_only_known_later_stays_unknown() {
    let expression = |text: &str| Expression::parse(&expr(text)).unwrap();
    let value = |text: &str| expression(text).evaluate(&scope()).unwrap();
    assert!(crate::value::is_unknown(&value("later")));
    assert_eq!(value("later.text").to_string(), "‹later.text›");
    assert_eq!(value("later.lines[0]").to_string(), "‹later.lines[0]›");
    assert_eq!(value("later.ubr > before.ubr").to_string(), "‹later.ubr > before.ubr›");
    assert_eq!(value("later.lines | length").to_string(), "‹later.lines | length›");
    assert_eq!(value("\"a {{ later.text }} {{ x }}\"").to_string(), "a ‹later.text› 5");
    assert_eq!(value("\"a\" ~ later").to_string(), "a‹later›");
    assert_eq!(show(&value("[later, 1]"), 80), "[‹later›, 1]");
    assert_eq!(value("x == 5 or later"), Value::from(true));
    assert_eq!(expression("later").holds(&scope()), Ok(None));
    assert_eq!(expression("x > 3").holds(&scope()), Ok(Some(true)));
    assert_eq!(
        expression("ls").holds(&scope()).unwrap_err().title,
        "the outcome of a command is neither true nor false"
    );
}

#[test]
fn what_is_observed_of_a_failed_expression() {
    let observed = |text: &str| {
        let all = Expression::parse(&expr(text)).unwrap().observed(&scope());
        all.into_iter().map(|(text, value)| format!("{text} = {value}")).collect::<Vec<_>>()
    };
    assert_eq!(observed("x > before.ubr"), ["x = 5", "before.ubr = 859"]);
    assert_eq!(observed("x > 3 and x < 4"), ["x = 5"]);
    assert_eq!(observed("1 > 2"), [""; 0]);
    assert_eq!(
        observed("ls.lines | containing('web') |\n  length >= 4"),
        ["ls.lines | containing('web') | length = 1", r#"ls.lines = ["web 1/1", "caddy 0/1"]"#]
    );
    assert_eq!(observed("before.nope is defined"), [""; 0]);
    assert_eq!(observed("ls.exit == 0"), ["ls.exit = 0"]);
    assert_eq!(observed("ls is none"), [""; 0]);
}

#[test]
fn free_names_are_in_order_and_once() {
    let names = |text: &str| Expression::parse(&expr(text)).unwrap().free_names().to_vec();
    assert_eq!(names("b.x + a[c] + b.y | map(attribute=\"d\")"), ["b", "a", "c"]);
    assert_eq!(names("range(3)"), [""; 0]);
    assert_eq!(names("\"{{ a }} {{.Name}} {{ b | lower }}\""), ["a", "b"]);
}

#[test]
fn spans_of_nodes_are_their_text() {
    let text = "(a ~ \"{{ b.c }}\") | lower is starting(\"x\") and not (c[0] > 5m) and d not in [e] or f is not none";
    let expression = Expression::parse(&expr(text)).unwrap();
    let mut seen = Vec::new();
    expression.tree().walk(&mut |node| {
        seen.push(&text[node.span.start as usize - 100..node.span.end as usize - 100]);
    });
    assert_eq!(
        seen,
        [
            text,
            "(a ~ \"{{ b.c }}\") | lower is starting(\"x\") and not (c[0] > 5m) and d not in [e]",
            "(a ~ \"{{ b.c }}\") | lower is starting(\"x\") and not (c[0] > 5m)",
            "(a ~ \"{{ b.c }}\") | lower is starting(\"x\")",
            "(a ~ \"{{ b.c }}\") | lower",
            "a ~ \"{{ b.c }}\"",
            "a",
            "\"{{ b.c }}\"",
            "b.c",
            "b",
            "\"x\"",
            "not (c[0] > 5m)",
            "c[0] > 5m",
            "c[0]",
            "c",
            "0",
            "5m",
            "d not in [e]",
            "d",
            "[e]",
            "e",
            "f is not none",
            "f",
        ]
    );
}

#[test]
fn nothing_runs_away() {
    let deep = |open: &str, inside: &str, close: &str| {
        format!("{}{inside}{}", open.repeat(10_000), close.repeat(10_000))
    };
    let long = |piece: &str| format!("x{}", piece.repeat(10_000));
    let texts = [
        deep("(", "1", ")"),
        deep("[", "1", "]"),
        deep("{1:", "1", "}"),
        deep("\"{{ ", "1", " }}\""),
        deep("not ", "yes", ""),
        deep("-", "1", ""),
        deep("1 if yes else ", "2", ""),
        deep("range(", "1", ")"),
        long(" + 1"),
        long(" ~ x"),
        long(".a"),
        long("[0]"),
        long(" | string"),
        long(" is none"),
        long(" and x"),
        long(" < x"),
        long("()"),
        long("(1).a"),
    ];
    for text in texts {
        let said = outcome(&text);
        assert!(
            said.contains("nested") || said.contains("follow each other"),
            "{}",
            &said[said.len().saturating_sub(200)..]
        );
    }
    let at_the_bound = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    assert!(Expression::parse(&expr(&at_the_bound)).unwrap().evaluate(&scope()).is_ok());
    for chain in [" + 1", " ~ x", " and x", " or 1", " | string"] {
        let text = format!("x{}", chain.repeat(200));
        let value = Expression::parse(&expr(&text)).unwrap().evaluate(&scope());
        assert!(value.is_ok(), "{chain}: {value:?}");
    }
    let list = format!("[{}] | length", "x, ".repeat(20_000));
    assert_eq!(outcome(&list), "20000");
    let scope = scope();
    scope.set("big", Value::from("x".repeat(20 << 20)));
    for text in ["big ~ big", "big + big", "big | replace(\"x\", \"yyyy\")", "[big, big] | join"] {
        let error = Expression::parse(&expr(text)).unwrap().evaluate(&scope).unwrap_err();
        assert_eq!(error.title, "the text grows beyond 32 MB", "{text}");
    }
}

#[test]
fn values_are_shown_short() {
    let shown = |text: &str, limit| {
        let value = Expression::parse(&expr(text)).unwrap().evaluate(&scope()).unwrap();
        show(&value, limit)
    };
    assert_eq!(shown("\"a\\nb\"", 20), "\"a\\nb\"");
    assert_eq!(shown("\"abcdefgh\"", 5), "\"abc…");
    assert_eq!(shown("range(100) | list", 12), "[0, 1, 2, 3…");
    assert_eq!(shown("ls", 80), "the outcome of a command, exit 0");
    assert_eq!(shown("token", 80), "•••");
    assert_eq!(shown("[ls]", 80), "[the outcome of a command, exit 0]");
    assert_eq!(show(&Value::UNDEFINED, 10), "undefined");
}
