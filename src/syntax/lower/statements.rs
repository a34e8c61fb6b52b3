//! Blocks and statements.

use crate::finding::Finding;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{
    Approve, Assert, Attempt, Block, Diagnose, FileKind, ForEach, If, Let, LetValue, Manual, Pause, Retry,
    Statement, StatementKind, Text, Undo, Wait,
};
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::mistake::{self, Stands};

use super::form::Form;
use super::{Lowering, parts};

impl<'t> Lowering<'t> {
    /// Statements in braces, where no `undo` may stand.
    pub(super) fn block(&mut self, node: Node<'t>) -> Block {
        let (block, undo) = self.block_with_undo(node);
        if let Some(undo) = undo {
            self.error(
                "`undo` stands in a stage, and not inside another block",
                undo.keyword,
                "",
                "move it to the end of its stage's block",
            );
        }
        block
    }

    /// Statements in braces, and the `undo` among them.
    pub(super) fn block_with_undo(&mut self, node: Node<'t>) -> (Block, Option<Undo>) {
        let mut body = self.open_block(node);
        let mut block = Block { span: body.span, ..Block::default() };
        let mut undo: Option<Undo> = None;
        while let Some(node) = body.parts.take_if(|rule| rule != Rule::close) {
            match node.as_rule() {
                Rule::undo => self.add_undo(&mut undo, node),
                _ => block.statements.extend(self.statement(node)),
            }
        }
        block.dangling = self.close_block(body);
        (block, undo)
    }

