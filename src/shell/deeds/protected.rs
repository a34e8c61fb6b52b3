//! What a guard protects, read from the commands that it forbids.

use super::names::{Meeting, may_meet};
use super::{Act, Deed, Name, deeds};
use crate::shell::{Forms, Pattern, SimpleCommand, Word, wrappers};
use crate::value::Shell;

/// The changes that a guard's `forbid` patterns stand for.
#[derive(Clone, Debug, Default)]
pub struct Protected {
    acts: Vec<Act>,
    /// Some pattern was there, and of none it is known what it does.
    unread: bool,
}

/// What a deed is to a guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::shell) enum Meets {
    Nothing,
    /// It may be what is protected: why.
    Maybe(String),
    /// It is: what it does.
    Surely(String),
}

impl Protected {
    /// Reads what the patterns would do, each alternative as a command of its own.
    #[must_use]
    pub fn by(patterns: &[Pattern], shell: Shell) -> Self {
        let examples = patterns.iter().flat_map(Pattern::examples);
        let acts: Vec<Act> = examples.flat_map(|words| acts(words, shell)).collect();
        Self { unread: acts.is_empty() && !patterns.is_empty(), acts }
    }

    /// Whether one of the deeds of a command is what is protected.
    pub(in crate::shell) fn meets(&self, deeds: &[Deed]) -> Meets {
        let mut worst = Meets::Nothing;
        for act in deeds.iter().filter_map(Deed::act) {
            match (self.meets_act(act), &worst) {
                (Meeting::Surely, _) => return Meets::Surely(act.told()),
                (Meeting::Maybe, _) => worst = Meets::Maybe(act.doubted()),
                (Meeting::Never, _) if self.unread => {
                    let why = "what the guard's patterns do is not known, so whether this does it neither";
                    worst = Meets::Maybe(why.to_owned());
                }
                (Meeting::Never, _) => {}
            }
        }
        worst
    }

    fn meets_act(&self, act: &Act) -> Meeting {
        self.acts.iter().map(|protected| met(protected, act)).max().unwrap_or(Meeting::Never)
    }
}

impl Deed {
    fn act(&self) -> Option<&Act> {
        match self {
            Deed::Does(act) => Some(act),
            Deed::Looks => None,
        }
    }
}

impl Act {
    /// As in "it may be that it ends the service `docker`".
    fn doubted(&self) -> String {
        let (verb, kind) = (self.verb, self.kind);
        match self.names.is_empty() || self.names.contains(&Name::Unknown) {
            true => format!("which {kind} it {verb} is only known on the host"),
            false => format!("it may be that it {}", self.told()),
        }
    }

    /// As in "ends the service `docker`".
    fn told(&self) -> String {
        let named = |name: &Name| match name {
            Name::Called(name) => format!("`{name}`"),
            Name::Found(pattern) => format!("with `{pattern}` in the name"),
            Name::Unknown => "that only the host knows".to_owned(),
        };
        let names: Vec<String> = self.names.iter().map(named).collect();
        let (verb, kind) = (self.verb, self.kind);
        format!("{verb} the {kind} {}", names.join(", ")).trim_end().to_owned()
    }
}

fn met(protected: &Act, act: &Act) -> Meeting {
    if protected.verb != act.verb {
        return Meeting::Never;
    }
    if act.kind == "host" {
        return Meeting::Surely;
    }
    let any = [Name::Unknown];
    let of = |act: &Act| if act.names.is_empty() { any.to_vec() } else { act.names.clone() };
    let others = of(act);
    let all = of(protected);
    let pairs = all.iter().flat_map(|name| others.iter().map(move |other| (name, other)));
    pairs.map(|(name, other)| may_meet(protected.kind, name, act.kind, other)).max().unwrap_or(Meeting::Never)
}

/// What a command that is written out does, as far as it can be told; what it can't be told of
/// protects nothing beyond its own spelling.
fn acts(words: Vec<Word>, shell: Shell) -> Vec<Act> {
    let forms: Vec<Forms> = wrappers::forms(SimpleCommand::Words(words), shell, 0);
    let innermost = forms.iter().filter_map(|forms| forms.last());
    let known = innermost.filter_map(|form| match form {
        SimpleCommand::Words(words) => deeds(words, shell).ok(),
        SimpleCommand::Opaque(_) => None,
    });
    let acts = known.flatten().filter_map(|deed| deed.act().cloned());
    acts.map(|act| Act { names: named(act.names), ..act }).collect()
}

/// The names that a pattern spells out; those that it leaves open, only if there are no others.
fn named(names: Vec<Name>) -> Vec<Name> {
    // `pkill dockerd` is written for what is called so, though it ends more.
    let called = |name| if let Name::Found(name) = name { Name::Called(name) } else { name };
    let names: Vec<Name> = names.into_iter().map(called).collect();
    let spelled: Vec<Name> = names.iter().filter(|name| **name != Name::Unknown).cloned().collect();
    if spelled.is_empty() { names } else { spelled }
}
