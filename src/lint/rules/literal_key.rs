//! A key or password stands in the file.
//!
//! Whoever can read the runbook has it, and so has everyone who ever gets a copy: the repository
//! keeps it after it is taken out, plans and records show it, and rutter can't hide what it does
//! not know to be a secret. Take it back where it was issued, and name where it comes from.
//!
//! ## Bad
//! ```runbook
//! runbook "Report"
//!
//! target api = http "https://deploy:h4rd-to-guess@api.example.org"
//!
//! stage "Report" {
//!   check on api GET "/health"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Report"
//!
//! secret password = env "API_PASSWORD"
//!
//! target api = http "https://api.example.org", basic "deploy" password
//!
//! stage "Report" {
//!   check on api GET "/health"
//! }
//! ```

use std::sync::LazyLock;

use regex::Regex;

use crate::finding::Finding;
use crate::lint::sent::filled;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_file};
use crate::source::Span;
use crate::syntax::ast::{Expr, FileKind, Text};
use crate::template::tree::NodeKind;

/// What keys look like, and what to call them.
struct Key {
    /// One of them stands in each such key: without any, nothing need be searched for.
    marks: &'static [&'static str],
    looks: LazyLock<Option<Regex>>,
    what: &'static str,
}

macro_rules! key {
    ($marks:expr, $looks:literal, $what:literal) => {
        Key { marks: &$marks, looks: LazyLock::new(|| Regex::new($looks).ok()), what: $what }
    };
}

static KEYS: [Key; 10] = [
    key!(["AKIA", "ASIA"], r"\b(AKIA|ASIA)[A-Z0-9]{16}\b", "a key of AWS"),
    key!(["gho_", "ghp_", "ghs_", "ghu_", "ghr_"], r"\bgh[opsur]_[A-Za-z0-9]{36,}", "a token of GitHub"),
    key!(["github_pat_"], r"\bgithub_pat_[A-Za-z0-9_]{50,}", "a token of GitHub"),
    key!(["glpat-"], r"\bglpat-[A-Za-z0-9_-]{20,}", "a token of GitLab"),
    key!(["xox"], r"\bxox[abprs]-[A-Za-z0-9-]{20,}", "a token of Slack"),
    key!(["-----BEGIN"], r"-----BEGIN ([A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/]{16}", "a private key"),
    key!([".eyJ"], r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}", "a signed token"),
    key!(
        ["AccountKey=", "SharedAccessKey="],
        r"\b(AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{30,}={0,2}",
        "a key of Azure"
    ),
    key!(["earer "], r"\b[Bb]earer [A-Za-z._~+/-]*[0-9][A-Za-z0-9._~+/-]{20,}", "a token"),
    key!(["@"], r"://[\w.%-]+:[\w.!%~-]{4,}@[\w.-]", "a password in a URL"),
];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    // A world is played, and what stands in it opens nothing.
    if file.is(FileKind::World) {
        return Vec::new();
    }
    let mut search = Search { file, findings: Vec::new() };
    walk_file(&mut search, file.tree);
    search.findings
}

struct Search<'f, 'a> {
    file: &'f File<'a>,
    findings: Vec<Finding>,
}

impl Search<'_, '_> {
    fn look(&mut self, text: &str, span: Span) {
        let Some(what) = key(text) else { return };
        let finding = Finding::warning(
            "literal-key",
            format!("{what} stands in the file"),
            span,
            "whoever reads the file has it",
        );
        self.findings.push(finding.help(
            "take it back where it was issued, and declare `secret NAME = env \"VAR\"`, `file` or `command`",
        ));
    }
}

impl<'a> Visit<'a> for Search<'_, 'a> {
    fn text(&mut self, text: &'a Text) {
        self.look(&filled(text, |_| "{".to_owned()), text.span);
        text.holes().for_each(|hole| self.expr(hole));
    }

    fn expr(&mut self, expr: &'a Expr) {
        let mut found = Vec::new();
        self.file.expression(expr).tree().walk(&mut |node| {
            if let NodeKind::Const(value) = &node.kind
                && let Some(text) = value.as_str()
            {
                found.push((text.to_owned(), node.span));
            }
        });
        found.iter().for_each(|(text, span)| self.look(text, *span));
    }
}

/// What kind of key stands in a text; examples of keys are none.
fn key(text: &str) -> Option<&'static str> {
    let real = |found: &str| {
        let lower = found.to_lowercase();
        !["example", "password@", ":pass@", "xxxx", "secret@", "changeme"]
            .iter()
            .any(|word| lower.contains(word))
    };
    let stands = |key: &&Key| {
        key.marks.iter().any(|mark| text.contains(mark))
            && key.looks.iter().any(|looks| looks.find_iter(text).any(|found| real(found.as_str())))
    };
    KEYS.iter().find(stands).map(|key| key.what)
}
