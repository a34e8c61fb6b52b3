//! `load "file"`: data beside the runbook, read once, before anything runs.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::finding::Finding;
use crate::resolve::{Loader, Module, ResolvedRunbook};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{self, Block, ItemCheck, ItemKind, LetValue, StatementKind, Text};
use crate::template::{Scope, render};
use crate::value::Value;

use super::evaluate;
use super::params::{Format, parse, read_text, to_value};

/// What the loaded files hold.
#[derive(Debug, Default)]
pub(super) struct Loads {
    /// By the place of the string that names the file.
    pub values: HashMap<Span, Value>,
    /// The texts by path, for the hash.
    pub texts: BTreeMap<String, String>,
}

impl Loads {
    /// Reads what `text` of a module names.
    pub fn load(
        &mut self,
        text: &Text,
        module: &Module,
        scope: &Arc<Scope>,
        loader: &dyn Loader,
    ) -> Result<Value, Finding> {
        let name = render(text, module, scope).map_err(evaluate::finding)?;
        let directory = module.path.parent().unwrap_or(Path::new(""));
        let path = inside(directory, &name).ok_or_else(|| outside(text, &name))?;
        let content = read_text(&path, loader).map_err(|problem| problem.at(text.span))?;
        let value = read(&path, &content).map_err(|problem| problem.at(text.span, &name))?;
        self.texts.insert(format!("{}: {name}", module.name), content);
        self.values.insert(text.span, value.clone());
        Ok(value)
    }

    /// Reads what the blocks of a file name. No value of a run can stand in these names.
    pub fn load_blocks(
        &mut self,
        runbook: &ResolvedRunbook,
        scopes: &[Arc<Scope>],
        loader: &dyn Loader,
        findings: &mut Vec<Finding>,
    ) {
        for (module, scope) in runbook.modules.iter().zip(scopes) {
            let mut texts = Vec::new();
            module.file.items.iter().for_each(|item| in_item(&item.kind, &mut texts));
            for text in texts {
                if let Err(finding) = self.load(text, module, scope, loader) {
                    findings.push(finding);
                }
            }
        }
    }
}

/// A path that stays in the directory or below it.
fn inside(directory: &Path, name: &str) -> Option<std::path::PathBuf> {
    use std::path::Component;
    let steps = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    let path = Path::new(name);
    (!name.is_empty() && path.components().all(steps)).then(|| directory.join(path))
}

fn outside(text: &Text, name: &str) -> Finding {
    let title = format!("`{name}` does not lie beside the runbook");
    Finding::error("load", title, text.span, "this leads out of its folder")
        .help("a loaded file stands in the runbook's folder or below it")
}

/// What is wrong inside a loaded file: where, and what.
struct Malformed {
    at: crate::source::LineColumn,
    finding: Box<Finding>,
}

impl Malformed {
    fn at(self, span: Span, name: &str) -> Finding {
        let Self { at, finding } = self;
        let said = finding.labels.first().map(|label| label.text.as_str()).filter(|text| !text.is_empty());
        let said = said.map(|text| format!(": {text}")).unwrap_or_default();
        let label = format!("{name}:{}:{}: {}{said}", at.line, at.column, finding.title);
        Finding {
            help: finding.help,
            ..Finding::error("load", format!("`{name}` can't be read"), span, label)
        }
    }
}

fn read(path: &Path, content: &str) -> Result<Value, Malformed> {
    let Some(format) = Format::of(path) else { return Ok(Value::from(content)) };
    parse(format, FileId(0), content).map(|node| to_value(&node)).map_err(|finding| {
        let mut sources = Sources::default();
        sources.add(path, content);
        Malformed { at: sources.line_column(finding.span()), finding: Box::new(finding) }
    })
}

fn in_item<'a>(item: &'a ItemKind, texts: &mut Vec<&'a Text>) {
    match item {
        ItemKind::Stage(stage) => {
            in_block(&stage.body, texts);
            stage.undo.iter().for_each(|undo| in_block(&undo.body, texts));
            in_optional(&stage.on_failure, texts);
        }
        ItemKind::Action(action) => in_block(&action.body, texts),
        ItemKind::Guard(guard) => in_optional(&guard.when, texts),
        ItemKind::Invariant(invariant) => in_block(&invariant.body, texts),
        ItemKind::Checklist(checklist) => {
            for item in &checklist.items {
                if let ItemCheck::Body(body) = &item.check {
                    in_block(body, texts);
                }
            }
        }
        ItemKind::About(_)
        | ItemKind::Use(_)
        | ItemKind::Param(_)
        | ItemKind::Secret(_)
        | ItemKind::Let(_)
        | ItemKind::Target(_)
        | ItemKind::Lock(_)
        | ItemKind::Commands(_)
        | ItemKind::Rehearses(_)
        | ItemKind::State(_)
        | ItemKind::Handler(_)
        | ItemKind::Always(_)
        | ItemKind::Scenario(_) => {}
    }
}

fn in_optional<'a>(block: &'a Option<Block>, texts: &mut Vec<&'a Text>) {
    block.iter().for_each(|block| in_block(block, texts));
}

fn in_block<'a>(block: &'a Block, texts: &mut Vec<&'a Text>) {
    block.statements.iter().for_each(|statement| in_statement(&statement.kind, texts));
}

fn in_loop<'a>(each: &'a ast::ForEach, texts: &mut Vec<&'a Text>) {
    in_block(&each.body, texts);
    in_optional(&each.on_failure, texts);
}

fn in_statement<'a>(statement: &'a StatementKind, texts: &mut Vec<&'a Text>) {
    match statement {
        StatementKind::Let(ast::Let { value: LetValue::Load(text), .. }) => texts.push(text),
        StatementKind::Let(ast::Let { value: LetValue::Request(request), .. })
        | StatementKind::Request(request) => {
            for clause in &request.clauses {
                if let ast::ClauseKind::DoneWhen(block) = &clause.kind {
                    in_block(block, texts);
                }
            }
        }
        StatementKind::Wait(wait) => {
            in_block(&wait.body, texts);
            in_optional(&wait.on_failure, texts);
        }
        StatementKind::Retry(retry) => in_block(&retry.body, texts),
        StatementKind::ForEach(each) => in_loop(each, texts),
        StatementKind::Let(ast::Let { value: LetValue::Each(each), .. }) => in_loop(&each.value, texts),
        StatementKind::Together(block) => in_block(block, texts),
        StatementKind::If(choice) => {
            choice.branches.iter().for_each(|(_, block)| in_block(block, texts));
            in_optional(&choice.otherwise, texts);
        }
        StatementKind::Attempt(attempt) => {
            in_block(&attempt.body, texts);
            in_block(&attempt.otherwise, texts);
            in_optional(&attempt.always, texts);
        }
        StatementKind::Manual(manual) => in_optional(&manual.body, texts),
        StatementKind::Let(ast::Let { value: LetValue::Expr(_) | LetValue::Call(_), .. })
        | StatementKind::Target(_)
        | StatementKind::Call(_)
        | StatementKind::Assert(_)
        | StatementKind::Pause(_)
        | StatementKind::Approve(_)
        | StatementKind::Diagnose(_)
        | StatementKind::Note(_)
        | StatementKind::Fail(_)
        | StatementKind::Return(_)
        | StatementKind::Set(_)
        | StatementKind::After(_)
        | StatementKind::Reply(_) => {}
    }
}
