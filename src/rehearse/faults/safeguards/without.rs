//! A runbook without one of its safeguards: the files as they are, but for that one.

use std::io;
use std::path::{Path, PathBuf};

use super::list::{Safeguard, safeguards};
use super::spot::Spot;
use crate::rehearse::load::Rehearsal;
use crate::resolve::Loader;
use crate::source::Span;

/// What stands in the place of a statement where a block would be empty.
const NOTE: &str = "note \"\"";

/// Reads one file otherwise than it is.
pub struct Without<'l> {
    loader: &'l dyn Loader,
    path: PathBuf,
    text: String,
}

impl Loader for Without<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        if path == self.path { Ok(self.text.clone().into_bytes()) } else { self.loader.read(path) }
    }
}

/// Why a safeguard can't be taken out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTakenOut {
    #[error("`{runbook}` has no safeguard `{spot}`; it has {there}")]
    NotThere { runbook: String, spot: Spot, there: String },
    #[error("without it the runbook is none: {0}")]
    Stays(String),
    #[error("{0}")]
    Unplayable(String),
}

impl std::fmt::Debug for Without<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Without").field("path", &self.path).finish_non_exhaustive()
    }
}

impl<'l> Without<'l> {
    /// The files of a world whose runbook has lost one safeguard.
    pub fn of(world: &Path, spot: Spot, loader: &'l dyn Loader) -> Result<Self, NotTakenOut> {
        let rehearsal = Rehearsal::load(world, loader).map_err(|unplayable| {
            NotTakenOut::Unplayable(
                unplayable.findings.into_iter().next().map_or_else(String::new, |one| one.title),
            )
        })?;
        let all = safeguards(&rehearsal);
        let safeguard = all.iter().find(|one| one.spot == spot).ok_or_else(|| {
            let there: Vec<_> = all.iter().map(|one| one.spot.to_string()).collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
            NotTakenOut::NotThere { runbook: rehearsal.runbook(), spot, there }
        })?;
        Self::load(&rehearsal, safeguard, loader).map(|(_, without)| without).map_err(NotTakenOut::Stays)
    }

    /// The runbook without it, and how it is read; else why there is none. All that is left stays where it was.
    pub(super) fn load(
        rehearsal: &Rehearsal,
        safeguard: &Safeguard,
        loader: &'l dyn Loader,
    ) -> Result<(Rehearsal, Self), String> {
        let source = rehearsal.sources.get(safeguard.span.file);
        let mut first = None;
        for text in texts(&source.text, safeguard) {
            let without = Self { loader, path: source.path.clone(), text };
            match Rehearsal::load(rehearsal.path(), &without) {
                Ok(left) => return Ok((left, without)),
                Err(unplayable) => _ = first.get_or_insert(unplayable.findings),
            }
        }
        let mut findings = first.into_iter().flatten();
        Err(findings.next().map_or_else(String::new, |finding| finding.title))
    }
}

/// The ways to leave it out: for a statement one that does nothing, so that those after it keep their numbers, blank lines, or one
/// long blank.
fn texts(text: &str, safeguard: &Safeguard) -> Vec<String> {
    let lines = blanked(text, safeguard.span, |byte| byte == b'\n');
    let line = blanked(text, safeguard.span, |_| false);
    let noted = safeguard.spot.means.is_statement().then(|| noted(&lines, safeguard.span)).flatten();
    noted.into_iter().chain([lines, line]).collect()
}

fn blanked(text: &str, span: Span, kept: fn(u8) -> bool) -> String {
    let blank = text[span.range()].bytes().map(|byte| if kept(byte) { byte as char } else { ' ' });
    let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
    before.chars().chain(blank).chain(after.chars()).collect()
}

/// Nothing where there is no room for it.
fn noted(blanked: &str, span: Span) -> Option<String> {
    let room = Span::new(span.file, span.start as usize, span.start as usize + NOTE.len());
    let fits = room.end <= span.end && !blanked[room.range()].contains('\n');
    fits.then(|| {
        let mut text = blanked.to_owned();
        text.replace_range(room.range(), NOTE);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn what_is_left_stays_where_it_was() {
        let text = "a {\n  wait {\n    ä\n  }\n}\n";
        let span = Span::new(FileId(0), 6, 23);
        let left = blanked(text, span, |byte| byte == b'\n');
        assert_eq!(left.len(), text.len());
        assert_eq!(left.matches('\n').count(), text.matches('\n').count());
        assert_eq!(left.split_whitespace().collect::<String>(), "a{}");
    }
}
