//! From a path to a tree: the file's bytes, its text, its format.

use std::io::ErrorKind;
use std::path::Path;

use crate::finding::Finding;
use crate::resolve::Loader;
use crate::source::{FileId, Sources, Span};

use super::{Node, json, toml, yaml};

/// The largest file that is read: a tenant list of tens of thousands fits.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Yaml,
    Toml,
    Json,
}

impl Format {
    /// The format that the end of a file's name says.
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "yaml" | "yml" => Format::Yaml,
            "toml" => Format::Toml,
            "json" => Format::Json,
            _ => return None,
        })
    }
}

/// Reads a params file; its text is among the `sources` afterwards, also where it can't be read.
pub fn read_params(path: &Path, loader: &dyn Loader, sources: &mut Sources) -> Result<Node, Finding> {
    let text = match read_text(path, loader) {
        Ok(text) => text,
        Err(problem) => return Err(problem.at(Span::new(sources.add(path, ""), 0, 0))),
    };
    let file = sources.add(path, text);
    let Some(format) = Format::of(path) else {
        let title = format!("`{}` does not say what kind of params file it is", path.display());
        let help = "name it *.yaml, *.toml or *.json";
        return Err(Finding::error("params-file", title, Span::new(file, 0, 0), "").help(help));
    };
    parse(format, file, &sources.get(file).text)
}

/// Reads the text of a file that is already among the sources.
pub fn parse(format: Format, file: FileId, text: &str) -> Result<Node, Finding> {
    match format {
        Format::Yaml => yaml::parse(file, text),
        Format::Toml => toml::parse(file, text),
        Format::Json => json::parse(file, text),
    }
}

/// Why a file gave no text.
#[derive(Debug)]
pub struct Unreadable {
    title: String,
    help: Option<&'static str>,
}

impl Unreadable {
    /// The finding for it, at the place that asked for the file.
    pub fn at(self, span: Span) -> Finding {
        let finding = Finding::error("params-file", self.title, span, "");
        match self.help {
            Some(help) => finding.help(help),
            None => finding,
        }
    }
}

/// The text of a file, without a byte order mark.
pub fn read_text(path: &Path, loader: &dyn Loader) -> Result<String, Unreadable> {
    let bytes = loader.read(path).map_err(|error| unreadable(path, &error))?;
    let name = path.display();
    if bytes.len() > MAX_BYTES {
        return Err(unreadable(path, &ErrorKind::FileTooLarge.into()));
    }
    let not_text = |title| Unreadable { title, help: Some("save it as UTF-8 text") };
    let text = String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        not_text(format!("`{name}` is not text: its byte {} is not UTF-8", byte + 1))
    })?;
    if let Some(byte) = text.find('\0') {
        return Err(not_text(format!("`{name}` is not text: its byte {} is zero", byte + 1)));
    }
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Unreadable {
    let name = path.display();
    let (title, help) = match error.kind() {
        ErrorKind::NotFound => (format!("there is no file `{name}`"), None),
        ErrorKind::IsADirectory => {
            (format!("`{name}` is a directory"), Some("give the file in it that holds the values"))
        }
        ErrorKind::PermissionDenied => {
            (format!("`{name}` may not be read"), Some("its permissions keep this user out"))
        }
        ErrorKind::FileTooLarge => {
            (format!("`{name}` is larger than 4 MB"), Some("a params file or a loaded file has at most 4 MB"))
        }
        _ => (format!("`{name}` can't be read: {error}"), None),
    };
    Unreadable { title, help }
}
