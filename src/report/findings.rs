//! Findings as text with the source they point at, and as JSON.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity as Weight};
use miette::{SourceCode, ThemeCharacters, ThemeStyles};

use super::excerpt::Excerpt;
use super::fixes::fix_as_json;
use super::harmless::{harmless, harmless_line};
use super::look::{Colours, Frames, Look};
use crate::finding::{Finding, Label, Severity};
use crate::source::{FileId, Sources, Span};

/// One message with the part of one file that it points at.
#[derive(Debug)]
struct Message {
    title: String,
    weight: Weight,
    excerpt: Option<Excerpt>,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Message {}

impl miette::Diagnostic for Message {
    fn severity(&self) -> Option<Weight> {
        Some(self.weight)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// Every finding with its source, sorted, each said once, one empty line between them.
#[must_use]
pub fn findings_as_text(findings: &[Finding], sources: &Sources, look: Look) -> String {
    let mut findings = findings.to_vec();
    crate::finding::sort(&mut findings, sources);
    let texts: Vec<_> = findings.iter().map(|finding| finding_as_text(finding, sources, look)).collect();
    texts.join("\n")
}

/// One finding with its source.
#[must_use]
pub fn finding_as_text(finding: &Finding, sources: &Sources, look: Look) -> String {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let head = format!("{word}[{}]:", finding.code);
    let weight = match finding.severity {
        Severity::Error => Weight::Error,
        Severity::Warning => Weight::Warning,
    };
    diagnostic_as_text(&head, weight, finding, sources, look)
}

/// A message under the heading `head`: its title, the places in each file, and the help at the end.
pub(super) fn diagnostic_as_text(
    head: &str,
    weight: Weight,
    finding: &Finding,
    sources: &Sources,
    look: Look,
) -> String {
    let mut messages = messages(weight, finding, sources, look);
    if let Some(last) = messages.last_mut() {
        last.help = finding.help.as_ref().map(|help| harmless(help).into_owned());
    }
    let heads = std::iter::once(head).chain(std::iter::repeat("note:"));
    heads.zip(&messages).map(|(head, message)| draw(head, message, look)).collect()
}

/// The message itself, and a note for each other file that it points into.
fn messages(weight: Weight, finding: &Finding, sources: &Sources, look: Look) -> Vec<Message> {
    let mut files: Vec<FileId> = Vec::new();
    for label in &finding.labels {
        if !files.contains(&label.span.file) && holds(sources, label.span.file) {
            files.push(label.span.file);
        }
    }
    let title = harmless_line(&finding.title);
    let mut messages: Vec<_> =
        files.iter().map(|file| message(*file, &title, weight, finding, sources, look)).collect();
    if messages.is_empty() {
        messages.push(Message { title, weight, excerpt: None, labels: Vec::new(), help: None });
    }
    for note in messages.iter_mut().skip(1) {
        note.weight = Weight::Advice;
        "it has to do with this".clone_into(&mut note.title);
    }
    messages
}

fn message(
    id: FileId,
    title: &str,
    weight: Weight,
    finding: &Finding,
    sources: &Sources,
    look: Look,
) -> Message {
    let file = sources.get(id);
    let labels: Vec<&Label> = finding.labels.iter().filter(|label| label.span.file == id).collect();
    let spans: Vec<Span> = labels.iter().map(|label| label.span).collect();
    let excerpt = Excerpt::new(file, &spans, look.width.saturating_sub(10).max(40));
    let labels = labels.iter().enumerate().map(|(at, label)| {
        let text = Some(harmless(&label.text).into_owned()).filter(|text| !text.is_empty());
        let span = excerpt.span(file, label.span);
        if at == 0 {
            LabeledSpan::new_primary_with_span(text, span)
        } else {
            LabeledSpan::new_with_span(text, span)
        }
    });
    let labels = labels.collect();
    Message { title: title.to_owned(), weight, excerpt: Some(excerpt), labels, help: None }
}

fn holds(sources: &Sources, id: FileId) -> bool {
    sources.iter().any(|(known, _)| known == id)
}

fn draw(head: &str, message: &Message, look: Look) -> String {
    let mut text = String::new();
    let drawn = GraphicalReportHandler::new_themed(theme(head, look))
        .with_width(look.width)
        .with_links(false)
        .with_context_lines(0)
        .without_primary_span_start()
        .tab_width(2)
        .render_report(&mut text, message);
    if drawn.is_err() {
        text = format!("{head} {message}\n");
    }
    let lines = text.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect::<String>().trim_start().to_owned()
}

fn theme(head: &str, look: Look) -> GraphicalTheme {
    let mut characters = match look.frames {
        Frames::Unicode => ThemeCharacters::unicode(),
        Frames::Ascii => ThemeCharacters::ascii(),
    };
    head.clone_into(&mut characters.error);
    head.clone_into(&mut characters.warning);
    head.clone_into(&mut characters.advice);
    let styles = match look.colours {
        Colours::Ansi => ThemeStyles::ansi(),
        Colours::None => ThemeStyles::none(),
    };
    GraphicalTheme { characters, styles }
}

/// `2 errors, 1 warning in 1 file`, or that there is nothing to report.
#[must_use]
pub fn tally(findings: &[Finding], files: usize) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let counts: Vec<_> = [count(errors, "error"), count(warnings, "warning")].into_iter().flatten().collect();
    let counts = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
    format!("{counts} in {}", count(files, "file").unwrap_or_else(|| "no file".to_owned()))
}

fn count(number: usize, noun: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {noun}")),
        more => Some(format!("{more} {noun}s")),
    }
}

/// Findings as JSON values, each place as path, line and column.
#[must_use]
pub fn findings_as_json(findings: &[Finding], sources: &Sources) -> Vec<serde_json::Value> {
    let mut findings = findings.to_vec();
    crate::finding::sort(&mut findings, sources);
    findings.iter().map(|finding| finding_as_json(finding, sources)).collect()
}

fn finding_as_json(finding: &Finding, sources: &Sources) -> serde_json::Value {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let known = finding.labels.iter().filter(|label| holds(sources, label.span.file));
    let labels: Vec<_> = known.map(|label| label_as_json(label, sources)).collect();
    serde_json::json!({
        "code": finding.code, "severity": severity, "title": finding.title,
        "labels": labels, "help": finding.help,
        "fix": finding.fix.as_ref().map(|fix| fix_as_json(fix, sources)),
    })
}

pub(super) fn label_as_json(label: &Label, sources: &Sources) -> serde_json::Value {
    let file = sources.get(label.span.file);
    let (start, end) =
        (file.line_column(label.span.start as usize), file.line_column(label.span.end as usize));
    serde_json::json!({
        "path": file.path.to_string_lossy(), "line": start.line, "column": start.column,
        "end_line": end.line, "end_column": end.column, "text": label.text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> (Sources, FileId, FileId) {
        let mut sources = Sources::default();
        let one = sources.add("one.runbook", "runbook \"One\"\r\nlet a = nope\r\nlet b = 2\r\n");
        let two = sources.add("two.runbook", "library \"Two\"\n");
        (sources, one, two)
    }

    #[test]
    fn places_in_two_files_and_help_at_the_end() {
        let (sources, one, two) = sources();
        let finding =
            Finding::error("unknown-name", "there is no `nope`", Span::new(one, 23, 27), "not known here")
                .also(Span::new(two, 0, 7), "nor in this library")
                .help("did you mean `a`?");
        let text = findings_as_text(&[finding.clone(), finding], &sources, Look::PLAIN);
        assert_eq!(
            text,
            "\
error[unknown-name]: there is no `nope`
   ,-[one.runbook:2:9]
 2 | let a = nope
   :         ^^|^
   :           `-- not known here
   `----
note: it has to do with this
   ,-[two.runbook:1:1]
 1 | library \"Two\"
   : ^^^|^^^
   :    `-- nor in this library
   `----
  help: did you mean `a`?
"
        );
    }

    #[test]
    fn a_bad_span_is_shown_as_well_as_can_be() {
        let (sources, one, _) = sources();
        for (start, end) in [(5, 3), (1000, 2000), (0, 9999), (13, 14), (14, 15), (38, 38)] {
            let span = Span { file: one, start, end };
            let text = findings_as_text(&[Finding::error("x", "bad", span, "here")], &sources, Look::PLAIN);
            assert!(text.starts_with("error[x]: bad\n"), "{text}");
            assert!(text.contains("one.runbook:"), "{text}");
        }
        let lost = Span::new(FileId(9), 0, 1);
        let text = findings_as_text(&[Finding::error("x", "bad", lost, "here")], &sources, Look::PLAIN);
        assert_eq!(text, "error[x]: bad\n");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let mut sources = Sources::default();
        let text = format!("{}bad{}", "é".repeat(500_000), "x".repeat(500_000));
        let id = sources.add("long.runbook", text);
        let finding = Finding::error("x", "bad", Span::new(id, 1_000_000, 1_000_003), "here");
        let text = findings_as_text(&[finding], &sources, Look::PLAIN);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(text.contains("long.runbook:1:500001"), "{text}");
        assert!(text.contains("éébadxx") && text.contains("^|^"), "{text}");
    }

    #[test]
    fn remote_escapes_do_not_reach_the_terminal() {
        let mut sources = Sources::default();
        let id = sources.add("a.runbook", "let a = \u{1b}[31mred\u{202e}\n");
        let finding = Finding::error("x", "\u{1b}]0;title\u{7}", Span::new(id, 13, 16), "\u{1b}c");
        let text = findings_as_text(&[finding], &sources, Look::PLAIN);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    }

    #[test]
    fn the_tally_counts() {
        let (_, one, _) = sources();
        let error = Finding::error("x", "e", Span::new(one, 0, 1), "");
        let warning = Finding::warning("x", "w", Span::new(one, 0, 1), "");
        assert_eq!(tally(&[error.clone(), error, warning], 1), "2 errors, 1 warning in 1 file");
        assert_eq!(tally(&[], 3), "no findings in 3 files");
    }
}
