//! Blocks and statements: a name lives until the end of its block.

use super::super::types::{a, either, present};
use super::effects::{Construct, Deed, What};
use super::scope::Kind;
use super::{Checker, Part};
use crate::finding::Finding;
use crate::source::{Span, Spanned};
use crate::syntax::ast::*;
use crate::value::Type;

impl<'a> Checker<'a> {
    /// Statements in a scope of their own.
    pub(super) fn block(&mut self, block: &'a Block) {
        self.scopes.enter();
        block.statements.iter().for_each(|statement| self.statement(statement));
        self.scopes.leave();
    }

    fn maybe_block(&mut self, block: Option<&'a Block>) {
        if let Some(block) = block {
            self.block(block);
        }
    }

    /// `on failure {…}` sees what stands around the statement it follows.
    pub(super) fn on_failure(&mut self, block: Option<&'a Block>) {
        let Some(block) = block else { return };
        self.explaining += 1;
        self.limited(Construct::OnFailure, block.span.part(0, 1), |checker| checker.block(block));
        self.explaining -= 1;
    }

    fn statement(&mut self, statement: &'a Statement) {
        if !self.belongs(statement) {
            return;
        }
        match &statement.kind {
            StatementKind::Let(item) => self.local(item),
            StatementKind::Target(target) => {
                self.target_clauses(target);
                let kind = Kind::Target(super::targets::facts(target));
                self.declare(&target.name, kind, Type::Target);
            }
            StatementKind::Request(request) => {
                self.request(request);
            }
            StatementKind::Call(call) => {
                self.call(call);
            }
            StatementKind::Assert(assert) => {
                self.condition(&assert.condition);
                self.maybe_text(assert.message.as_ref());
            }
            StatementKind::Wait(wait) => self.wait(wait, statement.keyword),
            StatementKind::Retry(retry) => self.retry(retry, statement.keyword),
            StatementKind::Pause(pause) => {
                self.wants(&pause.duration, &Type::Duration);
                self.maybe_text(pause.reason.as_ref());
            }
            StatementKind::ForEach(each) => self.for_each(each),
            StatementKind::Together(block) => self.together(block),
            StatementKind::If(branches) => self.branches(branches),
            StatementKind::Attempt(attempt) => {
                self.block(&attempt.body);
                self.block(&attempt.otherwise);
                self.maybe_block(attempt.always.as_ref());
            }
            StatementKind::Approve(approve) => self.approve(approve, statement.keyword),
            StatementKind::Manual(manual) => {
                self.text(&manual.text);
                self.deed(Deed { what: What::Manual, span: statement.keyword, via: None });
                self.maybe_block(manual.body.as_ref());
            }
            StatementKind::Diagnose(diagnose) => self.diagnose(diagnose, statement.keyword),
            StatementKind::Note(text) | StatementKind::Fail(text) => self.text(text),
            StatementKind::Return(expr) => self.returns(expr, statement.keyword),
            StatementKind::Set(set) => self.set(set),
            StatementKind::After(after) => self.after(after),
            StatementKind::Reply(reply) => self.reply(reply, statement.keyword),
        }
    }

    fn local(&mut self, item: &'a Let) {
        let ty = match &item.value {
            LetValue::Expr(expr) => self.expr(expr),
            LetValue::Request(request) => self.request(request),
            LetValue::Call(call) => self.result_of(call),
            LetValue::Load(text) => {
                self.text(text);
                Type::Any
            }
            LetValue::Each(each) => self.gathered(each),
        };
        self.declare(&item.name, Kind::Let, ty);
    }

    /// A call whose result is named: it must have one.
    fn result_of(&mut self, call: &'a Call) -> Type {
        let Some(ty) = self.call(call) else { return Type::Any };
        if ty == Type::None {
            let name = &call.path.names[call.path.names.len() - 1].value;
            let title = format!("`{name}` gives nothing back");
            let finding = Finding::error("no-result", title, call.path.span, "has no `return`");
            self.report(finding.help("take off the `let … =`, or give the action a `return`"));
            return Type::Any;
        }
        ty
    }

    fn wait(&mut self, wait: &'a Wait, span: Span) {
        self.maybe_text(wait.title.as_ref());
        self.wants(&wait.within, &Type::Duration);
        self.wants_all(&[(&wait.every, &Type::Duration)]);
        self.maybe_count(wait.stable.as_ref(), 1);
        self.limited(Construct::Wait, span, |checker| checker.block(&wait.body));
        self.on_failure(wait.on_failure.as_ref());
    }

    fn retry(&mut self, retry: &'a Retry, span: Span) {
        self.count(&retry.times, 1);
        self.wants_all(&[(&retry.every, &Type::Duration)]);
        self.limited(Construct::Retry, span, |checker| checker.block(&retry.body));
    }

