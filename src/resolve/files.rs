//! One file: from bytes to text, or why it can't be read as a runbook.
//!
//! In: a path and a [`Loader`]. Out: text without a byte-order mark, lines ended by `\n`; or the
//! words for what is wrong. Must not know: what is in the text.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::Loader;
use crate::finding::Finding;
use crate::source::Span;

/// No runbook is as large as this; whatever is, is not one.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// Why a file can't be read, in words that fit any place that names it.
#[derive(Clone, Debug)]
pub(super) struct Unreadable {
    code: &'static str,
    title: String,
    label: String,
    help: Option<String>,
}

impl Unreadable {
    fn new(code: &'static str, title: String, label: impl Into<String>) -> Self {
        Self { code, title, label: label.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding, shown at the place that names the file.
    pub(super) fn at(self, span: Span) -> Finding {
        let finding = Finding::error(self.code, self.title, span, self.label);
        match self.help {
            Some(help) => finding.help(help),
            None => finding,
        }
    }
}

/// The text of a file.
pub(super) fn read_text(path: &Path, loader: &dyn Loader) -> Result<String, Unreadable> {
    let bytes = loader.read(path).map_err(|error| cannot_read(path, &error))?;
    let name = path.display();
    if bytes.len() > MAX_FILE_BYTES {
        return Err(too_large(path));
    }
    text_of(bytes).map_err(|(at, what)| {
        let title = format!("`{name}` is not a text file");
        let help = "runbooks and worlds are UTF-8 text: save the file as UTF-8, or name another one";
        Unreadable::new("binary-file", title, format!("byte {at} is {what}")).help(help)
    })
}

fn too_large(path: &Path) -> Unreadable {
    let title = format!("`{}` is larger than 4 MB", path.display());
    Unreadable::new("file-too-large", title, "this file")
        .help("a runbook is text written by people: is this the right file?")
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Unreadable {
    let name = path.display();
    match error.kind() {
        ErrorKind::NotFound => {
            Unreadable::new("missing-file", format!("there is no file `{name}`"), "no such file")
                .help("check the spelling, and the folder that the path starts from")
        }
        ErrorKind::IsADirectory => {
            Unreadable::new("not-a-file", format!("`{name}` is a folder"), "a file is needed here")
                .help("name a `.runbook` or `.world` file in it")
        }
        ErrorKind::FileTooLarge => too_large(path),
        _ => Unreadable::new("unreadable-file", format!("`{name}` can't be read"), error.to_string()),
    }
}

/// Checks the bytes, and takes off what editors on other systems add.
fn text_of(bytes: Vec<u8>) -> Result<String, (usize, String)> {
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err((at, "zero, which no text holds".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        (at, format!("{:#04x}, which is not UTF-8", error.as_bytes()[at]))
    })?;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    Ok(if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text })
}

/// Refuses a file whose name doesn't say that it is a runbook, library or world.
pub(super) fn check_extension(path: &Path) -> Result<(), Unreadable> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("runbook" | "world") => Ok(()),
        _ => {
            let title = format!("`{}` is by its name neither a runbook nor a world", path.display());
            Err(Unreadable::new("wrong-extension", title, "another kind of file")
                .help("the names of runbooks and libraries end in `.runbook`, those of worlds in `.world`"))
        }
    }
}

/// `path` without `.` and `name/..`; what goes above the start stays as leading `..`.
#[must_use]
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            Component::ParentDir if out.has_root() => {}
            Component::ParentDir | Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                out.push(part);
            }
        }
    }
    out
}

/// How many folders above its start a normal relative path goes.
pub(super) fn steps_up(normal: &Path) -> usize {
    normal.components().take_while(|part| *part == Component::ParentDir).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_line_ends_of_other_systems_are_taken_off() {
        assert_eq!(text_of(b"\xef\xbb\xbfa\r\nb\r\n".to_vec()).unwrap(), "a\nb\n");
    }

    #[test]
    fn the_byte_that_is_no_text_is_named() {
        assert_eq!(text_of(b"ab\0".to_vec()).unwrap_err().0, 2);
        let (at, what) = text_of(b"abc\xff".to_vec()).unwrap_err();
        assert_eq!((at, what.as_str()), (3, "0xff, which is not UTF-8"));
    }

    #[test]
    fn paths_are_made_normal_without_the_disk() {
        assert_eq!(normal(Path::new("./lib/../../x.runbook")), Path::new("../x.runbook"));
        assert_eq!(steps_up(Path::new("../../x")), 2);
        assert_eq!(normal(Path::new("/a/../../b")), Path::new("/b"));
    }
}
