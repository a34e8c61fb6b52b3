//! What a command does, as far as it is known before it is sent.
//!
//! In: the words of one command, wrappers taken off. Out: its deeds, or why they are not known.
//! What programs do stands in `known/posix.txt` and `known/windows.txt`, which services and
//! processes are one thing in `known/families.txt`; all three grow without Rust.

mod names;
mod options;
mod protected;
mod table;
#[cfg(test)]
mod tests;

use super::Word;
use super::powershell;
use super::wrappers::base_name;
use crate::value::Shell;

pub(super) use protected::{Meets, Protected};
use table::{Rule, programs};

/// One thing that a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// It changes nothing.
    Looks,
    /// As in "ends service docker".
    Does(Act),
}

/// A change to something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Act {
    /// `ends`, `starts`, `changes`, …
    pub verb: &'static str,
    /// `service`, `process`, `file`, `host`, …
    pub kind: &'static str,
    /// What is changed; any of its kind when there are none.
    pub names: Vec<Name>,
}

/// What a change is made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// It is called so; `*`, `?` and `[…]` stand for what they do in a glob.
    Called(String),
    /// All whose name this regular expression finds.
    Found(String),
    /// Only the host knows.
    Unknown,
}

/// What a command does, or why that is not known.
pub(super) fn deeds(words: &[Word], shell: Shell) -> Result<Vec<Deed>, String> {
    let Some(program) = words.first() else { return Ok(vec![Deed::Looks]) };
    let name = plain_name(program, shell);
    let unknown = || format!("what `{}` does is not known", program.text);
    if is_of_its_own(program, shell) {
        return Err(unknown());
    }
    let root = programs(shell).find(&name).ok_or_else(unknown)?;
    let given = options::take(root, &words[1..], shell)?;
    let row = given.section.rows.iter().find(|row| given.fits(row, shell));
    let row = row.ok_or_else(|| format!("what `{}` does is not known", given.heading(&name)))?;
    let found = row.rules.iter().map(|rule| deed(rule, &given, shell));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    through_files(found, shell)
}

/// Whether a program is typed with a path that systems keep no programs in: it is anybody's.
fn is_of_its_own(program: &str, shell: Shell) -> bool {
    const KEPT: [&str; 8] = [
        "/bin",
        "/sbin",
        "/usr/bin",
        "/usr/sbin",
        "/usr/local/bin",
        "/usr/local/sbin",
        "/snap/bin",
        "/usr/lib/systemd",
    ];
    match program.rsplit_once(['/', '\\']) {
        Some((folder, _)) if shell.is_of_windows() => !folder.contains(':') || folder.contains(".."),
        Some((folder, _)) => !KEPT.contains(&folder),
        None => false,
    }
}

/// The name that the tables know a program by.
fn plain_name(program: &str, shell: Shell) -> String {
    let base = base_name(program, shell);
    match shell {
        // What is typed with a path or an ending is no alias.
        Shell::PowerShell | Shell::Pwsh if !program.contains(['\\', '/', '.']) => {
            powershell::full_name(&base).to_lowercase()
        }
        Shell::PowerShell | Shell::Pwsh => base,
        Shell::Sh | Shell::Bash | Shell::Cmd => base,
    }
}

fn deed(rule: &Rule, given: &options::Given<'_>, shell: Shell) -> Result<Deed, String> {
    match rule {
        Rule::Looks => Ok(Deed::Looks),
        Rule::Unknown(why) => Err((*why).to_owned()),
        Rule::Does { verb, kind, names } => {
            let found = names.iter().flat_map(|rule| given.names(rule, shell));
            let names = if names.is_empty() { Vec::new() } else { at_least_one(found.collect()) };
            Ok(Deed::Does(Act { verb, kind, names }))
        }
    }
}

/// Where the row expects names and none was given, what they are comes from elsewhere.
fn at_least_one(names: Vec<Name>) -> Vec<Name> {
    if names.is_empty() { vec![Name::Unknown] } else { names }
}

/// What writing some files does is more than that they change: the rows of `>` tell.
fn through_files(deeds: Vec<Deed>, shell: Shell) -> Result<Vec<Deed>, String> {
    let mut all = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Does(Act { verb: "changes", kind: "file", names }) => {
                for name in at_least_one(names) {
                    all.extend(written(name, shell)?);
                }
            }
            other => all.push(other),
        }
    }
    Ok(all)
}

/// What it does to write one file.
fn written(name: Name, shell: Shell) -> Result<Vec<Deed>, String> {
    let Name::Called(path) = &name else { return Err("which file it writes is not known".to_owned()) };
    let Some(files) = programs(shell).find(">") else { return Ok(Vec::new()) };
    let words = [Word::known(path.clone())];
    let given = options::Given::operands_only(files, &words);
    let row = files.rows.iter().find(|row| given.fits(row, shell));
    let Some(row) = row else { return Err(format!("what writing `{path}` does is not known")) };
    row.rules.iter().map(|rule| deed(rule, &given, shell)).collect()
}
