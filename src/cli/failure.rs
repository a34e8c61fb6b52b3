//! How a command ends: the one place that turns errors into text, and ends into exit codes.

use std::io;
use std::process::ExitCode;

use super::screen::Screen;
use crate::report;

/// What Rust programs end with when they panic.
const BUG: u8 = 101;

/// How a command ended, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// The run, or a test, failed.
    Failed,
    /// Usage, findings, params.
    Invalid,
    /// Stopped, and can be resumed.
    Stopped,
    /// A guard said no.
    Denied,
    /// rutter itself is wrong.
    Bug,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Invalid => 2,
            Exit::Stopped => 3,
            Exit::Denied => 4,
            Exit::Bug => BUG,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Error {
    /// What was typed, or what it names, can't be used.
    Input { title: String, help: Option<String> },
    /// Somebody else has the run, or one of its locks, or it changed hands.
    Held { title: String, help: Option<String> },
    /// rutter noticed a mistake of its own before it did harm.
    Bug { title: String, help: String },
    /// Findings, written out already.
    Findings(String),
    /// The result could not be written.
    Output(io::Error),
}

impl Error {
    /// A mistake in what was typed.
    pub fn input(title: impl Into<String>) -> Self {
        Error::Input { title: title.into(), help: None }
    }

    /// No scenario is called so.
    pub fn no_scenario(wanted: Option<&str>) -> Self {
        Self::input(match wanted {
            Some(wanted) => format!("no scenario's title holds `{wanted}`"),
            None => "there is no scenario to play".to_owned(),
        })
    }

    /// What somebody else has.
    pub fn held(title: impl Into<String>) -> Self {
        Error::Held { title: title.into(), help: None }
    }

    /// The same, with what to do.
    pub fn help(self, text: impl Into<String>) -> Self {
        match self {
            Error::Input { title, .. } => Error::Input { title, help: Some(text.into()) },
            Error::Held { title, .. } => Error::Held { title, help: Some(text.into()) },
            other @ (Error::Bug { .. } | Error::Findings(_) | Error::Output(_)) => other,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Error::Input { .. } | Error::Findings(_) => Exit::Invalid,
            Error::Held { .. } => Exit::Stopped,
            Error::Bug { .. } => Exit::Bug,
            Error::Output(_) => Exit::Failed,
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Error::Input { title, help: None } | Error::Held { title, help: None } => Some(title.clone()),
            Error::Input { title, help: Some(help) } | Error::Held { title, help: Some(help) } => {
                Some(format!("{title}\n  help: {help}"))
            }
            Error::Bug { title, help } => Some(format!("{title}\n  help: {help}")),
            Error::Findings(text) => Some(text.clone()),
            Error::Output(error) => Some(format!("the output can't be written: {}", reason(error))),
        }
    }
}

/// Says what went wrong, if anything did, and gives the exit code.
pub fn conclude(ended: Result<Exit, Error>, screen: &Screen) -> ExitCode {
    let error = match ended {
        Ok(exit) => return exit.code(),
        Err(error) => error,
    };
    if let Error::Findings(text) = &error {
        screen.remark(text);
    } else if let Some(text) = error.text() {
        screen.complain(&report::harmless(&text));
    }
    error.exit().code()
}

/// What the system said, in its words, without the number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.chars().take(1).flat_map(char::to_lowercase).chain(text.chars().skip(1)).collect()
}
