//! A variable of the shell stands without quotes, and may become several words.
//!
//! A blank in its value makes two words of it, a `*` the names of files, and an empty one no word
//! at all: `rm -rf $dir /tmp/x` then removes something else than it says. It works on every host
//! but one.
//!
//! ## Bad
//! ```runbook
//! runbook "Clean up"
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ rm -f $APP_HOME/cache.db
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Clean up"
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ rm -f "$APP_HOME/cache.db"
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` writes the quotes.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Stage;

/// Where it does no harm: what they are given is shown, is a number or is meant to be split.
const HARMLESS: [&str; 9] = ["echo", "printf", "exit", "return", "kill", "wait", "export", "shift", "set"];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let split = commands(file).into_iter().filter_map(|command| Some((variable(&command)?, command)));
    split
        .map(|(variable, command)| finding(&variable, &command).fix(fix(file, &variable, &command)))
        .collect()
}

/// The first variable that the shell splits and that the command does not set itself.
fn variable(command: &Command<'_>) -> Option<String> {
    let text = command.filled();
    let pipelines = command.pipelines();
    let stages = pipelines.iter().flat_map(|pipeline| &pipeline.stages).filter(|stage| !is_harmless(stage));
    let mut split = stages.flat_map(|stage| &stage.split);
    split.find(|source| name(source).is_some_and(|name| !is_several(name) && !is_set(text, name))).cloned()
}

fn is_harmless(stage: &Stage) -> bool {
    // A variable that stands for the program holds its first options as well.
    let harmless = |program: &String| HARMLESS.contains(&program.as_str()) || program.starts_with('$');
    stage.words.first().is_some_and(harmless)
}

/// The name in `$name` or `${name}`.
fn name(source: &str) -> Option<&str> {
    let name = source.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let named = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    (named && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())).then_some(name)
}

/// Whether it is called what several words are called, which must not be quoted.
fn is_several(name: &str) -> bool {
    let upper = name.to_uppercase();
    ["S", "PID", "UID", "GID"].iter().any(|end| upper.ends_with(end))
}

/// Whether the command gives it its value: then that it has no blanks may be known there.
fn is_set(text: &str, name: &str) -> bool {
    [format!("{name}="), format!("for {name} "), format!("read {name}"), format!("read -r {name}")]
        .iter()
        .any(|sets| text.contains(sets.as_str()))
}

fn finding(variable: &str, command: &Command<'_>) -> Finding {
    command
        .warning(
            "unquoted-variable",
            format!("`{variable}` may become several words, or none"),
            "no quotes keep it together",
        )
        .help(format!("write `\"{variable}\"`"))
}

/// Quotes around the variable, if it stands in the command but once.
fn fix(file: &File<'_>, variable: &str, command: &Command<'_>) -> Option<Fix> {
    let text = file.text(command.text.span);
    let goes_on = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let ends = |at: &usize| variable.ends_with('}') || !text[*at + variable.len()..].starts_with(goes_on);
    let mut found = text.match_indices(variable).map(|(at, _)| at).filter(ends);
    let at = found.next().filter(|_| found.next().is_none())?;
    let quoted = format!("\"{variable}\"");
    let edit = Edit::replace(command.text.span.part(at, variable.len()), quoted.as_str());
    Some(Fix::risky(format!("write `{quoted}`"), edit))
}
