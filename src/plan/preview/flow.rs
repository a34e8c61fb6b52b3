//! Statements that hold others: loops, waits, branches, calls.

use std::time::Duration;

use minijinja::value::ValueKind;

use crate::resolve::Module;
use crate::source::Span;
use crate::syntax::ast::{self, Attempt, Block, Call, ForEach, If, ItemKind, Retry, Tolerance, Wait};
use crate::template::show;
use crate::value::{Value, to_duration, to_target};

use super::statement::{Next, or_else};
use super::time::Time;
use super::view::View;
use super::{PlannedKind, Planner, Steps, step};

/// How deep calls may stand in one another.
const DEEPEST: usize = 200;

/// The fields that say which record it is, the first that is there.
const NAMING: [&str; 6] = ["name", "id", "title", "host", "hostname", "key"];

impl<'p> Planner<'p> {
    /// An action's steps, and what it returns where that is known.
    pub(super) fn call(&self, view: &View<'p>, call: &'p Call, into: &mut Steps) -> Option<Value> {
        let names: Vec<_> = call.path.names.iter().map(|name| name.value.as_str()).collect();
        let (module, action) = self.plan.runbook.action(view.module.id, &call.path)?;
        let declared = declaration(self.plan.runbook.module(module), action.item)?;
        let inner = View {
            module: self.plan.runbook.module(module),
            scope: self.plan.scopes[module.0 as usize].child(),
            depth: view.depth + 1,
        };
        if inner.depth > DEEPEST {
            return None;
        }
        let shown = arguments(view, &inner, declared, call);
        let mut inside = Steps::default();
        let ended = self.statements(&inner, &declared.body, &mut inside);
        let kind = PlannedKind::Call { action: format!("{}({})", names.join("."), shown.join(", ")) };
        into.push(step(kind, call.span, inside.time, inside.steps));
        match ended {
            Next::Returned(value) => value,
            Next::GoesOn | Next::Failed => None,
        }
    }

    pub(super) fn wait(&self, view: &View<'p>, wait: &'p Wait, span: Span, into: &mut Steps) {
        let mut inside = Steps::default();
        self.statements(&view.child(), &wait.body, &mut inside);
        if let Some(block) = &wait.on_failure {
            self.aside(view, PlannedKind::OnFailure, block, &mut inside);
        }
        let title = wait.title.as_ref().map_or_else(|| "its body passes".to_owned(), |text| view.text(text));
        let kind = PlannedKind::Wait {
            title,
            within: view.shown(&wait.within),
            every: or_else(view, wait.every.as_ref(), "5s"),
            stable: or_else(view, wait.stable.as_ref(), "1"),
        };
        let within = view.value(&wait.within).as_ref().and_then(to_duration);
        into.push(step(kind, span, Time::within(within.unwrap_or_default()), inside.steps));
    }

    pub(super) fn retry(&self, view: &View<'p>, retry: &'p Retry, span: Span, into: &mut Steps) {
        let mut inside = Steps::default();
        self.statements(&view.child(), &retry.body, &mut inside);
        let times = count(view, Some(&retry.times)).unwrap_or(1);
        let every = retry.every.as_ref().and_then(|expr| to_duration(&view.value(expr)?));
        let every = every.unwrap_or(Duration::from_secs(1));
        // A try begins `every` after the one before it began, or when that is over.
        let one = Time { longest: inside.time.longest.max(every), ..inside.time };
        let time = one.times(times - 1).then(inside.time);
        let kind = PlannedKind::Retry {
            times: view.shown(&retry.times),
            every: or_else(view, retry.every.as_ref(), "1s"),
        };
        into.push(step(kind, span, time, inside.steps));
    }

    pub(super) fn side_by_side(&self, view: &View<'p>, block: &'p Block, span: Span, into: &mut Steps) {
        let mut inside = Steps::default();
        self.statements(&view.child(), block, &mut inside);
        let times = inside.steps.iter().map(|s| Time { longest: s.worst_case, open: s.open_waits });
        let time = times.fold(Time::default(), Time::beside);
        into.push(step(PlannedKind::Together, span, time, inside.steps));
    }

