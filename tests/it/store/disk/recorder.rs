//! What SQLite asked of the disk, call by call, and the calls that are refused.

use std::collections::{BTreeMap, HashMap};
use std::ffi::c_int;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use super::platter::Image;

/// A file, whatever it is called by now.
pub type FileId = usize;

/// What happened to the files of a folder.
#[derive(Clone, Debug)]
pub enum Op {
    /// It was there before the first call, and is safe with its name.
    Found {
        name: String,
        file: FileId,
        bytes: Vec<u8>,
    },
    Made {
        name: String,
        file: FileId,
    },
    Wrote {
        file: FileId,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: FileId,
        to: usize,
    },
    Synced(FileId),
    /// What was written before may be on the disk or not.
    SyncFailed(FileId),
    FolderSynced,
    Deleted {
        name: String,
    },
    /// A step of the script began.
    Begun(usize),
    /// A step of the script is done for good: whoever asked for it was told so.
    Safe(usize),
    /// A step failed, and so did the script.
    Stopped,
}

impl Op {
    /// Whether a crash after it may find something else than one before it.
    pub fn is_a_point(&self) -> bool {
        !matches!(self, Op::Found { .. } | Op::Begun(_) | Op::Stopped)
    }
}

/// What may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Make,
    Write,
    Truncate,
    Sync,
    Delete,
}

/// Why the disk refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `EIO`: nothing of it was done.
    Io,
    /// `ENOSPC`: half of it was written.
    NoSpace,
}

impl Refusal {
    /// What the machine's own disk makes of it.
    pub fn of(self, call: Call) -> c_int {
        match (call, self) {
            (Call::Make, _) => ffi::SQLITE_CANTOPEN,
            (Call::Write, Refusal::Io) => ffi::SQLITE_IOERR_WRITE,
            (Call::Write, Refusal::NoSpace) => ffi::SQLITE_FULL,
            (Call::Truncate, _) => ffi::SQLITE_IOERR_TRUNCATE,
            (Call::Sync, _) => ffi::SQLITE_IOERR_FSYNC,
            (Call::Delete, _) => ffi::SQLITE_IOERR_DELETE,
        }
    }

    pub fn still_writes(self, length: c_int) -> c_int {
        match self {
            Refusal::Io => 0,
            Refusal::NoSpace => length / 2,
        }
    }
}

/// Which calls are refused.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    refusal: Refusal,
    /// Counted from 1 among all calls that may be refused.
    at: usize,
    /// Whether all after it are refused, too.
    lasts: bool,
}

impl Fault {
    pub fn once(refusal: Refusal, at: usize) -> Self {
        Self { refusal, at, lasts: false }
    }

    pub fn for_good(refusal: Refusal, at: usize) -> Self {
        Self { refusal, at, lasts: true }
    }

    fn hits(&self, call: usize) -> bool {
        call == self.at || self.lasts && call > self.at
    }
}

/// All that SQLite does in one folder.
#[derive(Debug)]
pub struct Recorder {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    log: Vec<Op>,
    names: HashMap<String, FileId>,
    files: usize,
    /// How many syncs of each file failed: each of its handles is told of each once, as Linux does it.
    failed: HashMap<FileId, usize>,
    calls: usize,
    fault: Option<Fault>,
    refused: BTreeMap<Call, usize>,
}

/// The files of a folder, but for what is mapped: it never outlives a crash.
pub fn files(folder: &Path) -> Image {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = files.map(|file| (file.file_name().into_string().unwrap(), file.path()));
    let files = files.filter(|(name, _)| !name.ends_with("-shm"));
    files.map(|(name, path)| (name, fs::read(path).unwrap())).collect()
}

/// A file that is about to be opened.
pub struct Opening {
    name: String,
    bytes: Option<Vec<u8>>,
    folder_due: bool,
}

