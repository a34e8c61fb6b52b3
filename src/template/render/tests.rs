#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::ids::ExprId;
use crate::source::{FileId, Spanned};
use crate::value::{from_json, unknown};

/// Expressions by their ids.
struct Held(Vec<Expression>);

impl Expressions for Held {
    fn expression(&self, expr: &ast::Expr) -> &Expression {
        &self.0[expr.id.0 as usize]
    }
}

/// `a {{ b }} c` as parts, the spans those of `source`.
fn text(source: &str) -> (ast::Text, Held) {
    let (mut parts, mut held, mut rest) = (Vec::new(), Vec::new(), source);
    let at = |rest: &str| source.len() - rest.len();
    while let Some((before, behind)) = rest.split_once("{{ ") {
        let (inside, after) = behind.split_once(" }}").unwrap();
        parts.push(literal(before, at(rest)));
        let span = Span::new(FileId(0), at(behind), at(behind) + inside.len());
        let expr = ast::Expr { id: ExprId(held.len() as u32), text: inside.to_owned(), span };
        held.push(Expression::parse(&expr).unwrap());
        parts.push(ast::Part::Hole(expr));
        rest = after;
    }
    parts.push(literal(rest, at(rest)));
    let span = Span::new(FileId(0), 0, source.len());
    (ast::Text { quotes: ast::Quotes::Command, parts, span }, Held(held))
}

fn literal(text: &str, at: usize) -> ast::Part {
    ast::Part::Literal(Spanned::new(text.to_owned(), Span::new(FileId(0), at, at + text.len())))
}

fn scope() -> Arc<Scope> {
    let scope = Scope::root();
    let json = serde_json::json!({"list": ["a b", "c"], "none": null, "empty": []});
    scope.set("r", from_json(&json));
    scope.set("host", Value::from("web1; rm -rf /"));
    scope.set("name", Value::from("demo-x"));
    scope.set("n", Value::from(3));
    scope.set("ls", unknown("ls"));
    scope
}

fn said(result: Result<String, EvalError>, source: &str) -> String {
    result.unwrap_or_else(|error| {
        let at = &source[error.span.range()];
        format!("«{at}» {}; {}", error.title, error.help.unwrap_or_default())
    })
}

#[test]
fn strings() {
    let rows = [
        ("plain", "plain"),
        ("{{ name }} has {{ n + 1 }} of {{ 5m }}: {{ true }}", "demo-x has 4 of 5m: true"),
        ("‹ {{ ls.text }} ›", "‹ ‹ls.text› ›"),
        (
            "is {{ r.none }}",
            "«r.none» none is no text; give it another value with `| default(\"…\", true)`, or test `is none` before",
        ),
        ("is {{ r.list }}", "«r.list» a list is no text; join it with `| join(\" \")`, or write `| json`"),
        ("is {{ r.lsit }}", "«r.lsit» there is no field `lsit`; did you mean `list`?"),
        ("{{ host | raw }}", "web1; rm -rf /"),
    ];
    for (source, expected) in rows {
        let (text, held) = text(source);
        assert_eq!(said(render(&text, &held, &scope()), source), expected);
    }
}

#[test]
fn commands() {
    let rows = [
        ("docker rm {{ name }}", "docker rm demo-x"),
        ("ping {{ host }}", "ping 'web1; rm -rf /'"),
        ("ping {{ host | raw }}", "ping web1; rm -rf /"),
        ("rm {{ r.list }} x", "rm 'a b' c x"),
        ("rm {{ r.empty }} x", "rm  x"),
        (
            "rm a{{ r.list }}",
            "«r.list» a list can't be part of a word; let it stand alone between blanks, where each item becomes a word, or write `| join(\",\")`",
        ),
        (
            "rm \"{{ r.list }}\"",
            "«r.list» a list can't be part of a word; let it stand alone between blanks, where each item becomes a word, or write `| join(\",\")`",
        ),
        ("scale {{ name }}_x={{ n }}", "scale demo-x_x=3"),
        ("echo {{ ls.text }}", "echo ‹ls.text›"),
        ("echo {{ r }}", "«r» a record is no text; name a field of it, or write `| json`"),
        ("echo '{{.Name}}'", "echo '{{.Name}}'"),
    ];
    for (source, expected) in rows {
        let (text, held) = text(source);
        assert_eq!(said(render_command(&text, Shell::Sh, &held, &scope()), source), expected);
    }
}