    /// Begins a block: its parts come next.
    pub(super) fn open_block(&mut self, node: Node<'t>) -> Form<'t> {
        let opening = node.as_span().start();
        let hoisted = self.inside(opening);
        self.hoisted.extend(hoisted);
        self.form(node)
    }

    /// Ends a block: the comments before its `}`, and whether that is there.
    pub(super) fn close_block(&mut self, mut body: Form<'t>) -> Vec<crate::syntax::ast::Comment> {
        let closed = body.parts.marks(Rule::close);
        let end = body.span.range().end;
        if !closed && !self.swallowed {
            let opening = Span::new(self.file, body.span.range().start, body.span.range().start + 1);
            self.report(mistake::open_block(self.text, opening, end));
        }
        // What follows the last `}` of a file with an open block is not taken for more of them.
        self.swallowed |= !closed;
        self.comments.until(if closed { end - 1 } else { end })
    }

    fn add_undo(&mut self, undo: &mut Option<Undo>, node: Node<'t>) {
        let Some(new) = self.undo(node) else { return };
        match undo {
            Some(first) => {
                let finding = second_undo(first.keyword, new.keyword);
                self.report(finding);
            }
            None => *undo = Some(new),
        }
    }

    fn undo(&mut self, node: Node<'t>) -> Option<Undo> {
        let mut form = self.form(node);
        let keyword = form.keyword;
        let mut trivia = self.comments.before(form.span.range().start);
        let body = self.need_block(&mut form);
        let end = form.span.range().end;
        let undo = self.finish(form, body)?;
        trivia.trailing = self.comments.after(end);
        Some(Undo { body: undo, keyword, trivia })
    }

    /// A statement with its comments; nothing when it has a mistake.
    pub(super) fn statement(&mut self, node: Node<'t>) -> Option<Statement> {
        let outer = std::mem::take(&mut self.hoisted);
        let Form { span, keyword, .. } = self.form(node.clone());
        let mut trivia = self.comments.before(span.range().start);
        let kind = self.statement_kind(node, keyword);
        let inside = self.inside(span.range().end);
        trivia.leading.extend(std::mem::replace(&mut self.hoisted, outer));
        trivia.leading.extend(inside);
        trivia.trailing = self.comments.after(span.range().end);
        Some(Statement { kind: kind?, span, keyword, trivia })
    }

    fn statement_kind(&mut self, node: Node<'t>, keyword: Span) -> Option<StatementKind> {
        let rule = node.as_rule();
        if let Some(finding) = mistake::wrong_file(rule, self.kind, keyword) {
            self.report(finding);
            return None;
        }
        Some(match rule {
            Rule::let_ => StatementKind::Let(self.let_(node)?),
            Rule::request => StatementKind::Request(self.request(node)?),
            Rule::call => self.call_statement(node)?,
            Rule::assert => StatementKind::Assert(self.assert(node)?),
            Rule::for_each => StatementKind::ForEach(self.for_each(node)?),
            Rule::if_ => StatementKind::If(self.if_(node)?),
            Rule::wait => StatementKind::Wait(self.wait(node)?),
            Rule::note => StatementKind::Note(self.told(node, "its text in quotes")?),
            Rule::fail => StatementKind::Fail(self.told(node, "its reason in quotes")?),
            Rule::approve => StatementKind::Approve(self.approve(node)?),
            Rule::retry => StatementKind::Retry(self.retry(node)?),
            Rule::together => self.together(node)?,
            Rule::attempt => StatementKind::Attempt(self.attempt(node)?),
            Rule::pause => StatementKind::Pause(self.pause(node)?),
            Rule::manual => StatementKind::Manual(self.manual(node)?),
            Rule::diagnose => StatementKind::Diagnose(self.diagnose(node)?),
            Rule::return_ => self.return_(node)?,
            Rule::target => StatementKind::Target(self.target(node)?),
            Rule::set => StatementKind::Set(self.set(node)?),
            Rule::after => StatementKind::After(self.after(node)?),
            Rule::reply => StatementKind::Reply(self.reply(node)?),
            _ => {
                self.unknown(&node, self.stands_in());
                return None;
            }
        })
    }

    fn stands_in(&self) -> Stands {
        match self.kind {
            FileKind::Runbook | FileKind::Library => Stands::InBlock,
            FileKind::World => Stands::InWorldBlock,
        }
    }

    pub(super) fn let_(&mut self, node: Node<'t>) -> Option<Let> {
        let mut form = self.form(node);
        let name = self.need_name(&mut form, "a name");
        let equals = form.parts.take(Rule::equals);
        if let (None, Some(name)) = (&equals, &name)
            && let Some(rest) = form.parts.take(Rule::expression)
            && rest.as_str().starts_with('-')
        {
            form.broken = true;
            self.report(mistake::hyphen(name.span.to(self.span(&rest))));
        }
        self.need(&mut form, equals, "`=` and a value");
        let value = form
            .parts
            .take_if(|rule| matches!(rule, Rule::request | Rule::load | Rule::for_each | Rule::expression));
        let value = match value {
            Some(node) => Some(self.let_value(node)),
            None => self.need(&mut form, None, "a value after `=`"),
        };
        form.broken |= matches!(value, Some(None));
        let whole = name.zip(value.flatten()).map(|(name, value)| Let { name, value });
        self.finish(form, whole)
    }

    fn let_value(&mut self, node: Node<'t>) -> Option<LetValue> {
        Some(match node.as_rule() {
            Rule::request => {
                if let Some(finding) =
                    mistake::wrong_file(Rule::request, self.kind, self.form(node.clone()).keyword)
                {
                    self.report(finding);
                    return None;
                }
                LetValue::Request(self.request(node)?)
            }
            Rule::load => LetValue::Load(parts(node).next().map(|node| self.text(&node))?),
            Rule::for_each => {
                let word = self.form(node.clone()).keyword;
                LetValue::Each(Box::new(Spanned::new(self.for_each(node)?, word)))
            }
            _ => match self.call_in(&node) {
                Some(call) => LetValue::Call(call),
                None => LetValue::Expr(self.expr(&node)),
            },
        })
    }

    fn call_statement(&mut self, node: Node<'t>) -> Option<StatementKind> {
        let mut form = self.form(node);
        let call = form.parts.take(Rule::call_text).map(|node| self.call(&node));
        self.finish(form, call).map(StatementKind::Call)
    }

    fn assert(&mut self, node: Node<'t>) -> Option<Assert> {
        let mut form = self.form(node);
        let condition = self.need_expr(&mut form, "an expression");
        let mut clauses = self.clauses(&mut form);
        let message = clauses.text("a message");
        self.no_more(&mut form, clauses);
        let whole = condition.map(|condition| Assert { condition, message });
        self.finish(form, whole)
    }

    fn wait(&mut self, node: Node<'t>) -> Option<Wait> {
        let mut form = self.form(node);
        let title = form.parts.take(Rule::string).map(|node| self.text(&node));
        let mut clauses = self.clauses(&mut form);
        let within = clauses.expr("within");
        let (every, stable) = (clauses.expr("every"), clauses.expr("stable"));
        self.no_more(&mut form, clauses);
        let within = self.need(&mut form, within, "`within` and a limit");
        let body = self.need_block(&mut form);
        let on_failure = self.on_failure(&mut form);
        let whole =
            within.zip(body).map(|(within, body)| Wait { title, within, every, stable, body, on_failure });
        self.finish(form, whole)
    }

    /// `on failure {…}`, if it comes next.
    pub(super) fn on_failure(&mut self, form: &mut Form<'t>) -> Option<Block> {
        let node = form.parts.take(Rule::on_failure)?;
        let mut inner = self.form(node);
        let block = self.need_block(&mut inner);
        form.broken |= inner.broken;
        block
    }

    fn retry(&mut self, node: Node<'t>) -> Option<Retry> {
        let mut form = self.form(node);
        let times = self.need_expr(&mut form, "how many times");
        let word = form.parts.take(Rule::times);
        self.need(&mut form, word, "the word `times`");
        let mut clauses = self.clauses(&mut form);
        let every = clauses.expr("every");
        self.no_more(&mut form, clauses);
        let body = self.need_block(&mut form);
        let whole = times.zip(body).map(|(times, body)| Retry { times, every, body });
        self.finish(form, whole)
    }

    fn pause(&mut self, node: Node<'t>) -> Option<Pause> {
        let mut form = self.form(node);
        let duration = self.need_expr(&mut form, "a duration");
        let mut clauses = self.clauses(&mut form);
        let reason = clauses.text("a message");
        self.no_more(&mut form, clauses);
        let whole = duration.map(|duration| Pause { duration, reason });
        self.finish(form, whole)
    }

    fn for_each(&mut self, node: Node<'t>) -> Option<ForEach> {
        let mut form = self.form(node);
        if !form.parts.marks(Rule::each) {
            form.broken = true;
            let finding = mistake::for_without_each(form.keyword);
            self.report(finding);
        }
        let names: Vec<_> = form.parts.take_all(Rule::name).iter().map(|node| self.name(node)).collect();
        self.check_names(&mut form, names.len());
        let list = form.parts.take(Rule::in_list).and_then(|node| parts(node).next());
        let list = list.map(|node| self.expr(&node));
        let list = self.need(&mut form, list, "`in` and a list");
        let mut clauses = self.clauses(&mut form);
        let at_a_time = clauses.expr("at a time");
        let tolerating = clauses.tolerance();
        self.no_more(&mut form, clauses);
        let body = self.need_block(&mut form);
        let on_failure = self.on_failure(&mut form);
        let whole = list.zip(body);
        let whole =
            whole.map(|(list, body)| ForEach { names, list, at_a_time, tolerating, body, on_failure });
        self.finish(form, whole)
    }

    fn check_names(&mut self, form: &mut Form<'t>, count: usize) {
        if count == 0 {
            self.missing(form, "a name for each");
        } else if count > 2 {
            form.broken = true;
            let title = format!("`for each` takes one or two names, and here are {count}");
            self.error(title, form.keyword, "", "write `for each key, value in …`");
        }
    }

    fn together(&mut self, node: Node<'t>) -> Option<StatementKind> {
        let mut form = self.form(node);
        let body = self.need_block(&mut form);
        self.finish(form, body).map(StatementKind::Together)
    }

    fn if_(&mut self, node: Node<'t>) -> Option<If> {
        let mut form = self.form(node);
        let mut branches = Vec::new();
        while let Some(node) = form.parts.take_if(|rule| matches!(rule, Rule::branch | Rule::else_if)) {
            let branch = self.branch(node);
            form.broken |= branch.is_none();
            branches.extend(branch);
        }
        let otherwise = form.parts.take(Rule::else_).map(|node| self.part(&mut form, node, None));
        self.finish(form, Some(If { branches, otherwise: otherwise.flatten() }))
    }

    fn branch(&mut self, node: Node<'t>) -> Option<(crate::syntax::ast::Expr, Block)> {
        let mut form = self.form(node);
        if let Some(word) = form.parts.take(Rule::else_if_word)
            && !word.as_str().starts_with("else ")
            && !word.as_str().starts_with("else\t")
        {
            form.broken = true;
            let title = format!("`{}` is written `else if`", word.as_str());
            self.error(title, self.span(&word), "", "write `else if`");
        }
        let condition = self.need_expr(&mut form, "a condition");
        if let Some(condition) = condition.as_ref().filter(|condition| is_shell_test(&condition.text)) {
            form.broken = true;
            self.report(mistake::shell_test(condition.span));
        }
        let body = self.need_block(&mut form);
        let whole = condition.zip(body);
        self.finish(form, whole)
    }

    /// A part of a statement that is a word and a block; `right` is the word when another means the same.
    fn part(&mut self, outer: &mut Form<'t>, node: Node<'t>, right: Option<(Rule, &str)>) -> Option<Block> {
        let mut form = self.form(node);
        let word = right.and_then(|(rule, right)| Some((form.parts.take(rule)?, right)));
        if let Some((word, right)) = word.filter(|(word, right)| word.as_str() != *right) {
            outer.broken = true;
            self.error(
                format!("`{}` is written `{right}` here", word.as_str()),
                self.span(&word),
                "",
                &format!("write `{right}`"),
            );
        }
        let block = self.need_block(&mut form);
        let block = self.finish(form, block);
        outer.broken |= block.is_none();
        block
    }

    fn attempt(&mut self, node: Node<'t>) -> Option<Attempt> {
        let mut form = self.form(node);
        if let Some(word) = form.parts.take(Rule::attempt_word).filter(|word| word.as_str() == "try") {
            form.broken = true;
            let help = "write `attempt { … } otherwise { … }`";
            self.error("`try` is written `attempt`", self.span(&word), "", help);
        }
        let body = self.need_block(&mut form);
        let node = form.parts.take(Rule::otherwise);
        let otherwise =
            node.and_then(|node| self.part(&mut form, node, Some((Rule::otherwise_word, "otherwise"))));
        let always = form.parts.take(Rule::finally);
        let always = always.and_then(|node| self.part(&mut form, node, Some((Rule::finally_word, "always"))));
        let otherwise = self.need(&mut form, otherwise, "`otherwise` and what is done when it fails");
        let whole = body.zip(otherwise).map(|(body, otherwise)| Attempt { body, otherwise, always });
        self.finish(form, whole)
    }

    fn approve(&mut self, node: Node<'t>) -> Option<Approve> {
        let mut form = self.form(node);
        let text = self.need_text(&mut form, "what is to be approved, in quotes");
        let mut clauses = self.clauses(&mut form);
        let (by, within) = (clauses.expr("by"), clauses.expr("within"));
        self.no_more(&mut form, clauses);
        let whole = text.map(|text| Approve { text, by, within });
        self.finish(form, whole)
    }

    fn manual(&mut self, node: Node<'t>) -> Option<Manual> {
        let mut form = self.form(node);
        let text = self.need_text(&mut form, "what a person should do, in quotes");
        let body = self.block_of(&mut form);
        let whole = text.map(|text| Manual { text, body });
        self.finish(form, whole)
    }

    fn diagnose(&mut self, node: Node<'t>) -> Option<Diagnose> {
        let mut form = self.form(node);
        let condition = self.need_expr(&mut form, "an expression");
        let mut clauses = self.clauses(&mut form);
        let cause = clauses.text("cause");
        let fix = clauses.text("fix");
        self.no_more(&mut form, clauses);
        let cause = self.need(&mut form, cause, "`cause` and a string");
        let fix = self.need(&mut form, fix, "`fix` and a string");
        let whole = condition.zip(cause).zip(fix);
        let whole = whole.map(|((condition, cause), fix)| Diagnose { condition, cause, fix });
        self.finish(form, whole)
    }

    /// A word and a string: `note`, `fail`, `lock`, `about`.
    pub(super) fn told(&mut self, node: Node<'t>, what: &str) -> Option<Text> {
        let mut form = self.form(node);
        let text = self.need_text(&mut form, what);
        self.finish(form, text)
    }

    fn return_(&mut self, node: Node<'t>) -> Option<StatementKind> {
        let mut form = self.form(node);
        let value = self.need_expr(&mut form, "a value");
        self.finish(form, value).map(StatementKind::Return)
    }
}

/// `[ -f file ]`, which reads as a list.
fn is_shell_test(condition: &str) -> bool {
    let inside = condition.trim_start_matches('[').trim_start();
    condition.starts_with('[') && (condition.starts_with("[[") || inside.starts_with(['-', '!']))
}

/// What is said of a second `undo` in one stage.
fn second_undo(first: Span, again: Span) -> Finding {
    Finding::error(mistake::CODE, "a stage has one `undo`", again, "this is a second one")
        .also(first, "the first is here")
        .help("put both into one block")
}
