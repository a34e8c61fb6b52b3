//! Every rule's page: its bad example is found, its good one is clean, and `docs/lint/` has it.

use std::io::{Error, ErrorKind};
use std::path::Path;

use super::*;
use toml_edit::Document;

use crate::resolve::{Loader, resolve};
use crate::source::FileId;

struct One(String);

impl Loader for One {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        if path == Path::new("example.runbook") {
            Ok(self.0.clone().into())
        } else {
            Err(ErrorKind::NotFound.into())
        }
    }
}

/// As the page of a rule that goes by a limit has it.
const LIMITS: &str = "longest-stage = \"4h\"";

fn found(text: &str) -> Vec<String> {
    let limits = Document::parse(LIMITS).unwrap();
    let levels = Levels::read(limits.as_table(), FileId(0)).unwrap();
    let resolution = resolve(Path::new("example.runbook"), &One(text.to_owned()));
    assert_eq!(resolution.findings, [], "{text}");
    lint(&resolution, &levels, Path::new("example.runbook"))
        .iter()
        .map(|finding| finding.code.to_string())
        .collect()
}

fn example<'p>(page: &'p str, title: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("## {title}\n```runbook\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_bad_example_of_each_rule_is_found_and_the_good_one_is_clean() {
    for rule in RULES {
        let page = rule.page();
        assert_eq!(found(example(&page, "Bad")), [rule.code], "{}", rule.code);
        assert_eq!(found(example(&page, "Good")), [] as [String; 0], "{}", rule.code);
    }
}

#[test]
fn the_pages_in_docs_are_those_of_the_rules() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint");
    for rule in RULES {
        let at = docs.join(format!("{}.md", rule.code));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&at, rule.page()).unwrap();
        }
        let text = std::fs::read_to_string(&at).unwrap_or_default();
        assert_eq!(text, rule.page(), "`BLESS=1 cargo test lint::` writes {}", at.display());
    }
}

#[test]
fn the_list_in_docs_is_that_of_the_rules() {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint/README.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&at, list()).unwrap();
    }
    let text = std::fs::read_to_string(&at).unwrap_or_default();
    assert_eq!(text, list(), "`BLESS=1 cargo test lint::` writes {}", at.display());
}

fn list() -> String {
    let group = |(group, word): &(Group, &str)| {
        let rules = RULES.iter().filter(|rule| rule.group == *group);
        let row = |rule: &Rule| format!("| [`{0}`]({0}.md) | {1} |\n", rule.code, rule.summary());
        format!("\n## {word}\n\n| rule | finds |\n| --- | --- |\n{}", rules.map(row).collect::<String>())
    };
    let groups: String = Group::ALL.iter().map(group).collect();
    format!("# Lint rules\n\nHow findings are shown, let stand and weighed: [lint.md](../lint.md).\n{groups}")
}

#[test]
fn the_rules_stand_in_order() {
    assert!(RULES.is_sorted_by_key(|rule| rule.code));
    assert!(explain("unused-name").unwrap().starts_with("# unused-name\n\nA name"));
}

#[test]
fn groups_have_their_words() {
    assert!(Group::ALL.iter().all(|(group, word)| group.word() == *word));
}

#[test]
fn every_rule_says_what_it_finds_in_one_line() {
    for rule in RULES {
        assert!(
            rule.summary().ends_with('.') && rule.summary().len() < 90,
            "{}: {}",
            rule.code,
            rule.summary()
        );
    }
}
