//! `rutter.toml`: found from a file upwards, the nearest one counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{Document, Item, Table};

use super::disk::{Disk, unreadable};
use super::failure::{Error, reason};
use super::ready::refused;
use super::screen::Screen;
use crate::finding::Finding;
use crate::lint::{Levels, unknown_setting, wrong_setting};
use crate::resolve::Loader;
use crate::source::{FileId, Sources};
use crate::syntax::Width;

/// What the file is called.
const NAME: &str = "rutter.toml";

/// The settings of a folder and all that is in it.
#[derive(Debug, Default)]
pub struct Config {
    pub levels: Levels,
    /// How long `rutter fmt` lets lines be.
    pub width: Width,
    folder: PathBuf,
}

impl Config {
    /// The settings for a file: those of the nearest `rutter.toml` in its folder or above, or none.
    pub fn of(file: &Path, screen: &Screen) -> Result<Self, Error> {
        let found = places(file).into_iter().find(|path| path.is_file());
        found.map_or(Ok(Self::default()), |path| Self::read(from_here(&path), screen))
    }

    /// The settings for each of `files`; a folder is looked into once.
    pub fn of_each(files: &[PathBuf], screen: &Screen) -> Result<Vec<Arc<Self>>, Error> {
        let mut known: BTreeMap<PathBuf, Arc<Self>> = BTreeMap::new();
        let mut config = |file: &PathBuf| {
            let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
            if let Some(known) = known.get(&folder) {
                return Ok(Arc::clone(known));
            }
            let config = Arc::new(Self::of(file, screen)?);
            known.insert(folder, Arc::clone(&config));
            Ok(config)
        };
        files.iter().map(&mut config).collect()
    }

    /// The settings of this very file.
    pub fn read(path: &Path, screen: &Screen) -> Result<Self, Error> {
        let bytes = Disk.read(path).map_err(|error| unreadable(path, &error))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::input(format!("`{}` is no UTF-8 text", path.display())))?;
        let mut sources = Sources::default();
        let id = sources.add(path, text.as_str());
        let config = Self::parse(&text, id).map_err(|findings| refused(&findings, &sources, screen))?;
        let whole = std::path::absolute(path)
            .map_err(|error| Error::input(format!("`{}`: {}", path.display(), reason(&error))))?;
        Ok(Self { folder: whole.parent().map(Path::to_path_buf).unwrap_or_default(), ..config })
    }

    fn parse(text: &str, id: FileId) -> Result<Self, Vec<Finding>> {
        let document = Document::parse(text).map_err(|error| {
            vec![wrong_setting(id, error.span(), "this is no TOML".to_owned(), error.message())]
        })?;
        let (mut config, mut findings) = (Self::default(), Vec::new());
        for (name, item) in document.as_table() {
            match (name, item.as_table()) {
                ("lint", Some(lint)) => match Levels::read(lint, id) {
                    Ok(levels) => config.levels = levels,
                    Err(found) => findings.extend(found),
                },
                ("format", Some(format)) => match width(format, id) {
                    Ok(width) => config.width = width,
                    Err(found) => findings.extend(found),
                },
                _ => findings.push(unknown_setting(id, document.key(name), item, &["lint", "format"])),
            }
        }
        if findings.is_empty() { Ok(config) } else { Err(findings) }
    }

    /// The path of a file from the folder of the settings.
    pub fn relative(&self, file: &Path) -> PathBuf {
        let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
        whole.strip_prefix(&self.folder).map(Path::to_path_buf).unwrap_or(whole)
    }
}

/// The path as somebody who stands here would write it.
fn from_here(path: &Path) -> &Path {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path)
}

/// Reads the table `format`.
fn width(format: &Table, id: FileId) -> Result<Width, Vec<Finding>> {
    let (mut width, mut findings) = (Width::default(), Vec::new());
    for (name, item) in format {
        match (name, columns(item)) {
            ("line-width", Some(columns)) => width = columns,
            ("line-width", None) => {
                let label = format!("a number from {} to {}", Width::BOUNDS.start(), Width::BOUNDS.end());
                findings.push(wrong_setting(id, item.span(), "this is no width of lines".to_owned(), &label));
            }
            _ => findings.push(unknown_setting(id, format.key(name), item, &["line-width"])),
        }
    }
    if findings.is_empty() { Ok(width) } else { Err(findings) }
}

fn columns(item: &Item) -> Option<Width> {
    Width::of(u16::try_from(item.as_integer()?).ok()?)
}

/// Where the settings for a file may be: the nearest first.
pub fn places(file: &Path) -> Vec<PathBuf> {
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    whole.ancestors().skip(1).map(|folder| folder.join(NAME)).collect()
}
