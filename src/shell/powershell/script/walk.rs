//! Going through a script in its order: what it runs, and what its variables hold.

use std::collections::{HashMap, HashSet};

use super::assigned::{Assigned, by_block, by_statements};
use super::tree::{Block, Element, Expr, Pipeline, Statement, Step};
use super::values::{Val, operation};
use crate::shell::{SimpleCommand, Word};

/// More commands than this, or more steps to find them, nobody means.
const MOST_COMMANDS: usize = 2_000;
const MOST_STEPS: usize = 50_000;
/// Code in code in code.
const DEEPEST_CODE: usize = 8;

/// What names stand for at one point of a script.
#[derive(Clone, Default)]
pub(super) struct Names {
    pub(super) variables: HashMap<String, Val>,
    pub(super) aliases: HashMap<String, String>,
    pub(super) functions: HashSet<String>,
}

pub(super) struct Walker {
    pub(super) found: Vec<SimpleCommand>,
    pub(super) names: Names,
    /// Variables that may be set at any time.
    poisoned: Assigned,
    /// In how many pieces of code the walk is that may run or not, or elsewhere.
    pub(super) unsure: usize,
    steps: usize,
    code_depth: usize,
    newer: bool,
}

impl Walker {
    pub(super) fn new(newer: bool) -> Self {
        Self {
            found: Vec::new(),
            names: Names::default(),
            poisoned: Assigned::default(),
            unsure: 0,
            steps: 0,
            code_depth: 0,
            newer,
        }
    }

    pub(super) fn opaque(&mut self, why: impl Into<String>) {
        self.push(SimpleCommand::Opaque(why.into()));
    }

    pub(super) fn words(&mut self, words: Vec<Word>) {
        self.push(SimpleCommand::Words(words));
    }

    fn push(&mut self, command: SimpleCommand) {
        match self.found.len() {
            MOST_COMMANDS => self.found.push(SimpleCommand::Opaque("it runs too many commands".to_owned())),
            0..MOST_COMMANDS if !self.found.contains(&command) => self.found.push(command),
            _ => {}
        }
    }

    /// Whether the walk has become too long; it is opaque then.
    fn is_long(&mut self) -> bool {
        self.steps += 1;
        if self.steps == MOST_STEPS {
            self.opaque("it is too long to follow");
        }
        self.steps >= MOST_STEPS
    }

    /// Goes through a block in the scope of what is around it.
    pub(super) fn block(&mut self, block: &Block) -> Val {
        for statement in &block.body {
            if let Statement::Trap(body) = statement {
                self.poison(by_block(body));
            }
        }
        self.set_unknown(&block.parameters);
        self.statements(&block.body)
    }

    fn statements(&mut self, statements: &[Statement]) -> Val {
        let mut values: Vec<Val> = Vec::new();
        for statement in statements {
            if self.is_long() {
                return Val::Unknown;
            }
            values.extend(self.statement(statement));
        }
        let items: Option<Vec<Vec<String>>> = values.iter().map(Val::items).collect();
        match (values.len(), items) {
            (0, _) if !statements.is_empty() => Val::Unknown,
            (1, _) => values.remove(0),
            (_, Some(items)) => Val::List(items.concat()),
            (_, None) => Val::Unknown,
        }
    }

    /// What a statement puts out; none for an assignment.
    fn statement(&mut self, statement: &Statement) -> Option<Val> {
        match statement {
            Statement::Pipelines(pipelines) => Some(self.pipelines(pipelines)),
            Statement::Assign { targets, operator, value } => {
                self.assign(targets, operator, value);
                None
            }
            Statement::Branches { heads, bodies } => Some(self.branches(heads, bodies)),
            Statement::Loop { heads, body } => Some(self.branches(heads, std::slice::from_ref(body))),
            Statement::Foreach { variable, over, body } => Some(self.foreach(variable, over, body)),
            Statement::Function { name, body } => {
                self.function(name, body);
                None
            }
            Statement::Trap(body) => {
                self.elsewhere(body);
                None
            }
            Statement::Part(body) => Some(self.branches(&[], std::slice::from_ref(body))),
            Statement::Leave(value) => {
                value.iter().for_each(|value| {
                    self.statement(value);
                });
                Some(Val::Unknown)
            }
        }
    }