    pub(super) fn attempt(&self, view: &View<'p>, attempt: &'p Attempt, span: Span, into: &mut Steps) {
        let mut body = Steps::default();
        self.statements(&view.child(), &attempt.body, &mut body);
        into.push(step(PlannedKind::Attempt, span, body.time, body.steps));
        let mut after = |kind, block: &'p Block| {
            let mut inside = Steps::default();
            self.statements(&view.child(), block, &mut inside);
            into.push(step(kind, block.span, inside.time, inside.steps));
        };
        after(PlannedKind::Otherwise, &attempt.otherwise);
        if let Some(block) = &attempt.always {
            after(PlannedKind::Always, block);
        }
    }

    /// A branch whose condition is known is shown as if it stood there alone; where it is not, all
    /// that may come are shown under their conditions.
    pub(super) fn choice(&self, view: &View<'p>, choice: &'p If, into: &mut Steps) -> Next {
        let mut longest = Time::default();
        let mut shown = Vec::new();
        for (condition, block) in &choice.branches {
            match view.value(condition) {
                Some(value) if !value.is_true() => {}
                Some(_) if shown.is_empty() => return self.statements(&view.child(), block, into),
                known => {
                    let text = Some(condition.text.clone());
                    longest = longest.or(self.branch(view, text, block, &mut shown));
                    if known.is_some() {
                        return one_of(shown, longest, into);
                    }
                }
            }
        }
        match &choice.otherwise {
            Some(block) if shown.is_empty() => return self.statements(&view.child(), block, into),
            Some(block) => longest = longest.or(self.branch(view, None, block, &mut shown)),
            None => {}
        }
        one_of(shown, longest, into)
    }

    fn branch(
        &self,
        view: &View<'p>,
        condition: Option<String>,
        block: &'p Block,
        shown: &mut Vec<super::PlannedStep>,
    ) -> Time {
        let mut inside = Steps::default();
        self.statements(&view.child(), block, &mut inside);
        let time = inside.time;
        shown.push(step(PlannedKind::Branch { condition }, block.span, time, inside.steps));
        time
    }

    pub(super) fn for_each(&self, view: &View<'p>, each: &'p ForEach, span: Span, into: &mut Steps) {
        let mut inside = Steps::default();
        let at_a_time = count(view, each.at_a_time.as_ref());
        let items = view.value(&each.list).and_then(|list| items(&list, each.names.len()));
        let time = match items {
            Some(items) => self.passes(view, each, &items, at_a_time.unwrap_or(1), &mut inside),
            None => {
                let view = view.child();
                each.names.iter().for_each(|name| view.set(&name.value, None));
                self.statements(&view, &each.body, &mut inside);
                inside.time
            }
        };
        if let Some(block) = &each.on_failure {
            self.aside(view, PlannedKind::OnFailure, block, &mut inside);
        }
        let names: Vec<_> = each.names.iter().map(|name| name.value.as_str()).collect();
        let kind = PlannedKind::Loop {
            over: format!("{} in {}", names.join(", "), each.list.text),
            at_a_time: or_else(view, each.at_a_time.as_ref(), "1"),
            tolerating: each.tolerating.as_ref().map(|tolerance| tolerated(view, tolerance)),
        };
        into.push(step(kind, span, time, inside.steps));
    }

    /// A pass for each item. One at a time takes the sum; several as many rounds of the longest as
    /// it takes.
    fn passes(
        &self,
        view: &View<'p>,
        each: &'p ForEach,
        items: &[Vec<Value>],
        at_a_time: u64,
        into: &mut Steps,
    ) -> Time {
        let (mut sum, mut longest) = (Time::default(), Time::default());
        for (index, values) in items.iter().enumerate() {
            if self.left.get() == 0 {
                let rest = longest.times((items.len() - index) as u64);
                sum = sum.then(rest);
                break;
            }
            let inner = view.child();
            each.names
                .iter()
                .zip(values)
                .for_each(|(name, value)| inner.set(&name.value, Some(value.clone())));
            let mut pass = Steps::default();
            self.statements(&inner, &each.body, &mut pass);
            sum = sum.then(pass.time);
            longest = longest.or(pass.time);
            let item = each.names.iter().zip(values).next();
            let item = item.map_or_else(String::new, |(name, value)| label(&name.value, value));
            into.push(step(PlannedKind::Pass { item }, each.body.span, pass.time, pass.steps));
        }
        match at_a_time {
            0 | 1 => sum,
            several => {
                let rounds = (items.len() as u64).div_ceil(several);
                Time { longest: longest.times(rounds).longest.min(sum.longest), open: sum.open }
            }
        }
    }
}

