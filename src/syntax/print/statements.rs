//! Blocks and statements.

use crate::syntax::ast::{
    Approve, Argument, Attempt, Block, Call, Diagnose, Expr, ForEach, If, Let, LetValue, Retry, Statement,
    StatementKind, Text, Tolerance, Wait,
};

use super::Printer;
use super::columns::{Anchors, paddings};
use super::items::plural;

impl Printer<'_> {
    /// A block: on one line where it stood so and holds one statement.
    pub(super) fn block(&mut self, block: &Block) {
        if block.statements.is_empty() && block.dangling.is_empty() {
            return self.put("{}");
        }
        if self.short(block).is_some_and(|only| self.fits(only)) {
            return;
        }
        self.put("{\n");
        self.depth += 1;
        self.statements(&block.statements);
        self.dangling(&block.dangling, block.statements.is_empty());
        self.depth -= 1;
        self.start_line();
        self.put("}");
    }

    /// Prints a block on its line; where that is too long, prints nothing.
    fn fits(&mut self, only: &Statement) -> bool {
        let (out, folds) = (self.out.len(), self.folds.len());
        self.inline += 1;
        self.put("{ ");
        self.statement(&only.kind, 1);
        self.put(" }");
        self.inline -= 1;
        self.folds.truncate(folds);
        let fits = self.inline > 0 || !self.is_too_long_with(0);
        if !fits {
            self.out.truncate(out);
        }
        fits
    }

    fn short<'b>(&self, block: &'b Block) -> Option<&'b Statement> {
        let [only] = block.statements.as_slice() else { return None };
        let plain =
            only.trivia.leading.is_empty() && only.trivia.doc.is_empty() && only.trivia.trailing.is_none();
        (plain && block.dangling.is_empty() && self.one_line(block.span)).then_some(only)
    }

    pub(super) fn statements(&mut self, statements: &[Statement]) {
        let mut anchors = Anchors::new(self.source);
        let anchors: Vec<_> = statements.iter().map(|statement| anchors.of_statement(statement)).collect();
        for (number, (statement, blanks)) in statements.iter().zip(paddings(&anchors)).enumerate() {
            self.blank_if(statement.trivia.after_blank && number > 0);
            let seams = self.begin(&statement.trivia, statement.span);
            self.lead(&statement.trivia);
            self.statement(&statement.kind, blanks);
            self.after(&statement.trivia);
            self.end(&statement.trivia, statement.span, seams);
        }
    }

    fn statement(&mut self, kind: &StatementKind, blanks: usize) {
        match kind {
            StatementKind::Let(let_) => self.let_(let_, blanks),
            StatementKind::Target(target) => self.target(target, blanks),
            StatementKind::Request(request) => self.request(request),
            StatementKind::Call(call) => self.call(call),
            StatementKind::Assert(assert) => {
                self.with_expr("assert ", &assert.condition);
                self.message(assert.condition.span.range().end, assert.message.as_ref());
            }
            StatementKind::Wait(wait) => self.wait(wait),
            StatementKind::Retry(retry) => self.retry(retry),
            StatementKind::Pause(pause) => {
                self.with_expr("pause ", &pause.duration);
                self.message(pause.duration.span.range().end, pause.reason.as_ref());
            }
            StatementKind::ForEach(each) => self.for_each(each),
            StatementKind::Together(block) => {
                self.put("together ");
                self.block(block);
            }
            StatementKind::If(if_) => self.if_(if_),
            StatementKind::Attempt(attempt) => self.attempt(attempt),
            StatementKind::Approve(approve) => self.approve(approve),
            StatementKind::Manual(manual) => {
                self.told("manual ", &manual.text);
                self.tail(" ", manual.body.as_ref());
            }
            StatementKind::Diagnose(diagnose) => self.diagnose(diagnose),
            StatementKind::Note(text) => self.told("note ", text),
            StatementKind::Fail(text) => self.told("fail ", text),
            StatementKind::Return(value) => self.with_expr("return ", value),
            StatementKind::Set(set) => self.set("set ", set),
            StatementKind::After(after) => {
                self.with_expr("after ", &after.delay);
                self.tail(" ", Some(&after.body));
            }
            StatementKind::Reply(reply) => self.reply(reply),
        }
    }

    pub(super) fn told(&mut self, word: &str, text: &Text) {
        self.put(word);
        self.text(text);
    }

    pub(super) fn with_expr(&mut self, word: &str, expr: &Expr) {
        self.put(word);
        self.expr(expr);
    }

    /// A part of a statement that is a word and a block.
    fn tail(&mut self, word: &str, block: Option<&Block>) {
        if let Some(block) = block {
            self.put(word);
            self.block(block);
        }
    }

    pub(super) fn on_failure(&mut self, block: Option<&Block>) {
        self.tail(" on failure ", block);
    }

    fn message(&mut self, end: usize, message: Option<&Text>) {
        if let Some(message) = message {
            self.comma(end, message.span.range().start);
            self.text(message);
        }
    }

    pub(super) fn let_(&mut self, let_: &Let, blanks: usize) {
        self.put("let ");
        self.put(&let_.name.value);
        self.pad(blanks);
        self.put("= ");
        match &let_.value {
            LetValue::Expr(expr) => self.expr(expr),
            LetValue::Request(request) => self.request(request),
            LetValue::Call(call) => self.call(call),
            LetValue::Load(file) => self.told("load ", file),
            LetValue::Each(each) => self.for_each(&each.value),
        }
    }

    fn call(&mut self, call: &Call) {
        self.path(&call.path);
        self.arguments(&call.args, call.path.span.range().end, call.span.range().end);
    }

    /// Arguments, with the author's line breaks before them and before the closing parenthesis.
    pub(super) fn arguments(&mut self, args: &[Argument], from: usize, end: usize) {
        self.put("(");
        let mut last = from;
        for (number, arg) in args.iter().enumerate() {
            let start = arg.name.as_ref().map_or(arg.value.span, |name| name.span).range().start;
            if number > 0 {
                self.comma(last, start);
            } else if self.breaks(last, start) {
                self.end_line();
                self.start_line();
                self.put(super::STEP);
            }
            if let Some(name) = &arg.name {
                self.put(&name.value);
                self.put("=");
            }
            self.expr(&arg.value);
            last = arg.value.span.range().end;
        }
        if !args.is_empty() && self.breaks(last, end) {
            self.put(",\n");
            self.start_line();
        }
        self.put(")");
    }

    fn wait(&mut self, wait: &Wait) {
        self.put("wait until ");
        let mut end = None;
        if let Some(title) = &wait.title {
            self.text(title);
            end = Some(title.span.range().end);
        }
        let clauses = [
            ("within ", Some(&wait.within), ""),
            ("every ", wait.every.as_ref(), ""),
            ("stable ", wait.stable.as_ref(), " times"),
        ];
        for (word, expr, unit) in clauses {
            let Some(expr) = expr else { continue };
            if let Some(end) = end {
                self.comma(end, expr.span.range().start);
            }
            self.with_expr(word, expr);
            self.put(unit);
            end = Some(expr.span.range().end);
        }
        self.tail(" ", Some(&wait.body));
        self.on_failure(wait.on_failure.as_ref());
    }

    fn retry(&mut self, retry: &Retry) {
        self.with_expr("retry ", &retry.times);
        self.put(" times");
        if let Some(every) = &retry.every {
            self.comma(retry.times.span.range().end, every.span.range().start);
            self.with_expr("every ", every);
        }
        self.tail(" ", Some(&retry.body));
    }

    fn for_each(&mut self, each: &ForEach) {
        let names: Vec<_> = each.names.iter().map(|name| name.value.as_str()).collect();
        self.put("for each ");
        self.put(&names.join(", "));
        self.with_expr(" in ", &each.list);
        let mut end = each.list.span.range().end;
        if let Some(count) = &each.at_a_time {
            self.comma(end, count.span.range().start);
            self.expr(count);
            self.put(" at a time");
            end = count.span.range().end;
        }
        if let Some(tolerance) = &each.tolerating {
            let (expr, unit) = match tolerance {
                Tolerance::Failures(count) => (count, plural(" failures", &count.text)),
                Tolerance::Percent(share) => (share, "%"),
            };
            self.comma(end, expr.span.range().start);
            self.with_expr("tolerating ", expr);
            self.put(unit);
        }
        self.tail(" ", Some(&each.body));
        self.on_failure(each.on_failure.as_ref());
    }

    fn if_(&mut self, if_: &If) {
        for (number, (condition, block)) in if_.branches.iter().enumerate() {
            self.with_expr(if number > 0 { " else if " } else { "if " }, condition);
            self.tail(" ", Some(block));
        }
        self.tail(" else ", if_.otherwise.as_ref());
    }

    fn attempt(&mut self, attempt: &Attempt) {
        self.tail("attempt ", Some(&attempt.body));
        self.tail(" otherwise ", Some(&attempt.otherwise));
        self.tail(" always ", attempt.always.as_ref());
    }

    fn approve(&mut self, approve: &Approve) {
        self.told("approve ", &approve.text);
        let mut end = approve.text.span.range().end;
        for (word, expr) in [("by ", &approve.by), ("within ", &approve.within)] {
            let Some(expr) = expr else { continue };
            self.comma(end, expr.span.range().start);
            self.with_expr(word, expr);
            end = expr.span.range().end;
        }
    }

    /// Cause and fix below each other, in one column, where they stand on lines of their own.
    fn diagnose(&mut self, diagnose: &Diagnose) {
        self.with_expr("diagnose ", &diagnose.condition);
        let (cause, fix) = (&diagnose.cause, &diagnose.fix);
        self.comma(diagnose.condition.span.range().end, cause.span.range().start);
        self.told("cause ", cause);
        let more = ", fix ".len() + self.slice(fix.span).chars().count();
        if self.breaks(cause.span.range().end, fix.span.range().start) || self.is_broken_with(more) {
            self.put(",\n");
            self.start_line();
            self.put(super::STEP);
            return self.told("fix   ", fix);
        }
        self.told(", fix ", fix);
    }
}