    fn pipelines(&mut self, pipelines: &[Pipeline]) -> Val {
        match pipelines {
            [only] => self.pipeline(only),
            _ => {
                pipelines.iter().for_each(|pipeline| {
                    self.pipeline(pipeline);
                });
                Val::Unknown
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Val {
        let mut flow: Option<Val> = None;
        for element in &pipeline.elements {
            flow = Some(match element {
                Element::Value { of, writes } => {
                    let value = self.value(of);
                    self.written(writes);
                    value
                }
                Element::Command(command) => {
                    let value = self.command(command, flow.as_ref());
                    self.written(&command.writes);
                    value
                }
            });
        }
        flow.unwrap_or(Val::Unknown)
    }

    /// Code of which it is not known whether, or how often, it is run.
    pub(super) fn branches(&mut self, heads: &[Statement], bodies: &[Block]) -> Val {
        let mut assigned = by_statements(heads);
        bodies.iter().for_each(|body| assigned.add(by_block(body)));
        if let Some(first) = heads.first() {
            self.statement(first);
        }
        self.forget(&assigned);
        let before = self.names.clone();
        self.unsure += 1;
        for head in heads {
            self.statement(head);
            self.names = before.clone();
        }
        for body in bodies {
            self.block(body);
            self.names = before.clone();
        }
        self.unsure -= 1;
        Val::Unknown
    }

    fn foreach(&mut self, variable: &str, over: &Statement, body: &Block) -> Val {
        const MOST_ROUNDS: usize = 64;
        let over = self.statement(over).unwrap_or(Val::Unknown);
        let rounds = match over {
            Val::List(items) if (1..=MOST_ROUNDS).contains(&items.len()) => {
                items.into_iter().map(Val::Text).collect()
            }
            Val::List(_) | Val::Hash(_) | Val::Block(_) | Val::Unknown => vec![Val::Unknown],
            single => vec![single],
        };
        self.rounds(variable, &rounds, body);
        self.set_unknown(&[variable.to_owned()]);
        Val::Unknown
    }

    /// A block run once for each value of a variable; what it puts out.
    pub(super) fn rounds(&mut self, variable: &str, rounds: &[Val], body: &Block) -> Vec<Val> {
        self.forget(&by_block(body));
        let before = self.names.clone();
        self.unsure += 1;
        let mut values = Vec::new();
        for round in rounds {
            self.set(variable, round.clone());
            values.push(self.block(body));
            self.names = before.clone();
        }
        self.unsure -= 1;
        values
    }

    fn function(&mut self, name: &str, body: &Block) {
        let name = name.rsplit(':').next().unwrap_or(name);
        if super::written::is_well_known(name) {
            self.opaque(format!("it gives `{name}` another meaning"));
        }
        self.elsewhere(body);
        if self.unsure == 0 {
            self.names.functions.insert(name.to_owned());
        }
    }

    /// Code that runs at another time or place, where nothing is known of the names here.
    pub(super) fn elsewhere(&mut self, body: &Block) {
        self.poison(by_block(body));
        let before = std::mem::take(&mut self.names);
        self.unsure += 1;
        self.block(body);
        self.unsure -= 1;
        self.names = before;
    }

    /// Text that is run as if it stood here.
    pub(super) fn code(&mut self, text: &str) {
        if self.code_depth >= DEEPEST_CODE {
            return self.opaque("commands are nested too deep");
        }
        self.code_depth += 1;
        match super::statements::parse(text, self.newer) {
            Ok(block) => {
                self.block(&block);
            }
            Err(why) => self.opaque(why),
        }
        self.code_depth -= 1;
    }

    pub(super) fn set(&mut self, name: &str, value: Val) {
        if self.poisoned.all || self.poisoned.names.contains(name) {
            return;
        }
        self.names.variables.insert(name.to_owned(), value);
    }

    pub(super) fn set_unknown(&mut self, names: &[String]) {
        for name in names {
            self.names.variables.remove(name);
        }
    }

    fn forget(&mut self, assigned: &Assigned) {
        if assigned.all {
            self.names.variables.clear();
        }
        self.names.variables.retain(|name, _| !assigned.names.contains(name));
    }

    /// From here on, these variables may change at any time.
    fn poison(&mut self, assigned: Assigned) {
        self.forget(&assigned);
        self.poisoned.add(assigned);
    }

    /// Tables may go by several names: after a change of one, none is known.
    pub(super) fn forget_tables(&mut self) {
        self.names.variables.retain(|_, value| matches!(value, Val::Text(_) | Val::Number(_)));
    }

    /// Sets variables; the value is that of the assignment itself.
    fn assign(&mut self, targets: &[Expr], operator: &str, value: &Statement) -> Val {
        let value = self.assigned(value);
        match targets {
            [Expr::Variable(name)] => self.assign_variable(name, operator, value.clone()),
            _ => targets.iter().for_each(|target| self.assign_part(target)),
        }
        if operator == "=" { value } else { Val::Unknown }
    }

    /// The value of a statement in round brackets or behind a `=`, where an assignment has one.
    pub(super) fn assigned(&mut self, statement: &Statement) -> Val {
        match statement {
            Statement::Assign { targets, operator, value } => self.assign(targets, operator, value),
            other => self.statement(other).unwrap_or(Val::Unknown),
        }
    }

    fn assign_part(&mut self, target: &Expr) {
        match target {
            Expr::Variable(name) => self.assign_variable(name, "=", Val::Unknown),
            Expr::Postfix { of, steps } => {
                self.value(target);
                let sensitive = matches!(&**of, Expr::Variable(name) if is_sensitive(name));
                if sensitive || steps.iter().any(|step| matches!(step, Step::Static(_))) {
                    self.opaque("it sets what commands depend on");
                }
                // A member may be the value of another variable.
                self.names.variables.clear();
            }
            other => {
                self.value(other);
                self.names.variables.clear();
            }
        }
    }

    fn assign_variable(&mut self, name: &str, operator: &str, value: Val) {
        let (scope, plain) = name.split_once(':').unwrap_or(("", name));
        if is_sensitive(plain) || !is_harmless_scope(scope, plain) {
            return self.opaque(format!("it sets `${name}`, which changes what commands do"));
        }
        if !scope.is_empty() {
            return self.poison(Assigned { names: HashSet::from([plain.to_owned()]), all: false });
        }
        let value = match operator {
            "=" => value,
            "+=" => operation(vec![self.variable(name), value], &["+".to_owned()]),
            _ => Val::Unknown,
        };
        self.set(name, value);
    }

    pub(super) fn written(&mut self, paths: &[Expr]) {
        for path in paths {
            let value = self.value(path);
            if matches!(path, Expr::Variable(name) if name == "null") {
                continue;
            }
            let word = match value.text() {
                Some(text) => Word::known(text),
                None => Word::expanded(super::values::spelled(path)),
            };
            self.words(vec![Word::known(">"), word]);
        }
    }
}

/// Variables that change what commands do.
pub(super) fn is_sensitive(name: &str) -> bool {
    let name = name.rsplit(':').next().unwrap_or(name);
    matches!(name, "psdefaultparametervalues" | "executioncontext" | "psmodulepath" | "ofs")
}

/// Whether setting a name of this scope is no more than that.
fn is_harmless_scope(scope: &str, name: &str) -> bool {
    const SETTINGS: [&str; 8] =
        ["http_proxy", "https_proxy", "no_proxy", "no_color", "tz", "lang", "kubeconfig", "docker_cli_hints"];
    match scope {
        "" | "global" | "script" | "local" | "private" | "variable" | "using" => true,
        "env" => SETTINGS.contains(&name),
        _ => false,
    }
}
