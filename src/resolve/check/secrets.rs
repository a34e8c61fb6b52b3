//! Secrets in expressions: they are handed over whole, and nothing is made of them.

use super::super::types::{a, holds_secret, present};
use super::Checker;
use crate::finding::Finding;
use crate::source::Span;
use crate::template::tree::Node;
use crate::value::Type;

const HELP: &str = "it is never shown nor put on a command line: hand it over with `stdin` or `env`, over HTTP with `header` or in the body";

/// A secret where text stands.
pub(super) fn in_text(ty: &Type, span: Span) -> Finding {
    Finding::error("secret-shown", "a secret can't stand in text", span, a(ty)).help(HELP)
}

impl Checker<'_> {
    /// What is made of these must not be more than their number, or hold the secrets still.
    pub(super) fn keeps_secrets(&mut self, what: &str, made: &Type, of: &[(&Type, Span)]) {
        let kept = holds_secret(made) || matches!(present(made), Type::Bool | Type::Int);
        let Some((ty, span)) = of.iter().find(|(ty, _)| holds_secret(ty)).filter(|_| !kept) else { return };
        let title = format!("{what} makes something else of a secret");
        let label = if **ty == Type::Secret { "a secret" } else { "a secret is in this" };
        self.report(Finding::error("secret-shown", title, *span, label).help(HELP));
    }

    /// Two secrets, or a secret and a text, look different even where they are the same.
    pub(super) fn compares_no_secret(&mut self, sides: [&(Type, Span); 2]) -> bool {
        let Some((ty, span)) = sides.into_iter().find(|(ty, _)| holds_secret(ty)) else { return true };
        let finding = Finding::error("secret-compared", "a secret can't be compared", *span, a(ty));
        self.report(finding.help("have a host compare it: hand it over with `stdin` or `env`"));
        false
    }
}

/// The types of arguments, with their places.
pub(super) fn with_places<'t>(
    types: &'t [Type],
    nodes: impl Iterator<Item = &'t Node>,
) -> Vec<(&'t Type, Span)> {
    types.iter().zip(nodes.map(|node| node.span)).collect()
}