fn declaration(module: &Module, item: usize) -> Option<&ast::Action> {
    if let ItemKind::Action(declared) = &module.file.items.get(item)?.kind { Some(declared) } else { None }
}

/// Gives an action its arguments, and says how the call is shown.
fn arguments(outer: &View<'_>, inner: &View<'_>, declared: &ast::Action, call: &Call) -> Vec<String> {
    let mut shown = Vec::new();
    for (at, param) in declared.params.iter().enumerate() {
        let name = &param.name.value;
        let named = call.args.iter().find(|arg| arg.name.as_ref().is_some_and(|given| given.value == *name));
        let placed = || call.args.get(at).filter(|arg| arg.name.is_none());
        let value = match (named.or_else(placed), &param.default) {
            (Some(given), _) => {
                shown.push(argument(outer, &given.value));
                outer.value(&given.value)
            }
            (None, Some(default)) => inner.value(default),
            (None, None) => None,
        };
        inner.set(name, value);
    }
    shown
}

fn argument(view: &View<'_>, expr: &ast::Expr) -> String {
    let value = view.value(expr);
    match value.as_ref().map(|value| (value, to_target(value))) {
        Some((_, Some(target))) => target.name.clone(),
        Some((value, None)) => show(value, 60),
        None => view.shown(expr),
    }
}

fn one_of(shown: Vec<super::PlannedStep>, longest: Time, into: &mut Steps) -> Next {
    shown.into_iter().for_each(|step| into.push_aside(step));
    into.time = into.time.then(longest);
    Next::GoesOn
}

fn count(view: &View<'_>, clause: Option<&ast::Expr>) -> Option<u64> {
    let value = view.value(clause?)?;
    u64::try_from(value).ok().map(|count| count.max(1))
}

fn tolerated(view: &View<'_>, tolerance: &Tolerance) -> String {
    match tolerance {
        Tolerance::Failures(expr) => match view.shown(expr).as_str() {
            "1" => "1 failure".to_owned(),
            count => format!("{count} failures"),
        },
        Tolerance::Percent(expr) => format!("{}%", view.shown(expr)),
    }
}

/// The values for the names of each pass; nothing when it is not that kind of list.
fn items(list: &Value, names: usize) -> Option<Vec<Vec<Value>>> {
    let pair = |entry: Value| match list.kind() {
        _ if names < 2 => Some(vec![entry]),
        ValueKind::Map => Some(vec![entry.clone(), list.get_item(&entry).ok()?]),
        _ => {
            let parts: Vec<_> = entry.try_iter().ok()?.collect();
            (parts.len() == names).then_some(parts)
        }
    };
    match list.kind() {
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => list.try_iter().ok()?.map(pair).collect(),
        _ => None,
    }
}

/// `tenant = demo`
fn label(name: &str, value: &Value) -> String {
    let naming =
        || NAMING.iter().filter_map(|field| value.get_attr(field).ok()).find(|v| v.as_str().is_some());
    let naming = if value.kind() == ValueKind::Map { naming() } else { None };
    let shown = naming.as_ref().unwrap_or(value);
    match shown.as_str() {
        Some(text) => format!("{name} = {text}"),
        None => format!("{name} = {}", show(shown, 60)),
    }
}
