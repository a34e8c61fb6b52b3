//! What every shipped runbook and library comes with.

use std::fs;
use std::path::{Path, PathBuf};

/// The `*.runbook` files right in `folder`.
fn files(folder: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let found: Vec<_> = all.filter(|path| path.extension().is_some_and(|end| end == "runbook")).collect();
    assert!(!found.is_empty(), "{folder} holds no runbook");
    found
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

fn text(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn titles<'t>(world: &'t str, keyword: &str) -> Vec<&'t str> {
    world
        .lines()
        .filter_map(|line| line.strip_prefix(keyword))
        .filter_map(|rest| rest.split('"').nth(1))
        .collect()
}

#[test]
fn a_runbook_comes_with_params_a_world_its_page_and_safeguards() {
    for path in files("runbooks") {
        let name = stem(&path);
        text(format!("runbooks/{name}.params.yaml"));
        let world = text(format!("runbooks/worlds/{name}.world"));
        let (scenarios, truths) = (titles(&world, "scenario "), titles(&world, "always "));
        assert!(scenarios.len() >= 6, "{name}: {} scenarios", scenarios.len());
        assert!(!truths.is_empty(), "{name}: its world protects nothing");
        let safeguards = text(format!("tests/fixtures/safeguards/{name}.txt"));
        assert!(safeguards.matches("\ntrap: ").count() + 1 >= 3, "{name}: few safeguards");
        assert!(text("README.md").contains(&format!("runbooks/{name}.runbook")), "README.md: {name}");
    }
}

/// The page's table names scenarios by their titles, in quotes, and only ones that there are.
#[test]
fn the_table_of_a_page_names_scenarios_of_its_world() {
    for path in files("runbooks") {
        let name = stem(&path);
        let world = text(format!("runbooks/worlds/{name}.world"));
        let page = text(format!("docs/{name}.md"));
        for title in titles(&world, "scenario ") {
            let mut named = page.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
            assert!(named.any(|named| names(named, title)), "docs/{name}.md: nothing of \"{title}\"");
        }
    }
}

/// A title, whole or with one end left out: "the swap …", "… on the second server".
fn names(named: &str, title: &str) -> bool {
    let starts = named.strip_suffix(" …").is_some_and(|start| title.starts_with(start));
    let ends = named.strip_prefix("… ").is_some_and(|end| title.ends_with(end));
    named == title || starts || ends
}

#[test]
fn every_action_of_a_library_is_documented_and_every_library_is_listed() {
    let listed: Vec<&str> = rutter::resolve::std_names().collect();
    for path in files("runbooks/std") {
        assert!(listed.contains(&stem(&path)), "std.{} is not shipped", stem(&path));
        let library = text(&path);
        let lines: Vec<&str> = library.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let public = line.starts_with("action ") || line.starts_with("commands ");
            let said = at > 0 && lines[at - 1].starts_with("##");
            assert!(!public || said, "std.{}: `{line}` has no doc comment", stem(&path));
        }
        assert!(library.contains("https://"), "std.{} names no reference", stem(&path));
    }
}
