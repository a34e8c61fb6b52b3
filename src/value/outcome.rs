//! What came back from a contact with the world.

use std::fmt;

use bytes::Bytes;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A whole answer; `seconds` is how long it took.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Command(CommandOutcome),
    Http(HttpOutcome),
    /// A file was carried over, or a plugin's operation ended; `value` is what it gave, as JSON.
    Done {
        value: serde_json::Value,
        seconds: f64,
    },
}

/// `stdout stderr text lines json json_lines exit seconds`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommandOutcome {
    pub stdout: Bytes,
    pub stderr: Bytes,
    /// The exit code; 128 + N for a process that signal N ended.
    pub exit: i64,
    pub seconds: f64,
    /// The middle of a long stdout, which `stdout` lacks.
    pub stdout_left_out: Option<Box<LeftOut>>,
    /// The middle of a long stderr, which `stderr` lacks.
    pub stderr_left_out: Option<Box<LeftOut>>,
}

/// The middle of a stream that is too long to be kept in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LeftOut {
    /// How much of the start is kept; the rest of what is kept is the end.
    pub at: u64,
    pub bytes: u64,
    /// Where all of it is; nothing where nobody keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
}

/// The file with all of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why there is no file, or why it ends before the stream does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl LeftOut {
    /// Where all of it is, or why it is nowhere.
    fn place(&self) -> String {
        match &self.whole {
            None => String::new(),
            Some(Whole { path: Some(path), why: None }) => format!("; the whole is in {path}"),
            Some(Whole { path: Some(path), why: Some(why) }) => {
                format!("; {path} has its start, and ends early: {why}")
            }
            Some(Whole { path: None, why }) => {
                format!(
                    "; the whole is kept nowhere: {}",
                    why.as_deref().unwrap_or("there is no place for it")
                )
            }
        }
    }
}

/// `1234 bytes left out; the whole is in PATH`
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes left out{}", self.bytes, self.place())
    }
}

impl CommandOutcome {
    /// What is left out, as `(stdout or stderr, how much)`.
    pub fn left_out(&self) -> impl Iterator<Item = (&'static str, &LeftOut)> {
        let (stdout, stderr) = (self.stdout_left_out.as_deref(), self.stderr_left_out.as_deref());
        stdout.map(|left| ("stdout", left)).into_iter().chain(stderr.map(|left| ("stderr", left)))
    }

    /// How many bytes of both streams are left out.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.left_out().map(|(_, left)| left.bytes).sum()
    }
}

/// `status headers text json seconds`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpOutcome {
    pub status: u16,
    /// Names in lower case; several of one name are joined by `, `.
    pub headers: IndexMap<String, String>,
    pub body: Bytes,
    pub seconds: f64,
}
