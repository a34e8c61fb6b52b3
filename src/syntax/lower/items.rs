//! A file and the items of runbooks and libraries.

use crate::source::{Span, Spanned};
use crate::syntax::ast::{
    self, Action, ActionParam, BackendName, Checklist, ChecklistItem, Commands, CommandsEntry, File,
    FileKind, Guard, GuardPattern, GuardRule, Invariant, Item, ItemCheck, ItemKind, Name, Param, Quotes,
    Secret, SecretSource, Stage, TargetDecl, Text, Trivia, Use, UsePath, Verdict,
};
use crate::syntax::grammar::{Node, Parts, Rule};
use crate::syntax::mistake::{self, Stands};

use super::form::Form;
use super::{Lowering, parts};

impl<'t> Lowering<'t> {
    /// All of a file, whatever mistakes it has.
    pub(super) fn file(&mut self, mut items: Parts<'t>) -> File {
        let (kind, title, header) = self.head(&mut items);
        let mut file = File {
            id: self.file,
            kind,
            title,
            header,
            items: Vec::new(),
            footer: Vec::new(),
            expressions: 0,
        };
        while let Some(node) = items.next() {
            match node.as_rule() {
                Rule::EOI => {}
                Rule::stray => self.stray_brace(&node),
                _ => file.items.extend(self.item(node)),
            }
        }
        file.footer = self.comments.until(self.text.len());
        file.expressions = self.expressions;
        file
    }

    /// `runbook "Title"`: what the file is.
    fn head(&mut self, items: &mut Parts<'t>) -> (Spanned<FileKind>, Text, Trivia) {
        let Some(node) = items.take(Rule::head) else { return self.no_head(items) };
        let mut form = self.form(node);
        let mut trivia = self.comments.before(form.span.range().start);
        let word = form.parts.take(Rule::head_word);
        self.kind = match word.as_ref().map_or("", |word| word.as_str()) {
            "world" => FileKind::World,
            "library" => FileKind::Library,
            _ => FileKind::Runbook,
        };
        let (kind, end) = (Spanned::new(self.kind, form.keyword), form.span.range().end);
        let title = self.need_text(&mut form, "a title in quotes");
        let title = self.finish(form, title);
        trivia.leading.extend(self.inside(end));
        trivia.trailing = self.comments.after(end);
        (kind, title.unwrap_or_else(|| self.no_text()), trivia)
    }

    fn no_head(&mut self, items: &Parts<'t>) -> (Spanned<FileKind>, Text, Trivia) {
        let rest = self.text.trim_start_matches('\u{feff}').trim_start();
        let start = self.text.len() - rest.len();
        let at = Span::new(self.file, start, start + rest.chars().next().map_or(0, char::len_utf8));
        let world = |rule| matches!(rule, Rule::rehearses | Rule::handler | Rule::scenario | Rule::state);
        if items.any(world) {
            self.kind = FileKind::World;
        }
        self.report(mistake::no_head(at, rest.is_empty()));
        (Spanned::new(self.kind, at), self.no_text(), Trivia::default())
    }

    fn no_text(&self) -> Text {
        Text { quotes: Quotes::Plain, parts: Vec::new(), span: Span::new(self.file, 0, 0) }
    }

    fn stray_brace(&mut self, node: &Node<'_>) {
        let span = self.span(node);
        if !self.swallowed {
            self.error(
                "this `}` closes nothing",
                span,
                "no block is open here",
                "take it out, or look for a `{` that is missing above",
            );
        }
    }

    fn item(&mut self, node: Node<'t>) -> Option<Item> {
        let Form { span, keyword, .. } = self.form(node.clone());
        let mut trivia = self.comments.before(span.range().start);
        let kind = self.item_kind(node, keyword);
        let inside = self.inside(span.range().end);
        trivia.leading.append(&mut self.hoisted);
        trivia.leading.extend(inside);
        trivia.trailing = self.comments.after(span.range().end);
        Some(Item { kind: kind?, span, keyword, trivia })
    }

