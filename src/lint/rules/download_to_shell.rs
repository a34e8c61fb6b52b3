//! What a server answers is run as a script, unseen.
//!
//! Whoever holds that server, or is on the way to it, runs what they like on the host, and what
//! ran yesterday need not be what runs tonight. When the connection breaks off, half a script
//! runs. Fetch it, hold it against a checksum, and run that file.
//!
//! ## Bad
//! ```runbook
//! runbook "Install"
//!
//! target host = ssh "web1"
//!
//! stage "Install" {
//!   run on host $ curl -fsSL https://get.example.org/install.sh | sudo bash
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Install"
//!
//! param sum: string
//!
//! target host = ssh "web1"
//!
//! stage "Install" {
//!   run on host $ curl -fsSL -o /tmp/install.sh https://get.example.org/install.sh
//!   run on host, stdin "{{ sum }}  /tmp/install.sh\n" $ sha256sum --check
//!   run on host $ sudo bash /tmp/install.sh
//! }
//! ```

use crate::finding::Finding;
use crate::lint::sent::{Command, commands};
use crate::lint::stages::{base, program};
use crate::lint::subject::File;
use crate::shell::{Pipeline, Stage};
use crate::value::Shell;

const SHELLS: [&str; 9] = ["sh", "bash", "dash", "zsh", "ksh", "python", "python3", "perl", "node"];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let unseen = commands(file).into_iter().filter(runs_what_it_fetches);
    unseen.map(|command| finding(&command)).collect()
}

fn runs_what_it_fetches(command: &Command<'_>) -> bool {
    command.pipelines().iter().any(|pipeline| pipes(pipeline) || pipeline.stages.iter().any(substitutes))
        || command.shells.iter().all(|shell| matches!(shell, Shell::PowerShell | Shell::Pwsh))
            && evaluates_what_it_fetches(&command.filled().to_lowercase())
}

/// `curl … | sudo bash`
fn pipes(pipeline: &Pipeline) -> bool {
    let fetch = pipeline.stages.iter().position(|stage| is_any(program(stage), &["curl", "wget"]));
    fetch.is_some_and(|at| pipeline.stages[at + 1..].iter().any(reads_script))
}

/// A shell that is given no file of its own.
fn reads_script(stage: &Stage) -> bool {
    let from = stage.words.iter().position(|word| SHELLS.contains(&base(word)));
    from.is_some_and(|at| {
        is_any(program(stage), &SHELLS) && !stage.words[at + 1..].iter().any(|word| is_file(word))
    })
}

fn is_file(word: &str) -> bool {
    matches!(word, "-c" | "-m" | "-e") || word.starts_with(['/', '.']) && word.len() > 1
}

/// `bash -c "$(curl …)"`, `bash <(curl …)`, `eval "$(curl …)"`
fn substitutes(stage: &Stage) -> bool {
    let runs = is_any(program(stage), &SHELLS) || is_any(program(stage), &["eval", "source", "."]);
    let fetches = |word: &String| {
        ["$(curl ", "$(wget ", "`curl ", "`wget ", "<(curl ", "<(wget "]
            .iter()
            .any(|start| word.replace("( ", "(").starts_with(start))
    };
    runs && stage.words.iter().any(fetches)
}

fn is_any(program: Option<&str>, names: &[&str]) -> bool {
    program.is_some_and(|program| names.contains(&program))
}

/// `iwr … | iex` and the like, which no reading of the words takes apart.
fn evaluates_what_it_fetches(text: &str) -> bool {
    const FETCHING: [&str; 5] = ["iwr", "irm", "invoke-webrequest", "invoke-restmethod", "downloadstring"];
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let evaluates = words.clone().any(|word| matches!(word, "iex" | "invoke-expression"));
    evaluates && words.any(|word| FETCHING.contains(&word)) && !text.contains("-outfile")
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning(
            "download-to-shell",
            "what a server answers is run unseen",
            "it can be another script tonight",
        )
        .help("fetch it to a file, check its sum, and run that file")
}
