//! From a path to what stands there: a runbook, a library or a world, resolved.
//!
//! In: the path that the user named. Out: a [`Resolution`]. Names, types and effects are looked
//! at only when every file could be read, so that one mistake is not reported as many.

use std::path::Path;
use std::sync::Arc;

use super::check::{Checked, check_graph, check_world};
use super::files::normal;
use super::intake::{Intake, Taken};
use super::load::{Graph, inside_root, load, plain_path};
use super::shelf::Shelf;
use super::{Loader, Module, Resolution, ResolvedRunbook, ResolvedWorld, Subject};
use crate::finding::{self, Finding, has_errors};
use crate::ids::ModuleId;
use crate::syntax::ast::{FileKind, ItemKind, Rehearses};

/// Reads a file and all it uses, and checks names, types and effects.
#[must_use]
pub fn resolve(path: &Path, loader: &dyn Loader) -> Resolution {
    resolve_beside(path, loader, &Shelf::default())
}

/// The same, beside other files: what stands on the shelf is not read again.
#[must_use]
pub fn resolve_beside(path: &Path, loader: &dyn Loader, shelf: &Shelf) -> Resolution {
    let mut intake = Intake::new(loader, shelf);
    let entry = intake.entry(path);
    let subject = entry.and_then(|entry| match entry.file.kind.value {
        FileKind::Runbook => runbook(path, entry, &mut intake).map(Subject::Runbook),
        FileKind::Library => runbook(path, entry, &mut intake).map(Subject::Library),
        FileKind::World => world(path, entry, &mut intake).map(Subject::World),
    });
    let Intake { sources, mut findings, .. } = intake;
    finding::sort(&mut findings, &sources);
    let subject = subject.filter(|_| !has_errors(&findings));
    Resolution { sources, findings, subject }
}

fn runbook(path: &Path, entry: Taken, intake: &mut Intake<'_>) -> Option<ResolvedRunbook> {
    let graph = load(path, entry, intake)?;
    if has_errors(&intake.findings) {
        return None;
    }
    let (checked, findings) = check_graph(&graph);
    intake.findings.extend(findings);
    (!has_errors(&intake.findings)).then(|| assemble(graph, checked))
}

fn assemble(graph: Graph, checked: Vec<Checked>) -> ResolvedRunbook {
    let modules = graph.files.into_iter().zip(checked).enumerate();
    let modules = modules.map(|(at, (loaded, checked))| Module {
        id: ModuleId(at as u32),
        name: loaded.name,
        path: loaded.path,
        file: loaded.taken.file,
        expressions: loaded.taken.expressions,
        uses: loaded.uses,
        actions: checked.actions,
        commands: checked.commands,
    });
    ResolvedRunbook { modules: modules.collect() }
}

/// The world's own names are checked also when its runbook has mistakes.
fn world(path: &Path, entry: Taken, intake: &mut Intake<'_>) -> Option<ResolvedWorld> {
    let runbook = rehearsed(path, &entry, intake);
    intake.findings.extend(check_world(&entry));
    let Taken { file, expressions } = entry;
    Some(ResolvedWorld { path: path.to_path_buf(), file, expressions, runbook: Arc::new(runbook?) })
}

fn rehearsed(path: &Path, entry: &Taken, intake: &mut Intake<'_>) -> Option<ResolvedRunbook> {
    let item = entry.file.items.iter().find_map(|item| {
        let ItemKind::Rehearses(rehearses) = &item.kind else { return None };
        Some(rehearses)
    });
    let Some(item) = item else {
        let title = "this world doesn't say which runbook it rehearses";
        let finding = Finding::error("no-runbook", title, entry.file.kind.span, "a world of nothing");
        intake.findings.push(finding.help("add `rehearses \"./NAME.runbook\" with {…}` below the title"));
        return None;
    };
    match load_rehearsed(path, item, intake) {
        Ok(runbook) => runbook,
        Err(finding) => {
            intake.findings.push(finding);
            None
        }
    }
}

/// The runbook is an entry of its own: its root is the folder above its own folder.
fn load_rehearsed(
    path: &Path,
    item: &Rehearses,
    intake: &mut Intake<'_>,
) -> Result<Option<ResolvedRunbook>, Finding> {
    let written = plain_path(&item.file)?;
    let relative = inside_root(normal(Path::new(&written)), &written, item.file.span)?;
    let found = normal(&path.parent().unwrap_or(Path::new("")).join(relative));
    let taken = intake.named(&found).map_err(|unreadable| unreadable.at(item.file.span))?;
    let Some(taken) = taken else { return Ok(None) };
    if taken.file.kind.value != FileKind::Runbook {
        let title = format!("`{written}` is not a runbook, and only a runbook can be rehearsed");
        return Err(Finding::error("not-a-runbook", title, item.file.span, "not a runbook")
            .also(taken.file.kind.span, "it says so here")
            .help("name a file that begins with `runbook \"…\"`"));
    }
    Ok(runbook(&found, taken, intake))
}