    fn item_kind(&mut self, node: Node<'t>, keyword: Span) -> Option<ItemKind> {
        let rule = node.as_rule();
        if let Some(finding) = mistake::wrong_file(rule, self.kind, keyword) {
            self.report(finding);
            return None;
        }
        Some(match rule {
            Rule::about => ItemKind::About(self.told(node, "what the file is for, in quotes")?),
            Rule::use_ => ItemKind::Use(self.use_(node)?),
            Rule::param => ItemKind::Param(self.param(node)?),
            Rule::secret => ItemKind::Secret(self.secret(node)?),
            Rule::let_ => ItemKind::Let(self.let_(node)?),
            Rule::target => ItemKind::Target(self.target(node)?),
            Rule::lock => ItemKind::Lock(self.told(node, "the lock's name in quotes")?),
            Rule::guard => ItemKind::Guard(self.guard(node)?),
            Rule::invariant => ItemKind::Invariant(self.invariant(node)?),
            Rule::action => ItemKind::Action(self.action(node)?),
            Rule::commands => ItemKind::Commands(self.commands(node)?),
            Rule::stage => ItemKind::Stage(self.stage(node)?),
            Rule::checklist => ItemKind::Checklist(self.checklist(node)?),
            Rule::rehearses => ItemKind::Rehearses(self.rehearses(node)?),
            Rule::state => ItemKind::State(self.state(node)?),
            Rule::handler => ItemKind::Handler(self.handler(node)?),
            Rule::always => ItemKind::Always(self.always(node)?),
            Rule::scenario => ItemKind::Scenario(self.scenario(node)?),
            Rule::head => {
                let help = "a file is one runbook, library or world; put the other into a file of its own";
                self.error("a file says once what it is", keyword, "this is a second time", help);
                return None;
            }
            _ => {
                self.unknown(&node, Stands::AtTop);
                return None;
            }
        })
    }

    fn use_(&mut self, node: Node<'t>) -> Option<Use> {
        let mut form = self.form(node);
        let path = form.parts.take_if(|rule| matches!(rule, Rule::path | Rule::string));
        let path = match path {
            Some(node) => self.use_path(&mut form, &node),
            None => self.need(&mut form, None, "`std.NAME` or a file in quotes"),
        };
        let alias = form.parts.take(Rule::use_as);
        let said = alias.is_some();
        let alias = alias.and_then(|node| parts(node).next()).map(|node| self.name(&node));
        if said && alias.is_none() {
            self.missing(&mut form, "a name after `as`");
        }
        if let (Some(UsePath::File(file)), None) = (&path, &alias) {
            let span = file.span;
            form.broken = true;
            self.error(
                "a file that is used needs a name",
                span,
                "",
                "say how it is called here: `use \"./file.runbook\" as NAME`",
            );
        }
        let whole = path.map(|path| Use { path, alias });
        self.finish(form, whole)
    }

    fn use_path(&mut self, form: &mut Form<'t>, node: &Node<'t>) -> Option<UsePath> {
        if node.as_rule() == Rule::string {
            return Some(UsePath::File(self.text(node)));
        }
        let path = self.path(node);
        if let [std, name] = path.names.as_slice()
            && std.value == "std"
        {
            return Some(UsePath::Std(name.clone()));
        }
        form.broken = true;
        let help = "write `use std.NAME` for a library of rutter's, or `use \"./file.runbook\" as NAME`";
        self.error(format!("`{}` is not a library", node.as_str()), path.span, "", help);
        None
    }

    fn param(&mut self, node: Node<'t>) -> Option<Param> {
        let mut form = self.form(node);
        let name = self.need_name(&mut form, "a name");
        let ty = form.parts.take(Rule::type_expr).map(|node| self.type_expr(node));
        let ty = self.need(&mut form, ty, "`:` and a type");
        let default = self.default(&mut form);
        let may_be_empty = form.parts.marks(Rule::may_be_empty);
        let whole = name.zip(ty).map(|(name, ty)| Param { name, ty, default, may_be_empty });
        self.finish(form, whole)
    }

