//! Where runs are kept: the file, and how it is named on a line that is to be typed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::failure::Error;
use crate::journal::store::{Store, StoreError};

/// Which store of runs.
#[derive(Clone, Debug, clap::Args)]
pub struct StoreOption {
    /// Where runs are kept [default: runs.db in $XDG_STATE_HOME/rutter or ~/.local/state/rutter].
    #[arg(long, value_name = "FILE", env = VARIABLE, hide_env_values = true)]
    store: Option<PathBuf>,
}

const VARIABLE: &str = "RUTTER_STORE";

/// A store that is open.
#[derive(Clone, Debug)]
pub struct Place {
    pub store: Arc<Store>,
    /// Absolute.
    pub path: PathBuf,
    /// ` --store FILE` where a line that is to be typed needs it.
    pub option: String,
}

impl StoreOption {
    /// The store, made if it is not there.
    pub fn open(&self) -> Result<Place, Error> {
        let path = self.path()?;
        let store = Store::open(&path).map_err(|error| Error::store(&error))?;
        Ok(self.place(store, path))
    }

    /// The store, if there is one already.
    pub fn find(&self) -> Result<Option<Place>, Error> {
        let path = self.path()?;
        let store = Store::existing(&path).map_err(|error| Error::store(&error))?;
        Ok(store.map(|store| self.place(store, path)))
    }

    /// The store, which must be there.
    pub fn existing(&self) -> Result<Place, Error> {
        let none = || {
            let path = self.path().unwrap_or_default();
            let title = format!("there are no runs yet: there is no store `{}`", path.display());
            Error::input(title).help("`rutter run` makes it; `--store FILE` names another")
        };
        self.find()?.ok_or_else(none)
    }

    fn place(&self, store: Store, path: PathBuf) -> Place {
        let option = self.option(&path);
        Place { store: Arc::new(store), path, option }
    }

    /// What the environment says need not be typed.
    fn option(&self, path: &Path) -> String {
        let given = self.store.as_deref().map(Path::as_os_str);
        if given.is_none() || given == std::env::var_os(VARIABLE).as_deref() {
            return String::new();
        }
        format!(" --store {}", typed(&path.to_string_lossy()))
    }

    fn path(&self) -> Result<PathBuf, Error> {
        let path = match &self.store {
            Some(path) => path.clone(),
            None => state_folder()?.join("runs.db"),
        };
        std::path::absolute(path).map_err(|_| Error::input("`--store` names no file"))
    }
}

fn state_folder() -> Result<PathBuf, Error> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")));
    let state = state.ok_or_else(|| {
        Error::input("there is no place for runs: neither HOME nor XDG_STATE_HOME is set")
            .help("`--store FILE` names one")
    })?;
    Ok(state.join("rutter"))
}

impl Error {
    /// What the store can't do.
    pub fn store(error: &StoreError) -> Self {
        let said = Error::input(error.to_string());
        match error {
            StoreError::Unreadable { .. } | StoreError::Unwritable { .. } => {
                said.help("every run is kept in a store; `--store FILE` puts it elsewhere")
            }
            StoreError::Locked { .. } => said.help("try again, or see which process holds it"),
            StoreError::NotAStore { .. } => said.help("it is left as it is: name another file"),
            StoreError::Newer { .. } => said.help("use the rutter that wrote it, or a newer one"),
            StoreError::Damaged { .. } => {
                said.help("nothing is read from a damaged store: put a copy of it in its place")
            }
            StoreError::Broken { run, .. } => {
                said.help(format!("nothing goes on from a broken record; `rutter verify {run}` checks it"))
            }
            StoreError::Lost { .. } => Error::held(error.to_string()),
            StoreError::Taken { .. } | StoreError::NoRun { .. } => said,
        }
    }
}

/// A word as a shell takes it.
pub fn typed(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:@%+,=".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::typed;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(typed("stage:2/0/for:tenant=demo/1"), "stage:2/0/for:tenant=demo/1");
        assert_eq!(typed("for:a=b c"), "'for:a=b c'");
        assert_eq!(typed("it's"), r"'it'\''s'");
        assert_eq!(typed(""), "''");
    }
}
