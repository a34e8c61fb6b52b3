//! Actions: each is checked after those that it calls, and none may come back to itself.

use std::collections::HashMap;

use super::super::ActionParam;
use super::super::types::lower;
use super::super::visit::{Visit, walk_arguments, walk_block};
use super::effects::Body;
use super::scope::Kind;
use super::{ActionFacts, Checker, Part};
use crate::finding::Finding;
use crate::source::Span;
use crate::syntax::ast::{Action, Call};
use crate::value::Type;

impl<'a> Checker<'a> {
    /// Names an action, with all that can be said of it before its body is read.
    pub(super) fn name_action(&mut self, item: usize, action: &'a Action) {
        if !self.declare_in_file(&action.name, Kind::Action, Type::Any, 0) {
            return;
        }
        let params = action.params.iter().map(|param| ActionParam {
            name: param.name.value.clone(),
            ty: lower(&param.ty),
            has_default: param.default.is_some(),
        });
        let facts = ActionFacts {
            item,
            declared: action,
            params: params.collect(),
            returns: Type::Any,
            body: Body::default(),
        };
        self.facts[self.module].actions.insert(&action.name.value, facts);
    }

    /// Checks all actions of the file.
    pub(super) fn actions(&mut self) {
        let actions: Vec<&'a Action> =
            self.facts[self.module].actions.values().map(|facts| facts.declared).collect();
        let (order, cycles) = order(&actions);
        for cycle in cycles {
            self.report(recursion(&actions, &cycle));
        }
        for at in order {
            self.action(actions[at]);
        }
    }

    fn action(&mut self, action: &'a Action) {
        self.part = Part::Action;
        self.body = Body::default();
        self.scopes.enter();
        for param in &action.params {
            self.declared(&param.ty, param.default.as_ref());
            self.declare(&param.name, Kind::ActionParam, lower(&param.ty));
        }
        self.block(&action.body);
        self.scopes.leave();
        let body = std::mem::take(&mut self.body);
        self.part = Part::Procedure;
        if let Some(facts) = self.facts[self.module].actions.get_mut(action.name.value.as_str()) {
            facts.returns = body.returns.clone().unwrap_or(Type::None);
            facts.body = body;
        }
    }
}

/// The calls in a body to actions of the same file.
struct Calls<'n> {
    numbers: &'n HashMap<&'n str, usize>,
    found: Vec<(usize, Span)>,
}

impl<'a> Visit<'a> for Calls<'_> {
    fn call(&mut self, call: &'a Call) {
        if let [name] = call.path.names.as_slice()
            && let Some(number) = self.numbers.get(name.value.as_str())
        {
            self.found.push((*number, call.path.span));
        }
        walk_arguments(self, &call.args);
    }
}

/// A way from an action back to itself, each step with the call that makes it.
type Cycle = Vec<(usize, Span)>;

/// The actions so that each comes after those it calls, and the ways by which some call themselves.
fn order(actions: &[&Action]) -> (Vec<usize>, Vec<Cycle>) {
    let numbers = actions.iter().enumerate().map(|(at, action)| (action.name.value.as_str(), at)).collect();
    let calls = actions.iter().map(|action| {
        let mut calls = Calls { numbers: &numbers, found: Vec::new() };
        walk_block(&mut calls, &action.body);
        calls.found
    });
    Walk::new(calls.collect()).finish()
}

/// A depth-first walk without recursion: calls may go as deep as a file has actions.
struct Walk {
    calls: Vec<Vec<(usize, Span)>>,
    /// `None`: not seen; `Some(true)`: on the way; `Some(false)`: done.
    state: Vec<Option<bool>>,
    order: Vec<usize>,
    cycles: Vec<Cycle>,
}

impl Walk {
    fn new(calls: Vec<Vec<(usize, Span)>>) -> Self {
        Self { state: vec![None; calls.len()], calls, order: Vec::new(), cycles: Vec::new() }
    }

    fn finish(mut self) -> (Vec<usize>, Vec<Cycle>) {
        for start in 0..self.calls.len() {
            if self.state[start].is_none() {
                self.from(start);
            }
        }
        (self.order, self.cycles)
    }

    fn from(&mut self, start: usize) {
        let mut way = vec![(start, 0)];
        self.state[start] = Some(true);
        while let Some((at, next)) = way.last_mut() {
            let Some((callee, _)) = self.calls[*at].get(*next).copied() else {
                self.state[*at] = Some(false);
                self.order.push(*at);
                way.pop();
                continue;
            };
            *next += 1;
            match self.state[callee] {
                None => {
                    self.state[callee] = Some(true);
                    way.push((callee, 0));
                }
                Some(true) => self.cycle(&way, callee),
                Some(false) => {}
            }
        }
    }

    fn cycle(&mut self, way: &[(usize, usize)], callee: usize) {
        let from = way.iter().position(|(at, _)| *at == callee).unwrap_or(0);
        let step = |(at, next): &(usize, usize)| (*at, self.calls[*at][*next - 1].1);
        let cycle = way[from..].iter().map(step).collect();
        self.cycles.push(cycle);
    }
}

fn recursion(actions: &[&Action], cycle: &Cycle) -> Finding {
    let name = |at: usize| actions[at].name.value.as_str();
    let (first, span) = cycle[0];
    let title = match cycle.len() {
        1 => format!("`{}` calls itself", name(first)),
        _ => format!("`{}` calls itself, by way of others", name(first)),
    };
    let way: Vec<_> = cycle.iter().chain(&cycle[..1]).map(|(at, _)| name(*at)).collect();
    let mut finding = Finding::error("recursive-action", title, span, way.join(" -> "));
    for (at, span) in &cycle[1..] {
        finding = finding.also(*span, format!("`{}` calls on here", name(*at)));
    }
    finding.help("an action can't repeat itself: use `retry`, `wait until` or `for each`")
}