    /// `= VALUE`, if it comes next.
    fn default(&mut self, form: &mut Form<'t>) -> Option<ast::Expr> {
        form.parts.take(Rule::equals)?;
        self.need_expr(form, "a value after `=`")
    }

    fn secret(&mut self, node: Node<'t>) -> Option<Secret> {
        let mut form = self.form(node);
        let name = self.need_name(&mut form, "a name");
        let equals = form.parts.take(Rule::equals);
        self.need(&mut form, equals, "`=` and where it comes from");
        let source = form.parts.take(Rule::secret_source).and_then(|node| self.secret_source(node));
        let source = self.need(&mut form, source, "`env \"VAR\"`, `file \"path\"` or `command \"…\"`");
        let whole = name.zip(source).map(|(name, source)| Secret { name, source });
        self.finish(form, whole)
    }

    fn secret_source(&mut self, node: Node<'t>) -> Option<SecretSource> {
        let mut parts = parts(node);
        let word = parts.take(Rule::secret_word)?;
        let text = parts.take(Rule::string).map(|node| self.text(&node))?;
        Some(match word.as_str() {
            "env" => SecretSource::Env(text),
            "file" => SecretSource::File(text),
            _ => SecretSource::Command(text),
        })
    }

    /// `target NAME = …`, an item or a statement.
    pub(super) fn target(&mut self, node: Node<'t>) -> Option<TargetDecl> {
        let mut form = self.form(node);
        let name = self.need_name(&mut form, "a name");
        let equals = form.parts.take(Rule::equals);
        self.need(&mut form, equals, "`=` and how it is reached");
        let backend = form.parts.take(Rule::backend).map(|node| self.backend(node));
        let backend =
            self.need(&mut form, backend, "`ssh \"ADDRESS\"`, `local`, `http \"BASE\"` or `plugin NAME`");
        let address = form.parts.take(Rule::string).map(|node| self.text(&node));
        if backend.as_ref().is_some_and(|backend| backend.value == BackendName::Ssh) && address.is_none() {
            self.missing(&mut form, "the address in quotes");
        }
        let clauses = self.clauses(&mut form);
        let clauses = self.target_clauses(&mut form, clauses);
        let whole = name.zip(backend);
        let whole = whole.map(|(name, backend)| TargetDecl { name, backend, address, clauses });
        self.finish(form, whole)
    }

    fn backend(&mut self, node: Node<'t>) -> Spanned<BackendName> {
        let span = self.span(&node);
        let mut parts = parts(node);
        let name = match (parts.take(Rule::backend_word), parts.take(Rule::name)) {
            (Some(word), _) if word.as_str() == "ssh" => BackendName::Ssh,
            (Some(word), _) if word.as_str() == "http" => BackendName::Http,
            (Some(_), _) => BackendName::Local,
            (None, Some(name)) => BackendName::Plugin(name.as_str().to_owned()),
            (None, None) => {
                self.error("`plugin` needs a name", span, "", "write `plugin NAME`");
                BackendName::Plugin(String::new())
            }
        };
        Spanned::new(name, span)
    }

    fn guard(&mut self, node: Node<'t>) -> Option<Guard> {
        let mut form = self.form(node);
        let title = self.need_text(&mut form, "a title in quotes");
        let targets = form.parts.take(Rule::guard_on).map(|node| parts(node).take_all(Rule::name));
        let targets: Vec<Name> = targets.unwrap_or_default().iter().map(|node| self.name(node)).collect();
        if targets.is_empty() {
            self.missing(&mut form, "`on` and the targets it guards");
        }
        self.odd(&mut form);
        let body = form.parts.take(Rule::guard_block);
        let whole = body.zip(title).map(|(body, title)| self.guard_body(body, title, targets));
        let whole = self.need(&mut form, whole, "a block in braces");
        self.finish(form, whole)
    }

