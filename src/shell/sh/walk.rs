//! Walking the tree of a script: every command in it, with what is known where it stands.

use std::collections::HashMap;
use std::rc::Rc;

use brush_parser::ast;

use super::expand::As;
use super::pipelines::pipelines;
use super::state::{State, tells, writes};
use super::tree;
use crate::shell::{self, Pipeline, SimpleCommand};

/// How many commands are followed in one script.
const MOST_STEPS: usize = 4_000;
/// How many turns of a loop over known words are followed one by one.
const MOST_TURNS: usize = 64;
const DEEPEST: usize = 24;

/// What a command reads from its standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// What the script itself reads.
    Inherited,
    Text(String),
    Unknown,
}

#[derive(Debug)]
struct Function {
    body: Rc<ast::FunctionBody>,
    text: String,
    called: bool,
}

#[derive(Debug)]
pub(super) struct Walker {
    pub(super) bash: bool,
    pub(super) depth: usize,
    pub(super) state: State,
    /// A text with a substitution in a subscript was seen, which arithmetic would run.
    pub(super) hides_code: bool,
    /// Something was seen that reads text as arithmetic.
    pub(super) computes: bool,
    found: Vec<SimpleCommand>,
    functions: HashMap<String, Vec<Function>>,
    /// What runs at times that are not known: traps.
    at_any_time: String,
    running: Vec<String>,
    steps: usize,
}

/// Each program that a script runs, wrappers left on.
pub(in crate::shell) fn simple_commands(script: &str, bash: bool) -> Vec<SimpleCommand> {
    Walker::new(bash).all(tree::parse(script, bash, 1).as_ref())
}

/// The same, and every pipeline of the script as it is written; none where it can't be read.
pub(in crate::shell) fn script(script: &str, bash: bool) -> (Vec<SimpleCommand>, Vec<Pipeline>) {
    let program = tree::parse(script, bash, 1);
    let pipelines = program.as_ref().map(|program| pipelines(program, bash)).unwrap_or_default();
    (Walker::new(bash).all(program.as_ref()), pipelines)
}

impl Walker {
    fn new(bash: bool) -> Self {
        Self {
            bash,
            depth: 1,
            state: State::default(),
            hides_code: false,
            computes: false,
            found: Vec::new(),
            functions: HashMap::new(),
            at_any_time: String::new(),
            running: Vec::new(),
            steps: 0,
        }
    }

    /// Each program that a whole script runs.
    fn all(mut self, program: Result<&ast::Program, &String>) -> Vec<SimpleCommand> {
        self.program(program);
        self.uncalled();
        if self.hides_code && self.computes {
            self.opaque("a text in it could be run as arithmetic");
        }
        if self.found.is_empty() && self.steps > 0 {
            // It sets variables or tests something: no program is run.
            self.emit(vec![shell::Word::known(":")]);
        }
        self.found
    }

    fn program(&mut self, program: Result<&ast::Program, &String>) {
        match program {
            Ok(program) => program.complete_commands.iter().for_each(|list| self.list(list)),
            Err(why) => self.opaque(why),
        }
    }

    pub(super) fn opaque(&mut self, why: impl Into<String>) {
        let opaque = SimpleCommand::Opaque(why.into());
        if !self.found.contains(&opaque) {
            self.found.push(opaque);
        }
    }

    pub(super) fn emit(&mut self, words: Vec<shell::Word>) {
        let command = SimpleCommand::Words(words);
        if !self.found.contains(&command) {
            self.found.push(command);
        }
    }

    /// Walks a script in the state that is.
    pub(super) fn script(&mut self, script: &str) {
        if self.depth > DEEPEST {
            return self.opaque("commands are nested too deep");
        }
        self.depth += 1;
        self.program(tree::parse(script, self.bash, self.depth).as_ref());
        self.depth -= 1;
    }

    /// A script that runs in a shell of its own.
    pub(super) fn substitution(&mut self, script: &str) {
        let state = self.state.clone();
        self.script(script);
        self.state = state;
    }

    /// Runs `walk`, and forgets what it may have changed.
    fn aside(&mut self, text: &str, walk: impl FnOnce(&mut Self)) {
        let state = self.state.clone();
        walk(self);
        self.state = state;
        self.forget(text);
    }

    fn forget(&mut self, text: &str) {
        self.state.forget(text);
        let named = |(name, _): &(&String, &Vec<Function>)| writes(text, name);
        if self.functions.iter().any(|function| named(&function)) {
            for function in self.functions.values().flatten() {
                self.state.forget(&function.text);
            }
        }
    }

    pub(super) fn list(&mut self, list: &ast::CompoundList) {
        for ast::CompoundListItem(commands, separator) in &list.0 {
            if self.steps > MOST_STEPS {
                return;
            }
            match separator {
                ast::SeparatorOperator::Async => {
                    self.aside(&commands.to_string(), |walker| walker.and_or(commands));
                }
                ast::SeparatorOperator::Sequence => self.and_or(commands),
            }
        }
    }

