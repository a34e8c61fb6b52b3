//! What a world has still to do: `after` and `at` blocks, by their time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::source::Span;
use crate::syntax::ast::Block;
use crate::template::Scope;

/// What made the state change: a request, something that it set in motion, or the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `$ sudo docker stack rm demo` on THB-P-WEB1-LINUX, or what came 8m after it.
    pub text: String,
    /// The handler or block that did it.
    pub span: Span,
}

/// A block and the moment's names that it was written among.
#[derive(Debug)]
pub(super) struct Task {
    pub block: Arc<Block>,
    pub scope: Arc<Scope>,
    pub cause: Arc<Cause>,
}

/// Tasks in the order of their times; those of one time in the order they were put in.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    tasks: BTreeMap<(Duration, u64), Task>,
    taken: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, due: Duration, task: Task) {
        self.tasks.insert((due, self.taken), task);
        self.taken += 1;
    }

    /// The same tasks in a world whose state has the scope `to` in the place of `from`.
    pub(super) fn moved(&self, from: &Arc<Scope>, to: &Arc<Scope>) -> Self {
        let moved = |task: &Task| Task {
            block: Arc::clone(&task.block),
            scope: task.scope.moved(from, to),
            cause: Arc::clone(&task.cause),
        };
        let tasks = self.tasks.iter().map(|(due, task)| (*due, moved(task)));
        Self { tasks: tasks.collect(), taken: self.taken }
    }

    /// The next task that is due at `now`, and its time.
    pub(super) fn pop_due(&mut self, now: Duration) -> Option<(Duration, Task)> {
        let next = self.tasks.first_entry()?;
        if next.key().0 > now {
            return None;
        }
        let ((due, _), task) = next.remove_entry();
        Some((due, task))
    }

    /// How long after `since` each task is due, which it is and what it sees, as text.
    pub(super) fn substance(&self, since: Duration) -> String {
        let task = |((due, _), task): (&(Duration, u64), &Task)| {
            let names = task.scope.names();
            let seen: Vec<_> = names.iter().map(|name| (name, task.scope.get(name))).collect();
            format!("{:?} {:?} {:?} {seen:?}", due.saturating_sub(since), task.block.span, task.cause)
        };
        self.tasks.iter().map(task).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.tasks.first_key_value().map(|((due, _), _)| *due)
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// How many tasks were ever put in.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }
}
