//! `rutter lint --watch`: looks again whenever a file that was read has changed.
//!
//! In: what is to be looked into. Out: a report each time, until Ctrl-C. Every file is asked twice a second when it was written: that is nothing for
//! the files of a repository, sees what editors move into place and what other machines write to a network drive, and needs no
//! watchers of each system. Must not know: rules, formats.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use super::super::config;
use super::super::disk::{self, Disk};
use super::super::failure::{Error, Exit, conclude};
use super::super::screen::Screen;
use super::super::signals;
use super::{KINDS, Lint};
use crate::report::plural;
use crate::resolve::Loader;
use crate::run::StopSignal;

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_millis(500);

/// What tells one state of a file from another; nothing where there is no file.
type Stamp = Option<(SystemTime, u64, u64)>;

/// The disk, with the state of each file right before it was read.
#[derive(Default)]
struct Seen(Mutex<BTreeMap<PathBuf, Stamp>>);

impl Seen {
    fn note(&self, path: &Path) {
        let mut stamps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stamps.insert(path.to_path_buf(), stamp(path));
    }

    fn has_changed(&self) -> bool {
        let stamps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stamps.iter().any(|(path, seen)| stamp(path) != *seen)
    }

    /// How many of them are there.
    fn files(&self) -> usize {
        let stamps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stamps.values().flatten().count()
    }
}

impl Loader for Seen {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        self.note(path);
        Disk.read(path)
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len(), about.ino()))
}

/// Reports until it is told to end.
pub(super) fn watch(lint: &Lint, screen: &Screen) -> Result<Exit, Error> {
    let stop = StopSignal::new();
    signals::watch(stop.clone(), None);
    while !stop.is_stopped() {
        let (seen, files) = (Seen::default(), found(lint));
        settings(lint, &files).iter().for_each(|path| seen.note(path));
        // What can't be used now may be mended while we watch.
        let _ = conclude(lint.once(&seen, screen), screen);
        screen.remark(&format!("watching {}; Ctrl-C ends", plural(seen.files(), "file", "files")));
        while !stop.is_stopped() && !seen.has_changed() && found(lint) == files {
            sleep(PAUSE);
        }
        if !stop.is_stopped() && !screen.clear() {
            screen.remark("----");
        }
    }
    Ok(Exit::Done)
}

/// The files that are looked into; none while a path can't be used.
fn found(lint: &Lint) -> Vec<PathBuf> {
    disk::find(&lint.paths, KINDS).unwrap_or_default()
}

/// Where settings are, or may come to be.
fn settings(lint: &Lint, files: &[PathBuf]) -> Vec<PathBuf> {
    match &lint.config {
        Some(path) => vec![path.clone()],
        None => files.iter().flat_map(|file| config::places(file)).collect(),
    }
}
