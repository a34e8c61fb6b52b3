//! A scenario made ready to be played, any number of times.

use std::sync::Arc;

use indexmap::IndexMap;

use super::load::Rehearsal;
use super::operator::{ScriptedAnswer, ScriptedOperator};
use crate::clock::Clock;
use crate::finding::Finding;
use crate::plan::{Plan, plan_with_values};
use crate::resolve::Loader;
use crate::source::Span;
use crate::syntax::ast::{self, Scenario, ScenarioClauseKind};
use crate::value::Value;
use crate::world::{Opening, VirtualClock, World};

/// Params by name, each with its place.
type Params = IndexMap<String, (Value, Span)>;

/// All of a scenario that is the same each time that it is played.
pub(super) struct Stage<'r> {
    pub rehearsal: &'r Rehearsal,
    pub plan: Arc<Plan>,
    opening: Opening,
    /// What people say: the text that a question holds, and whether it is a yes.
    answers: Vec<(String, bool)>,
}

impl Rehearsal {
    /// Binds the params of a scenario, or of the world as it is.
    pub(super) fn stage<'r>(
        &'r self,
        scenario: Option<&'r Scenario>,
        loader: &dyn Loader,
    ) -> Result<Stage<'r>, Vec<Finding>> {
        let opening = Opening::new(Arc::clone(&self.world), scenario).map_err(|finding| vec![finding])?;
        let params = self.params(scenario, &opening).map_err(|finding| vec![finding])?;
        let plan = Arc::new(plan_with_values(&self.world.runbook, &self.sources, &params, loader)?);
        let answers = self.answers(scenario).map_err(|finding| vec![finding])?;
        Ok(Stage { rehearsal: self, plan, opening, answers })
    }

    /// `rehearses … with`, and over it the scenario's `with`.
    fn params(&self, scenario: Option<&Scenario>, opening: &Opening) -> Result<Params, Finding> {
        let clauses = scenario.map_or(&[][..], |scenario| &scenario.clauses);
        let differing = clauses.iter().filter_map(|clause| match &clause.kind {
            ScenarioClauseKind::With(expr) => Some(expr),
            _ => None,
        });
        let given = self.rehearses().and_then(|rehearses| rehearses.params.as_ref());
        let world = opening.world(Arc::new(VirtualClock::at_speed(1.0)));
        let mut params = Params::new();
        for expr in given.into_iter().chain(differing) {
            params.extend(named(expr, &world.evaluate(expr)?)?);
        }
        Ok(params)
    }

    fn answers(&self, scenario: Option<&Scenario>) -> Result<Vec<(String, bool)>, Finding> {
        let clauses = scenario.map_or(&[][..], |scenario| &scenario.clauses);
        let answers = clauses.iter().filter_map(|clause| match &clause.kind {
            ScenarioClauseKind::Answer { text, yes } => Some((text, *yes)),
            _ => None,
        });
        answers.map(|(text, yes)| Ok((self.text(text)?, yes))).collect()
    }
}

impl Stage<'_> {
    /// The world as the scenario begins.
    pub fn world(&self, clock: Arc<dyn Clock>) -> World {
        self.opening.world(clock)
    }

    /// The people of the scenario.
    pub fn operator(&self, clock: Arc<dyn Clock>) -> ScriptedOperator {
        let answers = self.answers.iter().map(|(text, yes)| ScriptedAnswer::new(text.clone(), *yes));
        ScriptedOperator::new(answers.collect(), clock)
    }
}

/// The params in a map, each with the place of its name.
fn named(expr: &ast::Expr, value: &Value) -> Result<Params, Finding> {
    let wrong = |why: String| {
        let title = "`with` takes a map of params";
        Finding::error("wrong-type", title, expr.span, why).help("write `with {\"name\": value, …}`")
    };
    if value.kind() != minijinja::value::ValueKind::Map {
        return Err(wrong(format!("this is a {}", value.kind())));
    }
    let names = value.try_iter().map_err(|error| wrong(error.to_string()))?;
    let param = |name: Value| {
        let item = value.get_item(&name).map_err(|error| wrong(error.to_string()))?;
        let name = name.to_string();
        let span = key_in(expr, &name);
        Ok((name, (item, span)))
    };
    names.map(param).collect()
}

/// Where a key of a map is written, or the whole of the expression.
fn key_in(expr: &ast::Expr, name: &str) -> Span {
    let keys = [format!("\"{name}\""), format!("'{name}'")];
    let found = keys.iter().find_map(|key| Some((expr.text.find(key.as_str())?, key.len())));
    found.map_or(expr.span, |(at, len)| expr.span.part(at, len))
}
