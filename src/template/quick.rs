//! Working an expression out by its tree. minijinja's machine costs many times more than what most expressions do.
//!
//! In: the tree. Out: the value that the machine would give, by the same functions; or nothing, where that is a
//! mistake, not known before later, or a text or list that may have grown too large. Then the machine is asked, and
//! says what is wrong. What has no step of its own here is left to it as well.

use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Kwargs, ValueKind};

use super::engine::{Evaluated, Program, bounded, empty_state};
use super::guards;
use super::operators::{calculate, compare, negative, truth};
use super::registry::{Use, find};
use super::scope::Scope;
use super::show::text_of;
use super::size;
use super::strict::{Mode, Placed, concatenated, placed};
use super::tree::{Arg, BinaryOp, CompareOp, Node, NodeKind};
use crate::value::{Value, duration_value, format_duration, is_unknown, parse_duration, to_duration};

/// A larger tree is left to the machine, whose bounds hold for it.
const MOST_NODES: usize = 300;

/// An expression as steps.
pub(super) struct Quick {
    root: Step,
    grows: bool,
}

/// How the value of a node comes about.
enum Step {
    Constant(Value),
    Name(Box<str>, Mode),
    Field(Box<Step>, Box<str>, Mode),
    Item(Box<(Step, Step)>, Mode),
    Text(Vec<Step>),
    /// `and` or `or` of all of them.
    Junction(bool, Vec<Step>),
    Not(Box<Step>),
    Negative(Box<Step>),
    Calculate(BinaryOp, Box<(Step, Step)>),
    Compare(Box<Step>, Vec<(CompareOp, Step)>),
    /// Condition, then, else.
    Choice(Box<(Step, Step, Option<Step>)>),
    List(Vec<Step>),
    Map(Vec<(Step, Step)>),
    Filter(Box<Called>),
    Test(Box<Called>, bool),
    Machine(Box<Program>),
    /// The machine says why.
    Nothing,
}

/// A filter or test and what goes into it.
struct Called {
    name: Box<str>,
    /// The value that it is put to, then those by place.
    args: Vec<Step>,
    named: Vec<(Box<str>, Step)>,
    /// It is a mistake when it gives nothing.
    must_find: bool,
}

impl std::fmt::Debug for Quick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quick").finish_non_exhaustive()
    }
}

impl Quick {
    /// Nothing for what is better left to the machine.
    pub(super) fn of(node: &Node) -> Option<Self> {
        let mut nodes = 0;
        node.walk(&mut |_| nodes += 1);
        if nodes > MOST_NODES {
            return None;
        }
        let root = item(node);
        let own = !matches!(root, Step::Machine(_) | Step::Nothing);
        own.then(|| Self { root, grows: size::may_grow(node) })
    }

    /// The value; nothing where the machine has to be asked.
    pub(super) fn run(&self, scope: &Arc<Scope>) -> Option<Value> {
        let value = self.root.value(&mut Desk { scope, state: None })?;
        let fits = !self.grows || size::fits(&value).is_ok();
        let text = value.as_str().map_or(0, str::len);
        (fits && !value.is_undefined() && bounded(text).is_ok()).then_some(value)
    }
}

/// What is at hand while an expression is worked out.
struct Desk<'s> {
    scope: &'s Arc<Scope>,
    /// Made when a filter or test is first asked for.
    state: Option<State<'static, 'static>>,
}

impl Desk<'_> {
    fn state(&mut self) -> &mut State<'static, 'static> {
        self.state.get_or_insert_with(empty_state)
    }
}

/// As the machine's strict form has it: an unknown path may stand alone, in a list or in a text.
fn item(node: &Node) -> Step {
    step(node, if node.is_path() { Mode::Passing } else { Mode::Strict })
}

fn strict(node: &Node) -> Step {
    step(node, Mode::Strict)
}

fn two(left: &Node, right: &Node) -> Box<(Step, Step)> {
    Box::new((strict(left), strict(right)))
}

