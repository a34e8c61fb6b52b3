//! A command destroys whatever a pattern happens to take in.
//!
//! What `*` stands for is only known on the host, at that moment: the plan can't show it, and a
//! wrong directory, a new mount or a file that nobody thought of goes with it. Name what is to go,
//! or look first and let the run check what it saw. A pattern that names what it takes, such as
//! `*.gz`, is not meant.
//!
//! ## Bad
//! ```runbook
//! runbook "Clean up"
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ rm -rf /srv/app/*
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
//!   run on host $ rm -rf /srv/app/cache /srv/app/tmp
//! }
//! ```

use crate::finding::Finding;
use crate::lint::destruction::{pieces, removes_all};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let wide = commands(file).into_iter().filter_map(|command| Some((command.find(takes_in)?, command)));
    wide.map(|(path, command)| finding(&path, &command)).collect()
}

/// The path of a command that destroys whatever stands there.
fn takes_in(words: &[Word], shell: Shell) -> Option<String> {
    let posix = matches!(shell, Shell::Sh | Shell::Bash);
    let destroys = removes_all(words, shell);
    let paths = words.iter().skip(1).filter(|word| destroys && !(posix && word.known));
    paths.map(|word| word.text.clone()).find(|path| pieces(path).any(is_wide))
}

/// `*`, `*.*` and the like: a name that says nothing of what it takes.
fn is_wide(name: &str) -> bool {
    name.contains('*') && name.chars().all(|c| matches!(c, '*' | '?' | '.'))
}

fn finding(path: &str, command: &Command<'_>) -> Finding {
    command
        .warning(
            "glob-in-destruction",
            "what this destroys is only known on the host",
            format!("`{path}` takes in whatever stands there"),
        )
        .help("name what is to go; or list it with a `check`, assert what it saw, and hand the list over")
}
