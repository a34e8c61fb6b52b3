//! What differs between two plans, step by step.

use similar::{ChangeTag, TextDiff};

use super::layout::{BAD, DIM, GOOD};
use super::look::Look;
use super::plan::plan_lines;
use crate::plan::{Plan, Preview};

/// The lines of two plans that differ, `- ` before those of the first and `+ ` before those of the second, under the
/// line of the part that they stand in.
#[must_use]
pub fn plan_changes(old: (&Plan, &Preview), new: (&Plan, &Preview)) -> Vec<String> {
    let (old, new) = (plan_lines(old.0, old.1), plan_lines(new.0, new.1));
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
    let (mut lines, mut heading) = (Vec::new(), None);
    for change in TextDiff::from_slices(&old, &new).iter_all_changes() {
        let line = change.value();
        let sign = match change.tag() {
            ChangeTag::Equal if line.starts_with(' ') => continue,
            ChangeTag::Equal => {
                heading = Some(line);
                continue;
            }
            ChangeTag::Delete => "-",
            ChangeTag::Insert => "+",
        };
        let around = heading.take().filter(|_| line.starts_with(' '));
        lines.extend(around.map(|heading| format!("  {heading}")));
        lines.push(format!("{sign} {line}"));
    }
    lines
}

/// The same for people.
#[must_use]
pub fn changes_as_text(changes: &[String], look: Look) -> String {
    if changes.is_empty() {
        return "  nothing that a plan shows\n".to_owned();
    }
    let line = |line: &String| {
        let style = match line.as_bytes().first() {
            Some(b'-') => BAD,
            Some(b'+') => GOOD,
            _ => DIM,
        };
        format!("{}\n", look.paint(style, line))
    };
    changes.iter().map(line).collect()
}
