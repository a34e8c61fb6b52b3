//! The state of a world by name, and the scope that shows it to expressions.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::tree::{Step, Tree, TreeError};
use crate::finding::{Finding, nearest};
use crate::resolve::{ResolvedWorld, RunEnd};
use crate::syntax::ast;
use crate::template::{EvalError, Expressions, Scope};
use crate::value::Value;

/// What a world knows of the run that is played in it.
pub(super) const ENDED: &str = "ended";

/// Every `state` of the world.
#[derive(Debug)]
pub(super) struct State {
    roots: IndexMap<String, Tree>,
    scope: Arc<Scope>,
    changed: BTreeSet<String>,
}

impl State {
    /// The state as the world's file says that it begins.
    pub(super) fn new(world: &ResolvedWorld) -> Result<Self, Finding> {
        let scope = Scope::root();
        scope.set(ENDED, Value::from(()));
        let mut state = Self { roots: IndexMap::new(), scope, changed: BTreeSet::new() };
        for item in &world.file.items {
            match &item.kind {
                ast::ItemKind::State(declared) => {
                    state.declare(&declared.name.value, world, &declared.value)?;
                }
                ast::ItemKind::Let(ast::Let { name, value: ast::LetValue::Expr(expr) }) => {
                    let value = evaluate(world, expr, &state.scope)?;
                    state.scope.set(&name.value, value);
                }
                _ => {}
            }
        }
        Ok(state)
    }

    fn declare(&mut self, name: &str, world: &ResolvedWorld, value: &ast::Expr) -> Result<(), Finding> {
        let tree = taken(&evaluate(world, value, &self.scope)?, value)?;
        self.scope.set(name, tree.value());
        self.roots.insert(name.to_owned(), tree);
        Ok(())
    }

    /// The same state, changed from now on without this one. What neither changes is shared.
    pub(super) fn copied(&self) -> Self {
        Self { roots: self.roots.clone(), scope: self.scope.copied(), changed: self.changed.clone() }
    }

    /// What expressions see: the state by name.
    pub(super) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// Every state, and how the run ended, as text.
    pub(super) fn substance(&self) -> String {
        format!("{:?} {:?}", self.roots, self.scope.get(ENDED))
    }

    /// The states that were changed since this was asked last.
    pub(super) fn take_changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed)
    }

    /// `set PATH = EXPR`, with the names of `scope`.
    pub(super) fn set(
        &mut self,
        set: &ast::Set,
        world: &ResolvedWorld,
        scope: &Arc<Scope>,
    ) -> Result<(), Finding> {
        let steps: Vec<Step> =
            set.path.iter().map(|step| step_of(step, world, scope)).collect::<Result<_, _>>()?;
        let tree = taken(&evaluate(world, &set.value, scope)?, &set.value)?;
        self.put(set, &steps, tree)
    }

    /// How the run ended; nothing while it is under way.
    pub(super) fn set_ended(&mut self, how: Option<RunEnd>) {
        self.scope.set(ENDED, how.map_or_else(|| Value::from(()), |how| Value::from(how.word())));
        self.changed.insert(ENDED.to_owned());
    }

    fn put(&mut self, set: &ast::Set, steps: &[Step], tree: Tree) -> Result<(), Finding> {
        let name = &set.name.value;
        let Some(root) = self.roots.get_mut(name) else {
            return Err(unknown_state(&set.name, self.roots.keys().map(String::as_str)));
        };
        // The scope must let go of the tree, or every change would copy it.
        self.scope.set(name, Value::UNDEFINED);
        let done = root.set(steps, tree);
        self.scope.set(name, root.value());
        self.changed.insert(name.clone());
        done.map_err(|error| misled(set, error))
    }
}

/// The value of an expression of the world's file.
pub(super) fn evaluate(
    world: &ResolvedWorld,
    expr: &ast::Expr,
    scope: &Arc<Scope>,
) -> Result<Value, Finding> {
    world.expression(expr).evaluate(scope).map_err(no_value)
}

/// Whether an expression of the world's file counts as true.
pub(super) fn holds(world: &ResolvedWorld, expr: &ast::Expr, scope: &Arc<Scope>) -> Result<bool, Finding> {
    // Nothing in a world is only known later.
    world.expression(expr).holds(scope).map(Option::unwrap_or_default).map_err(no_value)
}

/// An expression of a world that has no value, as a finding.
pub(super) fn no_value(error: EvalError) -> Finding {
    let finding = Finding::error("broken-world", error.title, error.span, error.label);
    match error.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn taken(value: &Value, expr: &ast::Expr) -> Result<Tree, Finding> {
    Tree::new(value).map_err(|error| {
        Finding::error("broken-world", "this can't be kept in a world's state", expr.span, error.why)
    })
}

fn step_of(step: &ast::PathStep, world: &ResolvedWorld, scope: &Arc<Scope>) -> Result<Step, Finding> {
    match step {
        ast::PathStep::Field(name) => Ok(Step::Field(name.value.clone())),
        ast::PathStep::Index(expr) => evaluate(world, expr, scope).map(Step::Index),
    }
}

fn unknown_state<'a>(name: &ast::Name, known: impl Iterator<Item = &'a str>) -> Finding {
    let title = format!("there is no state `{}`", name.value);
    let finding = Finding::error("unknown-name", title, name.span, "this world has no such state");
    match nearest(&name.value, known) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("declare it: `state {} = …`", name.value)),
    }
}

fn misled(set: &ast::Set, error: TreeError) -> Finding {
    let span = match set.path.get(error.step) {
        Some(ast::PathStep::Field(name)) => name.span,
        Some(ast::PathStep::Index(expr)) => expr.span,
        None => set.value.span,
    };
    let title = format!("this leads nowhere in `{}`", set.name.value);
    let finding = Finding::error("broken-world", title, span, error.why);
    match error.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}
