//! The one finding type of every stage: what is wrong, where, why, and what to do.
//!
//! In: places and words. Out: data that the CLI renders as text, JSON or annotations.
//! Must not know: screens, colours, or which stage it came from.

mod fix;

use std::borrow::Cow;

use crate::source::{Sources, Span};
pub use fix::{Edit, Fix, Fixed, Sureness, apart, fixed};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Reported; the runbook may be planned and run.
    Warning,
    /// The runbook is not planned or run.
    Error,
}

/// A place that a finding points at, and what is to be said of it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A mistake, or something worth a second look.
///
/// The title says what is wrong, the first label why here, `help` what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name such as `unknown-name`, in kebab case.
    pub code: Cow<'static, str>,
    pub severity: Severity,
    pub title: String,
    /// The first is the place at fault; the others show what it conflicts with.
    pub labels: Vec<Label>,
    pub help: Option<String>,
    /// What a program can do about it, where the right text is certain.
    pub fix: Option<Box<Fix>>,
}

impl Finding {
    /// An error `code` at `span`: `title` says what is wrong, `label` why here (may be empty).
    pub fn error(code: &'static str, title: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, title, span, label)
    }

    /// A warning; the arguments are those of [`Finding::error`].
    pub fn warning(
        code: &'static str,
        title: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        Self::new(code, Severity::Warning, title, span, label)
    }

    fn new(
        code: &'static str,
        severity: Severity,
        title: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        let labels = vec![Label { span, text: label.into() }];
        Self { code: Cow::Borrowed(code), severity, title: title.into(), labels, help: None, fix: None }
    }

    /// The same finding with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same finding with what a program can do about it.
    #[must_use]
    pub fn fix(self, fix: impl Into<Option<Fix>>) -> Self {
        Self { fix: fix.into().map(Box::new), ..self }
    }

    /// The same finding, whose help and fix is the name that was most likely meant at its place.
    #[must_use]
    pub fn meant(self, near: &str) -> Self {
        let span = self.span();
        self.meant_at(span, near)
    }

    /// The same, where the wrong name is only a part of its place.
    #[must_use]
    pub fn meant_at(self, name: Span, near: &str) -> Self {
        let fix = Fix::risky(format!("write `{near}`"), Edit::replace(name, near));
        self.help(format!("did you mean `{near}`?")).fix(fix)
    }

    /// The same finding with one more place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// The place at fault.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels.first().map(|label| label.span).unwrap_or_default()
    }
}

/// Sorts findings by file, as they stand in `sources`, by place and code, and drops what is said twice.
pub fn sort(findings: &mut Vec<Finding>, sources: &Sources) {
    let key = |finding: &Finding| {
        let Span { file, start, end } = finding.span();
        (sources.rank(file), start, end)
    };
    findings.sort_by(|a, b| (key(a), &a.code, &a.title).cmp(&(key(b), &b.code, &b.title)));
    findings.dedup();
}

/// Whether one of them keeps the runbook from being planned or run.
#[must_use]
pub fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// The name among `known` that `wrong` was most likely meant to be.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(&wrong.to_lowercase(), &name.to_lowercase());
    let near = known.into_iter().map(|name| (distance(name), name));
    let near = near.filter(|(steps, name)| *steps * 3 <= wrong.len().max(name.len()) + 1);
    near.min().map(|(_, name)| name)
}
