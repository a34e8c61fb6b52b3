//! The one pest derive, and a cursor over what it gives.

use std::iter::Peekable;

use pest::Parser;
use pest::iterators::{Pair, Pairs};

/// The parser that pest makes from `grammar/*.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/lexical.pest"]
#[grammar = "grammar/expression.pest"]
#[grammar = "grammar/types.pest"]
#[grammar = "grammar/items.pest"]
#[grammar = "grammar/statements.pest"]
#[grammar = "grammar/requests.pest"]
#[grammar = "grammar/world.pest"]
struct Grammar;

pub(super) type Node<'t> = Pair<'t, Rule>;

/// The items of a file. Nothing that a user writes makes it fail but text beyond pest's limits.
pub(super) fn parse(text: &str) -> Option<Parts<'_>> {
    let file = Grammar::parse(Rule::file, text).ok()?.next()?;
    Some(Parts::of(file))
}

/// The parts of a node, taken one by one in their order.
pub(super) struct Parts<'t> {
    pairs: Peekable<Pairs<'t, Rule>>,
}

impl<'t> Parts<'t> {
    pub fn of(node: Node<'t>) -> Self {
        Self { pairs: node.into_inner().peekable() }
    }

    /// The next part, if it is a `rule`.
    pub fn take(&mut self, rule: Rule) -> Option<Node<'t>> {
        self.pairs.next_if(|pair| pair.as_rule() == rule)
    }

    /// Whether the next part is a `rule`, which is taken.
    pub fn marks(&mut self, rule: Rule) -> bool {
        self.take(rule).is_some()
    }

    /// All next parts that are a `rule`.
    pub fn take_all(&mut self, rule: Rule) -> Vec<Node<'t>> {
        std::iter::from_fn(|| self.take(rule)).collect()
    }

    /// The next part, if `wanted` says so of its rule.
    pub fn take_if(&mut self, wanted: impl Fn(Rule) -> bool) -> Option<Node<'t>> {
        self.pairs.next_if(|pair| wanted(pair.as_rule()))
    }

    /// Whether any part still to come is one that `wanted` says.
    pub fn any(&self, wanted: impl Fn(Rule) -> bool) -> bool {
        self.pairs.clone().any(|pair| wanted(pair.as_rule()))
    }

    pub fn next(&mut self) -> Option<Node<'t>> {
        self.pairs.next()
    }
}
