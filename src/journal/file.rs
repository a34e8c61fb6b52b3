//! A record in a file: JSON, one event a line, only ever appended to.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::event::Event;

use super::{Journal, JournalError};

/// Appends events to a file that only its owner can read.
///
/// After a write or sync that failed it takes nothing more: what the disk holds is not known then,
/// and a later sync that succeeds would say nothing about it.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    line: Vec<u8>,
    broken: Option<String>,
    flushed: bool,
}

impl FileJournal {
    /// Opens the journal at `path`, new or to go on with, and makes its name in the folder durable.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref().to_path_buf();
        let file = open_file(&path).map_err(|source| error(&path, &source))?;
        let state = State { file, line: Vec::new(), broken: None, flushed: true };
        Ok(Self { path, state: Mutex::new(state) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work`, unless some was left half done before.
    fn whole(&self, work: impl FnOnce(&mut State) -> std::io::Result<()>) -> Result<(), JournalError> {
        let mut state = self.state();
        if let Some(why) = &state.broken {
            return Err(error(&self.path, &std::io::Error::other(why.clone())));
        }
        work(&mut state).map_err(|source| {
            state.broken = Some(source.to_string());
            error(&self.path, &source)
        })
    }
}

fn open_file(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}

fn error(path: &Path, source: &std::io::Error) -> JournalError {
    JournalError::Unwritable { place: path.display().to_string(), why: source.to_string() }
}

impl Journal for FileJournal {
    fn append(&self, event: &Event) -> Result<(), JournalError> {
        self.whole(|state| state.append(event))
    }

    fn write(&self) -> Result<(), JournalError> {
        Ok(())
    }

    fn flush(&self) -> Result<(), JournalError> {
        self.whole(State::flush)
    }

    fn is_flushed(&self) -> bool {
        self.state().flushed
    }
}

impl State {
    fn append(&mut self, event: &Event) -> std::io::Result<()> {
        self.flushed = false;
        self.line.clear();
        serde_json::to_writer(&mut self.line, event)?;
        self.line.push(b'\n');
        self.file.write_all(&self.line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if !self.flushed {
            self.file.sync_data()?;
            self.flushed = true;
        }
        Ok(())
    }
}

/// Why a journal can't be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the journal {place} can't be read: {source}")]
    Io {
        place: String,
        #[source]
        source: std::io::Error,
    },
    /// A whole line that is no event: the file was changed by something else.
    #[error("line {line} of the journal {place} is not an event: {why}")]
    Damaged { place: String, line: usize, why: String },
}

/// Reads the journal at `path`. A last line without its line break was being written when the run
/// died, and is left out.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Event>, ReadError> {
    let path = path.as_ref();
    let place = path.display().to_string();
    let mut bytes = Vec::new();
    let opened = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    opened.map_err(|source| ReadError::Io { place: place.clone(), source })?;
    whole_lines(&bytes)
        .enumerate()
        .map(|(at, line)| {
            let damaged = |why: serde_json::Error| ReadError::Damaged {
                place: place.clone(),
                line: at + 1,
                why: why.to_string(),
            };
            serde_json::from_slice(line).map_err(damaged)
        })
        .collect()
}

fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    bytes[..end].split_inclusive(|byte| *byte == b'\n').map(|line| &line[..line.len() - 1])
}
