//! `docs/guide-world.md` and `docs/ci.md` show files as they are, and what commands print.
//!
//! After `<!-- file PATH -->`, or `<!-- file PATH from TEXT -->`, stands that file, or what follows from TEXT on. In a fence
//! `console` stands a command and what it prints. `BLESS=1 cargo test --test it guide::` writes both anew.

use std::process::{Command, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn the_guide_shows_files_and_outputs_as_they_are() {
    shows_what_is("docs/guide-world.md");
}

#[test]
fn the_page_on_pipelines_shows_the_recipes() {
    shows_what_is("docs/ci.md");
}

fn shows_what_is(page: &str) {
    let path = format!("{ROOT}/{page}");
    let page = std::fs::read_to_string(&path).unwrap();
    let filled = filled(&page);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, filled).unwrap();
        return;
    }
    let differs = page.lines().zip(filled.lines()).find(|(shown, is)| shown != is);
    assert!(page == filled, "run BLESS=1 cargo test --test it guide:: (first {differs:?})");
}

/// Both worlds are the same, but for the runbook and the scenario that was added.
#[test]
fn the_mended_world_only_adds_a_scenario() {
    let first = read("examples/worlds/pool-restart-at-first.world");
    let mended = read("examples/worlds/pool-restart.world");
    assert!(mended.starts_with(&first.replace("pool-restart-at-first", "pool-restart")));
}

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}/{path}")).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn filled(page: &str) -> String {
    let mut filled = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        filled.push_str(&format!("{line}\n"));
        if let Some(file) = line.strip_prefix("<!-- file ").and_then(|rest| rest.strip_suffix(" -->")) {
            let is_fenced = lines.peek().is_some_and(|line| line.starts_with("```"));
            if is_fenced {
                lines.by_ref().skip(1).find(|line| *line == "```").unwrap();
            }
            filled.push_str(&shown(file));
        } else if line == "```console" {
            let command = lines.next().unwrap();
            lines.by_ref().find(|line| *line == "```").unwrap();
            filled.push_str(&format!("{command}\n{}```\n", printed(command)));
        }
    }
    filled
}

/// The fence of a file, or of what follows in it from a text on.
fn shown(file: &str) -> String {
    let (path, from) = file.split_once(" from ").unwrap_or((file, ""));
    let text = read(path);
    let at = text.find(from).unwrap_or_else(|| panic!("`{from}` does not stand in {path}"));
    let end = std::path::Path::new(path).extension().and_then(|end| end.to_str());
    let language = match (end, from) {
        (Some("world"), "") => "world",
        (Some("world"), _) => "world-item",
        (Some("yml" | "yaml"), _) => "yaml",
        (Some(_), _) => "runbook",
        (None, _) if path.ends_with("Containerfile") => "dockerfile",
        (None, _) => "sh",
    };
    format!("```{language}\n{}```\n", &text[at..])
}

fn printed(command: &str) -> String {
    let words: Vec<_> = command.strip_prefix("$ rutter ").unwrap().split(' ').collect();
    let mut rutter = Command::new(env!("CARGO_BIN_EXE_rutter"));
    let output = rutter.args(words).current_dir(ROOT).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
