//! Why a run failed, written like a compiler's message: place, values, way there, help, causes.

use miette::Severity;

use super::findings::diagnostic_as_text;
use super::harmless::{harmless, harmless_line};
use super::look::Look;
use super::words;
use crate::event::{Failure, FailureKind, Frame};
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
    at_depth(failure, &[], sources, look, 0)
}

/// `above` is the trail of the failure that this is a cause of: it is not told again.
fn at_depth(failure: &Failure, above: &[Frame], sources: &Sources, look: Look, depth: usize) -> String {
    let mut text = place(failure, sources, look);
    let told_below = failure.causes.len() == 1 && failure.causes[0].values == failure.values;
    let values = failure.values.iter().filter(|_| !told_below);
    section(&mut text, "values", values.map(|(name, value)| format!("{name} = {}", cut(value))), look);
    let trail = trail(failure, above);
    section(&mut text, "in", Some(trail).filter(|trail| !trail.is_empty()), look);
    section(&mut text, "help", failure.help.clone(), look);
    text.push_str(&causes(failure, sources, look, depth));
    text
}

fn trail(failure: &Failure, above: &[Frame]) -> String {
    let known = failure.trail.iter().zip(above).take_while(|(own, above)| own == above).count();
    let frames = failure.trail[known..].iter().map(|frame| frame.text.trim_start_matches("in "));
    frames.collect::<Vec<_>>().join(" › ")
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
        fix: None,
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
    // A person stopped the run, and knows: where each pass was says nothing new.
    let stopped = failure.kind == FailureKind::Cancelled;
    if failure.causes.is_empty() || stopped {
        return String::new();
    }
    if depth + 1 >= DEEPEST {
        let more = words::plural(failure.causes.len(), "deeper cause", "deeper causes");
        return format!("  ({more}: see the journal)\n");
    }
    let mut text = String::new();
    for (at, cause) in failure.causes.iter().take(MOST_CAUSES).enumerate() {
        if failure.causes[..at].iter().any(|told| told.span == cause.span && told.kind == cause.kind) {
            text.push_str(&likewise(cause, failure));
        } else {
            text.push_str(&in_full(cause, failure, sources, look, depth));
        }
    }
    if failure.causes.len() > MOST_CAUSES {
        text.push_str(&format!("  and {} more\n", failure.causes.len() - MOST_CAUSES));
    }
    text
}

fn in_full(cause: &Failure, failure: &Failure, sources: &Sources, look: Look, depth: usize) -> String {
    let narrow = Look { width: look.width.saturating_sub(4).max(40), ..look };
    let told = at_depth(cause, &failure.trail, sources, narrow, depth + 1);
    let lines = told.lines().map(|line| format!("{}\n", format!("    {line}").trim_end()));
    format!("  because of\n{}", lines.collect::<String>())
}

/// The same statement failed in another place: its source was shown.
fn likewise(cause: &Failure, failure: &Failure) -> String {
    let place = trail(cause, &failure.trail);
    format!(
        "  and {}: {} ({})\n",
        words::kind(cause.kind),
        harmless_line(&cause.title),
        harmless_line(&place)
    )
}

fn cut(value: &str) -> String {
    if value.chars().count() <= LONGEST_VALUE {
        return value.to_owned();
    }
    let start: String = value.chars().take(LONGEST_VALUE).collect();
    format!("{}… ({} bytes)", harmless_line(&start), value.len())
}
