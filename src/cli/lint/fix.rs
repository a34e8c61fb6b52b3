//! `rutter lint --fix`: what the rules and the checker are sure of is written into the files.
//!
//! In: the files that were named, each with its settings. Out: their texts with the fixes, written or shown. A round makes the
//! fixes that do not touch each other; then the text is looked into anew, until there is nothing left to do. Must not know: rules.

use std::io;
use std::path::{Path, PathBuf};

use super::super::config::Config;
use super::super::failure::{Error, Exit};
use super::super::rewrite::{rewrite, unified};
use super::super::screen::Screen;
use super::{check, is_of_the_language};
use crate::finding::{Finding, Fix, Fixed, Severity, Sureness, apart, fixed, has_errors};
use crate::report::plural;
use crate::resolve::{Loader, Resolution, Shelf};
use crate::source::{FileId, Span};
use crate::syntax::{self, Width};

/// After so many rounds a file is left as it is.
const ROUNDS: usize = 10;
/// The file that is looked into is taken in before those that it uses.
const NAMED: FileId = FileId(0);
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file before its fixes, and with them.
pub(super) struct Mended {
    path: PathBuf,
    before: String,
    after: String,
    /// How many fixes were made.
    made: usize,
    /// What the fixes do that were not made, since they would bring an error.
    refused: Vec<String>,
}

/// How a file is mended.
struct Mending<'m> {
    file: &'m Path,
    loader: &'m dyn Loader,
    shelf: Shelf,
    config: &'m Config,
    most: Sureness,
}

/// A text of the file, and what is found with it.
#[derive(Clone)]
struct State {
    text: String,
    findings: Vec<Finding>,
}

/// What a round gave.
struct Round {
    state: State,
    made: usize,
    refused: Vec<String>,
}

/// Mends a file in memory, by fixes that are no less sure than `most`. Nothing is given of what is no text.
pub(super) fn mend(file: &Path, loader: &dyn Loader, config: &Config, most: Sureness) -> Option<Mended> {
    let before = String::from_utf8(loader.read(file).ok()?).ok()?;
    let text = before.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&before).replace("\r\n", "\n");
    let was_laid_out = laid_out(&text, config.width).is_some_and(|laid_out| laid_out == text);
    let Round { state, made, refused } =
        Mending { file, loader, shelf: Shelf::default(), config, most }.rounds(text);
    let text = laid_out(&state.text, config.width).filter(|_| was_laid_out).unwrap_or(state.text);
    let after = dressed(&before, text);
    Some(Mended { path: file.to_path_buf(), before, after, made, refused })
}

impl Mending<'_> {
    fn rounds(&self, text: String) -> Round {
        let mut all = Round { state: self.look(text), made: 0, refused: Vec::new() };
        for _ in 0..ROUNDS {
            let Round { state, made, refused } = self.round(all.state);
            all = Round { state, made: all.made + made, refused };
            if made == 0 {
                break;
            }
        }
        all
    }

    /// All fixes at once; if they bring an error, each that brings none.
    fn round(&self, state: State) -> Round {
        let fixes = apart(state.fixes(self.most));
        if fixes.is_empty() {
            return Round { state, made: 0, refused: Vec::new() };
        }
        match self.try_out(&state, &fixes) {
            Some(next) => Round { made: fixes.len(), state: next, refused: Vec::new() },
            None => self.one_by_one(&state, &fixes),
        }
    }

    fn one_by_one(&self, state: &State, fixes: &[&Fix]) -> Round {
        let (mut best, mut made, mut refused) = (None, Vec::new(), Vec::new());
        for fix in fixes {
            made.push(*fix);
            match self.try_out(state, &made) {
                Some(next) => best = Some(next),
                None => refused.extend(made.pop().map(|fix| fix.title.clone())),
            }
        }
        let state = best.unwrap_or_else(|| state.clone());
        Round { state, made: made.len(), refused }
    }

    /// What these fixes make of the file, if they bring no error.
    fn try_out(&self, state: &State, fixes: &[&Fix]) -> Option<State> {
        let Fixed { text, places } = fixed(&state.text, fixes);
        let next = self.look(text);
        let is_brought = |error: &Finding| {
            let is_new = !state.errors().any(|known| is_same(known, error));
            is_new && (state.errors().next().is_none() || is_at(error, &places))
        };
        let brings = next.errors().any(is_brought);
        (!brings).then_some(next)
    }

    fn look(&self, text: String) -> State {
        let loader = Instead { file: self.file, text: &text, others: self.loader };
        let Resolution { findings, .. } = check(self.file, &loader, &self.shelf, self.config);
        State { text, findings }
    }
}

