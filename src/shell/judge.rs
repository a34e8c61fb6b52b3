//! Holding a command line against what is forbidden and what is allowed.

use super::known::is_pure_wrapper;
use super::word::spelled;
use super::{Forms, Pattern, SimpleCommand, commands, only_looks};
use crate::value::Shell;

/// What a guard may make of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every command in it only looks, or is allowed.
    Harmless,
    /// This command in it is one of those that are forbidden.
    Forbidden { command: String },
    /// This command in it is neither known to be harmless nor allowed, and why.
    NotUnderstood { command: String, why: String },
}

/// Takes a command line apart and holds every command in it, in each of its forms, against
/// patterns. Nothing is harmless unless it is understood.
#[must_use]
pub fn judge(text: &str, shell: Shell, forbid: &[&Pattern], allow: &[&Pattern]) -> Verdict {
    let commands = commands(text, shell);
    let forbidden = commands.iter().flatten().find(|form| matches(form, forbid));
    if let Some(form) = forbidden {
        return Verdict::Forbidden { command: shown(form) };
    }
    if commands.is_empty() {
        let why = "no command was found in it".to_owned();
        return Verdict::NotUnderstood { command: text.to_owned(), why };
    }
    commands.iter().find_map(|forms| not_understood(forms, shell, allow)).unwrap_or(Verdict::Harmless)
}

fn not_understood(forms: &Forms, shell: Shell, allow: &[&Pattern]) -> Option<Verdict> {
    // What a wrapper runs speaks for it only as long as the wrapper does nothing else itself.
    let carried = forms.iter().take(1 + forms.iter().take_while(|form| only_carries(form)).count());
    if carried.into_iter().any(|form| matches(form, allow) || looks(form, shell)) {
        return None;
    }
    let command = forms.first().map(shown).unwrap_or_default();
    let opaque = forms.iter().find_map(|form| match form {
        SimpleCommand::Opaque(why) => Some(why.clone()),
        SimpleCommand::Words(_) => None,
    });
    let why = opaque.unwrap_or_else(|| "it is not known to be harmless".to_owned());
    Some(Verdict::NotUnderstood { command, why })
}

fn matches(form: &SimpleCommand, patterns: &[&Pattern]) -> bool {
    match form {
        SimpleCommand::Words(words) => patterns.iter().any(|pattern| pattern.match_words(words).is_some()),
        SimpleCommand::Opaque(_) => false,
    }
}

fn looks(form: &SimpleCommand, shell: Shell) -> bool {
    match form {
        SimpleCommand::Words(words) => only_looks(words, shell),
        SimpleCommand::Opaque(_) => false,
    }
}

fn only_carries(form: &SimpleCommand) -> bool {
    match form {
        SimpleCommand::Words(words) => is_pure_wrapper(words),
        SimpleCommand::Opaque(_) => false,
    }
}

fn shown(form: &SimpleCommand) -> String {
    match form {
        SimpleCommand::Words(words) => spelled(words),
        SimpleCommand::Opaque(why) => why.clone(),
    }
}
