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
