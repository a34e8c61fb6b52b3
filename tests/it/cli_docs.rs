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
