//! What a command prints, on both of its streams.

use super::output::Collected;
use super::{Outputs, Stream};
use crate::ids::StepKey;
use crate::value::CommandOutcome;

/// Both streams of one command.
pub(super) struct Capture {
    pub stdout: Collected,
    pub stderr: Collected,
}

impl Capture {
    pub fn new(output: &Outputs, key: &StepKey) -> Self {
        let stream = |stream| Collected::new(output, key, stream);
        Self { stdout: stream(Stream::Stdout), stderr: stream(Stream::Stderr) }
    }

    /// What is kept, once the command is over.
    pub fn outcome(self, exit: i64, seconds: f64) -> CommandOutcome {
        let (stdout, stderr) = (self.stdout.finish(), self.stderr.finish());
        CommandOutcome {
            stdout: stdout.bytes,
            stderr: stderr.bytes,
            exit,
            seconds,
            stdout_left_out: stdout.left_out,
            stderr_left_out: stderr.left_out,
        }
    }
}
