//! A command lets every user of the host write a file.
//!
//! `chmod 777` makes the error of the night go away, and leaves a file that any account on the
//! host may replace: a script that root runs, a key, the data itself. It is never taken back
//! afterwards, since everything works. Give the file to the user or group that needs it.
//!
//! ## Bad
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1"
//!
//! stage "Deploy" {
//!   run on host $ sudo chmod -R 777 /srv/app/cache
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Deploy"
//!
//! target host = ssh "web1"
//!
//! stage "Deploy" {
//!   run on host $ sudo chown -R app:app /srv/app/cache
//!   run on host $ sudo chmod -R u=rwX,g=rX,o= /srv/app/cache
//! }
//! ```

use crate::finding::Finding;
use crate::lint::options::is_program;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let opened = commands(file).into_iter().filter_map(|command| Some((command.find(opens)?, command)));
    opened.map(|(mode, command)| finding(&mode, &command)).collect()
}

/// The words of a command that give everyone the right to write.
fn opens(words: &[Word], shell: Shell) -> Option<String> {
    let open = match shell {
        Shell::Sh | Shell::Bash if is_program(words, &["chmod"]) => {
            // The first that is no option: what follows are files, whatever they are called.
            words
                .iter()
                .skip(1)
                .find(|word| !word.starts_with("--") && !is_flag(word))
                .filter(|word| is_open(word))
        }
        Shell::Sh | Shell::Bash if is_program(words, &["mkdir", "install"]) => {
            mode(words).filter(|word| is_open(word))
        }
        Shell::Sh | Shell::Bash => None,
        Shell::PowerShell | Shell::Pwsh | Shell::Cmd => {
            let grants = words.first()?.eq_ignore_ascii_case("icacls");
            words.iter().find(|word| grants && everyone_writes(word))
        }
    };
    open.map(|word| word.text.clone())
}

/// Whether it is an option of `chmod`, and not a mode such as `-w`.
fn is_flag(word: &Word) -> bool {
    word.strip_prefix('-')
        .is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| "cfvR".contains(c)))
}

/// What follows `-m`.
fn mode(words: &[Word]) -> Option<&Word> {
    words.windows(2).find(|pair| matches!(&*pair[0], "-m" | "--mode")).map(|pair| &pair[1])
}

fn is_open(mode: &Word) -> bool {
    let octal = mode.len() >= 3 && mode.len() <= 4 && mode.chars().all(|c| c.is_digit(8));
    if octal { open_to_others(mode) } else { mode.split(',').any(is_open_clause) && !mode.contains('t') }
}

/// Others may write, and no sticky bit keeps them from what is not theirs.
fn open_to_others(mode: &str) -> bool {
    let bits = u32::from_str_radix(mode, 8).unwrap_or_default();
    bits & 0o2 != 0 && bits & 0o1000 == 0
}

/// `a+rwx`, `o=w` and the like.
fn is_open_clause(clause: &str) -> bool {
    let Some((who, rights)) = clause.split_once(['+', '=']) else { return false };
    let written = who.chars().all(|c| "ugoa".contains(c)) && rights.chars().all(|c| "rwxXst".contains(c));
    written && who.contains(['o', 'a']) && rights.contains('w')
}

/// `Everyone:F` or `Everyone:(OI)(CI)M`.
fn everyone_writes(word: &Word) -> bool {
    let lower = word.to_lowercase();
    let rights =
        lower.strip_prefix("everyone:").and_then(|rights| rights.rsplit(')').find(|right| !right.is_empty()));
    rights.is_some_and(|right| matches!(right.trim_start_matches('('), "f" | "m" | "w"))
}

fn finding(mode: &str, command: &Command<'_>) -> Finding {
    command
        .warning(
            "world-writable",
            "every user of the host may write this",
            format!("`{mode}` lets everyone write"),
        )
        .help("give it to the user or group that writes it: `chown`, then a mode such as `u=rwX,g=rX,o=`")
}
