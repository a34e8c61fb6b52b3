//! Files taken in: read, parsed, and their expressions with them.
//!
//! In: paths and a [`Loader`]. Out: trees, compiled expressions, and the syntax errors of all files.
//! Must not know: names, types, effects.

use std::path::Path;

use super::Loader;
use super::files::{Unreadable, check_extension, read_text};
use super::visit::{Visit, walk_file};
use crate::finding::{Finding, has_errors};
use crate::source::{FileId, Sources, Span};
use crate::syntax::{self, ast};
use crate::template::Expression;

/// What has been read so far, and what was wrong with it.
pub(super) struct Intake<'l> {
    loader: &'l dyn Loader,
    pub(super) sources: Sources,
    pub(super) findings: Vec<Finding>,
}

/// A file as it is written, its expressions by their `ExprId`.
pub(super) struct Taken {
    pub(super) file: ast::File,
    pub(super) expressions: Vec<Expression>,
}

impl<'l> Intake<'l> {
    pub(super) fn new(loader: &'l dyn Loader) -> Self {
        Self { loader, sources: Sources::default(), findings: Vec::new() }
    }

    /// Reads the file that the user named. What can't be read is shown as an empty file.
    pub(super) fn entry(&mut self, path: &Path) -> Option<Taken> {
        let text = self.text(path);
        match text {
            Ok(text) => self.parse(path, text),
            Err(unreadable) => {
                let id = self.sources.add(path, "");
                self.findings.push(unreadable.at(Span::new(id, 0, 0)));
                None
            }
        }
    }

    /// Reads a file that another one names.
    pub(super) fn named(&mut self, path: &Path) -> Result<Option<Taken>, Unreadable> {
        let text = self.text(path)?;
        Ok(self.parse(path, text))
    }

    /// What is not there, or no file, is called so whatever its name.
    fn text(&self, path: &Path) -> Result<String, Unreadable> {
        let text = read_text(path, self.loader)?;
        check_extension(path)?;
        Ok(text)
    }

    /// Takes in text that is at hand.
    pub(super) fn parse(&mut self, path: &Path, text: String) -> Option<Taken> {
        let id = self.sources.add(path, text);
        let parsed = syntax::parse(id, &self.sources.get(id).text);
        let broken = has_errors(&parsed.findings);
        self.findings.extend(parsed.findings);
        let file = parsed.file?;
        self.check_kind(path, id, &file);
        let expressions = self.compile(&file)?;
        (!broken).then_some(Taken { file, expressions })
    }

    /// A file's name and its first statement must say the same.
    fn check_kind(&mut self, path: &Path, id: FileId, file: &ast::File) {
        let (word, extension) = match file.kind.value {
            ast::FileKind::Runbook => ("runbook", "runbook"),
            ast::FileKind::Library => ("library", "runbook"),
            ast::FileKind::World => ("world", "world"),
        };
        if path.extension().is_some_and(|found| found == extension) {
            return;
        }
        debug_assert_eq!(file.kind.span.file, id);
        let title = format!("a {word} stands in a file called `{}`", path.display());
        let name = path.with_extension(extension);
        let finding = Finding::error("wrong-extension", title, file.kind.span, "this says what the file is");
        self.findings.push(finding.help(format!("call the file `{}`", name.display())));
    }

    fn compile(&mut self, file: &ast::File) -> Option<Vec<Expression>> {
        let slots = std::iter::repeat_with(|| None).take(file.expressions as usize).collect();
        let mut compile = Compile { slots, findings: &mut self.findings };
        walk_file(&mut compile, file);
        compile.slots.into_iter().collect()
    }
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