fn step(node: &Node, mode: Mode) -> Step {
    match &node.kind {
        NodeKind::Var(name) => Step::Name(name.as_str().into(), mode),
        NodeKind::Const(value) => constant(value).map_or_else(|| machine(node), Step::Constant),
        NodeKind::Text(parts) => Step::Text(parts.iter().map(item).collect()),
        NodeKind::Attr { base, name } => {
            Step::Field(Box::new(step(base, mode)), name.value.as_str().into(), mode)
        }
        NodeKind::Index { base, key } => Step::Item(Box::new((step(base, mode), strict(key))), mode),
        NodeKind::Filter { base, name, args } => filter(base, &name.value, args, mode),
        NodeKind::Test { base, name, args, negated } => test(base, &name.value, args, *negated),
        NodeKind::Not(operand) => Step::Not(Box::new(strict(operand))),
        NodeKind::Negative(operand) => Step::Negative(Box::new(strict(operand))),
        NodeKind::Binary { op, left, right } => binary(*op, left, right),
        NodeKind::Compare { first, rest } => {
            let rest = rest.iter().map(|(op, node)| (*op, strict(node))).collect();
            Step::Compare(Box::new(strict(first)), rest)
        }
        NodeKind::IfElse { condition, then, otherwise } => {
            let otherwise = otherwise.as_deref().map(strict);
            Step::Choice(Box::new((strict(condition), strict(then), otherwise)))
        }
        NodeKind::List(items) => Step::List(items.iter().map(item).collect()),
        NodeKind::Map(pairs) => {
            Step::Map(pairs.iter().map(|(key, value)| (strict(key), item(value))).collect())
        }
        NodeKind::Slice { .. } | NodeKind::Call { .. } | NodeKind::Method { .. } => machine(node),
    }
}

fn machine(node: &Node) -> Step {
    Program::compile(node).map_or(Step::Nothing, |program| Step::Machine(Box::new(program)))
}

/// A constant that the machine reads back as it is.
fn constant(value: &Value) -> Option<Value> {
    if let Some(duration) = to_duration(value) {
        return parse_duration(&format_duration(duration)).map(duration_value);
    }
    let plain = value.as_str().is_some()
        || value.is_none()
        || value.kind() == ValueKind::Bool
        || value.is_integer() && value.as_i64().is_some();
    plain.then(|| value.clone())
}

fn binary(op: BinaryOp, left: &Node, right: &Node) -> Step {
    match op {
        BinaryOp::And | BinaryOp::Or => {
            let mut all = vec![strict(right)];
            let mut left = left;
            while let NodeKind::Binary { op: inner, left: first, right } = &left.kind
                && *inner == op
            {
                all.push(strict(right));
                left = first;
            }
            all.push(strict(left));
            all.reverse();
            Step::Junction(op == BinaryOp::And, all)
        }
        BinaryOp::Concat => Step::Text(concatenated(left, right).into_iter().map(item).collect()),
        BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::FloorDiv
        | BinaryOp::Rem
        | BinaryOp::Pow => Step::Calculate(op, two(left, right)),
    }
}

fn filter(base: &Node, name: &str, args: &[Arg], mode: Mode) -> Step {
    let entry = find(Use::Filter, name);
    let base = step(base, if name == "default" { Mode::Soft } else { Mode::Strict });
    let must_find = mode != Mode::Soft && entry.is_some_and(|entry| entry.may_be_undefined);
    let params = entry.map_or(&[][..], |entry| entry.params);
    Step::Filter(Box::new(Called { must_find, ..called(name, base, placed(args, params)) }))
}

fn test(base: &Node, name: &str, args: &[Arg], negated: bool) -> Step {
    let soft = matches!(name, "defined" | "undefined");
    let base = step(base, if soft { Mode::Soft } else { Mode::Strict });
    let params = find(Use::Test, name).map_or(&[][..], |entry| entry.params);
    Step::Test(Box::new(called(name, base, placed(args, params))), negated)
}

fn called(name: &str, base: Step, placed: Placed<'_>) -> Called {
    let none = || Step::Constant(Value::from(()));
    let by_place = placed.by_place.into_iter().map(|arg| arg.map_or_else(none, strict));
    let named = placed.by_name.into_iter().map(|(name, node)| (name.into(), strict(node))).collect();
    let args = std::iter::once(base).chain(by_place).collect();
    Called { name: name.into(), args, named, must_find: false }
}

