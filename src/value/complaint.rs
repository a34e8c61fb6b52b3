//! What is wrong with a value, on its way through minijinja's errors: they carry it as their source.

use minijinja::{Error, ErrorKind};

/// What a filter, test or guard has to say against its values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{title}")]
pub struct Complaint {
    pub title: String,
    pub label: String,
    pub help: Option<String>,
}

impl Complaint {
    /// A complaint that begins in lower case and says what is wrong.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), label: String::new(), help: None }
    }

    /// The same, with why.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same, with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<Complaint> for Error {
    fn from(complaint: Complaint) -> Self {
        Error::new(ErrorKind::InvalidOperation, complaint.title.clone()).with_source(complaint)
    }
}
