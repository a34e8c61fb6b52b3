//! The top level of a runbook or library: the names of its items, and what is inside each.

use super::effects::{Construct, Limit};
use super::scope::Kind;
use super::{Checker, Part};
use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::value::Type;

impl<'a> Checker<'a> {
    /// Checks a runbook or library.
    pub(super) fn runbook(&mut self) {
        let file = self.file;
        file.items.iter().enumerate().for_each(|(at, item)| self.name_item(at, item));
        file.items.iter().enumerate().for_each(|(at, item)| self.constant(at, item));
        self.scopes.only_before(None);
        self.actions();
        self.text(&file.title);
        file.items.iter().for_each(|item| self.item(item));
        self.stage_titles();
    }

    /// Gives the item its name, so that what stands above it can be told from what is unknown.
    pub(super) fn name_item(&mut self, at: usize, item: &'a Item) {
        match &item.kind {
            ItemKind::Use(item) => self.name_library(at, item),
            ItemKind::Param(param) => {
                let ty = super::super::types::lower(&param.ty);
                self.declare_in_file(&param.name, Kind::Param, ty, at);
            }
            ItemKind::Secret(secret) => {
                self.declare_in_file(&secret.name, Kind::Secret, Type::Secret, at);
            }
            ItemKind::Let(item) => {
                self.declare_in_file(&item.name, Kind::Let, Type::Any, at);
            }
            ItemKind::Target(target) => {
                let kind = Kind::Target(super::targets::facts(target));
                self.declare_in_file(&target.name, kind, Type::Target, at);
            }
            ItemKind::Action(action) => self.name_action(at, action),
            ItemKind::Commands(commands) => {
                if self.declare_in_file(&commands.name, Kind::Commands, Type::Any, 0) {
                    self.commands(commands);
                }
            }
            ItemKind::State(state) => {
                self.declare_in_file(&state.name, Kind::State, Type::Any, at);
            }
            ItemKind::About(_)
            | ItemKind::Lock(_)
            | ItemKind::Guard(_)
            | ItemKind::Invariant(_)
            | ItemKind::Stage(_)
            | ItemKind::Checklist(_)
            | ItemKind::Rehearses(_)
            | ItemKind::Handler(_)
            | ItemKind::Always(_)
            | ItemKind::Scenario(_) => {}
        }
    }

    fn name_library(&mut self, at: usize, item: &'a Use) {
        if let Some(name) = super::super::load::local_name(item)
            && let Some(module) = self.uses.get(&name.value).copied()
        {
            self.declare_in_file(name, Kind::Library(module), Type::Any, at);
        }
    }

    /// Params, secrets, `let`s and targets: each may use what stands above it.
    pub(super) fn constant(&mut self, at: usize, item: &'a Item) {
        self.scopes.only_before(Some(at));
        match &item.kind {
            ItemKind::Param(param) => self.param(param),
            ItemKind::Secret(secret) => match &secret.source {
                SecretSource::Env(text) | SecretSource::File(text) | SecretSource::Command(text) => {
                    self.text(text);
                }
            },
            ItemKind::Let(item) => {
                let ty = self.constant_value(item);
                self.scopes.set_file_type(&item.name.value, ty);
            }
            ItemKind::Target(target) => self.target_clauses(target),
            ItemKind::State(state) => {
                // What a state holds may change: only its first value is seen here.
                self.expr(&state.value);
            }
            ItemKind::About(_)
            | ItemKind::Use(_)
            | ItemKind::Lock(_)
            | ItemKind::Guard(_)
            | ItemKind::Invariant(_)
            | ItemKind::Action(_)
            | ItemKind::Commands(_)
            | ItemKind::Stage(_)
            | ItemKind::Checklist(_)
            | ItemKind::Rehearses(_)
            | ItemKind::Handler(_)
            | ItemKind::Always(_)
            | ItemKind::Scenario(_) => {}
        }
    }

