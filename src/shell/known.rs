//! Which common programs plainly change something, only look, or can do great harm, for what lint says of them.
//!
//! The tables are `changes.txt`, `looks.txt` and `dangers.txt`; they grow without Rust.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::word::{Word, spelled};
use super::wrappers::{Inside, base_name, inside};
use super::{Forms, Pattern, SimpleCommand, commands, powershell};
use crate::value::Shell;

/// One row of a table.
struct Row {
    pattern: Pattern,
    /// What follows `->`.
    note: &'static str,
    /// It takes back what the other rows say.
    excepts: bool,
}

/// The rows of one family of shells, by program; under `""` those for any program.
type Table = HashMap<String, Vec<Row>>;

struct Tables {
    posix: Table,
    windows: Table,
}

static CHANGES: LazyLock<Tables> = LazyLock::new(|| read(include_str!("changes.txt")));
static LOOKS: LazyLock<Tables> = LazyLock::new(|| read(include_str!("looks.txt")));
static DANGERS: LazyLock<Tables> = LazyLock::new(|| read(include_str!("dangers.txt")));

/// The lines of a table, comments and empty lines left out.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

fn read(text: &'static str) -> Tables {
    let mut tables = Tables { posix: Table::new(), windows: Table::new() };
    let mut shell = Shell::Bash;
    for line in rows(text) {
        match line {
            "[posix]" => shell = Shell::Bash,
            "[windows]" => shell = Shell::PowerShell,
            _ => {
                let table = if shell == Shell::Bash { &mut tables.posix } else { &mut tables.windows };
                add_row(table, line, shell);
            }
        }
    }
    tables
}

fn add_row(table: &mut Table, line: &'static str, shell: Shell) {
    let excepts = line.starts_with("! ");
    let (text, note) = line.trim_start_matches("! ").split_once(" -> ").unwrap_or((line, ""));
    let text = text.trim_start_matches("! ");
    let programs = text.split_whitespace().next().unwrap_or("");
    for program in programs.split('|') {
        if let Ok(pattern) = Pattern::command(text, shell) {
            let key = if program.contains("...") { "" } else { program };
            table.entry(key.to_lowercase()).or_default().push(Row { pattern, note, excepts });
        }
    }
}

impl Tables {
    fn rows(&self, program: &str, shell: Shell) -> impl Iterator<Item = &Row> {
        let table = match shell {
            Shell::Sh | Shell::Bash => &self.posix,
            Shell::PowerShell | Shell::Pwsh | Shell::Cmd => &self.windows,
        };
        [program, ""].into_iter().filter_map(|key| table.get(key)).flatten()
    }
}

/// The words with the program's plain name.
fn plain(words: &[Word], shell: Shell) -> Vec<Word> {
    let mut plain = words.to_vec();
    if let Some(program) = plain.first_mut() {
        program.text = base_name(program, shell);
        if matches!(shell, Shell::PowerShell | Shell::Pwsh) {
            program.text = powershell::full_name(program).to_lowercase();
        }
    }
    plain
}

/// Whether a wrapper does nothing beside what it runs: `find -exec CMD` may delete by other words.
pub(super) fn is_pure_wrapper(words: &[Word]) -> bool {
    const DELETING: [&str; 6] = ["-delete", "-fprint", "-fprint0", "-fprintf", "-fls", "-ok"];
    !words.iter().any(|word| DELETING.contains(&word.text.as_str()))
}

/// What the command plainly changes, in a few words such as `removes files`.
#[must_use]
pub fn plainly_changes(words: &[Word], shell: Shell) -> Option<String> {
    told(&CHANGES, words, shell)
}

/// What the command takes away, in a few words such as `takes the host down`.
#[must_use]
pub fn plainly_endangers(words: &[Word], shell: Shell) -> Option<String> {
    told(&DANGERS, words, shell)
}

/// Whether every command of a command line is known, and only looks.
#[must_use]
pub fn plainly_looks(commands: &[Forms], shell: Shell) -> bool {
    !commands.is_empty() && commands.iter().all(|forms| only_looks(forms, shell))
}

/// Whether a command only looks in one of its forms, and nothing speaks against it in the others.
fn only_looks(forms: &[SimpleCommand], shell: Shell) -> bool {
    let told_by = |form: &SimpleCommand, tables: &Tables| match form {
        SimpleCommand::Words(words) => told(tables, words, shell).is_some(),
        SimpleCommand::Opaque(_) => false,
    };
    let against = |form: &SimpleCommand| matches!(form, SimpleCommand::Opaque(_)) || told_by(form, &CHANGES);
    forms.iter().any(|form| told_by(form, &LOOKS)) && !forms.iter().any(against)
}

/// What a table says of a command.
fn told(tables: &Tables, words: &[Word], shell: Shell) -> Option<String> {
    match inside(words, shell) {
        Inside::Command(skip) => return told(tables, &words[skip..], shell),
        Inside::Code { from, to } => {
            let inner = commands(&spelled(&words[from..to]), shell);
            let tell = |command: SimpleCommand| match command {
                SimpleCommand::Words(words) => told(tables, &words, shell),
                SimpleCommand::Opaque(_) => None,
            };
            return inner.into_iter().filter_map(|mut forms| forms.pop()).find_map(tell);
        }
        Inside::Words(inner) => return told(tables, &inner, shell),
        Inside::Nothing | Inside::Text { .. } | Inside::Opaque(_) => {}
    }
    let words = plain(words, shell);
    let mut rows = tables.rows(words.first()?, shell).filter(|row| row.pattern.match_words(&words).is_some());
    let first = rows.next().filter(|row| !row.excepts)?;
    rows.all(|row| !row.excepts).then(|| first.note.to_owned())
}
