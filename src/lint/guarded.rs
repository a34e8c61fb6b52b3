//! What a file sends to the targets that its guards guard.
//!
//! In: a file. Out: each guard, target by target, with the requests that may change something
//! there, those of actions that the target is handed to among them.

use crate::ids::ModuleId;
use crate::resolve::ResolvedRunbook;
use crate::resolve::visit::{Visit, walk_block, walk_request};
use crate::shell::{Only, Pattern, Rules, Verdict, hole};
use crate::source::Span;
use crate::syntax::ast::{
    self, Action, Call, Effect, Guard, GuardPattern, ItemKind, Operation, Request, RequestPattern,
    TargetDecl, Text,
};
use crate::value::Shell;

use super::sent::{filled, shell_of};
use super::subject::File;

/// A guard, for one of its targets.
pub(super) struct Guarded<'a> {
    pub guard: &'a Guard,
    pub target: &'a TargetDecl,
    pub shell: Shell,
    /// What it says of commands.
    pub rules: Rules,
    pub sent: Vec<Sending<'a>>,
}

/// A `run` or `once` to a guarded target.
pub(super) struct Sending<'a> {
    pub request: &'a Request,
    /// The call in this file that leads to it, if it stands in an action.
    pub call: Option<Span>,
}

/// Actions that call each other are not followed deeper than this.
const DEEPEST: usize = 16;

/// Every guard of the file whose target is declared in it.
pub(super) fn guarded<'a>(file: &File<'a>) -> Vec<Guarded<'a>> {
    let Some(runbook) = file.runbook else { return Vec::new() };
    let guards = file.tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Guard(guard) => Some(guard),
        _ => None,
    });
    let each = guards.flat_map(|guard| guard.targets.iter().map(move |name| (guard, name)));
    each.filter_map(|(guard, name)| of_target(file, runbook, guard, name)).collect()
}

fn of_target<'a>(
    file: &File<'a>,
    runbook: &'a ResolvedRunbook,
    guard: &'a Guard,
    name: &'a ast::Name,
) -> Option<Guarded<'a>> {
    let target = file.tree.items.iter().find_map(|item| match &item.kind {
        ItemKind::Target(target) if target.name.value == name.value => Some(target),
        _ => None,
    })?;
    let shell = shell_of(target);
    let rules = rules(runbook, guard, shell)?;
    let mut search = Search::new(file, runbook, &name.value);
    file.walk(&mut search);
    Some(Guarded { guard, target, shell, rules, sent: search.sent })
}

/// What a guard says of commands; nothing where a pattern can't be read.
fn rules(runbook: &ResolvedRunbook, guard: &Guard, shell: Shell) -> Option<Rules> {
    let (mut forbid, mut allow) = (Vec::new(), Vec::new());
    for rule in &guard.rules {
        let side = if rule.verdict == ast::Verdict::Forbid { &mut forbid } else { &mut allow };
        side.extend(patterns(runbook, &rule.pattern, shell)?);
    }
    let only = guard.rules.iter().any(|rule| rule.verdict == ast::Verdict::AllowOnly);
    let only = if only { Only::WhatIsAllowed } else { Only::NotWhatIsForbidden };
    Some(Rules::new(shell, forbid, allow, only))
}

/// The patterns of commands in one of a guard's.
fn patterns(runbook: &ResolvedRunbook, pattern: &GuardPattern, shell: Shell) -> Option<Vec<Pattern>> {
    match pattern {
        GuardPattern::Commands(path) => runbook.commands(runbook.root().id, path, shell).map(<[_]>::to_vec),
        GuardPattern::Request(RequestPattern::Command(text)) => {
            Pattern::command(&text.value, shell).ok().map(|pattern| vec![pattern])
        }
        GuardPattern::Request(_) => Some(Vec::new()),
    }
}

impl Guarded<'_> {
    /// What the guard makes of a command, with what is known of it before values fill its holes.
    pub(super) fn verdict(&self, command: &Text) -> Verdict {
        match self.rules.judge(&filled(command, hole), self.shell) {
            unknown @ Verdict::NotUnderstood { .. } => {
                // What only a value decides is for the engine to judge.
                let likely = self.rules.judge(&filled(command, |_| "value".to_owned()), self.shell);
                if likely == Verdict::Harmless { likely } else { unknown }
            }
            known => known,
        }
    }
}

impl Sending<'_> {
    /// Where a finding about it belongs: in this file.
    pub(super) fn span(&self) -> Span {
        self.call.unwrap_or(self.request.span)
    }

    pub(super) fn command(&self) -> Option<&Text> {
        match &self.request.operation {
            Operation::Command(text) => Some(text),
            Operation::Http { .. }
            | Operation::Put { .. }
            | Operation::Get { .. }
            | Operation::Plugin { .. } => None,
        }
    }
}

struct Search<'s, 'a> {
    file: &'s File<'a>,
    runbook: &'a ResolvedRunbook,
    module: ModuleId,
    /// What the guarded target is called here.
    name: &'a str,
    /// The call in this file that led here.
    call: Option<Span>,
    depth: usize,
    sent: Vec<Sending<'a>>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(file: &'s File<'a>, runbook: &'a ResolvedRunbook, name: &'a str) -> Self {
        Self { file, runbook, module: runbook.root().id, name, call: None, depth: 0, sent: Vec::new() }
    }

    /// Follows the target into an action that it is handed to.
    fn follow(&mut self, call: &'a Call, module: ModuleId, action: &'a Action, at: usize) {
        let argument = &call.args[at];
        let named = |name: &ast::Name| action.params.iter().find(|param| param.name.value == name.value);
        let param = argument.name.as_ref().map_or_else(|| action.params.get(at), named);
        let Some(param) = param.filter(|_| self.depth < DEEPEST) else { return };
        let mut inner = Search {
            module,
            name: &param.name.value,
            call: self.call.or(Some(call.span)),
            depth: self.depth + 1,
            sent: Vec::new(),
            ..*self
        };
        walk_block(&mut inner, &action.body);
        self.sent.append(&mut inner.sent);
    }
}

impl<'a> Visit<'a> for Search<'_, 'a> {
    fn request(&mut self, request: &'a Request) {
        if request.target.value == self.name && request.effect.value != Effect::Check {
            self.sent.push(Sending { request, call: self.call });
        }
        walk_request(self, request);
    }

    fn call(&mut self, call: &'a Call) {
        let Some((module, known)) = self.runbook.action(self.module, &call.path) else { return };
        let ItemKind::Action(action) = &self.runbook.module(module).file.items[known.item].kind else {
            return;
        };
        for (at, argument) in call.args.iter().enumerate() {
            if self.file.text(argument.value.span).trim() == self.name {
                self.follow(call, module, action, at);
            }
        }
    }
}
