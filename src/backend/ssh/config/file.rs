//! Config files, read once each.
//!
//! In: paths and patterns of paths. Out: files as lists of statements with their lines.
//! Must not know: hosts, which statements apply.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::ConfigError;
use super::statement::{Statement, statement};

#[derive(Debug)]
pub struct File {
    pub path: Arc<Path>,
    pub lines: Vec<Line>,
}

#[derive(Debug)]
pub struct Line {
    pub number: usize,
    pub statement: Statement,
}

/// Whether a file must belong to its user and be writable for nobody else, as `ssh` wants it of
/// `~/.ssh/config` and of every file that another includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    Given,
    MustBeOurs,
}

/// What was read so far.
#[derive(Debug, Default)]
pub struct Files {
    read: Mutex<HashMap<PathBuf, Arc<File>>>,
    found: Mutex<HashMap<String, Arc<[PathBuf]>>>,
}

impl Files {
    /// The file of a path; nothing if there is none or it can't be opened.
    pub fn open(&self, path: &Path, trust: Trust, me: u32) -> Result<Option<Arc<File>>, ConfigError> {
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let Ok(mut opened) = fs::File::open(path) else { return Ok(None) };
        let fail = |why: String| ConfigError { file: path.to_owned(), line: 0, why };
        if trust == Trust::MustBeOurs {
            check_owner(&opened, me).map_err(fail)?;
        }
        let text = text(&mut opened).map_err(|error| fail(error.to_string()))?;
        let file = Arc::new(parse(path, &text)?);
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), Arc::clone(&file));
        Ok(Some(file))
    }

    /// The paths that match a pattern of glob(7), in the order of the alphabet.
    pub fn matching(&self, pattern: &str) -> Result<Arc<[PathBuf]>, String> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(pattern).cloned();
        if let Some(paths) = known {
            return Ok(paths);
        }
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let found = glob::glob_with(pattern, options)
            .map_err(|error| format!("`{pattern}` is no pattern: {}", error.msg))?;
        let paths: Arc<[PathBuf]> = found.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        self.found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(pattern.to_owned(), Arc::clone(&paths));
        Ok(paths)
    }
}

/// The text of a file; a folder reads as nothing, as it does for `ssh`.
fn text(opened: &mut fs::File) -> io::Result<String> {
    let mut bytes = Vec::new();
    if !opened.metadata()?.is_dir() {
        opened.read_to_end(&mut bytes)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn parse(path: &Path, text: &str) -> Result<File, ConfigError> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let read = statement(line).map_err(|why| ConfigError { file: path.to_owned(), line: number, why })?;
        lines.extend(read.map(|statement| Line { number, statement }));
    }
    Ok(File { path: path.into(), lines })
}

#[cfg(unix)]
fn check_owner(opened: &fs::File, me: u32) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    let about = opened.metadata().map_err(|error| error.to_string())?;
    let owned = about.uid() == 0 || about.uid() == me;
    match owned && about.mode() & 0o022 == 0 {
        true => Ok(()),
        false => Err("others may write to it, or own it, so ssh and rutter don't read it".to_owned()),
    }
}

#[cfg(not(unix))]
fn check_owner(_opened: &fs::File, _me: u32) -> Result<(), String> {
    Ok(())
}