    fn constant_value(&mut self, item: &'a Let) -> Type {
        let span = match &item.value {
            LetValue::Expr(expr) => return self.expr(expr),
            LetValue::Load(text) => {
                self.text(text);
                return Type::Any;
            }
            LetValue::Request(request) => request.span,
            LetValue::Call(call) => call.span,
            LetValue::Each(each) => each.span,
        };
        let title = "a `let` at the top of a file is a constant";
        let finding = Finding::error("contact-at-top", title, span, "this is only known in a run");
        self.report(finding.help("move the `let` into the stage or action that needs it"));
        Type::Any
    }

    /// What is carried out, when all names of the file are known.
    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::About(text) | ItemKind::Lock(text) => self.text(text),
            ItemKind::Guard(guard) => self.guard(guard),
            ItemKind::Invariant(invariant) => self.invariant(invariant, item.keyword),
            ItemKind::Stage(stage) => self.stage(stage),
            ItemKind::Checklist(checklist) => self.checklist(checklist, item.keyword),
            ItemKind::Use(_)
            | ItemKind::Param(_)
            | ItemKind::Secret(_)
            | ItemKind::Let(_)
            | ItemKind::Target(_)
            | ItemKind::Action(_)
            | ItemKind::Commands(_)
            | ItemKind::Rehearses(_)
            | ItemKind::State(_)
            | ItemKind::Handler(_)
            | ItemKind::Always(_)
            | ItemKind::Scenario(_) => {}
        }
    }

    fn stage(&mut self, stage: &'a Stage) {
        self.part = Part::Procedure;
        self.text(&stage.title);
        self.block(&stage.body);
        if let Some(undo) = &stage.undo {
            // It may be carried out in another process, long after: the stage's names are gone.
            self.block(&undo.body);
        }
        self.on_failure(stage.on_failure.as_ref());
    }

    fn invariant(&mut self, invariant: &'a Invariant, span: Span) {
        self.part = Part::Procedure;
        self.text(&invariant.title);
        self.wants_all(&[(&invariant.every, &Type::Duration), (&invariant.within, &Type::Duration)]);
        self.maybe_count(invariant.tolerating.as_ref(), 0);
        if let Some(during) = &invariant.during {
            self.known_stage(during);
        }
        self.limited(Construct::Invariant, span, |checker| checker.block(&invariant.body));
    }

    fn known_stage(&mut self, text: &'a Text) {
        let Some(title) = text.as_literal() else { return self.text(text) };
        let titles: Vec<String> = self.stages().filter_map(|stage| stage.title.as_literal()).collect();
        if titles.contains(&title) {
            return;
        }
        let near = nearest(&title, titles.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "name a stage of this runbook by its title".to_owned(),
        };
        let title = format!("there is no stage \"{title}\"");
        self.report(Finding::error("unknown-stage", title, text.span, "not the title of a stage").help(help));
    }

    fn stages(&self) -> impl Iterator<Item = &'a Stage> + use<'a> {
        self.file.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Stage(stage) => Some(stage),
            _ => None,
        })
    }

    /// Stages are named on the command line, so that no two may share a title.
    fn stage_titles(&mut self) {
        let mut seen = std::collections::HashMap::new();
        for stage in self.stages() {
            let Some(title) = stage.title.as_literal() else { continue };
            let shown = format!("two stages are called \"{title}\"");
            if let Some(first) = seen.insert(title, stage.title.span) {
                let finding = Finding::error("duplicate-stage", shown, stage.title.span, "called so again")
                    .also(first, "the first");
                self.report(finding.help("`--from STAGE` must mean one of them: give them different titles"));
            }
        }
    }

    fn checklist(&mut self, checklist: &'a Checklist, span: Span) {
        self.part = Part::Procedure;
        self.text(&checklist.title);
        self.limits.push(Limit { of: Construct::Checklist, span });
        for item in &checklist.items {
            self.text(&item.title);
            match &item.check {
                ItemCheck::Body(block) => self.block(block),
                ItemCheck::Manual => {}
            }
        }
        self.limits.pop();
    }
}
