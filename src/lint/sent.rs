//! The commands that a file sends, with the shell that reads each.
//!
//! In: a file. Out: its commands, in the order they stand. Must not know: what is looked for in them.

use std::collections::HashMap;

use super::subject::File;
use crate::resolve::visit::{Visit, walk_item, walk_request, walk_statement};
use crate::shell::{SimpleCommand, Word, simple_commands};
use crate::syntax::ast::{
    Item, ItemKind, Operation, Part, Request, Statement, StatementKind, TargetClauseKind, TargetDecl, Text,
};
use crate::value::Shell;

/// A command that the file sends.
pub(super) struct Command<'a> {
    pub request: &'a Request,
    pub text: &'a Text,
    /// The shell of its target; the likely ones where the target is handed to an action.
    pub shells: Vec<Shell>,
}

impl Command<'_> {
    /// The command as it could be: a word for each value.
    pub fn filled(&self) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.value.clone(),
            Part::Hole(_) => "value".to_owned(),
        };
        self.text.parts.iter().map(part).collect()
    }

    /// What can be said of the first of its simple commands of which something can; nothing is said of what can't be taken apart.
    pub fn find<T>(&self, say: impl Fn(&[Word], Shell) -> Option<T>) -> Option<T> {
        let text = self.filled();
        self.shells.iter().find_map(|shell| {
            simple_commands(&text, *shell).iter().find_map(|command| match command {
                SimpleCommand::Words(words) => say(words, *shell),
                SimpleCommand::Opaque(_) => None,
            })
        })
    }
}

/// Every command that the file sends.
pub(super) fn commands<'a>(file: &File<'a>) -> Vec<Command<'a>> {
    let mut search = Search { shells: HashMap::new(), commands: Vec::new() };
    file.walk(&mut search);
    search.commands
}

/// The shell of a target's commands.
pub(super) fn shell_of(target: &TargetDecl) -> Shell {
    let named = target.clauses.iter().find_map(|clause| match &clause.kind {
        TargetClauseKind::Shell(name) => Shell::from_name(&name.value),
        _ => None,
    });
    named.unwrap_or(Shell::Sh)
}

struct Search<'a> {
    /// By name of the target.
    shells: HashMap<&'a str, Shell>,
    commands: Vec<Command<'a>>,
}

impl<'a> Visit<'a> for Search<'a> {
    fn item(&mut self, item: &'a Item) {
        if let ItemKind::Target(target) = &item.kind {
            self.shells.insert(&target.name.value, shell_of(target));
        }
        walk_item(self, item);
    }

    fn statement(&mut self, statement: &'a Statement) {
        if let StatementKind::Target(target) = &statement.kind {
            self.shells.insert(&target.name.value, shell_of(target));
        }
        walk_statement(self, statement);
    }

    fn request(&mut self, request: &'a Request) {
        if let Operation::Command(text) = &request.operation {
            let known = self.shells.get(request.target.value.as_str()).copied();
            let shells = known.map_or(vec![Shell::Sh, Shell::PowerShell], |shell| vec![shell]);
            self.commands.push(Command { request, text, shells });
        }
        walk_request(self, request);
    }
}
