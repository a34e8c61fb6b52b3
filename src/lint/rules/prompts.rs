//! A command asks before it goes on, and nobody is there to answer.
//!
//! The question is never seen: the command hangs until its limit, or takes no answer for a "no"
//! and gives up, some of them with success. Say yes in the command, after looking at what it will
//! do, or make it an `approve` of the runbook, which a person does see.
//!
//! ## Bad
//! ```runbook
//! runbook "Clean up"
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ sudo docker image prune --all
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
//!   approve "Remove all images that no container uses?"
//!   run on host $ sudo docker image prune --all --force
//! }
//! ```

use crate::finding::Finding;
use crate::lint::options::{has_long, has_short, is_program, may_hide};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::value::Shell;

/// A program that asks.
struct Asking {
    programs: &'static [&'static str],
    /// One of these stands among its words.
    verbs: &'static [&'static str],
    /// With one of these it does not ask, nor with one of the letters.
    settled: &'static [&'static str],
    letters: &'static str,
    say: &'static str,
}

const ASKING: [Asking; 8] = [
    Asking {
        programs: &["apt", "apt-get"],
        verbs: &["install", "remove", "purge", "upgrade", "dist-upgrade", "full-upgrade", "autoremove"],
        settled: &[
            "--yes",
            "--assume-yes",
            "--assume-no",
            "--simulate",
            "--dry-run",
            "--print-uris",
            "--quiet",
            "--option",
        ],
        letters: "ysqo",
        say: "--yes",
    },
    Asking {
        programs: &["dnf", "yum"],
        verbs: &["install", "remove", "erase", "upgrade", "update", "autoremove", "downgrade", "reinstall"],
        settled: &["--assumeyes", "--assumeno", "--downloadonly"],
        letters: "y",
        say: "--assumeyes",
    },
    Asking {
        programs: &["docker", "podman"],
        verbs: &["prune"],
        settled: &["--force", "--help"],
        letters: "f",
        say: "--force",
    },
    Asking {
        programs: &["terraform", "tofu"],
        verbs: &["destroy"],
        settled: &["-auto-approve", "--auto-approve", "-help", "--help"],
        letters: "",
        say: "-auto-approve",
    },
    Asking {
        programs: &["pip", "pip3"],
        verbs: &["uninstall"],
        settled: &["--yes", "--help"],
        letters: "y",
        say: "--yes",
    },
    Asking {
        programs: &["ufw"],
        verbs: &["enable", "reset", "delete"],
        settled: &["--force", "--dry-run"],
        letters: "",
        say: "--force",
    },
    Asking {
        programs: &["az"],
        verbs: &["group delete", "vm delete", "keyvault purge"],
        settled: &["--yes", "--help"],
        letters: "yh",
        say: "--yes",
    },
    Asking {
        programs: &["zypper"],
        verbs: &["install", "remove", "update", "dup", "patch"],
        settled: &["--no-confirm", "--non-interactive", "--dry-run"],
        letters: "ynD",
        say: "--non-interactive",
    },
];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let alone = commands(file).into_iter().filter(|command| !command.is_fed());
    let asking = alone.filter_map(|command| Some((command.find_marked(asks)?, command)));
    asking.map(|(help, command)| finding(&help, &command)).collect()
}

/// What to do about a command that asks.
fn asks(words: &[Word], shell: Shell) -> Option<String> {
    match shell {
        Shell::Sh | Shell::Bash if may_hide(words) => None,
        Shell::Sh | Shell::Bash => asks_by_itself(words).or_else(|| is_told_to_ask(words)),
        Shell::PowerShell | Shell::Pwsh => {
            let told = words.iter().skip(1).any(|word| word.eq_ignore_ascii_case("-Confirm"));
            told.then(|| "write `-Confirm:$false`, or take `-Confirm` out".to_owned())
        }
        Shell::Cmd => None,
    }
}

fn asks_by_itself(words: &[Word]) -> Option<String> {
    let asking = ASKING.iter().find(|asking| is_program(words, asking.programs) && asking.is_verb(words))?;
    let settled =
        has_long(words, asking.settled) || asking.letters.chars().any(|letter| has_short(words, letter, ""));
    (!settled).then(|| format!("add `{}`, which says yes beforehand", asking.say))
}

impl Asking {
    /// Whether its first words that are no options hold one of the verbs.
    fn is_verb(&self, words: &[Word]) -> bool {
        let plain: Vec<&str> =
            words.iter().skip(1).filter(|word| !word.starts_with('-')).map(|word| &**word).take(2).collect();
        self.verbs.iter().any(|verb| {
            plain.first() == Some(verb)
                || plain.join(" ") == *verb
                || *verb == "prune" && plain.get(1) == Some(verb)
        })
    }
}

/// `rm -i` and the like.
fn is_told_to_ask(words: &[Word]) -> Option<String> {
    let asks =
        is_program(words, &["rm", "mv", "cp"]) && has_short(words, 'i', "St") && !has_short(words, 'f', "St");
    asks.then(|| "take `-i` out".to_owned())
}

fn finding(help: &str, command: &Command<'_>) -> Finding {
    command.warning("prompts", "this command asks before it goes on", "nobody is there to say yes").help(help)
}
