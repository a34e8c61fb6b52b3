//! A command needs somebody at the keyboard.
//!
//! A command has no terminal and nobody who types: an editor, a password prompt or a login shell
//! hangs until its limit ends it, or gives up at once with a message about a tty. Where a person
//! must do it, `manual` asks for that; else let the command take its answers as options or `stdin`.
//!
//! ## Bad
//! ```runbook
//! runbook "Jobs"
//!
//! target host = ssh "web1"
//!
//! stage "Jobs" {
//!   run on host $ sudo crontab -u app -e
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Jobs"
//!
//! target host = ssh "web1"
//!
//! stage "Jobs" {
//!   run on host $ sudo crontab -u app /srv/app/crontab
//! }
//! ```

use crate::finding::Finding;
use crate::lint::options::{has_long, has_short, is_program, may_hide, operands};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let alone = commands(file).into_iter().filter(|command| !command.is_fed());
    let asking = alone.filter_map(|command| Some((command.find_marked(needs_a_person)?, command)));
    asking.map(|(why, command)| finding(why, &command)).collect()
}

/// Why nobody but a person can go on with it.
fn needs_a_person(words: &[Word], shell: Shell) -> Option<&'static str> {
    match shell {
        Shell::Sh | Shell::Bash if may_hide(words) => None,
        Shell::Sh | Shell::Bash => edits(words).or_else(|| asks(words)).or_else(|| opens_a_session(words)),
        Shell::PowerShell | Shell::Pwsh => {
            let asks = ["read-host", "get-credential"];
            asks.contains(&words.first()?.to_lowercase().as_str()).then_some("it asks, and nobody answers")
        }
        Shell::Cmd => words.first()?.eq_ignore_ascii_case("pause").then_some("it waits for a key"),
    }
}

fn edits(words: &[Word]) -> Option<&'static str> {
    let scripted = || has_short(words, 'e', "") || has_short(words, 'c', "") || has_short(words, 's', "");
    let vi =
        is_program(words, &["vi", "vim", "nvim"]) && !scripted() && !has_long(words, &["--version", "--cmd"]);
    let crontab = is_program(words, &["crontab"]) && has_short(words, 'e', "u");
    let visudo =
        is_program(words, &["visudo"]) && !has_short(words, 'c', "f") && !has_long(words, &["--check"]);
    let edits = vi || crontab || visudo || is_program(words, &["nano", "pico", "sudoedit", "vipw", "vigr"]);
    edits.then_some("it opens an editor")
}

fn asks(words: &[Word]) -> Option<&'static str> {
    let top =
        is_program(words, &["top"]) && !has_short(words, 'b', "dnopuUw") && !has_long(words, &["--batch"]);
    if top || is_program(words, &["htop", "atop"]) && words.len() == 1 {
        return Some("it draws on a screen until a key ends it");
    }
    let password = is_program(words, &["passwd"]) && !words.iter().any(|word| word.starts_with('-'));
    password.then_some("it asks for a password")
}

fn opens_a_session(words: &[Word]) -> Option<&'static str> {
    let session = match &**words.first()? {
        "docker" | "podman" | "kubectl" => is_terminal(words),
        "ssh" => logs_in(words),
        "psql" => {
            !has_short(words, 'c', "")
                && !has_short(words, 'f', "")
                && !has_short(words, 'l', "")
                && !is_told(words)
        }
        "mysql" | "mariadb" => !has_short(words, 'e', "uphPDS") && !is_told(words),
        _ => false,
    };
    session.then_some("it opens a session, and nobody types")
}

/// Whether the options before the container's name ask for a terminal to type on.
fn is_terminal(words: &[Word]) -> bool {
    if !["exec", "run"].iter().any(|verb| words.get(1).is_some_and(|word| &**word == *verb)) {
        return false;
    }
    let options: Vec<Word> = words[1..]
        .iter()
        .enumerate()
        .take_while(|(at, word)| *at == 0 || word.starts_with('-'))
        .map(|(_, word)| word.clone())
        .collect();
    let types = has_short(&options, 'i', "") || has_long(&options, &["--interactive", "--stdin"]);
    types && (has_short(&options, 't', "") || has_long(&options, &["--tty"]))
}

/// `ssh HOST` without a command.
fn logs_in(words: &[Word]) -> bool {
    const VALUED: &str = "BbcDEeFIiJLlmOopQRSWw";
    let does_not =
        ['N', 'f', 'G', 'O', 'Q', 'V', 'W', 's'].iter().any(|letter| has_short(words, *letter, VALUED));
    !does_not && operands(words, VALUED).is_some_and(|operands| operands.len() == 1)
}

/// Whether it is told what to do, or only about itself.
fn is_told(words: &[Word]) -> bool {
    const LONG: [&str; 6] = ["--command", "--file", "--list", "--execute", "--version", "--help"];
    has_long(words, &LONG) || has_short(words, 'V', "") || has_short(words, '?', "")
}

fn finding(why: &str, command: &Command<'_>) -> Finding {
    command
        .warning("interactive-command", "this command needs somebody at the keyboard", why)
        .help("give it its answers as options or by `stdin`, or write `manual` where a person must do it")
}