    fn guard_body(&mut self, node: Node<'t>, title: Text, targets: Vec<Name>) -> Guard {
        let mut body = self.open_block(node);
        let mut guard = Guard {
            title,
            targets,
            rules: Vec::new(),
            when: None,
            when_trivia: Trivia::default(),
            because: None,
            because_trivia: Trivia::default(),
            may_be_overridden: false,
            overridden_trivia: Trivia::default(),
            dangling: Vec::new(),
            block: body.span,
        };
        while let Some(node) = body.parts.take_if(|rule| rule != Rule::close) {
            self.guard_part(&mut guard, node);
        }
        guard.dangling = self.close_block(body);
        guard
    }

    fn guard_part(&mut self, guard: &mut Guard, node: Node<'t>) {
        let rule = node.as_rule();
        if rule == Rule::forbid {
            let rule = self.guard_rule(node);
            guard.rules.extend(rule);
            return;
        }
        let Form { span, .. } = self.form(node.clone());
        let mut trivia = self.comments.before(span.range().start);
        let place = match rule {
            Rule::when => {
                let mut form = self.form(node);
                let when = self.need_block(&mut form);
                guard.when = self.finish(form, when);
                &mut guard.when_trivia
            }
            Rule::because => {
                guard.because = self.told(node, "the reason in quotes");
                &mut guard.because_trivia
            }
            Rule::overridable => {
                let form = self.form(node);
                guard.may_be_overridden = self.finish(form, Some(())).is_some();
                &mut guard.overridden_trivia
            }
            _ => return self.unknown(&node, Stands::InGuard),
        };
        trivia.leading.append(&mut self.hoisted);
        trivia.trailing = self.comments.after(span.range().end);
        *place = trivia;
    }

    fn guard_rule(&mut self, node: Node<'t>) -> Option<GuardRule> {
        let mut form = self.form(node);
        let span = form.span;
        let mut trivia = self.comments.before(span.range().start);
        let verdict = form.parts.take(Rule::verdict).map(|node| match node.as_str() {
            "forbid" => Verdict::Forbid,
            "allow" => Verdict::Allow,
            _ => Verdict::AllowOnly,
        });
        let pattern = match form.parts.take(Rule::path) {
            Some(node) => Some(GuardPattern::Commands(self.path(&node))),
            None => self.request_pattern(&mut form).map(GuardPattern::Request),
        };
        let pattern =
            self.need(&mut form, pattern, "a pattern such as `$ COMMAND`, or the name of a set of commands");
        let whole = verdict.zip(pattern);
        let (verdict, pattern) = self.finish(form, whole)?;
        trivia.trailing = self.comments.after(span.range().end);
        Some(GuardRule { verdict, pattern, span, trivia })
    }

    fn invariant(&mut self, node: Node<'t>) -> Option<Invariant> {
        let mut form = self.form(node);
        let title = self.need_text(&mut form, "a title in quotes");
        let mut clauses = self.clauses(&mut form);
        let (every, within) = (clauses.expr("every"), clauses.expr("within"));
        let (tolerating, during) = (clauses.expr("tolerating"), clauses.text("during"));
        self.no_more(&mut form, clauses);
        let body = self.need_block(&mut form);
        let whole = title.zip(body);
        let whole = whole.map(|(title, body)| Invariant { title, every, within, tolerating, during, body });
        self.finish(form, whole)
    }

    fn action(&mut self, node: Node<'t>) -> Option<Action> {
        let mut form = self.form(node);
        let name = self.need_name(&mut form, "a name");
        let params = form.parts.take(Rule::params).map(|node| self.params(node));
        let params = self.need(&mut form, params, "its params in parentheses: `(name: type, …)`, or `()`");
        let body = self.need_block(&mut form);
        let whole = name.zip(params).zip(body);
        let whole = whole.map(|((name, params), body)| Action { name, params, body });
        self.finish(form, whole)
    }

    fn params(&mut self, node: Node<'t>) -> Vec<ActionParam> {
        let nodes = parts(node).take_all(Rule::param_of);
        nodes.into_iter().filter_map(|node| self.param_of(node)).collect()
    }

