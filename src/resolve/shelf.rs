//! Files that others name, read and parsed once for all that name them.
//!
//! In: which file, and how to come by its text. Out: its source, its tree and what is wrong with it. Must not know: who names it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::files::Unreadable;
use super::intake::{Taken, parse};
use crate::finding::Finding;
use crate::source::{FileId, SourceFile};

/// The first file of a resolution is `FileId(0)`.
const FIRST: u32 = 1;

/// What several resolutions read together. A file on it has the same [`FileId`] in each of them.
#[derive(Debug, Default)]
pub struct Shelf {
    files: Mutex<HashMap<Key, Place>>,
    given: AtomicU32,
}

/// Where a file is put by whoever reads it first.
type Place = Arc<OnceLock<Result<Shelved, Unreadable>>>;

/// Which file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Std(String),
    Disk(PathBuf),
}

impl Key {
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Key::Std(name) => PathBuf::from(format!("std/{name}.runbook")),
            Key::Disk(path) => path.clone(),
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct Shelved {
    pub(super) id: FileId,
    pub(super) source: Arc<SourceFile>,
    pub(super) findings: Vec<Finding>,
    pub(super) taken: Option<Taken>,
}

impl Shelf {
    /// The file, read by `text` if nobody has read it yet.
    pub(super) fn take(
        &self,
        key: Key,
        text: impl FnOnce(&Path) -> Result<String, Unreadable>,
    ) -> Result<Shelved, Unreadable> {
        let path = key.path();
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Arc::clone(files.entry(key).or_default());
        drop(files);
        place.get_or_init(|| Ok(self.shelved(&path, text(&path)?))).clone()
    }

    fn shelved(&self, path: &Path, text: String) -> Shelved {
        let id = FileId(self.given.fetch_add(1, Ordering::Relaxed) + FIRST);
        let source = Arc::new(SourceFile::new(path, text));
        let mut findings = Vec::new();
        let taken = parse(id, &source, &mut findings);
        Shelved { id, source, findings, taken }
    }
}
