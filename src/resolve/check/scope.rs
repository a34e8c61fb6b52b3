//! The names that can be used at a place, and what is known of each.
//!
//! A file has one scope for all that its top level names; each block has one of its own, which
//! ends with it. Nothing is ever reassigned, so a name that can already be seen can't be named
//! again: it would read as if the first one changed. Only an action's own names may be called
//! like something of the file, since they are all that its body sees of its caller.

use std::collections::HashMap;

use crate::ids::ModuleId;
use crate::source::Span;
use crate::syntax::ast::BackendName;
use crate::value::{Shell, Type};

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) struct Symbol {
    pub(super) kind: Kind,
    pub(super) ty: Type,
    pub(super) span: Span,
    /// The place of its item in the file; names of blocks come after all items.
    pub(super) item: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Param,
    Secret,
    Let,
    Target(TargetFacts),
    Library(ModuleId),
    Action,
    Commands,
    Loop,
    ActionParam,
    Field,
    State,
    Capture,
    /// What a handler of a world was asked.
    Request,
    /// How the run ended that is played in a world.
    RunEnd,
}

/// What a target's declaration says of it.
#[derive(Clone, Debug)]
pub(super) struct TargetFacts {
    pub(super) backend: BackendName,
    pub(super) shell: Shell,
}

impl Kind {
    /// With its article, as messages have it.
    pub(super) fn described(&self) -> &'static str {
        match self {
            Kind::Param => "a param",
            Kind::Secret => "a secret",
            Kind::Let => "a `let`",
            Kind::Target(_) => "a target",
            Kind::Library(_) => "a library",
            Kind::Action => "an action",
            Kind::Commands => "a set of commands",
            Kind::Loop => "the item of a loop",
            Kind::ActionParam => "a parameter of the action",
            Kind::Field => "a field",
            Kind::State => "a state",
            Kind::Capture => "caught by the pattern",
            Kind::Request => "the request that is answered",
            Kind::RunEnd => "how the run ended",
        }
    }

    /// Whether it has a value, so that expressions may use it.
    pub(super) fn is_value(&self) -> bool {
        !matches!(self, Kind::Library(_) | Kind::Action | Kind::Commands)
    }
}

/// The scopes at the place where the check stands.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    file: HashMap<&'a str, Symbol>,
    frames: Vec<HashMap<&'a str, Symbol>>,
    /// While the top level is read from above: only what stands before this item can be used.
    before: Option<usize>,
    /// Names of blocks that have ended, for messages.
    ended: HashMap<&'a str, Span>,
}

/// What became of looking for a name.
pub(super) enum Found<'s> {
    Symbol(&'s Symbol),
    /// It is declared further down.
    Later(&'s Symbol),
    Nowhere,
}

impl<'a> Scopes<'a> {
    /// Names something at the top level; gives what already has the name.
    pub(super) fn declare_in_file(&mut self, name: &'a str, symbol: Symbol) -> Option<&Symbol> {
        if self.file.contains_key(name) {
            return self.file.get(name);
        }
        self.file.insert(name, symbol);
        None
    }

    /// Says what has been found out of a top-level name.
    pub(super) fn set_file_type(&mut self, name: &str, ty: Type) {
        if let Some(symbol) = self.file.get_mut(name) {
            symbol.ty = ty;
        }
    }

    /// Hides what stands at or below an item of the file, or nothing.
    pub(super) fn only_before(&mut self, item: Option<usize>) {
        self.before = item;
    }

    pub(super) fn enter(&mut self) {
        self.frames.push(HashMap::new());
    }

    pub(super) fn leave(&mut self) {
        let frame = self.frames.pop().unwrap_or_default();
        self.ended.extend(frame.into_iter().map(|(name, symbol)| (name, symbol.span)));
    }

    /// Where a block that has ended had this name.
    pub(super) fn ended(&self, name: &str) -> Option<Span> {
        self.ended.get(name).copied()
    }

    /// Names something in the innermost block.
    pub(super) fn declare(&mut self, name: &'a str, symbol: Symbol) {
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(name, symbol);
        }
    }

    /// What the name means in the innermost block.
    pub(super) fn in_innermost(&self, name: &str) -> Option<&Symbol> {
        self.frames.last().and_then(|frame| frame.get(name))
    }

    pub(super) fn find(&self, name: &str) -> Found<'_> {
        if let Some(symbol) = self.frames.iter().rev().find_map(|frame| frame.get(name)) {
            return Found::Symbol(symbol);
        }
        match self.file.get(name) {
            Some(symbol) if self.before.is_some_and(|before| symbol.item >= before) => Found::Later(symbol),
            Some(symbol) => Found::Symbol(symbol),
            None => Found::Nowhere,
        }
    }

    /// All names that can be seen here.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'a str, &Symbol)> {
        let before = self.before.unwrap_or(usize::MAX);
        let file = self.file.iter().filter(move |(_, symbol)| symbol.item < before);
        self.frames.iter().flatten().chain(file).map(|(name, symbol)| (*name, symbol))
    }
}
