//! The titles in a file.
//!
//! In: a file. Out: its titles, each with the word for what it names.

use super::subject::File;
use crate::syntax::ast::{ItemKind, Text};

/// What a title names, and the title.
pub(super) type Title<'a> = (&'static str, &'a Text);

/// The title of the file and those of its items, in the order they stand.
pub(super) fn titles<'a>(file: &File<'a>) -> Vec<Title<'a>> {
    let items = file.tree.items.iter().flat_map(|item| of_item(&item.kind));
    std::iter::once(("file", &file.tree.title)).chain(items).collect()
}

fn of_item(kind: &ItemKind) -> Vec<Title<'_>> {
    match kind {
        ItemKind::Guard(guard) => vec![("guard", &guard.title)],
        ItemKind::Invariant(invariant) => vec![("invariant", &invariant.title)],
        ItemKind::Stage(stage) => vec![("stage", &stage.title)],
        ItemKind::Always(always) => vec![("always", &always.title)],
        ItemKind::Scenario(scenario) => vec![("scenario", &scenario.title)],
        ItemKind::Checklist(checklist) => {
            let items = checklist.items.iter().map(|item| ("item", &item.title));
            std::iter::once(("checklist", &checklist.title)).chain(items).collect()
        }
        ItemKind::About(_)
        | ItemKind::Use(_)
        | ItemKind::Param(_)
        | ItemKind::Secret(_)
        | ItemKind::Let(_)
        | ItemKind::Target(_)
        | ItemKind::Lock(_)
        | ItemKind::Action(_)
        | ItemKind::Commands(_)
        | ItemKind::Rehearses(_)
        | ItemKind::State(_)
        | ItemKind::Handler(_) => Vec::new(),
    }
}
