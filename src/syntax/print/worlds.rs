//! What only worlds have.

use crate::syntax::ast::{
    End, Handler, PathStep, Rehearses, Reply, ReplyKind, Said, Scenario, ScenarioClauseKind, Set,
};

use super::Printer;

impl Printer<'_> {
    pub(super) fn rehearses(&mut self, rehearses: &Rehearses) {
        self.told("rehearses ", &rehearses.file);
        if let Some(params) = &rehearses.params {
            let breaks = self.breaks(rehearses.file.span.range().end, params.span.range().start);
            self.put(if breaks { "\n" } else { " " });
            self.with_expr("with ", params);
        }
    }

    pub(super) fn handler(&mut self, handler: &Handler) {
        self.put("on ");
        self.written(&handler.place);
        self.put(" ");
        self.pattern(&handler.request);
        self.put(" ");
        // A command's pattern goes on to the ` {` at the end of its line.
        if handler.body.statements.is_empty() && handler.body.dangling.is_empty() {
            return self.put("{\n}");
        }
        self.block(&handler.body);
    }

    pub(super) fn set(&mut self, word: &str, set: &Set) {
        self.put(word);
        self.put(&set.name.value);
        for step in &set.path {
            match step {
                PathStep::Field(name) => {
                    self.put(".");
                    self.put(&name.value);
                }
                PathStep::Index(expr) => {
                    self.with_expr("[", expr);
                    self.put("]");
                }
            }
        }
        self.with_expr(" = ", &set.value);
    }

    pub(super) fn reply(&mut self, reply: &Reply) {
        self.put("reply");
        let mut separator = " ";
        match &reply.kind {
            ReplyKind::Unreachable => self.part(&mut separator, "unreachable"),
            ReplyKind::Lost => self.part(&mut separator, "lost"),
            ReplyKind::Command { stdout, exit, stderr } => {
                let parts = [("", stdout), ("exit ", exit), ("stderr ", stderr)];
                self.parts(&mut separator, parts);
            }
            ReplyKind::Http { status, json, body, headers } => {
                self.part(&mut separator, "status ");
                self.expr(status);
                self.parts(&mut separator, [("json ", json), ("body ", body)]);
                for (name, value) in headers {
                    self.part(&mut separator, "header ");
                    self.text(name);
                    self.told(" ", value);
                }
            }
        }
        self.parts(&mut separator, [("after ", &reply.latency)]);
    }

    fn parts<const N: usize>(
        &mut self,
        separator: &mut &str,
        parts: [(&str, &Option<crate::syntax::ast::Expr>); N],
    ) {
        for (word, expr) in parts {
            if let Some(expr) = expr {
                self.part(separator, word);
                self.expr(expr);
            }
        }
    }

    fn part(&mut self, separator: &mut &str, word: &str) {
        self.put(std::mem::replace(separator, ", "));
        self.put(word);
    }

    pub(super) fn scenario(&mut self, scenario: &Scenario) {
        self.told("scenario ", &scenario.title);
        self.put(" {\n");
        self.depth += 1;
        for (number, clause) in scenario.clauses.iter().enumerate() {
            self.before(&clause.trivia, number == 0);
            self.scenario_clause(&clause.kind);
            self.after(&clause.trivia);
        }
        self.dangling(&scenario.dangling, scenario.clauses.is_empty());
        self.depth -= 1;
        self.start_line();
        self.put("}");
    }

    fn scenario_clause(&mut self, kind: &ScenarioClauseKind) {
        match kind {
            ScenarioClauseKind::Given(set) => self.set("given ", set),
            ScenarioClauseKind::With(params) => self.with_expr("with ", params),
            ScenarioClauseKind::At(after) => {
                self.with_expr("at ", &after.delay);
                self.put(" ");
                self.block(&after.body);
            }
            ScenarioClauseKind::Answer { text, yes } => {
                self.told("answer ", text);
                self.put(if *yes { " yes" } else { " no" });
            }
            ScenarioClauseKind::ExpectEnd { end, stage, because } => {
                self.put("expect ");
                self.put(end_word(end.value));
                for (word, text) in [(" in ", stage), (" because ", because)] {
                    if let Some(text) = text {
                        self.told(word, text);
                    }
                }
            }
            ScenarioClauseKind::ExpectRequests { times, place, request } => {
                self.put("expect ");
                self.put(&how_often(times.value));
                self.put(" on ");
                self.written(place);
                self.put(" ");
                self.pattern(request);
            }
            ScenarioClauseKind::ExpectSaid { what, text } => {
                self.put(match what.value {
                    Said::Note => "expect note ",
                    Said::Cause => "expect cause ",
                });
                self.text(text);
            }
            ScenarioClauseKind::ExpectState(expr) => self.with_expr("expect ", expr),
        }
    }
}

fn how_often(times: u32) -> String {
    match times {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        times => format!("{times} times"),
    }
}

fn end_word(end: End) -> &'static str {
    match end {
        End::Succeeded => "succeeded",
        End::Failed => "failed",
        End::Denied => "denied",
        End::Stopped => "stopped",
    }
}