impl Step {
    fn value(&self, desk: &mut Desk<'_>) -> Option<Value> {
        match self {
            Step::Constant(value) => Some(value.clone()),
            Step::Name(name, mode) => {
                let value = desk.scope.get(name)?;
                let known = *mode == Mode::Passing || !is_unknown(&value);
                let whole = !matches!(value.kind(), ValueKind::Undefined | ValueKind::Invalid);
                (known && whole).then_some(value)
            }
            Step::Field(base, name, mode) => guards::field(base.value(desk)?, name, mode.number()).ok(),
            Step::Item(both, mode) => {
                let (base, key) = (both.0.value(desk)?, both.1.value(desk)?);
                guards::item(base, &key, mode.number()).ok()
            }
            Step::Text(parts) => joined(parts, desk),
            Step::Junction(is_and, all) => junction(*is_and, all, desk),
            Step::Not(operand) => operand.holds(desk).map(|holds| Value::from(!holds)),
            Step::Negative(operand) => negative(&operand.value(desk)?).ok(),
            Step::Calculate(op, both) => {
                calculate(&both.0.value(desk)?, op.symbol(), &both.1.value(desk)?).ok()
            }
            Step::Compare(first, rest) => chained(first, rest, desk).map(Value::from),
            Step::Choice(choice) => match choice.0.holds(desk)? {
                true => choice.1.value(desk),
                false => choice.2.as_ref()?.value(desk),
            },
            Step::List(items) => values(items, desk).map(Value::from),
            Step::Map(pairs) => mapped(pairs, desk),
            Step::Filter(called) => called.filter(desk),
            Step::Test(called, negated) => called.test(desk).map(|is| Value::from(is != *negated)),
            Step::Machine(program) => match program.run(desk.scope) {
                Ok(Evaluated::Known(value)) => Some(value),
                Ok(Evaluated::Later) | Err(_) => None,
            },
            Step::Nothing => None,
        }
    }

    fn holds(&self, desk: &mut Desk<'_>) -> Option<bool> {
        truth(&self.value(desk)?).ok()
    }
}

fn values(steps: &[Step], desk: &mut Desk<'_>) -> Option<Vec<Value>> {
    steps.iter().map(|step| step.value(desk)).collect()
}

fn joined(parts: &[Step], desk: &mut Desk<'_>) -> Option<Value> {
    let mut text = String::new();
    for part in parts {
        let value = part.value(desk)?;
        match value.as_str() {
            Some(part) => text.push_str(part),
            None => text.push_str(&text_of(&value).ok()?),
        }
        bounded(text.len()).ok()?;
    }
    Some(Value::from(text))
}

/// The value of the first that decides, or of the last.
fn junction(is_and: bool, all: &[Step], desk: &mut Desk<'_>) -> Option<Value> {
    let mut last = None;
    for step in all {
        let value = step.value(desk)?;
        if truth(&value).ok()? != is_and {
            return Some(value);
        }
        last = Some(value);
    }
    last
}

fn chained(first: &Step, rest: &[(CompareOp, Step)], desk: &mut Desk<'_>) -> Option<bool> {
    let mut left = first.value(desk)?;
    for (op, right) in rest {
        let right = right.value(desk)?;
        if !compare(&left, op.symbol(), &right).ok()? {
            return Some(false);
        }
        left = right;
    }
    Some(true)
}

fn mapped(pairs: &[(Step, Step)], desk: &mut Desk<'_>) -> Option<Value> {
    let mut read = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        read.push((guards::key(key.value(desk)?).ok()?, value.value(desk)?));
    }
    Some(Value::from_pairs(read))
}

impl Called {
    fn values(&self, desk: &mut Desk<'_>) -> Option<Vec<Value>> {
        let mut args = values(&self.args, desk)?;
        if !self.named.is_empty() {
            let named = self.named.iter().map(|(name, step)| Some((&**name, step.value(desk)?)));
            args.push(Value::from(named.collect::<Option<Kwargs>>()?));
        }
        Some(args)
    }

    fn filter(&self, desk: &mut Desk<'_>) -> Option<Value> {
        let args = self.values(desk)?;
        let value = desk.state().apply_filter(&self.name, &args).ok()?;
        if self.must_find { guards::found(value, &self.name).ok() } else { Some(value) }
    }

    fn test(&self, desk: &mut Desk<'_>) -> Option<bool> {
        let args = self.values(desk)?;
        desk.state().perform_test(&self.name, &args).ok()
    }
}
