//! Carrying out the body of a handler, of an `after`, of an `always`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::agenda::{Agenda, Cause, Task};
use super::asked::Asked;
use super::reply::{Answer, Replying, duration};
use super::state::{State, evaluate, holds, no_value};
use crate::finding::Finding;
use crate::resolve::ResolvedWorld;
use crate::source::Span;
use crate::syntax::ast::{self, Statement, StatementKind};
use crate::template::{self, Expressions, Scope};
use crate::value::{Value, format_duration};

/// One body carries out at most so many statements: more is a loop that was not meant.
const MOST_STATEMENTS: u32 = 1_000_000;
/// At most so many blocks wait for their time.
const MOST_WAITING: usize = 100_000;

/// Why a body was left.
#[derive(Debug)]
pub(super) enum Stop {
    /// The world itself is wrong.
    Wrong(Box<Finding>),
    /// An `assert` in it is false.
    False(Box<Falsehood>),
}

/// An `assert` that is false, with what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Falsehood {
    pub span: Span,
    pub said: String,
    pub values: Vec<(String, String)>,
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Stop::Wrong(Box::new(finding))
    }
}

/// What a body is there for, and so what it may do.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// It answers a request.
    Handler(&'a Asked<'a>),
    /// It changes the state at its time.
    Later,
    /// It looks whether something is true.
    Always,
}

/// Blocks that were put off, each copied out of the tree once.
pub(super) type Blocks = HashMap<Span, Arc<ast::Block>>;

/// A body under way.
pub(super) struct Body<'a> {
    pub world: &'a ResolvedWorld,
    pub state: &'a mut State,
    pub agenda: &'a mut Agenda,
    pub blocks: &'a mut Blocks,
    pub role: Role<'a>,
    /// The moment of the body.
    pub now: Duration,
    pub cause: Arc<Cause>,
    pub statements: u32,
}

