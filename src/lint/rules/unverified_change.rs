//! The last thing that is started comes up by itself, and nothing looks whether it does.
//!
//! `docker stack deploy`, `helm upgrade` or `kubectl rollout restart` end with 0 as soon as the order is
//! taken: an image that can't be pulled and a program that ends at its start come minutes later, when
//! the runbook has said that all went well. Look until it is up, or let the command wait.
//!
//! ## Bad
//! ```runbook
//! runbook "Deploy the shop"
//!
//! target cluster = ssh "manager1"
//!
//! stage "Deploy" {
//!   run on cluster $ helm upgrade shop ./shop
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Deploy the shop"
//!
//! target cluster = ssh "manager1"
//! target shop    = http "https://shop.example.net"
//!
//! stage "Deploy" {
//!   run on cluster $ helm upgrade shop ./shop
//!   wait until "the shop answers", within 10m, stable 3 times {
//!     check on shop GET "/health"
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::sent::{Command, commands};
use crate::lint::served::is_left_to_come_up;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_block, walk_statement};
use crate::syntax::ast::{Call, FileKind, Item, ItemKind, Request, Statement, StatementKind};
use crate::value::Effect;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    // Invariants are looked at after the last step, too.
    let watched = file.tree.items.iter().any(|item| matches!(item.kind, ItemKind::Invariant(_)));
    if watched || !file.is(FileKind::Runbook) {
        return Vec::new();
    }
    let mut search = Search::default();
    file.walk(&mut search);
    let commands = commands(file).into_iter();
    let unseen =
        commands.filter(|command| search.unseen.is_some_and(|request| request.span == command.request.span));
    unseen.filter(|command| ends_early(command)).map(|command| finding(&command)).collect()
}

/// Whether the last thing that it does is to start something that it does not wait for.
fn ends_early(command: &Command<'_>) -> bool {
    command.named().last().is_some_and(|words| is_left_to_come_up(words))
}

/// The last change, as long as nothing looks after it.
#[derive(Default)]
struct Search<'a> {
    unseen: Option<&'a Request>,
}

impl<'a> Visit<'a> for Search<'a> {
    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::Stage(stage) => walk_block(self, &stage.body),
            ItemKind::Checklist(_) => self.unseen = None,
            _ => {}
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        walk_statement(self, statement);
        let looks = matches!(
            statement.kind,
            StatementKind::Assert(_)
                | StatementKind::Approve(_)
                | StatementKind::Manual(_)
                | StatementKind::Fail(_)
        );
        if looks {
            self.unseen = None;
        }
    }

    fn request(&mut self, request: &'a Request) {
        let changes = request.effect.value != Effect::Check;
        self.unseen = changes.then_some(request);
    }

    fn call(&mut self, _call: &'a Call) {
        // What the action looks at is not known here.
        self.unseen = None;
    }
}

fn finding(command: &Command<'_>) -> Finding {
    let label = "it ends before what it starts is up";
    command
        .warning("unverified-change", "nothing looks whether this comes up", label)
        .help("look until it is up: `wait until …, within 10m { check … }`, or have the command wait")
}
