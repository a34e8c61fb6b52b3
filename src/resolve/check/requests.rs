//! Requests: whether the target can do it, whether the effect is true, and each clause.

use super::Checker;
use super::effects::{Construct, Deed, What};
use super::scope::TargetFacts;
use super::targets::described;
use crate::finding::{Finding, nearest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::*;
use crate::value::Type;

/// Methods that only look, and those that change something.
const METHODS: [(&str, bool); 7] = [
    ("GET", true),
    ("HEAD", true),
    ("OPTIONS", true),
    ("POST", false),
    ("PUT", false),
    ("PATCH", false),
    ("DELETE", false),
];

impl<'a> Checker<'a> {
    /// Checks a request; gives the type of its outcome.
    pub(super) fn request(&mut self, request: &'a Request) -> Type {
        let facts = self.target(&request.target);
        if let Some(facts) = &facts {
            self.target_can(request, facts);
        }
        let outcome = self.operation(request, facts.as_ref());
        self.clauses(request);
        let effect = request.effect.value;
        self.deed(Deed { what: What::Effect(effect), span: request.effect.span, via: None });
        outcome
    }

    fn target_can(&mut self, request: &Request, facts: &TargetFacts) {
        let (what, fits) = match (&request.operation, &facts.backend) {
            (Operation::Command(_), backend) => {
                ("commands", matches!(backend, BackendName::Ssh | BackendName::Local))
            }
            (Operation::Http { .. }, backend) => ("HTTP requests", *backend == BackendName::Http),
            (Operation::Put { .. } | Operation::Get { .. }, backend) => {
                ("files", matches!(backend, BackendName::Ssh | BackendName::Local))
            }
            (Operation::Plugin { .. }, backend) => {
                ("operations of a plugin", matches!(backend, BackendName::Plugin(_)))
            }
        };
        if fits {
            return;
        }
        let title = format!("`{}` takes no {what}", request.target.value);
        let finding = Finding::error("wrong-target", title, request.target.span, described(&facts.backend));
        self.report(finding.help(match facts.backend {
            BackendName::Ssh | BackendName::Local => {
                "it takes commands after `$`, and files with `put` and `get`"
            }
            BackendName::Http => "it takes `GET \"…\"`, `POST \"…\"` and the like",
            BackendName::Plugin(_) => "it takes operations: `NAME(…)`",
        }));
    }

    fn operation(&mut self, request: &'a Request, facts: Option<&TargetFacts>) -> Type {
        match &request.operation {
            Operation::Command(text) => {
                self.command(text, facts);
                Type::CommandOutcome
            }
            Operation::Http { method, url } => {
                self.text(url);
                self.method(request, method);
                Type::HttpOutcome
            }
            Operation::Put { local, remote } => {
                self.text(local);
                self.text(remote);
                self.only_looks(request, "`put`", "changes a file on the other side");
                Type::Transfer
            }
            Operation::Get { remote, local } => {
                self.text(remote);
                self.text(local);
                Type::Transfer
            }
            Operation::Plugin { args, .. } => {
                args.iter().for_each(|arg| {
                    self.expr(&arg.value);
                });
                Type::Any
            }
        }
    }

    fn method(&mut self, request: &Request, method: &Name) {
        match METHODS.iter().find(|(known, _)| *known == method.value) {
            Some((_, true)) => {}
            Some((word, false)) => self.only_looks(request, &format!("`{word}`"), "changes something"),
            None => {
                let title = format!("there is no method `{}`", method.value);
                let upper = method.value.to_uppercase();
                let finding = Finding::error("unknown-method", title, method.span, "not a method");
                self.report(match nearest(&upper, METHODS.map(|(word, _)| word)) {
                    Some(near) => finding.meant(near),
                    None => finding.help(format!("methods are {}", METHODS.map(|(word, _)| word).join(", "))),
                });
            }
        }
    }

    /// A `check` that plainly does more than look.
    fn only_looks(&mut self, request: &Request, what: &str, why: &str) {
        if request.effect.value != Effect::Check {
            return;
        }
        let title = format!("{what} {why}, and a `check` only looks");
        let finding =
            Finding::error("changing-request", title, request.effect.span, "this says that nothing changes");
        self.report(finding.help("write `run` if it may be repeated, `once` if it must not be"));
    }

    fn clauses(&mut self, request: &'a Request) {
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for clause in &request.clauses {
            let word = word(&clause.kind);
            self.clause_has_place(request, clause, word);
            match seen.iter().find(|(known, _)| *known == word && word != "header") {
                Some((_, first)) => self.twice(word, clause.span, *first),
                None => seen.push((word, clause.span)),
            }
            self.request_clause(clause);
        }
        self.one_body(&seen);
    }

    fn one_body(&mut self, seen: &[(&str, Span)]) {
        let mut bodies = seen.iter().filter(|(word, _)| matches!(*word, "json" | "form" | "body"));
        if let (Some((one, first)), Some((two, span))) = (bodies.next(), bodies.next()) {
            let title = format!("`{one}` and `{two}` are both the body of the request");
            let finding = Finding::error("duplicate-clause", title, *span, "a second body");
            self.report(finding.also(*first, "the first").help("take one of them out"));
        }
    }

    fn clause_has_place(&mut self, request: &Request, clause: &Clause, word: &str) {
        let (command, http) = match &clause.kind {
            ClauseKind::Within(_) | ClauseKind::Retry(_) | ClauseKind::DoneWhen(_) => return,
            ClauseKind::AcceptExit(_) | ClauseKind::Stdin(_) | ClauseKind::Env(_) => (true, false),
            ClauseKind::AcceptStatus(_)
            | ClauseKind::Json(_)
            | ClauseKind::Form(_)
            | ClauseKind::Body(_)
            | ClauseKind::Header(..) => (false, true),
        };
        let (fits, what, help) = match &request.operation {
            Operation::Command(_) => {
                (command, "a command", "a command takes `accept exit`, `stdin` and `env`")
            }
            Operation::Http { .. } => {
                (http, "an HTTP request", "it takes `accept status`, `json`, `form`, `body` and `header`")
            }
            Operation::Put { .. } | Operation::Get { .. } => {
                (false, "a file transfer", "it takes `within`, `retry` and `done when`")
            }
            Operation::Plugin { .. } => {
                (false, "an operation of a plugin", "hand values over as its arguments")
            }
        };
        if !fits {
            let title = format!("{what} has no `{word}`");
            self.report(Finding::error("wrong-clause", title, clause.span, "not here").help(help));
        }
    }

    fn request_clause(&mut self, clause: &'a Clause) {
        match &clause.kind {
            ClauseKind::Within(expr) => self.wants(expr, &Type::Duration),
            ClauseKind::Retry(expr) => self.count(expr, 1),
            ClauseKind::AcceptExit(codes) => self.in_range(codes, 0..=i64::from(u32::MAX), "exit code"),
            ClauseKind::AcceptStatus(codes) => self.in_range(codes, 100..=599, "HTTP status"),
            ClauseKind::Stdin(expr) | ClauseKind::Body(expr) => {
                self.text_or_secret(expr);
            }
            ClauseKind::Env(expr) | ClauseKind::Form(expr) => {
                self.wants(expr, &Type::Map(Box::new(Type::Any)));
            }
            ClauseKind::Json(expr) => self.has_json(expr),
            ClauseKind::Header(name, value) => {
                self.text(name);
                self.header_value(value);
            }
            ClauseKind::DoneWhen(block) => {
                let span = Span::new(clause.span.file, clause.span.start as usize, block.span.start as usize);
                self.limited(Construct::DoneWhen, span, |checker| checker.block(block));
            }
        }
    }

    fn in_range(&mut self, codes: &[Spanned<i64>], range: std::ops::RangeInclusive<i64>, what: &str) {
        for code in codes.iter().filter(|code| !range.contains(&code.value)) {
            let title = format!("{} is no {what}", code.value);
            let label = format!("from {} to {}", range.start(), range.end());
            self.report(Finding::error("wrong-value", title, code.span, label));
        }
    }

    pub(super) fn has_json(&mut self, expr: &'a Expr) {
        let ty = self.expr(expr);
        if let Type::Target | Type::CommandOutcome | Type::HttpOutcome | Type::Transfer = ty {
            let what = super::super::types::a(&ty);
            let title = format!("{what} can't be sent as JSON");
            self.report(Finding::error("wrong-type", title, expr.span, what));
        }
    }
}

fn word(kind: &ClauseKind) -> &'static str {
    match kind {
        ClauseKind::Within(_) => "within",
        ClauseKind::Retry(_) => "retry",
        ClauseKind::AcceptExit(_) => "accept exit",
        ClauseKind::AcceptStatus(_) => "accept status",
        ClauseKind::Stdin(_) => "stdin",
        ClauseKind::Env(_) => "env",
        ClauseKind::Json(_) => "json",
        ClauseKind::Form(_) => "form",
        ClauseKind::Body(_) => "body",
        ClauseKind::Header(..) => "header",
        ClauseKind::DoneWhen(_) => "done when",
    }
}
