//! Files taken in: read, parsed, and their expressions with them.
//!
//! In: paths and a [`Loader`]. Out: trees, compiled expressions, and the syntax errors of all files.
//! Must not know: names, types, effects.

use std::path::Path;
use std::sync::Arc;

use super::Loader;
use super::embedded::std_library;
use super::files::{Unreadable, check_extension, read_text};
use super::shelf::{Key, Shelf};
use super::visit::{Visit, walk_file};
use crate::finding::{Finding, has_errors};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::{self, ast};
use crate::template::Expression;

/// What has been read so far, and what was wrong with it.
pub(super) struct Intake<'l> {
    loader: &'l dyn Loader,
    shelf: &'l Shelf,
    pub(super) sources: Sources,
    pub(super) findings: Vec<Finding>,
}

/// A file as it is written, its expressions by their `ExprId`.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) file: Arc<ast::File>,
    pub(super) expressions: Arc<[Expression]>,
}

impl<'l> Intake<'l> {
    pub(super) fn new(loader: &'l dyn Loader, shelf: &'l Shelf) -> Self {
        Self { loader, shelf, sources: Sources::default(), findings: Vec::new() }
    }

    /// Reads the file that the user named. What can't be read is shown as an empty file.
    pub(super) fn entry(&mut self, path: &Path) -> Option<Taken> {
        match text(path, self.loader) {
            Ok(text) => {
                let id = self.sources.add(path, text);
                parse(id, self.sources.get(id), &mut self.findings)
            }
            Err(unreadable) => {
                let id = self.sources.add(path, "");
                self.findings.push(unreadable.at(Span::new(id, 0, 0)));
                None
            }
        }
    }

    /// Reads a file that another one names.
    pub(super) fn named(&mut self, path: &Path) -> Result<Option<Taken>, Unreadable> {
        let loader = self.loader;
        self.take(Key::Disk(path.to_path_buf()), |path| text(path, loader))
    }

    /// Takes in a library that rutter ships; `None` where it can't be read.
    pub(super) fn shipped(&mut self, name: &str) -> Option<Taken> {
        let library = std_library(name)?;
        self.take(Key::Std(name.to_owned()), |_| Ok(library.to_owned())).ok()?
    }

    fn take(
        &mut self,
        key: Key,
        text: impl FnOnce(&Path) -> Result<String, Unreadable>,
    ) -> Result<Option<Taken>, Unreadable> {
        let shelved = self.shelf.take(key, text)?;
        self.sources.share(shelved.id, shelved.source);
        self.findings.extend(shelved.findings);
        Ok(shelved.taken)
    }
}

/// What is not there, or no file, is called so whatever its name.
fn text(path: &Path, loader: &dyn Loader) -> Result<String, Unreadable> {
    let text = read_text(path, loader)?;
    check_extension(path)?;
    Ok(text)
}

/// The tree of a file and its expressions, if nothing is wrong with them.
pub(super) fn parse(id: FileId, source: &SourceFile, findings: &mut Vec<Finding>) -> Option<Taken> {
    let parsed = syntax::parse(id, &source.text);
    let broken = has_errors(&parsed.findings);
    findings.extend(parsed.findings);
    let file = parsed.file?;
    findings.extend(wrong_extension(&source.path, &file));
    let expressions = compile(&file, findings)?;
    (!broken).then(|| Taken { file: Arc::new(file), expressions })
}

/// A file's name and its first statement must say the same.
fn wrong_extension(path: &Path, file: &ast::File) -> Option<Finding> {
    let (word, extension) = match file.kind.value {
        ast::FileKind::Runbook => ("runbook", "runbook"),
        ast::FileKind::Library => ("library", "runbook"),
        ast::FileKind::World => ("world", "world"),
    };
    if path.extension().is_some_and(|found| found == extension) {
        return None;
    }
    let title = format!("a {word} stands in a file called `{}`", path.display());
    let name = path.with_extension(extension);
    let finding = Finding::error("wrong-extension", title, file.kind.span, "this says what the file is");
    Some(finding.help(format!("call the file `{}`", name.display())))
}

fn compile(file: &ast::File, findings: &mut Vec<Finding>) -> Option<Arc<[Expression]>> {
    let slots = std::iter::repeat_with(|| None).take(file.expressions as usize).collect();
    let mut compile = Compile { slots, findings };
    walk_file(&mut compile, file);
    compile.slots.into_iter().collect()
}

/// Puts each expression into the slot of its id.
struct Compile<'f> {
    slots: Vec<Option<Expression>>,
    findings: &'f mut Vec<Finding>,
}

impl<'a> Visit<'a> for Compile<'_> {
    fn expr(&mut self, expr: &'a ast::Expr) {
        match Expression::parse(expr) {
            Ok(expression) => self.slots[expr.id.0 as usize] = Some(expression),
            Err(finding) => self.findings.push(finding),
        }
    }
}
