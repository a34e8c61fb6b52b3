//! `rutter.toml`: found from a file upwards, the nearest one counts.

use std::path::{Path, PathBuf};

use super::disk::{Disk, unreadable};
use super::failure::{Error, reason};
use super::ready::refused;
use super::screen::Screen;
use crate::lint::Levels;
use crate::resolve::Loader;
use crate::source::Sources;

/// What the file is called.
const NAME: &str = "rutter.toml";

/// The settings of a folder and all that is in it.
#[derive(Debug, Default)]
pub struct Config {
    pub levels: Levels,
    folder: PathBuf,
}

impl Config {
    /// The settings for a file: those of the nearest `rutter.toml` in its folder or above, or none.
    pub fn of(file: &Path, screen: &Screen) -> Result<Self, Error> {
        let found = places(file).into_iter().find(|path| path.is_file());
        found.map_or(Ok(Self::default()), |path| Self::read(&path, screen))
    }

    /// The settings of this very file.
    pub fn read(path: &Path, screen: &Screen) -> Result<Self, Error> {
        let bytes = Disk.read(path).map_err(|error| unreadable(path, &error))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::input(format!("`{}` is no UTF-8 text", path.display())))?;
        let mut sources = Sources::default();
        let id = sources.add(path, text.as_str());
        let levels = Levels::read(&text, id).map_err(|findings| refused(&findings, &sources, screen))?;
        let whole = std::path::absolute(path)
            .map_err(|error| Error::input(format!("`{}`: {}", path.display(), reason(&error))))?;
        Ok(Self { levels, folder: whole.parent().map(Path::to_path_buf).unwrap_or_default() })
    }

    /// The path of a file from the folder of the settings.
    pub fn relative(&self, file: &Path) -> PathBuf {
        let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
        whole.strip_prefix(&self.folder).map(Path::to_path_buf).unwrap_or(whole)
    }
}

/// Where the settings for a file may be: the nearest first.
pub fn places(file: &Path) -> Vec<PathBuf> {
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    whole.ancestors().skip(1).map(|folder| folder.join(NAME)).collect()
}