impl Body<'_> {
    /// Carries out a block; an answer ends it.
    pub(super) fn block(&mut self, block: &ast::Block, around: &Arc<Scope>) -> Result<Option<Answer>, Stop> {
        let scope = around.child();
        for statement in &block.statements {
            let answer = self.statement(statement, &scope)?;
            if answer.is_some() {
                return Ok(answer);
            }
        }
        Ok(None)
    }

    fn statement(&mut self, statement: &Statement, scope: &Arc<Scope>) -> Result<Option<Answer>, Stop> {
        self.statements += 1;
        if self.statements > MOST_STATEMENTS {
            return Err(endless(statement.span).into());
        }
        match &statement.kind {
            StatementKind::Let(ast::Let { name, value: ast::LetValue::Expr(expr) }) => {
                scope.set(&name.value, self.value(expr, scope)?);
                Ok(None)
            }
            StatementKind::Assert(assert) => self.assert(assert, scope).map(|()| None),
            StatementKind::If(branches) => self.branch(branches, scope),
            StatementKind::ForEach(each) => self.each(each, scope),
            StatementKind::Set(set) => self.set(set, statement, scope).map(|()| None),
            StatementKind::After(after) => self.after(after, statement, scope).map(|()| None),
            StatementKind::Reply(reply) => self.reply(reply, statement, scope).map(Some),
            StatementKind::Let(_)
            | StatementKind::Target(_)
            | StatementKind::Request(_)
            | StatementKind::Call(_)
            | StatementKind::Wait(_)
            | StatementKind::Retry(_)
            | StatementKind::Pause(_)
            | StatementKind::Together(_)
            | StatementKind::Attempt(_)
            | StatementKind::Approve(_)
            | StatementKind::Manual(_)
            | StatementKind::Diagnose(_)
            | StatementKind::Note(_)
            | StatementKind::Fail(_)
            | StatementKind::Return(_) => Err(self.misplaced(statement)),
        }
    }

    fn value(&self, expr: &ast::Expr, scope: &Arc<Scope>) -> Result<Value, Stop> {
        Ok(evaluate(self.world, expr, scope)?)
    }

    fn holds(&self, condition: &ast::Expr, scope: &Arc<Scope>) -> Result<bool, Stop> {
        Ok(holds(self.world, condition, scope)?)
    }

    fn assert(&self, assert: &ast::Assert, scope: &Arc<Scope>) -> Result<(), Stop> {
        if self.holds(&assert.condition, scope)? {
            return Ok(());
        }
        let message = assert.message.as_ref().map(|text| template::render(text, self.world, scope));
        let said = message.transpose().map_err(no_value)?;
        let said = said.unwrap_or_else(|| format!("`{}` is false", assert.condition.text));
        let values = self.world.expression(&assert.condition).observed(scope);
        Err(Stop::False(Box::new(Falsehood { span: assert.condition.span, said, values })))
    }

    fn branch(&mut self, branches: &ast::If, scope: &Arc<Scope>) -> Result<Option<Answer>, Stop> {
        for (condition, block) in &branches.branches {
            if self.holds(condition, scope)? {
                return self.block(block, scope);
            }
        }
        branches.otherwise.as_ref().map_or(Ok(None), |block| self.block(block, scope))
    }

    fn each(&mut self, each: &ast::ForEach, scope: &Arc<Scope>) -> Result<Option<Answer>, Stop> {
        let list = self.value(&each.list, scope)?;
        for pass in passes(&list, each)? {
            let inside = scope.child();
            for (name, value) in each.names.iter().zip(pass) {
                inside.set(&name.value, value);
            }
            let answer = self.block(&each.body, &inside)?;
            if answer.is_some() {
                return Ok(answer);
            }
        }
        Ok(None)
    }

    fn set(&mut self, set: &ast::Set, statement: &Statement, scope: &Arc<Scope>) -> Result<(), Stop> {
        match self.role {
            Role::Handler(_) | Role::Later => Ok(self.state.set(set, self.world, scope)?),
            Role::Always => Err(self.misplaced(statement)),
        }
    }

    fn after(&mut self, after: &ast::After, statement: &Statement, scope: &Arc<Scope>) -> Result<(), Stop> {
        if matches!(self.role, Role::Always) {
            return Err(self.misplaced(statement));
        }
        let delay = duration(self.world, &after.delay, scope)?;
        if self.agenda.len() >= MOST_WAITING {
            return Err(crowded(statement.keyword).into());
        }
        let text = format!("what came {} after {}", format_duration(delay), self.cause.text);
        let cause = Arc::new(Cause { text, span: statement.keyword.to(after.delay.span) });
        let body = &after.body;
        let block = self.blocks.entry(body.span).or_insert_with(|| Arc::new(body.clone()));
        let task = Task { block: Arc::clone(block), scope: Arc::clone(scope), cause };
        self.agenda.add(self.now.saturating_add(delay), task);
        Ok(())
    }

    fn reply(&self, reply: &ast::Reply, statement: &Statement, scope: &Arc<Scope>) -> Result<Answer, Stop> {
        let Role::Handler(asked) = self.role else {
            return Err(self.misplaced(statement));
        };
        let replying = Replying { world: self.world, scope, asked, span: statement.span };
        Ok(replying.answer(reply)?)
    }

    fn misplaced(&self, statement: &Statement) -> Stop {
        let (place, may) = match self.role {
            Role::Handler(_) => {
                ("the body of a handler", "`let`, `set`, `after`, `if`, `for each`, `assert` and `reply`")
            }
            Role::Later => ("`after` or `at`", "`let`, `set`, `after`, `if`, `for each` and `assert`"),
            Role::Always => ("`always`", "`let`, `if`, `for each` and `assert`"),
        };
        let title = format!("this can't stand in {place}");
        let label = format!("{place} may have {may}");
        Finding::error("misplaced-statement", title, statement.keyword, label).into()
    }
}

/// The values of each pass of a `for each`, one for each of its names.
fn passes(list: &Value, each: &ast::ForEach) -> Result<Vec<Vec<Value>>, Finding> {
    let wrong = |why: String| Finding::error("broken-world", "`for each` needs a list", each.list.span, why);
    let items = match list.kind() {
        minijinja::value::ValueKind::Map
        | minijinja::value::ValueKind::Seq
        | minijinja::value::ValueKind::Iterable => {
            list.try_iter().map_err(|error| wrong(error.to_string()))?
        }
        kind => return Err(wrong(format!("this is a {kind}"))),
    };
    if each.names.len() < 2 {
        return Ok(items.map(|item| vec![item]).collect());
    }
    let is_map = list.kind() == minijinja::value::ValueKind::Map;
    let pair = |item: Value| {
        if is_map {
            let value = list.get_item(&item).map_err(|error| wrong(error.to_string()))?;
            return Ok(vec![item, value]);
        }
        let parts: Option<Vec<Value>> = item.try_iter().ok().map(Iterator::collect);
        parts
            .filter(|parts| parts.len() == each.names.len())
            .ok_or_else(|| wrong(format!("{} is not a pair", template::show(&item, 60))))
    };
    items.map(pair).collect()
}

fn endless(span: Span) -> Finding {
    let label = format!("after {MOST_STATEMENTS} statements it was still under way");
    Finding::error("broken-world", "a body in this world doesn't come to an end", span, label)
}

fn crowded(span: Span) -> Finding {
    let label = format!("{MOST_WAITING} blocks wait for their time already");
    Finding::error("broken-world", "this world sets too much in motion", span, label)
        .help("an `after` inside a loop, or in the handler of a request that is polled, adds up: guard it with `if`")
}
