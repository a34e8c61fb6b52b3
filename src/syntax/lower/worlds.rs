//! The items and statements of worlds.

use crate::source::Span;
use crate::syntax::ast::{
    After, Always, Handler, Name, PathStep, Rehearses, Reply, ReplyKind, RequestPattern, Set, State,
};
use crate::syntax::cut;
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::mistake;

use super::form::Form;
use super::{Lowering, parts};

impl<'t> Lowering<'t> {
    pub(super) fn rehearses(&mut self, node: Node<'t>) -> Option<Rehearses> {
        let mut form = self.form(node);
        let file = self.need_text(&mut form, "the runbook's file in quotes");
        let params = form.parts.take(Rule::with_params);
        let said = params.is_some();
        let params = params.and_then(|node| parts(node).next()).map(|node| self.expr(&node));
        if said && params.is_none() {
            self.missing(&mut form, "a record of params after `with`");
        }
        let whole = file.map(|file| Rehearses { file, params });
        self.finish(form, whole)
    }

    pub(super) fn state(&mut self, node: Node<'t>) -> Option<State> {
        let mut form = self.form(node);
        let name = self.need_name(&mut form, "a name");
        let equals = form.parts.take(Rule::equals);
        self.need(&mut form, equals, "`=` and a value");
        let value = self.need_expr(&mut form, "a value after `=`");
        let whole = name.zip(value).map(|(name, value)| State { name, value });
        self.finish(form, whole)
    }

    pub(super) fn handler(&mut self, node: Node<'t>) -> Option<Handler> {
        let mut form = self.form(node);
        let place = form.parts.take(Rule::string).map(|node| self.pattern_text(&node));
        let place = self.need(&mut form, place, "the target's address in quotes");
        let request = self.request_pattern(&mut form);
        let request = self.need(&mut form, request, "the request that it answers, such as `$ COMMAND`");
        let body = self.block_of(&mut form);
        if let (None, Some(brace)) = (&body, request.as_ref().and_then(inner_brace)) {
            form.broken = true;
            self.report(mistake::handler_brace(brace));
        }
        let body = self.need(&mut form, body, "a block in braces");
        let whole = place.zip(request).zip(body);
        let whole = whole.map(|((place, request), body)| Handler { place, request, body });
        self.finish(form, whole)
    }

    pub(super) fn always(&mut self, node: Node<'t>) -> Option<Always> {
        let mut form = self.form(node);
        let title = self.need_text(&mut form, "a title in quotes");
        let body = self.need_block(&mut form);
        let whole = title.zip(body).map(|(title, body)| Always { title, body });
        self.finish(form, whole)
    }

    /// `set PATH = EXPR`, and `given PATH = EXPR`.
    pub(super) fn set(&mut self, node: Node<'t>) -> Option<Set> {
        let mut form = self.form(node);
        let place = form.parts.take(Rule::place).map(|node| self.place(&node));
        let place = self.need(&mut form, place, "a place in the state");
        let equals = form.parts.take(Rule::equals);
        self.need(&mut form, equals, "`=` and a value");
        let value = self.need_expr(&mut form, "a value after `=`");
        let whole = place.zip(value).map(|((name, path), value)| Set { name, path, value });
        self.finish(form, whole)
    }

    /// `stacks[pair].webapp`: the name, and the steps from it.
    fn place(&mut self, node: &Node<'_>) -> (Name, Vec<PathStep>) {
        let (start, text) = (node.as_span().start(), node.as_str());
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let name = Name::new(text[..end].to_owned(), Span::new(self.file, start, start + end));
        let (mut path, mut at) = (Vec::new(), end);
        while at < text.len() {
            let (step, len) = self.place_step(start + at, &text[at..]);
            path.push(step);
            at += len;
        }
        (name, path)
    }

    fn place_step(&mut self, start: usize, text: &str) -> (PathStep, usize) {
        if text.starts_with('[') {
            let len = cut::group_len(text);
            return (PathStep::Index(self.expr_at(start + 1, &text[1..len - 1])), len);
        }
        let len = text[1..].find(['.', '[']).map_or(text.len(), |end| end + 1);
        let field = Name::new(text[1..len].to_owned(), Span::new(self.file, start + 1, start + len));
        (PathStep::Field(field), len)
    }

    pub(super) fn after(&mut self, node: Node<'t>) -> Option<After> {
        let mut form = self.form(node);
        let delay = self.need_expr(&mut form, "a duration");
        let body = self.need_block(&mut form);
        let whole = delay.zip(body).map(|(delay, body)| After { delay, body });
        self.finish(form, whole)
    }

    pub(super) fn reply(&mut self, node: Node<'t>) -> Option<Reply> {
        let mut form = self.form(node);
        let word = form.parts.take(Rule::reply_word);
        let stdout = form.parts.take(Rule::expression).map(|node| self.expr(&node));
        let mut clauses = self.clauses(&mut form);
        let latency = clauses.expr("after");
        let kind = match (word, clauses.expr("status")) {
            (Some(word), _) if word.as_str() == "lost" => ReplyKind::Lost,
            (Some(_), _) => ReplyKind::Unreachable,
            (None, Some(status)) => {
                let (json, body) = (clauses.expr("json"), clauses.expr("body"));
                self.no_output(&mut form, stdout.map(|expr| expr.span));
                ReplyKind::Http { status, json, body, headers: clauses.headers() }
            }
            (None, None) => {
                let (exit, stderr) = (clauses.expr("exit"), clauses.expr("stderr"));
                ReplyKind::Command { stdout, exit, stderr }
            }
        };
        self.no_more(&mut form, clauses);
        self.finish(form, Some(Reply { kind, latency }))
    }

    /// An HTTP reply has a body, not an output.
    fn no_output(&mut self, form: &mut Form<'t>, stdout: Option<Span>) {
        if let Some(span) = stdout {
            form.broken = true;
            self.error(
                "a reply with a status has no output",
                span,
                "",
                "write `reply status 200, body …` or `json …`",
            );
        }
    }
}

/// The ` { ` of a handler written on one line: `on "host" $ ls { reply "x" }`.
fn inner_brace(request: &RequestPattern) -> Option<Span> {
    let RequestPattern::Command(command) = request else { return None };
    let at = command.value.find(" { ").filter(|_| command.value.ends_with('}'))?;
    Some(command.span.part(at + 1, 1))
}
