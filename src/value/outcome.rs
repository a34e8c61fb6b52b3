//! What came back from a contact with the world.

use bytes::Bytes;
use indexmap::IndexMap;

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
    /// Bytes of stdout and stderr that were dropped from their middle, to bound memory.
    pub dropped: u64,
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
