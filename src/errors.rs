//! What there is to say of each error: its page, by its code.
//!
//! In: the pages of `docs/errors/`. Out: [`GROUPS`], and the page of a code. A test holds that each code that
//! the source reports stands here. Must not know: who reports an error, and when.

/// An error of the language, and its page.
#[derive(Debug)]
pub struct ErrorPage {
    /// Its findings' code.
    pub code: &'static str,
    /// The page, as Markdown: what is wrong in a line, why, a bad and a good example.
    pub text: &'static str,
}

impl ErrorPage {
    /// What is wrong, in a sentence.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.text.lines().nth(2).unwrap_or_default()
    }
}

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        &[$(ErrorPage { code: $code, text: include_str!(concat!("../docs/errors/", $code, ".md")) }),*]
    };
}

/// All errors, by what they are about, each group by code.
pub const GROUPS: &[(&str, &[ErrorPage])] = &[
    (
        "syntax",
        pages![
            "duplicate-clause",
            "misplaced-diagnose",
            "misplaced-return",
            "misplaced-statement",
            "syntax",
            "wrong-clause",
        ],
    ),
    (
        "files",
        pages![
            "bad-config",
            "binary-file",
            "cyclic-use",
            "file-too-large",
            "load",
            "missing-file",
            "not-a-file",
            "not-a-library",
            "outside-root",
            "templated-path",
            "unknown-library",
            "unreadable-file",
            "use-too-deep",
            "wrong-extension",
        ],
    ),
    (
        "names",
        pages![
            "default-uses",
            "duplicate-name",
            "duplicate-stage",
            "not-a-target",
            "not-a-value",
            "not-an-action",
            "recursive-action",
            "reserved-name",
            "unknown-action",
            "unknown-name",
            "unknown-stage",
            "unknown-target",
            "used-before-declared",
        ],
    ),
    (
        "types",
        pages![
            "bad-regex",
            "no-result",
            "not-text",
            "target-param",
            "templated-type",
            "unknown-argument",
            "unknown-field",
            "unknown-type",
            "wrong-arguments",
            "wrong-type",
            "wrong-value",
        ],
    ),
    (
        "effects",
        pages![
            "changing-request",
            "contact-at-top",
            "effect-in-checklist",
            "effect-in-done-when",
            "effect-in-guard",
            "effect-in-invariant",
            "effect-in-on-failure",
            "effect-in-wait",
            "once-in-retry",
        ],
    ),
    (
        "targets",
        pages!["bad-target", "no-address", "unknown-method", "unknown-shell", "unquotable", "wrong-target",],
    ),
    ("guards", pages!["bad-pattern", "not-commands", "unknown-commands"]),
    ("secrets", pages!["missing-secret", "secret-compared", "secret-param", "secret-shown", "short-secret"]),
    (
        "params",
        pages![
            "empty-list",
            "missing-field",
            "missing-param",
            "no-match",
            "no-value",
            "params-file",
            "params-syntax",
            "template-cycle",
            "unknown-param",
            "used-before",
        ],
    ),
    (
        "worlds",
        pages![
            "broken-always",
            "broken-world",
            "duplicate-scenario",
            "endless",
            "expects-nothing",
            "no-runbook",
            "no-runtime",
            "no-scenario",
            "not-a-runbook",
            "not-a-state",
            "not-a-world",
            "not-met",
            "unanswered",
        ],
    ),
];

/// All errors, group by group.
pub fn all() -> impl Iterator<Item = &'static ErrorPage> {
    GROUPS.iter().flat_map(|(_, pages)| pages.iter())
}

/// The page of a code, with the word for its group.
#[must_use]
pub fn error(code: &str) -> Option<(&'static str, &'static ErrorPage)> {
    GROUPS.iter().find_map(|(group, pages)| {
        let page = pages.iter().find(|page| page.code == code)?;
        Some((*group, page))
    })
}
