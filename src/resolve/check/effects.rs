//! What a body does to the world, and where that is not allowed.
//!
//! Each contact with the outside is a [`Deed`]. It is held against the [`Limit`]s around it, and
//! the strongest of a body is kept, with the way to it, for those who call the action.

use super::Checker;
use crate::finding::Finding;
use crate::source::Span;
use crate::value::{Effect, Type};

/// Something that a statement does: a contact, or a question to a person.
#[derive(Clone, Debug)]
pub(super) struct Deed<'a> {
    pub(super) what: What,
    /// The effect's keyword, or the call's path.
    pub(super) span: Span,
    /// The action by which it comes.
    pub(super) via: Option<Via<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Effect(Effect),
    Approve,
    Manual,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            What::Effect(effect) => effect.word(),
            What::Approve => "approve",
            What::Manual => "manual",
        }
    }
}

/// An action that was called, as the call has it.
#[derive(Clone, Debug)]
pub(super) struct Via<'a> {
    pub(super) module: usize,
    pub(super) action: &'a str,
    pub(super) written: String,
}

/// What the body of an action does.
#[derive(Debug, Default)]
pub(super) struct Body<'a> {
    pub(super) strongest: Option<Deed<'a>>,
    pub(super) asks: Option<Deed<'a>>,
    pub(super) returns: Option<Type>,
}

impl Body<'_> {
    pub(super) fn effect(&self) -> Option<Effect> {
        self.strongest.as_ref().and_then(|deed| match deed.what {
            What::Effect(effect) => Some(effect),
            What::Approve | What::Manual => None,
        })
    }
}

/// A construct in which not everything may be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) of: Construct,
    /// Where it begins.
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Construct {
    Wait,
    Guard,
    Invariant,
    Checklist,
    OnFailure,
    DoneWhen,
    Retry,
}

impl Construct {
    fn allows(self, what: What) -> bool {
        match (self, what) {
            (Construct::Retry, What::Effect(effect)) => effect != Effect::Once,
            (_, What::Effect(effect)) => effect == Effect::Check,
            (Construct::Retry | Construct::Checklist, What::Approve | What::Manual) => true,
            (_, What::Approve | What::Manual) => false,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Construct::Wait => "effect-in-wait",
            Construct::Guard => "effect-in-guard",
            Construct::Invariant => "effect-in-invariant",
            Construct::Checklist => "effect-in-checklist",
            Construct::OnFailure => "effect-in-on-failure",
            Construct::DoneWhen => "effect-in-done-when",
            Construct::Retry => "once-in-retry",
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Construct::Wait => "`wait until`",
            Construct::Guard => "the `when` of a guard",
            Construct::Invariant => "an invariant",
            Construct::Checklist => "a checklist",
            Construct::OnFailure => "`on failure`",
            Construct::DoneWhen => "`done when`",
            Construct::Retry => "`retry`",
        }
    }

    fn because(self) -> &'static str {
        match self {
            Construct::Wait => "its body is carried out at every poll",
            Construct::Guard => "it is asked before every command",
            Construct::Invariant => "it is checked all along the run",
            Construct::Checklist => "it only looks",
            Construct::OnFailure => "it only explains",
            Construct::DoneWhen => "it only looks whether the step was done",
            Construct::Retry => "its body is repeated",
        }
    }

    fn mend(self) -> &'static str {
        match self {
            Construct::Wait => "do it before the `wait until`, which may only `check`",
            Construct::Guard | Construct::Invariant | Construct::DoneWhen => "only `check` may stand here",
            Construct::Checklist => "only `check` may stand here; what changes something belongs in a stage",
            Construct::OnFailure => {
                "only `check`, `note` and `diagnose` may stand here; mend it with `attempt … otherwise`, or in `undo`"
            }
            Construct::Retry => "take it out of the `retry`; if it may be repeated, it is a `run`",
        }
    }
}

impl<'a> Checker<'a> {
    /// Carries out `check` inside a construct that limits what may be done.
    pub(super) fn limited(&mut self, of: Construct, span: Span, check: impl FnOnce(&mut Self)) {
        self.limits.push(Limit { of, span });
        check(self);
        self.limits.pop();
    }

    /// Takes note of what a statement does.
    pub(super) fn deed(&mut self, deed: Deed<'a>) {
        let limit = self.limits.iter().rev().find(|limit| !limit.of.allows(deed.what)).copied();
        if let Some(limit) = limit {
            let finding = self.not_allowed(&deed, limit);
            self.report(finding);
        }
        match deed.what {
            What::Effect(effect) if self.body.effect().is_none_or(|known| effect > known) => {
                self.body.strongest = Some(deed);
            }
            What::Effect(_) => {}
            What::Approve | What::Manual => self.body.asks = self.body.asks.take().or(Some(deed)),
        }
    }

    /// What calling an action does.
    pub(super) fn call_deeds(&mut self, via: Via<'a>, span: Span) {
        let Some(facts) = self.facts[via.module].actions.get(via.action) else { return };
        let deeds = [&facts.body.strongest, &facts.body.asks].map(|deed| deed.as_ref().map(|deed| deed.what));
        for what in deeds.into_iter().flatten() {
            self.deed(Deed { what, span, via: Some(via.clone()) });
        }
    }

    fn not_allowed(&self, deed: &Deed<'a>, limit: Limit) -> Finding {
        let (word, place) = (deed.what.word(), limit.of.shown());
        let finding = match &deed.via {
            None => {
                let title = format!("`{word}` can't stand in {place}");
                Finding::error(limit.of.code(), title, deed.span, "this is not allowed here")
            }
            Some(via) => {
                let title = format!("`{}` can't be called in {place}", via.written);
                let label = format!("it comes to `{word}`");
                self.way(Finding::error(limit.of.code(), title, deed.span, label), deed)
            }
        };
        finding.also(limit.span, limit.of.because()).help(limit.of.mend())
    }

    /// Adds the calls by which a deed comes, down to the statement that does it.
    fn way(&self, mut finding: Finding, deed: &Deed<'a>) -> Finding {
        let mut via = deed.via.as_ref();
        while let Some(step) = via {
            let body = self.facts[step.module].actions.get(step.action).map(|facts| &facts.body);
            let next = body.and_then(|body| match deed.what {
                What::Effect(_) => body.strongest.as_ref(),
                What::Approve | What::Manual => body.asks.as_ref(),
            });
            let Some(next) = next else { break };
            finding = match &next.via {
                Some(called) => {
                    finding.also(next.span, format!("`{}` calls `{}`", step.action, called.written))
                }
                None => finding.also(next.span, format!("`{}` does it here", step.action)),
            };
            via = next.via.as_ref();
        }
        finding
    }
}
