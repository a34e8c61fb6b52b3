//! Items of runbooks and libraries.

use crate::syntax::ast::{
    BackendName, Block, Checklist, ChecklistItem, Commands, Guard, GuardPattern, GuardRule, Invariant, Item,
    ItemCheck, ItemKind, Param, Path, Secret, SecretSource, Stage, TargetClauseKind, TargetDecl, Use,
    UsePath, Verdict,
};

use super::Printer;
use super::columns::{Anchors, paddings};

impl Printer<'_> {
    pub(super) fn items(&mut self, items: &[Item]) {
        let mut anchors = Anchors::new(self.source);
        let anchors: Vec<_> = items.iter().map(|item| anchors.of_item(item)).collect();
        let mut apart = true;
        for (item, blanks) in items.iter().zip(paddings(&anchors)) {
            let tall = is_tall(&item.kind);
            self.blank_if(apart || tall || item.trivia.after_blank);
            let seams = self.begin(&item.trivia, item.span);
            self.lead(&item.trivia);
            self.item(&item.kind, blanks);
            self.after(&item.trivia);
            self.end(&item.trivia, item.span, seams);
            apart = tall;
        }
    }

    fn item(&mut self, kind: &ItemKind, blanks: usize) {
        match kind {
            ItemKind::About(text) => self.told("about ", text),
            ItemKind::Use(use_) => self.use_(use_),
            ItemKind::Param(param) => self.param_item(param, blanks),
            ItemKind::Secret(secret) => self.secret(secret, blanks),
            ItemKind::Let(let_) => self.let_(let_, blanks),
            ItemKind::Target(target) => self.target(target, blanks),
            ItemKind::Lock(text) => self.told("lock ", text),
            ItemKind::Guard(guard) => self.guard(guard),
            ItemKind::Invariant(invariant) => self.invariant(invariant),
            ItemKind::Action(action) => {
                self.put("action ");
                self.put(&action.name.value);
                self.params(&action.params, action.name.span.range().end);
                self.put(" ");
                self.block(&action.body);
            }
            ItemKind::Commands(commands) => self.commands(commands),
            ItemKind::Stage(stage) => self.stage(stage),
            ItemKind::Checklist(checklist) => self.checklist(checklist),
            ItemKind::Rehearses(rehearses) => self.rehearses(rehearses),
            ItemKind::State(state) => {
                self.put("state ");
                self.put(&state.name.value);
                self.pad(blanks);
                self.put("= ");
                self.expr(&state.value);
            }
            ItemKind::Handler(handler) => self.handler(handler),
            ItemKind::Always(always) => {
                self.told("always ", &always.title);
                self.put(" ");
                self.block(&always.body);
            }
            ItemKind::Scenario(scenario) => self.scenario(scenario),
        }
    }

    fn use_(&mut self, use_: &Use) {
        self.put("use ");
        match &use_.path {
            UsePath::Std(name) => {
                self.put("std.");
                self.put(&name.value);
            }
            UsePath::File(file) => self.text(file),
        }
        if let Some(alias) = &use_.alias {
            self.put(" as ");
            self.put(&alias.value);
        }
    }

    fn param_item(&mut self, param: &Param, blanks: usize) {
        self.put("param ");
        self.put(&param.name.value);
        self.put(":");
        self.pad(blanks);
        self.ty(&param.ty);
        self.default(param.default.as_ref());
        if param.may_be_empty {
            self.put(" may be empty");
        }
    }

    fn secret(&mut self, secret: &Secret, blanks: usize) {
        self.put("secret ");
        self.put(&secret.name.value);
        self.pad(blanks);
        let (word, text) = match &secret.source {
            SecretSource::Env(text) => ("= env ", text),
            SecretSource::File(text) => ("= file ", text),
            SecretSource::Command(text) => ("= command ", text),
        };
        self.told(word, text);
    }

    pub(super) fn target(&mut self, target: &TargetDecl, blanks: usize) {
        self.put("target ");
        self.put(&target.name.value);
        self.pad(blanks);
        self.put("= ");
        match &target.backend.value {
            BackendName::Ssh => self.put("ssh"),
            BackendName::Local => self.put("local"),
            BackendName::Http => self.put("http"),
            BackendName::Plugin(name) => {
                self.put("plugin ");
                self.put(name);
            }
        }
        let mut end = target.backend.span.range().end;
        if let Some(address) = &target.address {
            self.told(" ", address);
            end = address.span.range().end;
        }
        for clause in &target.clauses {
            self.comma(end, clause.span.range().start);
            self.target_clause(&clause.kind);
            end = clause.span.range().end;
        }
    }

    fn target_clause(&mut self, clause: &TargetClauseKind) {
        match clause {
            TargetClauseKind::Shell(name) => {
                self.put("shell ");
                self.put(&name.value);
            }
            TargetClauseKind::User(expr) => self.with_expr("user ", expr),
            TargetClauseKind::Port(expr) => self.with_expr("port ", expr),
            TargetClauseKind::Jump(expr) => self.with_expr("jump ", expr),
            TargetClauseKind::Identity(expr) => self.with_expr("identity ", expr),
            TargetClauseKind::Passphrase(expr) => self.with_expr("passphrase ", expr),
            TargetClauseKind::Password(expr) => self.with_expr("password ", expr),
            TargetClauseKind::Sudo(expr) => self.with_expr("sudo ", expr),
            TargetClauseKind::HostKeyUnchecked => self.put("host key unchecked"),
            TargetClauseKind::Bearer(expr) => self.with_expr("bearer ", expr),
            TargetClauseKind::Basic(user, secret) => {
                self.told("basic ", user);
                self.with_expr(" ", secret);
            }
            TargetClauseKind::Header(name, value) => {
                self.told("header ", name);
                self.told(" ", value);
            }
            TargetClauseKind::Within(expr) => self.with_expr("within ", expr),
            TargetClauseKind::Env(expr) => self.with_expr("env ", expr),
        }
    }

    fn guard(&mut self, guard: &Guard) {
        self.told("guard ", &guard.title);
        let names: Vec<_> = guard.targets.iter().map(|name| name.value.as_str()).collect();
        self.put(" on ");
        self.put(&names.join(", "));
        self.put(" {\n");
        self.depth += 1;
        for (number, rule) in guard.rules.iter().enumerate() {
            self.before(&rule.trivia, number == 0);
            self.guard_rule(rule);
            self.after(&rule.trivia);
        }
        self.guard_reasons(guard);
        self.depth -= 1;
        self.start_line();
        self.put("}");
    }

    fn guard_reasons(&mut self, guard: &Guard) {
        let mut first = guard.rules.is_empty();
        if let Some(when) = &guard.when {
            self.before(&guard.when_trivia, first);
            self.put("when ");
            self.block(when);
            self.after(&guard.when_trivia);
            first = false;
        }
        if let Some(because) = &guard.because {
            self.before(&guard.because_trivia, first);
            self.told("because ", because);
            self.after(&guard.because_trivia);
            first = false;
        }
        if guard.may_be_overridden {
            self.before(&guard.overridden_trivia, first);
            self.put("may be overridden");
            self.after(&guard.overridden_trivia);
            first = false;
        }
        self.dangling(&guard.dangling, first);
    }

    fn guard_rule(&mut self, rule: &GuardRule) {
        self.put(match rule.verdict {
            Verdict::Forbid => "forbid ",
            Verdict::Allow => "allow ",
            Verdict::AllowOnly => "allow only ",
        });
        match &rule.pattern {
            GuardPattern::Request(pattern) => self.pattern(pattern),
            GuardPattern::Commands(path) => self.path(path),
        }
    }

    pub(super) fn path(&mut self, path: &Path) {
        let names: Vec<_> = path.names.iter().map(|name| name.value.as_str()).collect();
        self.put(&names.join("."));
    }

    fn invariant(&mut self, invariant: &Invariant) {
        self.told("invariant ", &invariant.title);
        let mut end = invariant.title.span.range().end;
        let clauses = [
            ("every ", &invariant.every, ""),
            ("within ", &invariant.within, ""),
            ("tolerating ", &invariant.tolerating, " failures"),
        ];
        for (word, expr, unit) in clauses {
            let Some(expr) = expr else { continue };
            self.comma(end, expr.span.range().start);
            self.with_expr(word, expr);
            self.put(plural(unit, &expr.text));
            end = expr.span.range().end;
        }
        if let Some(during) = &invariant.during {
            self.comma(end, during.span.range().start);
            self.told("during ", during);
        }
        self.put(" ");
        self.block(&invariant.body);
    }

    fn commands(&mut self, commands: &Commands) {
        self.put("commands ");
        self.put(&commands.name.value);
        self.put(" {\n");
        self.depth += 1;
        for (number, entry) in commands.patterns.iter().enumerate() {
            self.before(&entry.trivia, number == 0);
            self.put("$ ");
            let pattern = self.slice(entry.pattern.span).to_owned();
            self.put(&pattern);
            self.after(&entry.trivia);
        }
        self.dangling(&commands.dangling, commands.patterns.is_empty());
        self.depth -= 1;
        self.start_line();
        self.put("}");
    }

    fn stage(&mut self, stage: &Stage) {
        self.told("stage ", &stage.title);
        self.put(" ");
        match &stage.undo {
            None => self.block(&stage.body),
            Some(undo) => {
                let Block { statements, dangling, .. } = &stage.body;
                self.put("{\n");
                self.depth += 1;
                self.statements(statements);
                self.before(&undo.trivia, statements.is_empty());
                self.put("undo ");
                self.block(&undo.body);
                self.after(&undo.trivia);
                self.dangling(dangling, false);
                self.depth -= 1;
                self.start_line();
                self.put("}");
            }
        }
        self.on_failure(stage.on_failure.as_ref());
    }

    fn checklist(&mut self, checklist: &Checklist) {
        self.told("checklist ", &checklist.title);
        self.put(" {\n");
        self.depth += 1;
        for (number, item) in checklist.items.iter().enumerate() {
            self.before(&item.trivia, number == 0);
            self.check_item(item);
            self.after(&item.trivia);
        }
        self.dangling(&checklist.dangling, checklist.items.is_empty());
        self.depth -= 1;
        self.start_line();
        self.put("}");
    }

    fn check_item(&mut self, item: &ChecklistItem) {
        self.told("item ", &item.title);
        match &item.check {
            ItemCheck::Manual => self.put(" manual"),
            ItemCheck::Body(body) => {
                self.put(" ");
                self.block(body);
            }
        }
    }
}

/// `1 failure`, `2 failures`.
pub(super) fn plural<'u>(unit: &'u str, count: &str) -> &'u str {
    if count == "1" { unit.strip_suffix('s').unwrap_or(unit) } else { unit }
}

/// Items that stand apart, with empty lines around them.
fn is_tall(kind: &ItemKind) -> bool {
    match kind {
        ItemKind::Guard(_)
        | ItemKind::Invariant(_)
        | ItemKind::Action(_)
        | ItemKind::Commands(_)
        | ItemKind::Stage(_)
        | ItemKind::Checklist(_)
        | ItemKind::Handler(_)
        | ItemKind::Always(_)
        | ItemKind::Scenario(_) => true,
        ItemKind::About(_)
        | ItemKind::Use(_)
        | ItemKind::Param(_)
        | ItemKind::Secret(_)
        | ItemKind::Let(_)
        | ItemKind::Target(_)
        | ItemKind::Lock(_)
        | ItemKind::Rehearses(_)
        | ItemKind::State(_) => false,
    }
}
