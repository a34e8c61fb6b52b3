//! Findings for other programs: SARIF 2.1.0, annotations of GitHub and Azure DevOps, JUnit.
//!
//! In: files with their findings. Out: text in the formats of others, each from its own description.

use std::collections::BTreeSet;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::findings::findings_as_text;
use super::fixes::fix_as_sarif;
use super::look::Look;
use crate::errors;
use crate::finding::{Finding, Label, Severity};
use crate::lint;
use crate::source::{LineColumn, Sources, Span};

/// A file that was looked into, and what was found.
#[derive(Clone, Copy, Debug)]
pub struct Inspected<'a> {
    /// As the user named it, with `/`.
    pub path: &'a str,
    pub findings: &'a [Finding],
    pub sources: &'a Sources,
}

impl<'a> Inspected<'a> {
    fn each(inspected: &'a [Self]) -> impl Iterator<Item = (&'a Finding, &'a Sources)> {
        inspected.iter().flat_map(|file| file.findings.iter().map(|finding| (finding, file.sources)))
    }
}

/// Where a label points to.
pub(super) struct Place {
    pub(super) path: String,
    start: LineColumn,
    end: LineColumn,
}

impl Place {
    fn of(label: &Label, sources: &Sources) -> Self {
        Self::of_span(label.span, sources)
    }

    pub(super) fn of_span(span: Span, sources: &Sources) -> Self {
        let file = sources.get(span.file);
        let at = |offset: u32| file.line_column(offset as usize);
        let path = file.path.to_string_lossy().replace('\\', "/");
        Self { path, start: at(span.start), end: at(span.end) }
    }
}

/// Title, why and what to do, a line each.
fn message(finding: &Finding) -> String {
    let why = finding.labels.first().map(|label| label.text.clone()).filter(|text| !text.is_empty());
    let help = finding.help.as_ref().map(|help| format!("help: {help}"));
    [Some(finding.title.clone()), why, help].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// One SARIF log of one run. Columns count characters.
/// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
#[must_use]
pub fn findings_as_sarif(inspected: &[Inspected<'_>]) -> Value {
    let found: BTreeSet<_> = Inspected::each(inspected).map(|(finding, _)| &*finding.code).collect();
    let rules: Vec<_> = found.into_iter().filter_map(descriptor).collect();
    let results: Vec<_> =
        Inspected::each(inspected).map(|(finding, sources)| result(finding, sources, &rules)).collect();
    let driver = json!({
        "name": "rutter",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    })
}

/// What there is to say of a code: the page of a rule, or of an error.
fn descriptor(code: &str) -> Option<Value> {
    let of_rule = |rule: &lint::Rule| {
        described(code, rule.summary(), &rule.page(), Severity::Warning, rule.group.word())
    };
    let of_error = |(group, page): (&str, &errors::ErrorPage)| {
        described(code, page.summary(), page.text, Severity::Error, group)
    };
    lint::rule(code).map(of_rule).or_else(|| errors::error(code).map(of_error))
}

fn described(code: &str, summary: &str, page: &str, severity: Severity, group: &str) -> Value {
    json!({
        "id": code,
        "shortDescription": { "text": summary },
        "help": { "text": summary, "markdown": page },
        "defaultConfiguration": { "level": word(severity) },
        "properties": { "tags": [group] },
    })
}

fn result(finding: &Finding, sources: &Sources, rules: &[Value]) -> Value {
    let locations: Vec<_> = finding.labels.iter().map(|label| location(label, sources)).collect();
    let (first, others) = locations.split_at(locations.len().min(1));
    let mut result = json!({
        "ruleId": finding.code,
        "level": word(finding.severity),
        "message": { "text": message(finding) },
        "locations": first,
    });
    if let Some(index) = rules.iter().position(|rule| rule["id"] == *finding.code) {
        result["ruleIndex"] = json!(index);
    }
    if !others.is_empty() {
        result["relatedLocations"] = json!(others);
    }
    if let Some(fix) = &finding.fix {
        result["fixes"] = json!([fix_as_sarif(fix, sources)]);
    }
    result
}

fn location(label: &Label, sources: &Sources) -> Value {
    let place = Place::of(label, sources);
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&place.path) }, "region": region(&place),
    }});
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

