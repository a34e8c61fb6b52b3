//! Whatever is written, nothing panics, and places stay places.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use proptest::prelude::*;

use super::translate::translate;
use super::{Expression, Scope, show};
use crate::source::{FileId, Span};
use crate::value::{Value, from_json, unknown};

fn scope() -> Arc<Scope> {
    let scope = Scope::root();
    scope.set("a", from_json(&serde_json::json!({"b": [1, "two", null, {"c": 2.5}], "d": "x y\nz 1"})));
    scope.set("n", Value::from(7));
    scope.set("u", unknown("u"));
    scope
}

/// Pieces that make expressions which nearly hold together.
fn soup() -> impl Strategy<Value = String> {
    let names = super::registry::entries().map(|entry| entry.name.to_owned()).collect::<Vec<_>>();
    let fixed = [
        "a",
        ".b",
        ".d",
        "n",
        "u",
        "nope",
        "[0]",
        "[-1]",
        "[1:]",
        "1",
        "2.5",
        "40m",
        "'s'",
        "\"t{{ n }}\"",
        "\"{{",
        "}}\"",
        "r\"q\"",
        "\"\"\"",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "|",
        "is",
        "not",
        "in",
        "and",
        "or",
        "if",
        "else",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "~",
        "==",
        "<",
        ">=",
        "=",
        "#",
        "\n",
        "none",
        "true",
        "ü",
        "9999999999999999999999",
        "range(3)",
        "attribute=",
    ];
    let piece = prop_oneof![
        4 => proptest::sample::select(fixed.map(str::to_owned).to_vec()),
        1 => proptest::sample::select(names),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.join(" "))
}

/// Filters with arguments of every kind.
fn filtered() -> impl Strategy<Value = String> {
    let values = [
        "a",
        "a.b",
        "a.d",
        "n",
        "-1",
        "1.5",
        "'x'",
        "[]",
        "{}",
        "none",
        "40m",
        "[1, 'a', 2m]",
        "true",
        "u",
        "[a, a]",
    ];
    let value = || proptest::sample::select(values.to_vec());
    let entry = proptest::sample::select(super::registry::entries().collect::<Vec<_>>());
    (value(), entry, value(), value(), 0..3_usize).prop_map(|(base, entry, one, two, count)| {
        let args = [one, two][..count.min(2)].join(", ");
        match entry.used {
            super::registry::Use::Filter => format!("{base} | {}({args})", entry.name),
            super::registry::Use::Test => format!("{base} is {}({args})", entry.name),
            super::registry::Use::Method => format!("({base}).{}({args})", entry.name),
            super::registry::Use::Function => format!("{}({args})", entry.name),
        }
    })
}

fn evaluate(text: &str) -> Result<(), TestCaseError> {
    let span = Span::new(FileId(0), 10, 10 + text.len());
    let inside = |part: Span| span.start <= part.start && part.start <= part.end && part.end <= span.end;
    let cut = |part: Span| text.get(part.start as usize - 10..part.end as usize - 10).is_some();
    match Expression::read(text, span) {
        Err(finding) => prop_assert!(inside(finding.span()) && cut(finding.span()), "{text}: {finding:?}"),
        Ok(expression) => {
            expression
                .tree()
                .walk(&mut |node| assert!(inside(node.span) && cut(node.span), "{text}: {node:?}"));
            match expression.evaluate(&scope()) {
                Ok(value) => drop(show(&value, 80)),
                Err(error) => prop_assert!(inside(error.span) && cut(error.span), "{text}: {error:?}"),
            }
            drop(expression.observed(&scope()));
            alike(&expression)?;
        }
    }
    Ok(())
}

/// What is worked out by the tree is what the machine makes of it.
fn alike(expression: &Expression) -> Result<(), TestCaseError> {
    let Some(value) = expression.by_tree(&scope()) else { return Ok(()) };
    let machine = expression.by_machine(&scope());
    let text = expression.text();
    prop_assert!(machine.is_ok(), "{text}: {value:?} by the tree, {machine:?} by the machine");
    let machine = machine.unwrap();
    prop_assert_eq!(value.kind(), machine.kind(), "{}", text);
    prop_assert_eq!(show(&value, 2_000), show(&machine, 2_000), "{}", text);
    Ok(())
}

/// Operators between values of every kind.
fn worked_out() -> impl Strategy<Value = String> {
    let values = [
        "a", "a.b", "a.b[1]", "a.d", "n", "-1", "1.5", "'7'", "[]", "{}", "none", "40m", "true", "u", "nope",
    ];
    let between = [
        "and",
        "or",
        "~",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "==",
        "!=",
        "<",
        "<=",
        "in",
        "not in",
        "if n else",
        "if u else",
        "| default",
        ", ",
    ];
    let value = || proptest::sample::select(values.to_vec());
    let more =
        proptest::collection::vec((proptest::sample::select(between.to_vec()), value(), any::<bool>()), 0..5);
    (value(), more).prop_map(|(first, more)| {
        let joined = more.into_iter().fold(first.to_owned(), |text, (between, value, not)| match between {
            "| default" => format!("({text}) | default({value})"),
            between if not => format!("({text}) {between} not {value}"),
            between => format!("{text} {between} {value}"),
        });
        format!("[{joined}]")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        evaluate(&text)?;
    }

    #[test]
    fn any_soup_is_read_or_refused(text in soup()) {
        evaluate(&text)?;
    }

    #[test]
    fn any_filter_takes_or_refuses_any_value(text in filtered()) {
        evaluate(&text)?;
    }

    #[test]
    fn operators_give_by_the_tree_what_they_give_by_the_machine(text in worked_out()) {
        evaluate(&text)?;
    }

    #[test]
    fn what_stands_in_both_texts_is_mapped_to_itself(text in soup()) {
        if let Ok(done) = translate(&text) {
            let mut last = 0;
            for (at, _) in done.text.char_indices() {
                let (start, end) = (done.map.start(at), done.map.end(at + 1));
                prop_assert!(last <= start && start <= end && end <= text.len());
                last = start;
            }
        }
    }

    #[test]
    fn a_string_of_any_text_is_that_text(text in "\\PC{0,30}") {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        prop_assume!(!text.contains("{{") && !text.ends_with('{'));
        let source = format!("\"{escaped}{{{{ n }}}}\"");
        let span = Span::new(FileId(0), 0, source.len());
        let value = Expression::read(&source, span).unwrap().evaluate(&scope()).unwrap();
        let expected = format!("{text}7");
        prop_assert_eq!(value.as_str(), Some(expected.as_str()));
    }
}
