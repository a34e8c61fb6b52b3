//! The user's files: reading them, and finding runbooks in folders.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::failure::{Error, reason};
use crate::resolve::Loader;

/// The disk, as resolving sees it.
#[derive(Debug)]
pub struct Disk;

/// No runbook, params file or text beside it is nearly as long.
const LONGEST: u64 = 4 * 1024 * 1024;

impl Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        let file = std::fs::File::open(path)?;
        let about = file.metadata()?;
        if about.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        read_whole(file, about.len())
    }
}

/// All that `input` gives. How much that is said to be is not asked: a device or a pipe has no size,
/// and may have no end.
pub fn whole(input: impl Read) -> io::Result<Vec<u8>> {
    read_whole(input, 0)
}

/// Room is made for `likely` bytes.
fn read_whole(input: impl Read, likely: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(likely.min(LONGEST) as usize + 1);
    input.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        let title = format!("it has more than {} MB", LONGEST >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, title));
    }
    Ok(bytes)
}

/// Refuses a file that can't be read, before anything is made of it.
pub fn readable(path: &Path) -> Result<(), Error> {
    match std::fs::metadata(path) {
        Ok(about) if about.is_dir() => {
            Err(Error::input(format!("`{}` is a folder", path.display())).help("name a file in it"))
        }
        // A pipe can be opened only once.
        Ok(about) if !about.is_file() => Ok(()),
        Ok(_) => std::fs::File::open(path).map(drop).map_err(|error| unreadable(path, &error)),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// The files that `paths` mean: files as they are, folders searched for files that end like `kinds`.
pub fn find(paths: &[PathBuf], kinds: &[&str]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            find_in(path, kinds, &mut files)?;
        } else {
            readable(path)?;
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn find_in(folder: &Path, kinds: &[&str], files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let before = files.len();
    walk(folder, kinds, files).map_err(|error| unreadable(folder, &error))?;
    for file in &mut files[before..] {
        if let Ok(inner) = file.strip_prefix("./") {
            *file = inner.to_path_buf();
        }
    }
    files[before..].sort();
    if files.len() > before {
        return Ok(());
    }
    let wanted: Vec<_> = kinds.iter().map(|kind| format!("*.{kind}")).collect();
    Err(Error::input(format!("no {} in `{}`", wanted.join(" or "), folder.display())))
}

/// Hidden folders and links to folders are not entered.
fn walk(folder: &Path, kinds: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type()?.is_dir() && !hidden {
            walk(&path, kinds, files)?;
        } else if path.extension().is_some_and(|end| kinds.iter().any(|kind| end == *kind)) && path.is_file()
        {
            files.push(path);
        }
    }
    Ok(())
}

/// What to say of a file that can't be read.
pub fn unreadable(path: &Path, error: &io::Error) -> Error {
    let title = format!("`{}` can't be read: {}", path.display(), reason(error));
    match error.kind() {
        io::ErrorKind::NotFound => Error::input(format!("there is no file `{}`", path.display())),
        _ => Error::input(title),
    }
}
