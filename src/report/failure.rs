//! Why a run failed, written like a compiler's message: place, values, way there, help, causes.

use miette::Severity;

use super::findings::diagnostic_as_text;
use super::harmless::{harmless, harmless_line};
use super::look::Look;
use super::words;
use crate::event::Failure;
use crate::finding::{Finding, Label};
use crate::source::Sources;

/// So many causes are shown, and the number of the others.
const MOST_CAUSES: usize = 8;
/// So deep are causes of causes shown.
const DEEPEST: usize = 3;
const LONGEST_VALUE: usize = 400;

/// A failure with its source, values, trail, help and causes.
#[must_use]
pub fn failure_as_text(failure: &Failure, sources: &Sources, look: Look) -> String {
    at_depth(failure, sources, look, 0)
}

fn at_depth(failure: &Failure, sources: &Sources, look: Look, depth: usize) -> String {
    let mut text = place(failure, sources, look);
    let values = failure.values.iter().map(|(name, value)| format!("{name} = {}", cut(value)));
    section(&mut text, "values", values, look);
    let trail: Vec<_> = failure.trail.iter().map(|frame| frame.text.clone()).collect();
    section(&mut text, "in", Some(trail.join(" › ")).filter(|trail| !trail.is_empty()), look);
    section(&mut text, "help", failure.help.clone(), look);
    text.push_str(&causes(failure, sources, look, depth));
    text
}

fn place(failure: &Failure, sources: &Sources, look: Look) -> String {
    let head = format!("{}:", words::kind(failure.kind));
    let label = Label { span: failure.span, text: failure.label.clone() };
    let finding = Finding {
        code: "".into(),
        severity: crate::finding::Severity::Error,
        title: failure.title.clone(),
        labels: if failure.span == Default::default() { Vec::new() } else { vec![label] },
        help: None,
    };
    diagnostic_as_text(&head, Severity::Error, &finding, sources, look)
}

/// `  values  a = 1`, and what follows lined up under it.
fn section(text: &mut String, name: &str, entries: impl IntoIterator<Item = String>, look: Look) {
    let mut head =
        format!("  {:<7} ", look.paint(anstyle::AnsiColor::Cyan.on_default(), format!("{name:<7}")));
    for entry in entries {
        for line in harmless(&entry).lines() {
            let wrapped = textwrap::wrap(line, look.width.saturating_sub(10).max(30));
            for part in &wrapped {
                text.push_str(format!("{head}{part}").trim_end());
                text.push('\n');
                head = " ".repeat(10);
            }
        }
    }
}

fn causes(failure: &Failure, sources: &Sources, look: Look, depth: usize) -> String {
    if failure.causes.is_empty() {
        return String::new();
    }
    if depth + 1 >= DEEPEST {
        let more = words::plural(failure.causes.len(), "deeper cause", "deeper causes");
        return format!("  ({more}: see the journal)\n");
    }
    let mut text = String::new();
    for cause in failure.causes.iter().take(MOST_CAUSES) {
        let narrow = Look { width: look.width.saturating_sub(4).max(40), ..look };
        text.push_str("  because of\n");
        for line in at_depth(cause, sources, narrow, depth + 1).lines() {
            text.push_str(format!("    {line}").trim_end());
            text.push('\n');
        }
    }
    if failure.causes.len() > MOST_CAUSES {
        text.push_str(&format!("  and {} more\n", failure.causes.len() - MOST_CAUSES));
    }
    text
}

fn cut(value: &str) -> String {
    if value.chars().count() <= LONGEST_VALUE {
        return value.to_owned();
    }
    let start: String = value.chars().take(LONGEST_VALUE).collect();
    format!("{}… ({} bytes)", harmless_line(&start), value.len())
}