    fn and_or(&mut self, commands: &ast::AndOrList) {
        self.pipeline(&commands.first);
        let text: String = commands.additional.iter().map(ToString::to_string).collect();
        let before = self.state.clone();
        for next in &commands.additional {
            match next {
                ast::AndOr::And(pipeline) => self.pipeline(pipeline),
                ast::AndOr::Or(pipeline) => {
                    self.forget(&text);
                    self.pipeline(pipeline);
                }
            }
        }
        if !commands.additional.is_empty() {
            self.state = before;
            self.forget(&text);
        }
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline) {
        let [first, rest @ ..] = pipeline.seq.as_slice() else { return };
        if rest.is_empty() {
            self.command(first, Input::Inherited);
            return;
        }
        let mut input = Input::Inherited;
        for command in &pipeline.seq {
            let state = self.state.clone();
            let printed = self.command(command, input);
            input = printed.map_or(Input::Unknown, Input::Text);
            self.state = state;
        }
        self.forget(&pipeline.to_string());
    }

    /// Walks a command and gives what it surely prints.
    fn command(&mut self, command: &ast::Command, input: Input) -> Option<String> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            self.opaque("it runs too many commands to follow");
            return None;
        }
        match command {
            ast::Command::Simple(simple) => return self.simple(simple, input),
            ast::Command::Compound(compound, redirects) => {
                self.redirects(redirects.as_ref());
                self.compound(compound);
            }
            ast::Command::Function(function) => self.define(function),
            ast::Command::ExtendedTest(test, redirects) => {
                self.redirects(redirects.as_ref());
                self.test(&test.expr);
            }
        }
        None
    }

    fn redirects(&mut self, redirects: Option<&ast::RedirectList>) {
        for redirect in redirects.iter().flat_map(|list| &list.0) {
            self.redirect(redirect);
        }
    }

    fn compound(&mut self, compound: &ast::CompoundCommand) {
        use ast::CompoundCommand as Compound;
        match compound {
            Compound::BraceGroup(group) => self.list(&group.list),
            Compound::Subshell(subshell) => self.subshell(subshell),
            Compound::IfClause(clause) => self.if_clause(clause),
            Compound::CaseClause(clause) => self.case(clause),
            Compound::ForClause(clause) => self.for_clause(clause),
            Compound::WhileClause(clause) | Compound::UntilClause(clause) => self.while_clause(clause),
            Compound::Arithmetic(command) => self.arithmetic_text(&command.expr.value),
            Compound::ArithmeticForClause(clause) => self.arithmetic_for(clause),
            Compound::Coprocess(_) => self.opaque("`coproc` can't be followed"),
        }
    }

    pub(super) fn subshell(&mut self, subshell: &ast::SubshellCommand) {
        self.aside(&subshell.to_string(), |walker| walker.list(&subshell.list));
    }

    fn if_clause(&mut self, clause: &ast::IfClauseCommand) {
        let text = clause.to_string();
        self.list(&clause.condition);
        let state = self.state.clone();
        self.list(&clause.then);
        self.state = state;
        for branch in clause.elses.iter().flatten() {
            if let Some(condition) = &branch.condition {
                self.list(condition);
            }
            let state = self.state.clone();
            self.list(&branch.body);
            self.state = state;
        }
        self.forget(&text);
    }

    fn case(&mut self, clause: &ast::CaseClauseCommand) {
        let text = clause.to_string();
        self.value(&clause.value.value, As::Value);
        for case in &clause.cases {
            for pattern in &case.patterns {
                self.value(&pattern.value, As::Value);
            }
            if !matches!(case.post_action, ast::CaseItemPostAction::ExitCase) {
                self.forget(&text);
            }
            if let Some(list) = &case.cmd {
                self.aside(&text, |walker| walker.list(list));
            }
        }
        self.forget(&text);
    }

    fn while_clause(&mut self, clause: &ast::WhileOrUntilClauseCommand) {
        let text = clause.to_string();
        self.forget(&text);
        self.list(&clause.0);
        self.aside(&text, |walker| walker.list(&clause.1.list));
        self.forget(&text);
    }

    fn arithmetic_text(&mut self, text: &str) {
        self.value(&format!("$(({text}))"), As::Value);
    }

    fn arithmetic_for(&mut self, clause: &ast::ArithmeticForClauseCommand) {
        let text = clause.to_string();
        self.forget(&text);
        for part in [&clause.initializer, &clause.condition, &clause.updater].into_iter().flatten() {
            self.arithmetic_text(&part.value);
        }
        self.aside(&text, |walker| walker.list(&clause.body.list));
    }

    fn for_clause(&mut self, clause: &ast::ForClauseCommand) {
        let name = &clause.variable_name;
        if tells(name) {
            self.opaque(format!("it sets `{name}`, which changes what commands do"));
        }
        let turns = self.turns(clause);
        let text = clause.body.to_string();
        let fixed = turns.filter(|_| !writes(&text, name) && !writes(&self.at_any_time, name));
        self.forget(&text);
        self.state.assign(name, None);
        let values = match fixed {
            Some(values) if !values.is_empty() => values.into_iter().map(Some).collect(),
            Some(_) | None => vec![None],
        };
        for value in values {
            if self.steps > MOST_STEPS {
                return;
            }
            self.aside(&text, |walker| {
                walker.state.assign(name, value);
                walker.list(&clause.body.list);
            });
        }
    }

    /// The values that `for` goes through, when they are known.
    fn turns(&mut self, clause: &ast::ForClauseCommand) -> Option<Vec<String>> {
        let Some(values) = &clause.values else { return self.state.arguments.clone() };
        let words: Vec<_> = values.iter().flat_map(|word| self.fields(&word.value)).collect();
        let known = words.len() <= MOST_TURNS && words.iter().all(|word| word.known);
        known.then(|| words.into_iter().map(|word| word.text).collect())
    }

    fn test(&mut self, test: &ast::ExtendedTestExpr) {
        use ast::ExtendedTestExpr as Test;
        match test {
            Test::And(left, right) | Test::Or(left, right) => {
                self.test(left);
                self.test(right);
            }
            Test::Not(inner) | Test::Parenthesized(inner) => self.test(inner),
            Test::UnaryTest(_, word) => self.tested(word),
            Test::BinaryTest(_, left, right) => {
                self.tested(left);
                self.tested(right);
            }
        }
    }

    fn tested(&mut self, word: &ast::Word) {
        self.computes = true;
        self.value(&word.value, As::Test);
    }

    fn define(&mut self, function: &ast::FunctionDefinition) {
        let name = function.fname.value.clone();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        if !name.chars().all(plain) || shell::interpreters::is_special_builtin(&name) {
            return self.opaque(format!("a function is called `{name}`"));
        }
        let body = Rc::new(function.body.clone());
        let text = function.body.to_string();
        self.state.define(&name);
        self.functions.entry(name).or_default().push(Function { body, text, called: false });
    }

    /// Walks what a function of the script does when it is called with `arguments`. Whether it
    /// surely is the function that runs.
    pub(super) fn call(&mut self, name: &str, arguments: Option<Vec<String>>) -> bool {
        let nested = self.running.iter().filter(|running| *running == name).count();
        if !self.functions.contains_key(name) || nested > 1 {
            return nested > 1;
        }
        let mut bodies = Vec::new();
        for function in self.functions.get_mut(name).into_iter().flatten() {
            function.called = true;
            bodies.push((Rc::clone(&function.body), function.text.clone()));
        }
        let arguments = if nested == 0 { arguments } else { None };
        for (body, text) in bodies {
            self.run_body(name, &body, &text, arguments.clone());
        }
        self.state.surely_defines(name)
    }

    fn run_body(&mut self, name: &str, body: &ast::FunctionBody, text: &str, arguments: Option<Vec<String>>) {
        let outer = self.state.arguments.clone();
        self.forget(text);
        self.running.push(name.to_owned());
        self.aside(text, |walker| {
            walker.state.arguments = arguments;
            walker.redirects(body.1.as_ref());
            walker.compound(&body.0);
        });
        self.running.pop();
        self.state.arguments = outer;
    }

    /// What runs at a time that is not known.
    pub(super) fn trap(&mut self, script: &str) {
        self.at_any_time.push_str(script);
        self.at_any_time.push('\n');
        self.forget(script);
        let state = self.state.clone();
        self.state.forget_all();
        self.script(script);
        self.state = state;
    }

    /// Sets a variable of the script, or forgets it.
    pub(super) fn assign(&mut self, name: &str, value: Option<String>) {
        let value = value.filter(|_| !writes(&self.at_any_time, name));
        self.state.assign(name, value);
    }

    /// Makes a variable unknown for good.
    pub(super) fn unsettle(&mut self, name: &str) {
        self.at_any_time.push_str(name);
        self.at_any_time.push('\n');
        self.state.assign(name, None);
    }

    /// Functions that nothing in the script calls may still be called.
    fn uncalled(&mut self) {
        self.state.forget_all();
        let names: Vec<String> = self.functions.keys().cloned().collect();
        for name in names {
            let waiting = |function: &&mut Function| !function.called;
            let mut bodies = Vec::new();
            for function in self.functions.get_mut(&name).into_iter().flatten().filter(waiting) {
                function.called = true;
                bodies.push((Rc::clone(&function.body), function.text.clone()));
            }
            for (body, text) in bodies {
                self.run_body(&name, &body, &text, None);
            }
        }
    }
}
