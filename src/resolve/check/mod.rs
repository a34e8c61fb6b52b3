//! Names, types and effects of loaded files, in one pass over each.
//!
//! Libraries come before what uses them, and actions before what calls them, so that a call is
//! checked against what is known of its action. In: trees and their expressions. Out: findings,
//! and per file what a plan needs to know. Must not know: files, how anything runs.

mod actions;
mod arguments;
mod commands;
mod counts;
mod declared;
mod effects;
mod exprs;
mod fields;
mod filters;
mod given;
mod guards;
mod items;
mod names;
mod operators;
mod requests;
mod scope;
mod secrets;
mod statements;
mod targets;
mod texts;
mod worlds;

use indexmap::IndexMap;

use self::effects::{Body, Limit};
use self::scope::Scopes;
use super::intake::Taken;
use super::load::{Graph, Loaded};
use super::{Action, ActionParam, CommandSet};
use crate::finding::Finding;
use crate::ids::ModuleId;
use crate::syntax::ast;
use crate::template::Expression;
use crate::value::Type;

/// What a plan needs to know of one file.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) actions: IndexMap<String, Action>,
    pub(super) commands: IndexMap<String, CommandSet>,
}

/// What callers of a file's actions need to know.
#[derive(Debug, Default)]
struct ModuleFacts<'a> {
    name: &'a str,
    actions: IndexMap<&'a str, ActionFacts<'a>>,
    commands: IndexMap<String, CommandSet>,
}

#[derive(Debug)]
struct ActionFacts<'a> {
    item: usize,
    declared: &'a ast::Action,
    params: Vec<ActionParam>,
    returns: Type,
    /// What its body does; nothing while it is not checked.
    body: Body<'a>,
}

/// In which part of a file the check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A stage, checklist, guard or invariant.
    Procedure,
    Action,
    /// The body of a world's handler.
    Handler,
    /// What a world changes later: `after`, `at`.
    Change,
    /// The body of a world's `always`.
    Truth,
}

/// The check of one file, and what is known of those before it.
struct Checker<'a> {
    facts: Vec<ModuleFacts<'a>>,
    findings: Vec<Finding>,
    module: usize,
    file: &'a ast::File,
    expressions: &'a [Expression],
    uses: &'a IndexMap<String, ModuleId>,
    scopes: Scopes<'a>,
    limits: Vec<Limit>,
    body: Body<'a>,
    part: Part,
    /// What the passes of `let … = for each` return, as far as it is known, of each such loop around.
    gathers: Vec<Option<Type>>,
    /// `on failure {…}` around.
    explaining: usize,
    /// Questions around whether a field is there at all.
    lenient: usize,
    /// Names that were looked up in vain; after some, no more guesses are made.
    guesses: usize,
}

impl<'a> Checker<'a> {
    fn new(
        facts: Vec<ModuleFacts<'a>>,
        module: usize,
        taken: &'a Taken,
        uses: &'a IndexMap<String, ModuleId>,
    ) -> Self {
        Self {
            facts,
            findings: Vec::new(),
            module,
            file: &taken.file,
            expressions: &taken.expressions,
            uses,
            scopes: Scopes::default(),
            limits: Vec::new(),
            body: Body::default(),
            part: Part::Procedure,
            gathers: Vec::new(),
            explaining: 0,
            lenient: 0,
            guesses: 0,
        }
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Checks a runbook or library and all it uses. The facts are by module.
pub(super) fn check_graph(graph: &Graph) -> (Vec<Checked>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut facts: Vec<ModuleFacts<'_>> = graph.files.iter().map(named).collect();
    for id in &graph.order {
        let loaded = &graph.files[id.0 as usize];
        let mut checker = Checker::new(facts, id.0 as usize, &loaded.taken, &loaded.uses);
        checker.runbook();
        findings.extend(checker.findings);
        facts = checker.facts;
    }
    (facts.into_iter().map(checked).collect(), findings)
}

fn named(loaded: &Loaded) -> ModuleFacts<'_> {
    ModuleFacts { name: &loaded.name, ..ModuleFacts::default() }
}

fn checked(facts: ModuleFacts<'_>) -> Checked {
    let actions = facts.actions.into_iter().map(|(name, facts)| {
        let effect = facts.body.effect();
        (name.to_owned(), Action { item: facts.item, params: facts.params, returns: facts.returns, effect })
    });
    Checked { actions: actions.collect(), commands: facts.commands }
}

/// Checks a world's own names and types; the runbook that it rehearses is checked on its own.
pub(super) fn check_world(taken: &Taken) -> Vec<Finding> {
    let uses = IndexMap::new();
    let mut checker = Checker::new(vec![ModuleFacts::default()], 0, taken, &uses);
    checker.world();
    checker.findings
}
