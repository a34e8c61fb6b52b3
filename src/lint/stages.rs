//! What the stages of a pipeline run.

use crate::shell::Stage;

/// The program of a stage, `sudo` and `env` with their options left out.
pub(super) fn program(stage: &Stage) -> Option<&str> {
    let mut words = stage.words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "sudo" | "env" => {}
            "-u" | "-g" | "--user" | "--group" => drop(words.next()),
            _ if word.starts_with('-') || word.contains('=') => {}
            _ => return Some(base(word)),
        }
    }
    None
}

/// The name of a program without its directory.
pub(super) fn base(program: &str) -> &str {
    if program.starts_with('/') { program.rsplit('/').next().unwrap_or(program) } else { program }
}