    fn param_of(&mut self, node: Node<'t>) -> Option<ActionParam> {
        let mut form = self.form(node);
        let name = self.need_name(&mut form, "a name");
        let ty = form.parts.take(Rule::type_expr).map(|node| self.type_expr(node));
        let ty = self.need(&mut form, ty, "`:` and a type");
        let default = form.parts.take(Rule::expression).map(|node| self.expr(&node));
        let whole = name.zip(ty).map(|(name, ty)| ActionParam { name, ty, default });
        self.finish(form, whole)
    }

    fn commands(&mut self, node: Node<'t>) -> Option<Commands> {
        let mut form = self.form(node);
        let name = self.need_name(&mut form, "a name");
        self.odd(&mut form);
        let body = form.parts.take(Rule::commands_block);
        let whole = body.zip(name).map(|(body, name)| self.commands_body(body, name));
        let whole = self.need(&mut form, whole, "a block in braces");
        self.finish(form, whole)
    }

    fn commands_body(&mut self, node: Node<'t>, name: Name) -> Commands {
        let mut body = self.open_block(node);
        let block = body.span;
        let mut patterns = Vec::new();
        while let Some(node) = body.parts.take_if(|rule| rule != Rule::close) {
            match node.as_rule() {
                Rule::command => patterns.push(self.commands_entry(&node)),
                _ => self.unknown(&node, Stands::InCommands),
            }
        }
        let dangling = self.close_block(body);
        Commands { name, patterns, dangling, block }
    }

    fn commands_entry(&mut self, node: &Node<'t>) -> CommandsEntry {
        let trivia = self.comments.before(node.as_span().start());
        CommandsEntry { pattern: self.pattern_text(node), trivia }
    }

    fn stage(&mut self, node: Node<'t>) -> Option<Stage> {
        let mut form = self.form(node);
        let title = self.need_text(&mut form, "a title in quotes");
        self.odd(&mut form);
        let body = form.parts.take(Rule::block).map(|node| self.block_with_undo(node));
        let body = self.need(&mut form, body, "a block in braces");
        let on_failure = self.on_failure(&mut form);
        let whole = title.zip(body);
        let whole = whole.map(|(title, (body, undo))| Stage { title, body, undo, on_failure });
        self.finish(form, whole)
    }

    fn checklist(&mut self, node: Node<'t>) -> Option<Checklist> {
        let mut form = self.form(node);
        let title = self.need_text(&mut form, "a title in quotes");
        self.odd(&mut form);
        let body = form.parts.take(Rule::checklist_block);
        let whole = body.zip(title).map(|(body, title)| self.checklist_body(body, title));
        let whole = self.need(&mut form, whole, "a block in braces");
        self.finish(form, whole)
    }

    fn checklist_body(&mut self, node: Node<'t>, title: Text) -> Checklist {
        let mut body = self.open_block(node);
        let block = body.span;
        let mut items = Vec::new();
        while let Some(node) = body.parts.take_if(|rule| rule != Rule::close) {
            match node.as_rule() {
                Rule::check_item => items.extend(self.check_item(node)),
                _ => self.unknown(&node, Stands::InChecklist),
            }
        }
        let dangling = self.close_block(body);
        Checklist { title, items, dangling, block }
    }

    fn check_item(&mut self, node: Node<'t>) -> Option<ChecklistItem> {
        let mut form = self.form(node);
        let span = form.span;
        let mut trivia = self.comments.before(span.range().start);
        let title = self.need_text(&mut form, "a title in quotes");
        let check = match form.parts.marks(Rule::by_hand) {
            true => Some(ItemCheck::Manual),
            false => self.need_block(&mut form).map(ItemCheck::Body),
        };
        let whole = title.zip(check);
        let (title, check) = self.finish(form, whole)?;
        trivia.leading.append(&mut self.hoisted);
        trivia.trailing = self.comments.after(span.range().end);
        Some(ChecklistItem { title, check, span, trivia })
    }
}
