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
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` adds the option, where there is one.

use crate::finding::Finding;
use crate::lint::edits::add_option;
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
    /// Where that is said.
    place: Place,
}

/// Where a program takes an option.
#[derive(Clone, Copy)]
enum Place {
    AfterProgram,
    AfterVerb,
}

/// What to do about a command that asks.
struct Advice {
    help: String,
    /// An option, and the word that it is written behind.
    option: Option<(String, &'static str)>,
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
        place: Place::AfterVerb,
    },
    Asking {
        programs: &["dnf", "yum"],
        verbs: &["install", "remove", "erase", "upgrade", "update", "autoremove", "downgrade", "reinstall"],
        settled: &["--assumeyes", "--assumeno", "--downloadonly"],
        letters: "y",
        say: "--assumeyes",
        place: Place::AfterVerb,
    },
    Asking {
        programs: &["docker", "podman"],
        verbs: &["prune"],
        settled: &["--force", "--help"],
        letters: "f",
        say: "--force",
        place: Place::AfterVerb,
    },
    Asking {
        programs: &["terraform", "tofu"],
        verbs: &["destroy"],
        settled: &["-auto-approve", "--auto-approve", "-help", "--help"],
        letters: "",
        say: "-auto-approve",
        place: Place::AfterVerb,
    },
    Asking {
        programs: &["pip", "pip3"],
        verbs: &["uninstall"],
        settled: &["--yes", "--help"],
        letters: "y",
        say: "--yes",
        place: Place::AfterVerb,
    },
    Asking {
        programs: &["ufw"],
        verbs: &["enable", "reset", "delete"],
        settled: &["--force", "--dry-run"],
        letters: "",
        say: "--force",
        place: Place::AfterProgram,
    },
    Asking {
        programs: &["az"],
        verbs: &["group delete", "vm delete", "keyvault purge"],
        settled: &["--yes", "--help"],
        letters: "yh",
        say: "--yes",
        place: Place::AfterVerb,
    },
    Asking {
        programs: &["zypper"],
        verbs: &["install", "remove", "update", "dup", "patch"],
        settled: &["--no-confirm", "--non-interactive", "--dry-run"],
        letters: "ynD",
        say: "--non-interactive",
        place: Place::AfterProgram,
    },
];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let alone = commands(file).into_iter().filter(|command| !command.is_fed());
    let asking = alone.filter_map(|command| Some((command.find_marked(asks)?, command)));
    asking.map(|(advice, command)| finding(file, &advice, &command)).collect()
}

fn asks(words: &[Word], shell: Shell) -> Option<Advice> {
    match shell {
        Shell::Sh | Shell::Bash if may_hide(words) => None,
        Shell::Sh | Shell::Bash => asks_by_itself(words).or_else(|| is_told_to_ask(words)),
        Shell::PowerShell | Shell::Pwsh => {
            let told = words.iter().skip(1).any(|word| word.eq_ignore_ascii_case("-Confirm"));
            told.then(|| Advice::told("write `-Confirm:$false`, or take `-Confirm` out"))
        }
        Shell::Cmd => None,
    }
}

fn asks_by_itself(words: &[Word]) -> Option<Advice> {
    let asking = ASKING.iter().find(|asking| is_program(words, asking.programs))?;
    let verb = asking.verb(words)?;
    let settled =
        has_long(words, asking.settled) || asking.letters.chars().any(|letter| has_short(words, letter, ""));
    let anchor = match asking.place {
        Place::AfterProgram => words.first()?.to_string(),
        Place::AfterVerb => verb.to_owned(),
    };
    let help = format!("add `{}`, which says yes beforehand", asking.say);
    (!settled).then_some(Advice { help, option: Some((anchor, asking.say)) })
}

impl Advice {
    fn told(help: &str) -> Self {
        Self { help: help.to_owned(), option: None }
    }
}

impl Asking {
    /// The verb that its first words that are no options hold.
    fn verb(&self, words: &[Word]) -> Option<&'static str> {
        let plain: Vec<&str> =
            words.iter().skip(1).filter(|word| !word.starts_with('-')).map(|word| &**word).take(2).collect();
        self.verbs.iter().copied().find(|verb| {
            plain.first() == Some(verb)
                || plain.join(" ") == *verb
                || *verb == "prune" && plain.get(1) == Some(verb)
        })
    }
}

/// `rm -i` and the like.
fn is_told_to_ask(words: &[Word]) -> Option<Advice> {
    let asks =
        is_program(words, &["rm", "mv", "cp"]) && has_short(words, 'i', "St") && !has_short(words, 'f', "St");
    asks.then(|| Advice::told("take `-i` out"))
}

fn finding(file: &File<'_>, advice: &Advice, command: &Command<'_>) -> Finding {
    let finding =
        command.warning("prompts", "this command asks before it goes on", "nobody is there to say yes");
    let option = advice.option.as_ref();
    let fix = option.and_then(|(anchor, option)| add_option(file, command, anchor, option));
    finding.help(advice.help.as_str()).fix(fix)
}