/// Where a place begins and ends.
pub(super) fn region(Place { start, end, .. }: &Place) -> Value {
    json!({
        "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column,
    })
}

/// A relative reference, or a `file:` URI of an absolute path (RFC 3986, RFC 8089).
pub(super) fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let escaped = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let escaped: String = path.bytes().map(escaped).collect();
    if path.starts_with('/') { format!("file://{escaped}") } else { escaped }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Workflow commands of GitHub Actions, one a line.
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>
#[must_use]
pub fn findings_as_github(inspected: &[Inspected<'_>]) -> String {
    Inspected::each(inspected).map(|(finding, sources)| github(finding, sources)).collect()
}

fn github(finding: &Finding, sources: &Sources) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let place = finding.labels.first().map(|label| Place::of(label, sources)).map(|place| {
        let Place { path, start, end } = place;
        let columns = format!(",col={},endColumn={}", start.column, end.column);
        let columns = if start.line == end.line { columns } else { String::new() };
        format!("file={},line={},endLine={}{columns},", property(&path), start.line, end.line)
    });
    let (place, title) = (place.unwrap_or_default(), property(&finding.code));
    format!("::{} {place}title={title}::{}\n", word(finding.severity), data(&message(finding)))
}

/// Logging commands of Azure Pipelines, one a line.
/// <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands#logissue-log-an-error-or-warning>
#[must_use]
pub fn findings_as_azure(inspected: &[Inspected<'_>]) -> String {
    Inspected::each(inspected).map(|(finding, sources)| azure(finding, sources)).collect()
}

fn azure(finding: &Finding, sources: &Sources) -> String {
    let data = |text: &str| text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(';', "%3B").replace(']', "%5D");
    let place = finding.labels.first().map(|label| Place::of(label, sources)).map(|place| {
        let Place { path, start, .. } = place;
        format!("sourcepath={};linenumber={};columnnumber={};", property(&path), start.line, start.column)
    });
    let (kind, code) = (word(finding.severity), property(&finding.code));
    format!(
        "##vso[task.logissue type={kind};{}code={code};]{}\n",
        place.unwrap_or_default(),
        data(&message(finding))
    )
}

/// A JUnit document: a suite a file, a case a finding, and one that passed where there is none.
#[must_use]
pub fn findings_as_junit(inspected: &[Inspected<'_>]) -> String {
    let mut report = quick_junit::Report::new("rutter lint");
    for file in inspected {
        let mut suite = TestSuite::new(file.path);
        suite.add_test_cases(cases(file));
        report.add_test_suite(suite);
    }
    // Only a name that is no XML could fail here, and quick-junit takes such characters out.
    report.to_string().unwrap_or_default()
}

fn cases(file: &Inspected<'_>) -> Vec<TestCase> {
    if file.findings.is_empty() {
        let mut case = TestCase::new("no findings", TestCaseStatus::success());
        case.set_classname(file.path);
        return vec![case];
    }
    file.findings.iter().map(|finding| case(finding, file)).collect()
}

fn case(finding: &Finding, file: &Inspected<'_>) -> TestCase {
    let place = finding.labels.first().map(|label| Place::of(label, file.sources));
    let line = place.map_or(0, |place| place.start.line);
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let text = findings_as_text(std::slice::from_ref(finding), file.sources, Look::PLAIN);
    status.set_type(finding.code.as_ref()).set_message(&finding.title).set_description(text);
    let mut case = TestCase::new(format!("{}, line {line}", finding.code), status);
    case.set_classname(file.path);
    case
}
