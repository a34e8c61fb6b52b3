//! Holding a command line against what is forbidden and what is allowed.

use super::deeds::{Meets, Protected, deeds};
use super::known::is_pure_wrapper;
use super::word::spelled;
use super::{Forms, Pattern, SimpleCommand, Word, commands};
use crate::value::Shell;

/// What a guard may make of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every command in it only looks, does something else, or is allowed.
    Harmless,
    /// This command in it is one of those that are forbidden, or does what they do: then how.
    Forbidden { command: String, why: Option<String> },
    /// This command in it is neither known to be harmless nor allowed, and why.
    NotUnderstood { command: String, why: String },
}

/// The commands that a guard forbids and allows, read for the shell of its target.
#[derive(Clone, Debug)]
pub struct Rules {
    forbid: Vec<Pattern>,
    allow: Vec<Pattern>,
    /// What no `allow` names is forbidden.
    only: bool,
    protected: Protected,
}

impl Rules {
    /// Rules by patterns; with `only`, whatever no `allow` names is forbidden.
    #[must_use]
    pub fn new(shell: Shell, forbid: Vec<Pattern>, allow: Vec<Pattern>, only: Only) -> Self {
        let protected = Protected::by(&forbid, shell);
        Self { forbid, allow, only: only == Only::WhatIsAllowed, protected }
    }

    /// Takes a command line of `shell`, of the family that the rules were read for, apart and holds
    /// every command in it, in each of its forms, against the rules. Nothing is harmless unless it
    /// is understood.
    #[must_use]
    pub fn judge(&self, text: &str, shell: Shell) -> Verdict {
        let commands = commands(text, shell);
        let forbidden = commands.iter().flatten().find(|form| matches(form, &self.forbid));
        if let Some(form) = forbidden {
            return Verdict::Forbidden { command: typed(form).unwrap_or_default(), why: None };
        }
        if commands.is_empty() {
            let why = "no command was found in it".to_owned();
            return Verdict::NotUnderstood { command: text.to_owned(), why };
        }
        commands
            .iter()
            .map(|forms| self.judge_forms(forms, shell, text))
            .fold(Verdict::Harmless, Verdict::worse)
    }

    /// What it means to put a file at a path of the host.
    #[must_use]
    pub fn judge_file(&self, path: &str, shell: Shell) -> Verdict {
        let words = vec![Word::known(">"), Word::known(path)];
        self.judge_forms(&vec![SimpleCommand::Words(words)], shell, path)
    }

    fn judge_forms(&self, forms: &Forms, shell: Shell, text: &str) -> Verdict {
        // What a wrapper runs speaks for it only as long as the wrapper does nothing else itself.
        let carried = 1 + forms.iter().take_while(|form| only_carries(form)).count();
        if forms.iter().take(carried).any(|form| matches(form, &self.allow)) {
            return Verdict::Harmless;
        }
        let command = forms.first().and_then(typed).unwrap_or_else(|| text.trim().to_owned());
        if self.only {
            return Verdict::Forbidden { command, why: Some("no `allow only` names it".to_owned()) };
        }
        match self.understood(forms, shell) {
            Err(why) | Ok(Meets::Maybe(why)) => Verdict::NotUnderstood { command, why },
            Ok(Meets::Surely(why)) => Verdict::Forbidden { command, why: Some(format!("it {why}")) },
            Ok(Meets::Nothing) => Verdict::Harmless,
        }
    }

    fn understood(&self, forms: &Forms, shell: Shell) -> Result<Meets, String> {
        if let Some(opaque) = forms.iter().find_map(opaque) {
            return Err(opaque);
        }
        let outer = forms.split_last().map_or(&[][..], |(_, outer)| outer);
        if let Some(wrapper) = outer.iter().find(|form| !only_carries(form)) {
            let wrapper = typed(wrapper).unwrap_or_default();
            return Err(format!("what `{wrapper}` does besides is not known"));
        }
        let Some(SimpleCommand::Words(words)) = forms.last() else { return Ok(Meets::Nothing) };
        deeds(words, shell).map(|deeds| self.protected.meets(&deeds))
    }
}

/// Whether what is not named may still be harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    WhatIsAllowed,
    NotWhatIsForbidden,
}

impl Verdict {
    fn worse(self, other: Self) -> Self {
        match (&self, &other) {
            (Verdict::Harmless, _) | (Verdict::NotUnderstood { .. }, Verdict::Forbidden { .. }) => other,
            (Verdict::Forbidden { .. } | Verdict::NotUnderstood { .. }, _) => self,
        }
    }
}

fn matches(form: &SimpleCommand, patterns: &[Pattern]) -> bool {
    match form {
        SimpleCommand::Words(words) => patterns.iter().any(|pattern| pattern.match_words(words).is_some()),
        SimpleCommand::Opaque(_) => false,
    }
}

fn opaque(form: &SimpleCommand) -> Option<String> {
    match form {
        SimpleCommand::Opaque(why) => Some(why.clone()),
        SimpleCommand::Words(_) => None,
    }
}

fn only_carries(form: &SimpleCommand) -> bool {
    match form {
        SimpleCommand::Words(words) => is_pure_wrapper(words),
        SimpleCommand::Opaque(_) => false,
    }
}

/// The command as its words; what is opaque has none.
fn typed(form: &SimpleCommand) -> Option<String> {
    match form {
        SimpleCommand::Words(words) => Some(spelled(words)),
        SimpleCommand::Opaque(_) => None,
    }
}
