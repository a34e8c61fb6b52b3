//! Edits that many rules ask for.
//!
//! In: a file and places in it. Out: edits that leave no traces, and places in the text of a command. Nothing is given where the place or the text is
//! not certain. Must not know: rules.

use super::sent::Command;
use super::subject::File;
use crate::finding::{Edit, Fix};
use crate::source::Span;
use crate::syntax::ast::Trivia;
use crate::value::Effect;

/// Takes out what stands there: with its line, if nothing else is on it, otherwise with the blanks before it.
pub(super) fn without(file: &File<'_>, span: Span) -> Edit {
    let text = file.source();
    let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
    let start = before.trim_end_matches([' ', '\t']).len();
    let alone = before[..start].is_empty() || before[..start].ends_with('\n');
    let rest = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
    let whole = alone && after[rest..].starts_with('\n');
    let end = span.end as usize + if whole { rest + 1 } else { 0 };
    Edit::delete(Span::new(span.file, start, end))
}

/// Takes out what stands there with the comma or the like that parts it from `before`; nothing where something else is between them.
pub(super) fn without_next(file: &File<'_>, before: Span, span: Span, mark: &str) -> Option<Edit> {
    let between = Span { start: before.end, end: span.start, ..span };
    (file.text(between).trim() == mark).then(|| Edit::delete(Span { start: before.end, ..span }))
}

/// Takes out what stands there if no comment is at it, which may be about more.
pub(super) fn without_bare(file: &File<'_>, span: Span, trivia: &Trivia) -> Option<Edit> {
    is_bare(trivia).then(|| without(file, span))
}

/// Whether no comment stands around it.
pub(super) fn is_bare(trivia: &Trivia) -> bool {
    trivia.leading.is_empty() && trivia.doc.is_empty() && trivia.trailing.is_none()
}

/// The one place in a command where these words stand by themselves; nothing where there are none, or several.
pub(super) fn place(file: &File<'_>, command: &Command<'_>, words: &str) -> Option<Span> {
    let text = file.text(command.text.span);
    let is_alone = |at: &usize| {
        let (before, after) = (text[..*at].chars().next_back(), text[*at + words.len()..].chars().next());
        before.is_none_or(|c| parts(c) || c == '/') && after.is_none_or(parts)
    };
    let mut found = text.match_indices(words).map(|(at, _)| at).filter(is_alone);
    let at = found.next().filter(|_| found.next().is_none())?;
    Some(command.text.span.part(at, words.len()))
}

/// What stands between the words of a command.
fn parts(c: char) -> bool {
    c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '\'' | '"')
}

/// Adds an option right after words of a command.
pub(super) fn add_option(file: &File<'_>, command: &Command<'_>, words: &str, option: &str) -> Option<Fix> {
    let after = place(file, command, words)?;
    let edit = Edit::insert(after.part(words.len(), 0), format!(" {option}"));
    Some(Fix::risky(format!("add `{option}`"), edit))
}

/// Sends a command as this.
pub(super) fn send_as(command: &Command<'_>, effect: Effect) -> Fix {
    let word = effect.word();
    Fix::risky(format!("write `{word}`"), Edit::replace(command.request.effect.span, word))
}
