//! Which common programs plainly change something, for what lint says of a `check`.
//!
//! The table is `changes.txt`; it grows without Rust.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::word::{Word, spelled};
use super::wrappers::{Inside, base_name, inside};
use super::{Pattern, SimpleCommand, commands, powershell};
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
    match inside(words, shell) {
        Inside::Command(skip) => return plainly_changes(&words[skip..], shell),
        Inside::Code { from, to } => {
            let inner = commands(&spelled(&words[from..to]), shell);
            let changes = |command: SimpleCommand| match command {
                SimpleCommand::Words(words) => plainly_changes(&words, shell),
                SimpleCommand::Opaque(_) => None,
            };
            return inner.into_iter().filter_map(|mut forms| forms.pop()).find_map(changes);
        }
        Inside::Words(inner) => return plainly_changes(&inner, shell),
        Inside::Nothing | Inside::Text { .. } | Inside::Opaque(_) => {}
    }
    let words = plain(words, shell);
    let mut rows =
        CHANGES.rows(words.first()?, shell).filter(|row| row.pattern.match_words(&words).is_some());
    let first = rows.next().filter(|row| !row.excepts)?;
    rows.all(|row| !row.excepts).then(|| first.note.to_owned())
}