impl State {
    /// The fixes in this file; others are made where their file is named.
    fn fixes(&self, most: Sureness) -> impl Iterator<Item = &Fix> {
        let fixes = self.findings.iter().filter_map(|finding| finding.fix.as_deref());
        fixes.filter(move |fix| fix.sureness <= most && fix.edits.iter().all(|edit| edit.span.file == NAMED))
    }

    /// The errors of the language.
    fn errors(&self) -> impl Iterator<Item = &Finding> {
        let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.filter(|error| is_of_the_language(error))
    }
}

fn is_same(one: &Finding, other: &Finding) -> bool {
    one.code == other.code && one.title == other.title
}

/// Whether an error is where something was written. Elsewhere it only comes to light: of a file with errors not everything is looked at.
fn is_at(error: &Finding, places: &[Span]) -> bool {
    places.iter().any(|place| place.touches(error.span()))
}

/// The files as they are, but for one.
struct Instead<'i> {
    file: &'i Path,
    text: &'i str,
    others: &'i dyn Loader,
}

impl Loader for Instead<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        if path == self.file { Ok(self.text.into()) } else { self.others.read(path) }
    }
}

/// The text in the one layout, if it can be read.
fn laid_out(text: &str, width: Width) -> Option<String> {
    let parsed = syntax::parse(NAMED, text);
    let file = parsed.file.filter(|_| !has_errors(&parsed.findings))?;
    Some(syntax::format(&file, text, width))
}

/// The text with the line breaks and the mark that the file had.
fn dressed(before: &str, text: String) -> String {
    let text = if before.contains("\r\n") { text.replace('\n', "\r\n") } else { text };
    if before.starts_with(BYTE_ORDER_MARK) { format!("{BYTE_ORDER_MARK}{text}") } else { text }
}

/// Shows what the fixes would change.
pub(super) fn show(mended: &[Mended], screen: &Screen) -> Result<Exit, Error> {
    say_refused(mended, screen);
    let changed: Vec<_> = mended.iter().filter(|file| file.made > 0).collect();
    for file in &changed {
        screen.print(&unified(&file.path, &file.before, &file.after))?;
    }
    Ok(if changed.is_empty() { Exit::Done } else { Exit::Invalid })
}

/// Writes the files that have fixes, and says how many those are.
pub(super) fn write(mended: &[Mended], screen: &Screen) -> Result<(), Error> {
    say_refused(mended, screen);
    let changed: Vec<_> = mended.iter().filter(|file| file.made > 0).collect();
    for file in &changed {
        rewrite(&file.path, &file.after)?;
    }
    let made: usize = changed.iter().map(|file| file.made).sum();
    if made > 0 {
        let (made, files) = (plural(made, "finding", "findings"), plural(changed.len(), "file", "files"));
        screen.remark(&format!("fixed {made} in {files}"));
    }
    Ok(())
}

/// A guess may be wrong; a fix that is safe and brings an error is a bug, and both are better seen than made.
fn say_refused(mended: &[Mended], screen: &Screen) {
    for file in mended {
        let path = file.path.display();
        for title in &file.refused {
            screen.remark(&format!("{path}: not fixed, since it would bring another error: {title}"));
        }
    }
}
