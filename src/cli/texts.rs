//! The texts of a run: gathered while its plan is made, and read back when it goes on.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::disk::Disk;
use crate::resolve::Loader;

/// Files by the path that they were read by.
pub type Texts = BTreeMap<String, Vec<u8>>;

/// The disk, and a memory of all that was read from it.
#[derive(Debug, Default)]
pub struct Gathering {
    read: Mutex<Texts>,
}

impl Gathering {
    /// What was read until now.
    pub fn texts(self) -> Texts {
        self.read.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loader for Gathering {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        let bytes = Disk.read(path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(name(path), bytes.clone());
        Ok(bytes)
    }
}

/// The files as they were when a run began, whatever is on the disk by now.
#[derive(Debug)]
pub struct Kept<'t>(pub &'t Texts);

impl Loader for Kept<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        self.0.get(&name(path)).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_read_again_whatever_became_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.runbook");
        std::fs::write(&path, "one").unwrap();
        let gathering = Gathering::default();
        assert_eq!(gathering.read(&path).unwrap(), b"one");
        assert!(gathering.read(&folder.path().join("b")).is_err());
        std::fs::write(&path, "two").unwrap();
        let texts = gathering.texts();
        assert_eq!(Kept(&texts).read(&path).unwrap(), b"one");
        assert_eq!(Kept(&texts).read(&folder.path().join("b")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
