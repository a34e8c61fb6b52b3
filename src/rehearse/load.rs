//! From the path of a world to something that can be played.

use std::path::Path;
use std::sync::Arc;

use crate::finding::{Finding, has_errors, nearest};
use crate::resolve::{Loader, ResolvedWorld, Subject, resolve};
use crate::source::Sources;
use crate::syntax::ast::{ItemKind, Rehearses, Scenario, ScenarioClauseKind};

/// A world, its runbook and its scenarios, all checked.
#[derive(Debug)]
pub struct Rehearsal {
    pub sources: Arc<Sources>,
    /// Warnings.
    pub findings: Vec<Finding>,
    pub(super) world: Arc<ResolvedWorld>,
}

/// Why a world can't be played; `sources` are what the findings point into.
#[derive(Debug)]
pub struct Unplayable {
    pub sources: Arc<Sources>,
    pub findings: Vec<Finding>,
}

impl Rehearsal {
    /// Reads a world and the runbook that it rehearses.
    pub fn load(path: &Path, loader: &dyn Loader) -> Result<Self, Unplayable> {
        let resolution = resolve(path, loader);
        let sources = Arc::new(resolution.sources);
        let mut findings = resolution.findings;
        let world = match resolution.subject {
            Some(Subject::World(world)) => Some(world),
            Some(Subject::Runbook(other) | Subject::Library(other)) => {
                findings.push(not_a_world(&other.root().file));
                None
            }
            None => None,
        };
        match world {
            Some(world) if !has_errors(&findings) => Ok(Self { sources, findings, world: Arc::new(world) }),
            _ => Err(Unplayable { sources, findings }),
        }
    }

    /// The world's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.world.path
    }

    /// What the world is called.
    #[must_use]
    pub fn title(&self) -> String {
        self.world.file.title.as_literal().unwrap_or_default()
    }

    /// The file of the runbook that is rehearsed, as the world names it.
    #[must_use]
    pub fn runbook(&self) -> String {
        self.rehearses().and_then(|rehearses| rehearses.file.as_literal()).unwrap_or_default()
    }

    /// The titles of its scenarios, in order.
    #[must_use]
    pub fn scenarios(&self) -> Vec<String> {
        self.all_scenarios().map(title).collect()
    }

    pub(super) fn rehearses(&self) -> Option<&Rehearses> {
        self.world.file.items.iter().find_map(|item| match &item.kind {
            ItemKind::Rehearses(rehearses) => Some(rehearses),
            _ => None,
        })
    }

    pub(super) fn all_scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.world.file.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Scenario(scenario) => Some(scenario),
            _ => None,
        })
    }

    /// The scenario with this title.
    pub(super) fn scenario(&self, wanted: &str) -> Result<&Scenario, Finding> {
        let found = self.all_scenarios().find(|scenario| title(scenario) == wanted);
        found.ok_or_else(|| self.unknown_scenario(wanted))
    }

    fn unknown_scenario(&self, wanted: &str) -> Finding {
        let titles = self.scenarios();
        let error = format!("there is no scenario `{wanted}`");
        let finding = Finding::error("unknown-name", error, self.world.file.title.span, "in this world");
        match nearest(wanted, titles.iter().map(String::as_str)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None if titles.is_empty() => finding.help("it has no scenarios; leave the name out"),
            None => finding.help(format!("it has `{}`", titles.join("`, `"))),
        }
    }

    /// A scenario that expects nothing would pass whatever happens.
    pub(super) fn unexpecting(scenario: &Scenario) -> Option<Finding> {
        let expects = scenario.clauses.iter().any(|clause| match clause.kind {
            ScenarioClauseKind::ExpectEnd { .. }
            | ScenarioClauseKind::ExpectRequests { .. }
            | ScenarioClauseKind::ExpectSaid { .. }
            | ScenarioClauseKind::ExpectState(_) => true,
            ScenarioClauseKind::Given(_)
            | ScenarioClauseKind::With(_)
            | ScenarioClauseKind::At(_)
            | ScenarioClauseKind::Answer { .. } => false,
        });
        let error = format!("the scenario \"{}\" expects nothing", title(scenario));
        let label = "it would pass whatever happens";
        let finding = Finding::error("expects-nothing", error, scenario.title.span, label);
        (!expects).then(|| finding.help("say how it should end: `expect succeeded`"))
    }
}

/// What a scenario is called.
pub(super) fn title(scenario: &Scenario) -> String {
    scenario.title.as_literal().unwrap_or_default()
}

fn not_a_world(file: &crate::syntax::ast::File) -> Finding {
    let label = "the first word of the file says what it is";
    Finding::error("not-a-world", "this is not a world", file.kind.span, label)
        .help("name a `.world` file: it says which runbook it rehearses")
}