impl Recorder {
    /// What lies in `folder` already is safe.
    pub fn of(folder: &Path) -> Self {
        let mut state = State::default();
        for (name, bytes) in files(folder) {
            state.add(name, Some(bytes));
        }
        Self { folder: folder.to_owned(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses what `fault` says from now on.
    pub fn fail(&self, fault: Option<Fault>) {
        let mut state = self.state();
        (state.fault, state.calls) = (fault, 0);
    }

    /// How many calls of each kind were refused.
    pub fn refused(&self) -> BTreeMap<Call, usize> {
        self.state().refused.clone()
    }

    pub fn log(&self) -> Vec<Op> {
        self.state().log.clone()
    }

    pub fn mark(&self, op: Op) {
        self.state().log.push(op);
    }

    /// Whether this call is refused.
    pub fn refuses(&self, call: Call) -> Option<Refusal> {
        let mut state = self.state();
        state.calls += 1;
        let refusal = state.fault.filter(|fault| fault.hits(state.calls))?.refusal;
        *state.refused.entry(call).or_default() += 1;
        Some(refusal)
    }

    /// Looks at a file before it is opened. Those of a database count as made when they were not there.
    pub fn opening(&self, path: &Path, flags: c_int) -> Result<Opening, c_int> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let creates = flags & ffi::SQLITE_OPEN_CREATE != 0;
        let known = self.state().names.contains_key(&name);
        // Nobody has it open yet, so that no lock is lost when it is closed.
        let bytes = if known { None } else { fs::read(self.folder.join(&name)).ok() };
        if creates && !known && bytes.is_none() {
            self.refuses(Call::Make).map_or(Ok(()), |refusal| Err(refusal.of(Call::Make)))?;
        }
        let journal = flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0;
        Ok(Opening { name, bytes, folder_due: creates && journal })
    }

    pub fn opened(self: &Arc<Self>, opening: Opening) -> Handle {
        let Opening { name, bytes, folder_due } = opening;
        let mut state = self.state();
        let file = state.names.get(&name).copied().unwrap_or_else(|| state.add(name, bytes));
        let failures = state.failed.get(&file).copied().unwrap_or(0);
        Handle { recorder: Arc::clone(self), file, folder_due, failures }
    }

    pub fn deleted(&self, path: &Path, folder_synced: bool) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut state = self.state();
        state.names.remove(&name);
        state.log.push(Op::Deleted { name });
        if folder_synced {
            state.log.push(Op::FolderSynced);
        }
    }
}

impl State {
    fn add(&mut self, name: String, bytes: Option<Vec<u8>>) -> FileId {
        let file = self.files;
        self.files += 1;
        self.names.insert(name.clone(), file);
        self.log.push(match bytes {
            Some(bytes) => Op::Found { name, file, bytes },
            None => Op::Made { name, file },
        });
        file
    }
}

/// A file that SQLite has open.
pub struct Handle {
    pub recorder: Arc<Recorder>,
    file: FileId,
    /// With its first sync the machine's own disk syncs the folder, too: of a write-ahead log or journal
    /// that it was free to make.
    folder_due: bool,
    /// How many of the file's failed syncs this handle was told of.
    failures: usize,
}

impl Handle {
    pub fn wrote(&self, at: i64, bytes: &[u8]) {
        let at = usize::try_from(at).unwrap_or(0);
        let (file, bytes) = (self.file, bytes.to_vec());
        if !bytes.is_empty() {
            self.recorder.mark(Op::Wrote { file, at, bytes });
        }
    }

    pub fn cut(&self, to: i64) {
        self.recorder.mark(Op::Cut { file: self.file, to: usize::try_from(to).unwrap_or(0) });
    }

    pub fn synced(&mut self) {
        self.recorder.mark(Op::Synced(self.file));
        if std::mem::take(&mut self.folder_due) {
            self.recorder.mark(Op::FolderSynced);
        }
    }

    /// Whether this sync fails: of itself, or since another handle's did, of which this one was not told.
    pub fn refuses_sync(&mut self) -> Option<Refusal> {
        let refused = self.recorder.refuses(Call::Sync);
        let mut state = self.recorder.state();
        if refused.is_some() {
            *state.failed.entry(self.file).or_default() += 1;
            state.log.push(Op::SyncFailed(self.file));
        }
        let failures = state.failed.get(&self.file).copied().unwrap_or(0);
        let untold = std::mem::replace(&mut self.failures, failures) < failures;
        refused.or(untold.then_some(Refusal::Io))
    }
}
