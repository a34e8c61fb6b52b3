//! Command lines: quoting by place, taking apart, patterns.
//!
//! In: text and values. Out: text that a shell reads as exactly those values, the simple commands
//! in a command line, and whether they match a pattern. Must not know: the syntax tree, backends.
//! Where it is not sure what a shell would do, it refuses, or calls the command opaque.

mod cmd;
mod deeds;
mod interpreters;
mod judge;
mod known;
mod pattern;
mod powershell;
mod quote;
mod sh;
#[cfg(test)]
mod tests;
mod units;
mod word;
mod wrappers;

use crate::value::Shell;

pub use judge::{Only, Rules, Verdict};
pub use known::{plainly_changes, plainly_endangers, plainly_looks};
pub use pattern::{Captures, Pattern, nearest_pattern};
pub use quote::quote;
pub use word::Word;

/// A piece of a command template: text as typed, or a place where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Literal(&'a str),
    Hole,
}

/// Where a hole stands, and so how its value is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Between words or inside one, unquoted. A list becomes separate words only when `alone`.
    Bare { alone: bool },
    /// Inside `'…'`
    Single,
    /// Inside `"…"`
    Double,
    /// Inside a here-string of PowerShell, where that can be right.
    Here,
    /// In a word of a program that PowerShell starts: not every value survives the way to it.
    Argument { quotes: Quotes, whole: bool },
}

impl Place {
    /// Whether a list becomes separate words there.
    #[must_use]
    pub fn takes_lists(self) -> bool {
        matches!(self, Place::Bare { alone: true } | Place::Argument { quotes: Quotes::None, whole: true })
    }
}

/// The quotes around a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    None,
    Single,
    Double,
}

/// A hole where no quoting can be right, or a value that can't be quoted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unquotable {
    /// Which hole, from 0; for a value, the hole it was meant for.
    pub hole: usize,
    pub why: String,
    pub help: String,
}

/// A part of a command line that runs one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimpleCommand {
    /// Its words; the first, the program, is known. A redirection that writes a file is the words
    /// `>` and its path.
    Words(Vec<Word>),
    /// It can't be taken apart: why.
    Opaque(String),
}

/// One command of a command line in every form it may be meant by: as typed, then with one
/// wrapper, path or alias after the other taken off. All forms are the same command.
pub type Forms = Vec<SimpleCommand>;

/// A pipeline of a script of the sh family, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// What is piped into what.
    pub stages: Vec<Stage>,
    /// It stands right of `||`.
    pub otherwise: bool,
    /// It stands inside of another command, such as a loop.
    pub nested: bool,
    pub end: End,
}

/// A command of a pipeline; one that holds others, such as a loop, has no words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// Quoting removed, nothing expanded.
    pub words: Vec<String>,
    pub redirects: Vec<String>,
    /// The expansions in its words that no quotes keep together.
    pub split: Vec<String>,
}

/// What a script makes of how a pipeline ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is how the script ends.
    Told,
    /// The script asks for it: `&&`, `||`, `!`, `if`, `while`.
    Asked,
    /// The script goes on.
    Ignored,
    /// The script does not wait for it.
    Background,
}

/// Stands in the text of a command for a value that is not known yet.
#[must_use]
pub fn hole(number: u32) -> String {
    units::mark(number, Quotes::None)
}

/// A command line, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Each in all its forms, whatever they are nested in.
    pub commands: Vec<Forms>,
    /// Those of a script of the sh family; none where it can't be read.
    pub pipelines: Vec<Pipeline>,
}

/// Finds the place of each hole of a command, in order.
pub fn places(pieces: &[Piece<'_>], shell: Shell) -> Result<Vec<Place>, Unquotable> {
    let holes = pieces.iter().filter(|piece| matches!(piece, Piece::Hole)).count();
    if holes == 0 {
        return Ok(Vec::new());
    }
    let units = units::of_pieces(pieces);
    match shell {
        Shell::Sh | Shell::Bash => sh::places(&units, holes, shell == Shell::Bash),
        Shell::PowerShell | Shell::Pwsh => powershell::places(&units, holes),
        Shell::Cmd => Err(cmd::refusal()),
    }
}

/// The commands in a command line, each in all its forms, whatever they are nested in.
#[must_use]
pub fn commands(text: &str, shell: Shell) -> Vec<Forms> {
    commands_at(text, shell, 0)
}

/// The simple commands in a command line, wrappers such as `sudo` taken off as well as kept.
#[must_use]
pub fn simple_commands(text: &str, shell: Shell) -> Vec<SimpleCommand> {
    let mut all: Vec<SimpleCommand> = Vec::new();
    for form in commands(text, shell).into_iter().flatten() {
        if !all.contains(&form) {
            all.push(form);
        }
    }
    all
}

/// A command line as `shell` reads it.
#[must_use]
pub fn script(text: &str, shell: Shell) -> Script {
    match shell {
        Shell::Sh | Shell::Bash => {
            let (found, pipelines) = sh::script(text, shell == Shell::Bash);
            Script { commands: with_forms(found, shell, 0), pipelines }
        }
        Shell::PowerShell | Shell::Pwsh | Shell::Cmd => {
            Script { commands: commands(text, shell), pipelines: Vec::new() }
        }
    }
}

/// Why `shell` can't read a command line; nothing where it may.
#[must_use]
pub fn broken(text: &str, shell: Shell) -> Option<String> {
    match shell {
        Shell::Sh | Shell::Bash => sh::broken(text).map(str::to_owned),
        Shell::PowerShell | Shell::Pwsh => powershell::broken(text),
        Shell::Cmd => None,
    }
}

/// The words of a command line as they stand, quoting removed; operators are words of their own.
#[must_use]
pub fn words(text: &str, shell: Shell) -> Vec<String> {
    let units = units::of_text(text);
    let words = match shell {
        Shell::Sh | Shell::Bash => sh::words(&units, shell == Shell::Bash).ok(),
        Shell::PowerShell | Shell::Pwsh => powershell::words(&units).ok(),
        Shell::Cmd => Some(cmd::words(text)),
    };
    words.unwrap_or_else(|| text.split_whitespace().map(str::to_owned).collect())
}

/// [`commands`] for text that is itself `depth` command lines deep.
fn commands_at(text: &str, shell: Shell, depth: usize) -> Vec<Forms> {
    if depth > units::DEEPEST {
        return vec![vec![SimpleCommand::Opaque("commands are nested too deep".to_owned())]];
    }
    let found = match shell {
        Shell::Sh | Shell::Bash => sh::simple_commands(text, shell == Shell::Bash),
        Shell::PowerShell | Shell::Pwsh => powershell::simple_commands(text, shell == Shell::Pwsh),
        Shell::Cmd => cmd::simple_commands(text),
    };
    with_forms(found, shell, depth)
}

fn with_forms(found: Vec<SimpleCommand>, shell: Shell, depth: usize) -> Vec<Forms> {
    found.into_iter().flat_map(|command| wrappers::forms(command, shell, depth)).collect()
}
