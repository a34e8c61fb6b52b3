//! Why the store can't do what it was asked, in plain words.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::journal::JournalError;

/// Why the store can't do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// For longer than the store waits.
    #[error("the store `{store}` is locked by another process")]
    Locked { store: String },
    #[error("the store `{store}` can't be read: {why}")]
    Unreadable { store: String, why: String },
    #[error("the store `{store}` can't be written: {why}")]
    Unwritable { store: String, why: String },
    /// Something else is in that file; it was left as it is.
    #[error("`{store}` is not a store of runs: {why}")]
    NotAStore { store: String, why: String },
    #[error("the store `{store}` has format {format}, and this rutter knows none after {known}")]
    Newer { store: String, format: usize, known: usize },
    #[error("the store `{store}` is damaged: {why}")]
    Damaged { store: String, why: String },
    #[error("there is a run `{run}` already")]
    Taken { run: String },
    #[error("there is no run `{run}`")]
    NoRun { run: String },
    /// The record of a run is not what was written.
    #[error("the record of `{run}` is broken{}: {why}", at(*.event))]
    Broken { run: String, event: Option<u64>, why: String },
    /// Somebody else has the lease by now; nothing was written.
    #[error("{why}")]
    Lost { why: String },
}

fn at(event: Option<u64>) -> String {
    event.map(|event| format!(" at event {event}")).unwrap_or_default()
}

/// What ends a transaction: SQLite's word, or the store's own.
#[derive(Debug)]
pub(super) enum Fail {
    Sql(rusqlite::Error),
    Store(StoreError),
    /// What SQLite found when it looked through the file.
    Damaged(String),
}

impl From<rusqlite::Error> for Fail {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Fail {
    /// Whether the disk could not make sure of what was written.
    pub fn is_of_a_sync(&self) -> bool {
        use rusqlite::ffi::{SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC};
        let Fail::Sql(rusqlite::Error::SqliteFailure(code, _)) = self else { return false };
        [SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC].contains(&code.extended_code)
    }

    /// The error of the store at `path`.
    pub fn of(self, path: &Path) -> StoreError {
        match self {
            Fail::Store(error) => error,
            Fail::Sql(error) => of_sqlite(&error, path),
            Fail::Damaged(why) => StoreError::Damaged { store: path.display().to_string(), why },
        }
    }
}

fn of_sqlite(error: &rusqlite::Error, path: &Path) -> StoreError {
    let store = path.display().to_string();
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return StoreError::Damaged { store, why: format!("it holds something unexpected ({error})") };
    };
    let said = message.clone().unwrap_or_else(|| code.to_string());
    match code.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked { store },
        ErrorCode::NotADatabase => {
            StoreError::NotAStore { store, why: "it is no SQLite database".to_owned() }
        }
        ErrorCode::DiskFull => {
            StoreError::Unwritable { store, why: "no space is left on the disk".to_owned() }
        }
        ErrorCode::ReadOnly => StoreError::Unwritable { store, why: "it is read-only".to_owned() },
        ErrorCode::PermissionDenied | ErrorCode::CannotOpen => StoreError::Unreadable {
            store,
            why: "it can't be opened, or no files can be made beside it".to_owned(),
        },
        ErrorCode::SystemIoFailure => io_failure(store, code.extended_code, &said),
        _ => StoreError::Damaged { store, why: said },
    }
}

fn io_failure(store: String, code: i32, said: &str) -> StoreError {
    use rusqlite::ffi::{SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ};
    let why = format!("the disk failed ({said})");
    match code {
        SQLITE_IOERR_READ | SQLITE_IOERR_SHORT_READ => StoreError::Unreadable { store, why },
        _ => StoreError::Unwritable { store, why },
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Lost { why } => JournalError::Lost { why },
            StoreError::Unwritable { store, why } | StoreError::Unreadable { store, why } => {
                JournalError::Unwritable { place: store, why }
            }
            StoreError::Locked { store } => {
                JournalError::Unwritable { place: store, why: "it is locked by another process".to_owned() }
            }
            StoreError::Damaged { store, why } => {
                JournalError::Unwritable { place: store, why: format!("it is damaged ({why})") }
            }
            other => JournalError::Unwritable { place: "of the run".to_owned(), why: other.to_string() },
        }
    }
}
