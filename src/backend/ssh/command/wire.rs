//! A command as it goes over the wire.

/// What is sent for a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend::ssh) struct Wire {
    /// The text of the exec request.
    pub text: String,
    /// Sent on stdin before the command's own input.
    pub stdin: Vec<u8>,
    /// Sent behind it.
    pub end: String,
}
