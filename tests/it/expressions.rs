//! The tables of filters in `docs/expressions.md` are those of the registry.

use std::fmt::Write;

use rutter::template::registry::{Entry, FAMILIES, Use};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/expressions.md");
const MARK: &str =
    "<!-- The rest is written from the registry: BLESS=1 cargo test --test it expressions -->\n";

fn call(entry: &Entry) -> String {
    let (name, signature) = (entry.name, entry.signature());
    match entry.used {
        Use::Filter => format!("\\| {name}{signature}"),
        Use::Test => format!("is {name}{signature}"),
        Use::Function => format!("{name}{signature}"),
        Use::Method => format!(".{name}{}", if signature.is_empty() { "()" } else { &signature }),
    }
}

fn row(entry: &Entry) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let (expression, result) = entry.example;
    let takes = if entry.used == Use::Function { "" } else { entry.input.word() };
    format!(
        "| `{}` | {} → {} | {} | `{}` is `{}` |\n",
        call(entry),
        takes,
        entry.gives.word(),
        cell(entry.doc),
        cell(expression),
        cell(result)
    )
}

fn tables() -> String {
    let mut tables = String::new();
    for family in FAMILIES {
        let _ = write!(
            tables,
            "\n### {}\n\n| | takes → gives | | for example |\n| --- | --- | --- | --- |\n",
            family.title
        );
        tables.extend(family.entries.iter().map(row));
    }
    tables
}

#[test]
fn the_page_of_expressions_lists_the_registry() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (prose, listed) = page.split_once(MARK).unwrap();
    if std::env::var_os("BLESS").is_some() {
        return std::fs::write(PAGE, format!("{prose}{MARK}{}", tables())).unwrap();
    }
    assert!(
        listed == tables(),
        "docs/expressions.md is out of date: BLESS=1 cargo test --test it expressions"
    );
}
