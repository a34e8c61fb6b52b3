//! Scenarios of worlds.

use crate::source::{Span, Spanned};
use crate::syntax::ast::{End, Said, Scenario, ScenarioClause, ScenarioClauseKind, Text};
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::mistake::Stands;

use super::form::Form;
use super::{Lowering, parts};

impl<'t> Lowering<'t> {
    pub(super) fn scenario(&mut self, node: Node<'t>) -> Option<Scenario> {
        let mut form = self.form(node);
        let title = self.need_text(&mut form, "a title in quotes");
        self.odd(&mut form);
        let body = form.parts.take(Rule::scenario_block);
        let whole = body.zip(title).map(|(body, title)| self.scenario_body(body, title));
        let whole = self.need(&mut form, whole, "a block in braces");
        self.finish(form, whole)
    }

    fn scenario_body(&mut self, node: Node<'t>, title: Text) -> Scenario {
        let mut body = self.open_block(node);
        let block = body.span;
        let mut clauses = Vec::new();
        while let Some(node) = body.parts.take_if(|rule| rule != Rule::close) {
            clauses.extend(self.scenario_clause(node));
        }
        let dangling = self.close_block(body);
        Scenario { title, clauses, dangling, block }
    }

    fn scenario_clause(&mut self, node: Node<'t>) -> Option<ScenarioClause> {
        let outer = std::mem::take(&mut self.hoisted);
        let Form { span, .. } = self.form(node.clone());
        let mut trivia = self.comments.before(span.range().start);
        let kind = self.scenario_clause_kind(node);
        let inside = self.inside(span.range().end);
        trivia.leading.extend(std::mem::replace(&mut self.hoisted, outer));
        trivia.leading.extend(inside);
        trivia.trailing = self.comments.after(span.range().end);
        Some(ScenarioClause { kind: kind?, span, trivia })
    }

    fn scenario_clause_kind(&mut self, node: Node<'t>) -> Option<ScenarioClauseKind> {
        match node.as_rule() {
            Rule::given => self.set(node).map(ScenarioClauseKind::Given),
            Rule::with_clause => self.with_clause(node),
            Rule::at => self.after(node).map(ScenarioClauseKind::At),
            Rule::answer => self.answer(node),
            Rule::expect_end => self.expect_end(node),
            Rule::expect_requests => self.expect_requests(node),
            Rule::expect_said => self.expect_said(node),
            Rule::expect_state => {
                let mut form = self.form(node);
                let expr = self.need_expr(&mut form, "what is expected");
                self.finish(form, expr).map(ScenarioClauseKind::ExpectState)
            }
            _ => {
                self.unknown(&node, Stands::InScenario);
                None
            }
        }
    }

    fn with_clause(&mut self, node: Node<'t>) -> Option<ScenarioClauseKind> {
        let mut form = self.form(node);
        let params = form.parts.take(Rule::with_params).and_then(|node| parts(node).next());
        let params = params.map(|node| self.expr(&node));
        let params = self.need(&mut form, params, "a record of params");
        self.finish(form, params).map(ScenarioClauseKind::With)
    }

    fn answer(&mut self, node: Node<'t>) -> Option<ScenarioClauseKind> {
        let mut form = self.form(node);
        let text = self.need_text(&mut form, "a part of the question in quotes");
        let yes = form.parts.take(Rule::yes_no).map(|node| node.as_str() == "yes");
        let yes = self.need(&mut form, yes, "`yes` or `no`");
        let whole = text.zip(yes).map(|(text, yes)| ScenarioClauseKind::Answer { text, yes });
        self.finish(form, whole)
    }

    fn expect_end(&mut self, node: Node<'t>) -> Option<ScenarioClauseKind> {
        let mut form = self.form(node);
        let end = form.parts.take(Rule::end).map(|node| Spanned::new(end(node.as_str()), self.span(&node)));
        let stage = self.said_text(&mut form, Rule::in_stage, "a stage's title after `in`");
        let because = self.said_text(&mut form, Rule::because_text, "a part of the reason after `because`");
        let whole = end.map(|end| ScenarioClauseKind::ExpectEnd { end, stage, because });
        self.finish(form, whole)
    }

    /// A word and its string, if they come next.
    fn said_text(&mut self, form: &mut Form<'t>, rule: Rule, what: &str) -> Option<Text> {
        let node = form.parts.take(rule)?;
        let text = parts(node).next().map(|node| self.text(&node));
        self.need(form, text, what)
    }

    fn expect_requests(&mut self, node: Node<'t>) -> Option<ScenarioClauseKind> {
        let mut form = self.form(node);
        let times = form.parts.take(Rule::how_often).and_then(|node| self.how_often(&node));
        let place = form.parts.take(Rule::string).map(|node| self.pattern_text(&node));
        let request = self.request_pattern(&mut form);
        let request = self.need(&mut form, request, "a request such as `$ COMMAND`");
        form.broken |= times.is_none();
        let whole = times.zip(place).zip(request);
        let whole = whole.map(|((times, place), request)| ScenarioClauseKind::ExpectRequests {
            times,
            place,
            request,
        });
        self.finish(form, whole)
    }

    fn how_often(&mut self, node: &Node<'_>) -> Option<Spanned<u32>> {
        let span = self.span(node);
        let digits = node.as_str().split_whitespace().next().unwrap_or("");
        let times = match digits {
            "once" => Some(1),
            "never" => Some(0),
            digits => digits.parse().ok(),
        };
        if times.is_none() {
            let span = Span { end: span.start + digits.len() as u32, ..span };
            self.error(format!("`{digits}` is too large a number"), span, "", "write a smaller one");
        }
        times.map(|times| Spanned::new(times, span))
    }

    fn expect_said(&mut self, node: Node<'t>) -> Option<ScenarioClauseKind> {
        let mut form = self.form(node);
        let what = form.parts.take(Rule::said).map(|node| {
            let said = if node.as_str() == "note" { Said::Note } else { Said::Cause };
            Spanned::new(said, self.span(&node))
        });
        let text = self.need_text(&mut form, "a part of what is said, in quotes");
        let whole = what.zip(text).map(|(what, text)| ScenarioClauseKind::ExpectSaid { what, text });
        self.finish(form, whole)
    }
}

fn end(word: &str) -> End {
    match word {
        "succeeded" => End::Succeeded,
        "failed" => End::Failed,
        "denied" => End::Denied,
        _ => End::Stopped,
    }
}
