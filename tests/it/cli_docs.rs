//! `docs/cli.md` shows what `-h` prints, command by command.

use std::process::{Command, Stdio};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md");

#[test]
fn cli_docs_show_the_help_as_it_is() {
    let text = std::fs::read_to_string(DOCS).unwrap();
    let filled = filled(&text);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(DOCS, filled).unwrap();
        return;
    }
    assert!(text == filled, "docs/cli.md is not what -h prints: run BLESS=1 cargo test --test it cli");
}

#[test]
fn cli_docs_name_every_command() {
    let text = std::fs::read_to_string(DOCS).unwrap();
    for command in commands() {
        assert!(
            text.contains(&format!("<!-- help {command} -->")),
            "docs/cli.md says nothing of `{command}`"
        );
    }
}

/// What stands between `<!-- help NAME -->` and `<!-- end -->`, written anew.
fn filled(text: &str) -> String {
    let mut filled = String::new();
    let mut inside = false;
    for line in text.lines() {
        let command = line.strip_prefix("<!-- help").and_then(|rest| rest.strip_suffix("-->"));
        inside &= line != "<!-- end -->";
        if !inside {
            filled.push_str(&format!("{line}\n"));
        }
        if let Some(command) = command {
            inside = true;
            filled.push_str(&format!("\n```text\n{}\n```\n\n", help(command.split_whitespace())));
        }
    }
    filled
}

fn help<'a>(command: impl Iterator<Item = &'a str>) -> String {
    let mut rutter = Command::new(env!("CARGO_BIN_EXE_rutter"));
    let output = rutter.args(command).arg("-h").stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn commands() -> Vec<String> {
    let text = help(std::iter::empty());
    let listed = text.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    listed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Command lines that stand in fences of `sh` are ones that rutter takes.
#[test]
fn command_lines_in_the_documentation_are_read() {
    use clap::CommandFactory;
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/resume.md")).unwrap();
    let mut seen = 0;
    let fences = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    for line in fences.flat_map(str::lines).filter(|line| line.starts_with("rutter ")) {
        let read = rutter::cli::Cli::command().try_get_matches_from(words(line));
        assert!(read.is_ok(), "{line}: {}", read.unwrap_err());
        seen += 1;
    }
    assert!(seen > 20, "only {seen} command lines were found");
}

/// As a shell takes a line apart that has nothing but words and quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ' ') => words.push(String::new()),
            (_, c) => words.last_mut().unwrap().push(c),
        }
    }
    words
}
