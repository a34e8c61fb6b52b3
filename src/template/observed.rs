//! What a failed `assert` shows: the values that its expression was decided by.

use std::sync::Arc;

use super::engine::{Evaluated, Program, is_opaque};
use super::expression::one_line;
use super::scope::Scope;
use super::show::show;
use super::tree::{Node, NodeKind};
use crate::source::Span;

/// How many values are shown.
const MOST: usize = 8;
/// How many characters of each value are shown.
const LIMIT: usize = 160;

/// A part of an expression whose value is shown.
#[derive(Debug)]
pub(super) struct Watched {
    text: String,
    program: Program,
}

/// The parts of an expression worth showing: filtered values and whole paths, each once.
pub(super) fn watch(tree: &Node, text: &str, place: Span) -> Vec<Watched> {
    let mut nodes = Vec::new();
    collect(tree, &mut nodes);
    let mut watched: Vec<Watched> = Vec::new();
    for node in nodes {
        let start = (node.span.start - place.start) as usize;
        let end = (node.span.end.saturating_sub(place.start)) as usize;
        let text = one_line(text.get(start..end).unwrap_or(""));
        let seen = text.is_empty() || watched.iter().any(|other| other.text == text);
        if !seen && let Ok(program) = Program::compile(node) {
            watched.push(Watched { text, program });
        }
    }
    watched.truncate(MOST);
    watched
}

fn collect<'n>(node: &'n Node, nodes: &mut Vec<&'n Node>) {
    if node.is_path() {
        nodes.push(node);
        // The keys of a path may be paths themselves.
        return;
    }
    let constant = !has_path(node);
    let shown = match &node.kind {
        NodeKind::Filter { .. }
        | NodeKind::Method { .. }
        | NodeKind::Index { .. }
        | NodeKind::Attr { .. } => !constant,
        _ => false,
    };
    if shown {
        nodes.push(node);
    }
    match &node.kind {
        // Of a chain of filters its end and its beginning are shown, not each step.
        NodeKind::Filter { .. } => collect(chain_start(node), nodes),
        _ => node.children().into_iter().for_each(|child| collect(child, nodes)),
    }
}

fn has_path(node: &Node) -> bool {
    let mut found = false;
    node.walk(&mut |node| found |= matches!(node.kind, NodeKind::Var(_)));
    found
}

fn chain_start(node: &Node) -> &Node {
    match &node.kind {
        NodeKind::Filter { base, .. } => chain_start(base),
        _ => node,
    }
}

/// The watched values in `scope`; what has none is left out.
pub(super) fn values(watched: &[Watched], scope: &Arc<Scope>) -> Vec<(String, String)> {
    let value = |part: &Watched| match part.program.run(scope) {
        Ok(Evaluated::Known(value)) if !is_opaque(&value) => Some((part.text.clone(), show(&value, LIMIT))),
        _ => None,
    };
    watched.iter().filter_map(value).collect()
}
