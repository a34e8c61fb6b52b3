//! Requests and patterns of requests.

use crate::source::{Span, Spanned};
use crate::syntax::ast::{Clause, ClauseKind, Operation, Request, RequestPattern};

use super::Printer;

impl Printer<'_> {
    /// Clauses stand before a command, which takes the rest of the line, and after all else.
    pub(super) fn request(&mut self, request: &Request) {
        self.put(request.effect.value.word());
        self.put(" on ");
        self.put(&request.target.value);
        let end = request.target.span.range().end;
        if let Operation::Command(command) = &request.operation {
            self.clauses(&request.clauses, end);
            self.put(" ");
            return self.text(command);
        }
        self.put(" ");
        let end = self.operation(&request.operation, request.span).unwrap_or(end);
        self.clauses(&request.clauses, end);
    }

    /// Writes what is done; gives where it ends in the source.
    fn operation(&mut self, operation: &Operation, whole: Span) -> Option<usize> {
        let last = match operation {
            Operation::Command(_) => return None,
            Operation::Http { method, url } => {
                self.put(&method.value);
                self.told(" ", url);
                url.span
            }
            Operation::Put { local, remote } => {
                self.told("put ", local);
                self.told(" to ", remote);
                remote.span
            }
            Operation::Get { remote, local } => {
                self.told("get ", remote);
                self.told(" to ", local);
                local.span
            }
            Operation::Plugin { name, args } => {
                self.put(&name.value);
                let open = name.span.range().end;
                let len = crate::syntax::cut::group_len(&self.source[open..whole.range().end]);
                self.arguments(args, open, open + len);
                return Some(open + len);
            }
        };
        Some(last.range().end)
    }

    fn clauses(&mut self, clauses: &[Clause], mut end: usize) {
        for clause in clauses {
            self.comma(end, clause.span.range().start);
            self.clause(&clause.kind);
            end = clause.span.range().end;
        }
    }

    fn clause(&mut self, kind: &ClauseKind) {
        match kind {
            ClauseKind::Within(expr) => self.with_expr("within ", expr),
            ClauseKind::Retry(expr) => {
                self.with_expr("retry ", expr);
                self.put(" times");
            }
            ClauseKind::AcceptExit(numbers) => self.numbers("accept exit ", numbers),
            ClauseKind::AcceptStatus(numbers) => self.numbers("accept status ", numbers),
            ClauseKind::Stdin(expr) => self.with_expr("stdin ", expr),
            ClauseKind::Env(expr) => self.with_expr("env ", expr),
            ClauseKind::Json(expr) => self.with_expr("json ", expr),
            ClauseKind::Form(expr) => self.with_expr("form ", expr),
            ClauseKind::Body(expr) => self.with_expr("body ", expr),
            ClauseKind::Header(name, value) => {
                self.told("header ", name);
                self.told(" ", value);
            }
            ClauseKind::DoneWhen(block) => {
                self.put("done when ");
                self.block(block);
            }
        }
    }

    fn numbers(&mut self, word: &str, numbers: &[Spanned<i64>]) {
        let numbers: Vec<_> = numbers.iter().map(|number| number.value.to_string()).collect();
        self.put(word);
        self.put(&numbers.join(" or "));
    }

    pub(super) fn pattern(&mut self, pattern: &RequestPattern) {
        match pattern {
            RequestPattern::Command(command) => {
                self.put("$ ");
                self.written(command);
            }
            RequestPattern::Http { method, url } => {
                self.put(&method.value);
                self.put(" ");
                self.written(url);
            }
            RequestPattern::File { verb, path } => {
                self.put(&verb.value);
                self.put(" ");
                self.written(path);
            }
            RequestPattern::Operation(name) => {
                self.put(&name.value);
                self.put("(...)");
            }
        }
    }

    /// A pattern's text as it was written.
    pub(super) fn written(&mut self, text: &Spanned<String>) {
        let written = self.source.get(text.span.range()).unwrap_or("");
        self.out.push_str(written);
    }
}