    fn for_each(&mut self, each: &'a ForEach) {
        let list = self.expr(&each.list);
        let types = self.items_of(&list, each);
        self.maybe_count(each.at_a_time.as_ref(), 1);
        each.tolerating.iter().for_each(|tolerance| self.tolerance(tolerance));
        self.scopes.enter();
        for (name, ty) in each.names.iter().zip(types) {
            self.declare(name, Kind::Loop, ty);
        }
        self.block(&each.body);
        self.scopes.leave();
        self.on_failure(each.on_failure.as_ref());
    }

    /// The list of what the passes of a loop return.
    fn gathered(&mut self, each: &'a Spanned<ForEach>) -> Type {
        self.gathers.push(None);
        self.for_each(&each.value);
        if let Some(ty) = self.gathers.pop().flatten() {
            return Type::List(Box::new(ty));
        }
        let title = "no pass of this loop gives anything back";
        let finding = Finding::error("no-result", title, each.span, "has no `return`");
        self.report(finding.help("take off the `let … =`, or `return` something in each pass"));
        Type::Any
    }

    /// What the names of a loop stand for.
    fn items_of(&mut self, list: &Type, each: &ForEach) -> [Type; 2] {
        let pair = each.names.len() > 1;
        match present(list) {
            Type::Map(of) => [Type::String, (**of).clone()],
            Type::Record(fields) => {
                let of = fields.values().cloned().reduce(either).unwrap_or(Type::Any);
                [Type::String, of]
            }
            Type::Any => [Type::Any, Type::Any],
            Type::List(of) if !pair => [(**of).clone(), Type::Any],
            Type::List(of) => [self.part_of_pair(of, each), Type::Any],
            other => {
                let title = "`for each` goes through a list or map";
                let finding = Finding::error("wrong-type", title, each.list.span, a(other));
                self.report(match other {
                    Type::String => {
                        finding.help("for its lines: `… | lines`; for its parts: `… | split(\",\")`")
                    }
                    Type::CommandOutcome => finding.help("its lines are `.lines`"),
                    Type::HttpOutcome => finding.help("name the list in it: `.json.…`"),
                    Type::Int => finding.help("to count, write `range(…)`"),
                    _ => finding,
                });
                [Type::Any, Type::Any]
            }
        }
    }

    fn part_of_pair(&mut self, of: &Type, each: &ForEach) -> Type {
        match present(of) {
            Type::List(part) => return (**part).clone(),
            Type::Any => {}
            other => {
                let title = "two names need a map or a list of pairs";
                let label = format!("each item is {}", a(other));
                let finding = Finding::error("wrong-type", title, each.list.span, label);
                let first = &each.names[0].value;
                self.report(finding.help(format!("take one name: `for each {first} in …`")));
            }
        }
        Type::Any
    }

    /// Side by side: no statement sees what another one names.
    fn together(&mut self, block: &'a Block) {
        for statement in &block.statements {
            self.scopes.enter();
            self.statement(statement);
            self.scopes.leave();
        }
    }

    fn branches(&mut self, branches: &'a If) {
        for (condition, block) in &branches.branches {
            self.condition(condition);
            self.block(block);
        }
        self.maybe_block(branches.otherwise.as_ref());
    }

    fn approve(&mut self, approve: &'a Approve, span: Span) {
        self.text(&approve.text);
        self.maybe_count(approve.by.as_ref(), 1);
        self.wants_all(&[(&approve.within, &Type::Duration)]);
        self.deed(Deed { what: What::Approve, span, via: None });
    }

    fn diagnose(&mut self, diagnose: &'a Diagnose, span: Span) {
        self.condition(&diagnose.condition);
        self.text(&diagnose.cause);
        self.text(&diagnose.fix);
        if self.explaining == 0 && self.part != Part::Action {
            let title = "`diagnose` can't stand here";
            let finding = Finding::error("misplaced-diagnose", title, span, "nothing has failed here");
            self.report(finding.help("it belongs in `on failure`, or in an action that is called there"));
        }
    }

    fn returns(&mut self, expr: &'a Expr, span: Span) {
        let ty = self.expr(expr);
        if let Some(known) = self.gathers.last_mut() {
            *known = Some(known.take().map_or_else(|| ty.clone(), |known| either(known, ty.clone())));
            return;
        }
        if self.part != Part::Action {
            let title = "`return` can't stand here";
            let finding = Finding::error("misplaced-return", title, span, "not in an action");
            self.report(
                finding.help("only an action gives something back; to end a run, write `fail \"…\"`"),
            );
            return;
        }
        let known = self.body.returns.take();
        self.body.returns = Some(match known {
            Some(known) => either(known, ty),
            None => ty,
        });
    }
}
