//! Every lint rule has a fixture that it is found in, and one beside it in which nothing is found.

use std::path::Path;

use rutter::lint::RULES;

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lint");
    std::fs::read_to_string(folder.join(name)).unwrap_or_default()
}

#[test]
fn every_rule_has_a_fixture_that_it_is_found_in() {
    let lost = |code: &&str| !fixture(&format!("{code}.out")).contains(&format!("[{code}]"));
    let lost: Vec<_> = RULES.iter().map(|rule| rule.code).filter(lost).collect();
    assert!(lost.is_empty(), "tests/fixtures/lint/CODE.runbook, with what it finds: {lost:?}");
}

#[test]
fn every_rule_has_a_fixture_in_which_nothing_is_found() {
    let clean = "no findings in 1 file\nexit 0\n";
    let lost = |code: &&str| fixture(&format!("{code}-ok.out")) != clean;
    let lost: Vec<_> = RULES.iter().map(|rule| rule.code).filter(lost).collect();
    assert!(lost.is_empty(), "tests/fixtures/lint/CODE-ok.runbook, what only looks like it: {lost:?}");
}
