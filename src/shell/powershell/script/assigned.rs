//! Which variables a piece of a script may set.

use std::collections::HashSet;

use super::tree::{Argument, Block, Command, Element, Expr, Statement, Step};

/// Names of variables; all of them where that can't be told.
#[derive(Clone, Debug, Default)]
pub(super) struct Assigned {
    pub(super) names: HashSet<String>,
    pub(super) all: bool,
}

/// What a block sets, and what the blocks in it set.
pub(super) fn by_block(block: &Block) -> Assigned {
    by_statements(&block.body)
}

pub(super) fn by_statements(statements: &[Statement]) -> Assigned {
    let mut found = Assigned::default();
    found.statements(statements);
    found
}

impl Assigned {
    pub(super) fn add(&mut self, other: Assigned) {
        self.names.extend(other.names);
        self.all |= other.all;
    }

    fn statements(&mut self, statements: &[Statement]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Pipelines(pipelines) => {
                let elements = pipelines.iter().flat_map(|pipeline| &pipeline.elements);
                elements.for_each(|element| self.element(element));
            }
            Statement::Assign { targets, value, .. } => {
                targets.iter().for_each(|target| self.target(target));
                self.statement(value);
            }
            Statement::Branches { heads, bodies } => {
                self.statements(heads);
                bodies.iter().for_each(|body| self.statements(&body.body));
            }
            Statement::Loop { heads, body } => {
                self.statements(heads);
                self.statements(&body.body);
            }
            Statement::Foreach { variable, over, body } => {
                self.names.insert(variable.clone());
                self.statement(over);
                self.statements(&body.body);
            }
            Statement::Function { body, .. } | Statement::Trap(body) => self.statements(&body.body),
            Statement::Part(body) => self.statements(&body.body),
            Statement::Leave(value) => value.iter().for_each(|value| self.statement(value)),
        }
    }

    /// A member that is set may be one of a table that goes by other names too.
    fn target(&mut self, target: &Expr) {
        match target {
            Expr::Variable(name) => {
                self.names.insert(name.rsplit(':').next().unwrap_or(name).to_owned());
            }
            _ => self.all = true,
        }
        self.expression(target);
    }

    fn element(&mut self, element: &Element) {
        match element {
            Element::Value { of, writes } => {
                self.expression(of);
                writes.iter().for_each(|path| self.expression(path));
            }
            Element::Command(command) => self.command(command),
        }
    }

    fn command(&mut self, command: &Command) {
        self.expression(&command.name);
        command.writes.iter().for_each(|path| self.expression(path));
        let name = if let Expr::Text(name) = &command.name { name.to_lowercase() } else { String::new() };
        let names_one =
            ["variable", "sv", "nv", "set", "clv", "rv", "si", "ni", "-item", "tee", "tee-object"];
        self.all |= names_one.iter().any(|end| name.ends_with(end));
        for argument in &command.arguments {
            match argument {
                Argument::Parameter { name, value } => {
                    self.all |= sets_variable(name);
                    value.iter().for_each(|value| self.expression(value));
                }
                Argument::Value(value) => self.expression(value),
                Argument::Splat(_) | Argument::Verbatim(_) => {}
            }
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Text(_) | Expr::Number(_) | Expr::Variable(_) | Expr::Type(_) | Expr::Unknown(_) => {}
            Expr::Joined(parts) => parts.iter().for_each(|part| self.expression(part)),
            Expr::Operation { operands, .. } => operands.iter().for_each(|part| self.expression(part)),
            Expr::Sub(_, body) => self.statements(body),
            Expr::Block(block) => self.statements(&block.body),
            Expr::Hash(pairs) => pairs.iter().for_each(|(key, value)| {
                self.expression(key);
                self.statement(value);
            }),
            Expr::Cast { to, of } if to == "ref" => self.target(of),
            Expr::Unary { operator, of } if operator == "++" => self.target(of),
            Expr::Cast { of, .. } | Expr::Unary { of, .. } => self.expression(of),
            Expr::Postfix { of, steps } => {
                if steps.contains(&Step::Counted) {
                    self.target(of);
                }
                self.expression(of);
                steps.iter().for_each(|step| self.step(step));
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Member(part) | Step::Static(part) | Step::Index(part) => self.expression(part),
            Step::Call(arguments) => arguments.iter().for_each(|part| self.expression(part)),
            Step::Counted => {}
        }
    }
}

/// Whether a parameter of any command names a variable that it sets.
pub(super) fn sets_variable(parameter: &str) -> bool {
    const SHORT: [&str; 7] = ["-ov", "-ev", "-wv", "-iv", "-pv", "-va", "-var"];
    const LONG: [&str; 8] = [
        "-variable",
        "-outvariable",
        "-errorvariable",
        "-warningvariable",
        "-informationvariable",
        "-pipelinevariable",
        "-sessionvariable",
        "-responseheadersvariable",
    ];
    let name = parameter.to_lowercase();
    let cut_short = |long: &&str| long.starts_with(&name) && name.len() > 4;
    SHORT.contains(&name.as_str()) || LONG.iter().any(cut_short)
}
