//! Where the journal of a run is kept, and what the run is called.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::{Error, reason};
use crate::ids::RunId;
use crate::journal::FileJournal;

/// A new run: its name, and the file that its events go to.
pub fn open(given: Option<&Path>) -> Result<(RunId, FileJournal), Error> {
    let folder = state_folder()?;
    let mut run = name();
    while given.is_none() && folder.join(format!("{run}.jsonl")).exists() {
        run = name();
    }
    let path = match given {
        Some(path) => fresh(path)?,
        None => in_folder(&folder, &run)?,
    };
    let journal = FileJournal::open(&path).map_err(|error| {
        Error::input(error.to_string()).help("a run keeps a journal; `--journal FILE` puts it elsewhere")
    })?;
    Ok((run, journal))
}

/// A journal holds one run.
fn fresh(path: &Path) -> Result<PathBuf, Error> {
    match std::fs::metadata(path) {
        Ok(about) if about.is_file() && about.len() > 0 => {
            let title = format!("the journal `{}` holds another run", path.display());
            Err(Error::input(title).help("name a new file: a journal is only ever added to"))
        }
        Ok(_) | Err(_) => Ok(path.to_path_buf()),
    }
}

fn in_folder(folder: &Path, run: &RunId) -> Result<PathBuf, Error> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| unwritable(folder, &error))?;
    Ok(folder.join(format!("{run}.jsonl")))
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    let title = format!("the journal `{}` can't be written: {}", path.display(), reason(error));
    Error::input(title).help("a run keeps a journal; `--journal FILE` puts it elsewhere")
}

fn state_folder() -> Result<PathBuf, Error> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")));
    let state = state.ok_or_else(|| {
        Error::input("there is no place for the journal: neither HOME nor XDG_STATE_HOME is set")
            .help("`--journal FILE` names one")
    })?;
    Ok(state.join("rutter"))
}

/// Two words that can be said and typed, such as `bako-rife`.
fn name() -> RunId {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut bits = RandomState::new().hash_one("run");
    let mut letter = |from: &[u8]| {
        let picked = from[(bits % from.len() as u64) as usize];
        bits /= from.len() as u64;
        char::from(picked)
    };
    let mut name = String::new();
    for syllable in 0..4 {
        if syllable == 2 {
            name.push('-');
        }
        name.push(letter(CONSONANTS));
        name.push(letter(VOWELS));
    }
    RunId(Arc::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_differ() {
        let (one, two) = (name(), name());
        assert_eq!(one.0.len(), 9);
        assert!(one.0.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{one}");
        assert_ne!(one, two);
    }
}
