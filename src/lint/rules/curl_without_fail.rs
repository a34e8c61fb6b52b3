//! A `curl` whose success is what counts succeeds with an error page too.
//!
//! Without `--fail` curl ends with 0 whatever the server answers: a 404 is stored as the package,
//! a 500 makes the health check green. The night's deploy goes on, and what is broken shows far
//! from here.
//!
//! ## Bad
//! ```runbook
//! runbook "Look"
//!
//! target host = ssh "web1"
//!
//! stage "Look" {
//!   check on host $ curl -sS https://example.org/healthz
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Look"
//!
//! target host = ssh "web1"
//!
//! stage "Look" {
//!   check on host $ curl -fsS https://example.org/healthz
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` adds `--fail`.

use crate::finding::Finding;
use crate::lint::curl;
use crate::lint::edits::add_option;
use crate::lint::options::{has_long, has_short, is_program, may_hide};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let asked = commands(file).into_iter().filter(|command| !is_read(command));
    let careless = asked.filter(|command| {
        command.filled().contains("curl") && command.find_marked(takes_any_status).is_some()
    });
    careless.map(|command| finding(&command).fix(add_option(file, &command, "curl", "--fail"))).collect()
}

/// Whether what curl prints may be looked at, which can tell a page from an error.
fn is_read(command: &Command<'_>) -> bool {
    command.kept || command.filled().contains(['|', '`', '(', '[', '\n'])
}

fn takes_any_status(words: &[Word], shell: Shell) -> Option<()> {
    let posix = matches!(shell, Shell::Sh | Shell::Bash);
    if !posix || !is_program(words, &["curl"]) || may_hide(words) {
        return None;
    }
    let fails = has_short(words, 'f', curl::VALUED) || has_long(words, &["--fail", "--fail-with-body"]);
    (!fails && !asks_otherwise(words) && !words.iter().any(curl::is_other_scheme)).then_some(())
}

/// It prints the status itself, has its options elsewhere, or asks no server.
fn asks_otherwise(words: &[Word]) -> bool {
    const LONG: [&str; 8] = [
        "--write-out",
        "--head",
        "--config",
        "--version",
        "--help",
        "--manual",
        "--dump-header",
        "--fail-early",
    ];
    words.len() < 2
        || ['w', 'I', 'K', 'V', 'h', 'M', 'D'].iter().any(|letter| has_short(words, *letter, curl::VALUED))
        || has_long(words, &LONG)
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning(
            "curl-without-fail",
            "this `curl` succeeds whatever the server answers",
            "a 500 is a success too",
        )
        .help("add `--fail` (`-f`), or `--fail-with-body` to see what it answered")
}
