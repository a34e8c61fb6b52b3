//! What was given, from all sides, as one tree: files in order, then `-p name=value`.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::finding::Finding;
use crate::resolve::Loader;
use crate::source::{Sources, Span};
use crate::syntax::ast::{Param, TypeExpr, TypeKind};
use crate::value::Value;

use super::super::Inputs;
use super::super::params::{Entry, Format, Node, NodeKind, Templates, parse, read_params};

/// Params by name, each with the place it was given at.
#[derive(Debug, Default)]
pub(in crate::plan) struct Given {
    pub entries: IndexMap<String, Entry>,
    pub templates: Templates,
    /// Names that were given, but as something that can't be read.
    pub failed: HashSet<String>,
    /// A whole file could not be read: nobody knows which params are missing.
    pub incomplete: bool,
}

/// Reads the files and settings; what can't be read is among the findings.
pub(in crate::plan) fn from_inputs(
    inputs: &Inputs,
    params: &[&Param],
    loader: &dyn Loader,
    sources: &mut Sources,
) -> (Given, Vec<Finding>) {
    let mut given = Given::default();
    let mut findings = Vec::new();
    for path in &inputs.files {
        match read_params(path, loader, sources).and_then(top_level) {
            Ok(entries) => given.add(entries, sources, &mut findings),
            Err(finding) => {
                given.incomplete = true;
                findings.push(finding);
            }
        }
    }
    for (name, text) in &inputs.settings {
        let ty = params.iter().find(|param| param.name.value == *name).map(|param| &param.ty);
        let entry = setting(name, text, ty, sources);
        match entry {
            Ok(entry) => _ = given.entries.insert(name.clone(), entry),
            Err(finding) => {
                given.failed.insert(name.clone());
                findings.push(finding);
            }
        }
    }
    (given, findings)
}

/// Takes values that were made already. Nothing in them is looked at as a template.
pub(in crate::plan) fn from_values(params: &IndexMap<String, (Value, Span)>) -> (Given, Vec<Finding>) {
    let mut given = Given::default();
    let mut findings = Vec::new();
    for (name, (value, span)) in params {
        match Node::from_value(value, *span) {
            Ok(node) => _ = given.entries.insert(name.clone(), Entry { key: *span, node }),
            Err(kind) => {
                let title = format!("`{name}` is {kind}: no param can have such a value");
                given.failed.insert(name.clone());
                findings.push(Finding::error("wrong-type", title, *span, ""));
            }
        }
    }
    (given, findings)
}

impl Given {
    fn add(&mut self, entries: IndexMap<String, Entry>, sources: &Sources, findings: &mut Vec<Finding>) {
        for (name, mut entry) in entries {
            let before = findings.len();
            self.templates.take_in(&mut entry.node, sources, findings);
            if findings.len() > before {
                self.failed.insert(name);
            } else {
                self.entries.insert(name, entry);
            }
        }
    }
}

/// The params in a file; an empty one gives none.
fn top_level(node: Node) -> Result<IndexMap<String, Entry>, Finding> {
    let help = "write `name: value` lines, one for each param";
    match node.kind {
        NodeKind::Map(entries) => Ok(entries),
        NodeKind::Null => Ok(IndexMap::new()),
        _ => {
            let title = "a params file has to hold params by name";
            let label = format!("this is {}", node.describe());
            Err(Finding::error("params-file", title, node.span, label).help(help))
        }
    }
}

/// `-p name=value`: text where text is wanted, YAML otherwise. Its place is in a file of its own.
fn setting(name: &str, text: &str, ty: Option<&TypeExpr>, sources: &mut Sources) -> Result<Entry, Finding> {
    let file = sources.add(format!("-p {name}"), text);
    let span = Span::new(file, 0, text.len());
    let mut node = match ty.is_none_or(is_text) {
        true => Node { kind: NodeKind::Text(text.to_owned()), span },
        false => parse(Format::Yaml, file, text)?,
    };
    node.span = span;
    Ok(Entry { key: span, node })
}

fn is_text(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Named(name) => name == "string",
        TypeKind::OneOf(_) | TypeKind::Matching(..) => true,
        TypeKind::Optional(inner) => is_text(inner),
        TypeKind::List(_) | TypeKind::Map(_) | TypeKind::Record(..) => false,
    }
}
