//! Files as text, and places in them.
//!
//! In: the text of runbooks, worlds and params files. Out: `Span`s that every
//! later stage carries, and lines and columns where something is shown.
//! Must not know: what the text means.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Names one file of a [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A range of bytes in one file, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// A span of `file` from byte `start` up to, and without, byte `end`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let offset = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        Self { file, start: offset(start), end: offset(end) }
    }

    /// The smallest span that holds both; `other` is taken to be of the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether both have a byte in common, or one begins where the other ends.
    #[must_use]
    pub fn touches(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.end && other.start <= self.end
    }

    /// A span of `len` bytes that begins `offset` bytes into this one.
    #[must_use]
    pub fn part(self, offset: usize, len: usize) -> Span {
        let start = self.start as usize + offset;
        Span::new(self.file, start, start + len)
    }

    /// The bytes of the span, for slicing the file's text.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and the place it was written at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// One file: how it is called on the screen, and its text.
#[derive(Debug)]
pub struct SourceFile {
    pub path: PathBuf,
    pub text: Arc<str>,
    line_starts: std::sync::OnceLock<Vec<u32>>,
}

/// A line and a column as people count them: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    pub line: usize,
    pub column: usize,
}

impl SourceFile {
    /// A file that is shown as `path`.
    pub fn new(path: impl AsRef<Path>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.as_ref().to_path_buf(), text: text.into(), line_starts: Default::default() }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect()
        })
    }

    /// Where byte `offset` stands. Offsets past the end count as the end.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.text.len());
        let line = self.line_starts().partition_point(|start| *start as usize <= offset);
        let start = self.line_starts()[line - 1] as usize;
        let column = self.text.get(start..offset).map_or(1, |before| before.chars().count() + 1);
        LineColumn { line, column }
    }

    /// The text of line `line` (from 1), without its line break.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        self.text.lines().nth(line.saturating_sub(1)).unwrap_or("")
    }
}

/// Every file that was read, each under its [`FileId`].
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<(FileId, Arc<SourceFile>)>,
}

impl Sources {
    /// Takes a file in and names it.
    pub fn add(&mut self, path: impl AsRef<Path>, text: impl Into<Arc<str>>) -> FileId {
        let id = self.files.iter().map(|(id, _)| id.0 + 1).max().map_or(FileId(0), FileId);
        self.files.push((id, Arc::new(SourceFile::new(path, text))));
        id
    }

    /// Takes in a file that has its name already, which no other file here has.
    pub fn share(&mut self, id: FileId, file: Arc<SourceFile>) {
        if self.rank(id).is_none() {
            self.files.push((id, file));
        }
    }

    /// How many files were taken in before the one that `id` names.
    #[must_use]
    pub fn rank(&self, id: FileId) -> Option<usize> {
        self.files.iter().position(|(known, _)| *known == id)
    }

    /// The file that `id` names.
    ///
    /// # Panics
    /// When `id` is of no file in these `Sources`: a mistake of ours, never of a user.
    #[must_use]
    #[expect(clippy::expect_used, reason = "see above")]
    pub fn get(&self, id: FileId) -> &SourceFile {
        let rank = self.rank(id).expect("a file of these sources");
        &self.files[rank].1
    }

    /// The text that `span` covers; empty where it does not fit the file.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).text.get(span.range()).unwrap_or("")
    }

    /// Where `span` begins.
    #[must_use]
    pub fn line_column(&self, span: Span) -> LineColumn {
        self.get(span.file).line_column(span.start as usize)
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().map(|(id, file)| (*id, file.as_ref()))
    }
}
