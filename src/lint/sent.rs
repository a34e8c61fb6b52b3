//! The commands that a file sends, with the shell that reads each.
//!
//! In: a file. Out: its commands, in the order they stand. Must not know: what is looked for in them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::subject::File;
use crate::finding::Finding;
use crate::resolve::visit::{Visit, walk_item, walk_request, walk_statement};
use crate::shell::{End, Pipeline, Script, SimpleCommand, Word, hole, script, simple_commands};
use crate::syntax::ast::{
    ClauseKind, Effect, Item, ItemKind, Let, LetValue, Operation, Part, Request, Statement, StatementKind,
    TargetClauseKind, TargetDecl, Text,
};
use crate::value::Shell;

/// A command that the file sends. What it is taken apart into is shared by the rules.
#[derive(Clone)]
pub(super) struct Command<'a> {
    pub request: &'a Request,
    pub text: &'a Text,
    /// The shell of its target; the likely ones where the target is handed to an action.
    pub shells: Vec<Shell>,
    /// A `let` keeps what it answers.
    pub kept: bool,
    parts: Rc<Parts>,
}

/// A command taken apart, as far as somebody asked for it.
#[derive(Default)]
struct Parts {
    filled: OnceCell<String>,
    scripts: OnceCell<Scripts>,
    /// `None`: there is nothing to mark.
    marked: OnceCell<Option<Scripts>>,
    named: OnceCell<Vec<Vec<Word>>>,
}

/// What each shell makes of it.
type Scripts = Vec<(Shell, Script)>;

impl Command<'_> {
    /// The command as it could be: a word for each value.
    pub fn filled(&self) -> &str {
        self.parts.filled.get_or_init(|| filled(self.text, |_| "value".to_owned()))
    }

    /// Whether it may change something.
    pub fn changes(&self) -> bool {
        self.request.effect.value != Effect::Check
    }

    /// Whether something may answer what it asks: a `stdin` clause, a pipe or a redirection.
    pub fn is_fed(&self) -> bool {
        let stdin = |kind: &ClauseKind| matches!(kind, ClauseKind::Stdin(_));
        self.request.clauses.iter().any(|clause| stdin(&clause.kind)) || self.filled().contains(['|', '<'])
    }

    /// A warning at the command.
    pub fn warning(&self, code: &'static str, title: impl Into<String>, label: impl Into<String>) -> Finding {
        Finding::warning(code, title, self.text.span, label)
    }

    /// Its pipelines, if a shell of the sh family surely reads it.
    pub fn pipelines(&self) -> &[Pipeline] {
        match self.scripts() {
            [(_, script)] => &script.pipelines,
            _ => &[],
        }
    }

    /// What each shell makes of it, with a word for each value.
    pub fn scripts(&self) -> &[(Shell, Script)] {
        self.parts.scripts.get_or_init(|| self.taken_apart(self.filled()))
    }

    /// The same, where [`hole`] stands for each value.
    fn marked(&self) -> &[(Shell, Script)] {
        let holes = self.text.holes().next().is_some();
        let marked = || holes.then(|| self.taken_apart(&filled(self.text, hole)));
        self.parts.marked.get_or_init(marked).as_deref().unwrap_or_else(|| self.scripts())
    }

    fn taken_apart(&self, text: &str) -> Scripts {
        self.shells.iter().map(|shell| (*shell, script(text, *shell))).collect()
    }

    /// Whether it ends and something of it goes on in the background.
    pub fn leaves_behind(&self) -> bool {
        let pipelines = self.pipelines();
        let mut programs =
            pipelines.iter().flat_map(|pipeline| &pipeline.stages).filter_map(|stage| stage.words.first());
        let left = pipelines.iter().any(|pipeline| pipeline.end == End::Background);
        left && !programs.any(|program| program == "wait")
    }

    /// What can be said of the first of its simple commands of which something can; nothing is said of what can't be taken apart.
    pub fn find<T>(&self, say: impl Fn(&[Word], Shell) -> Option<T>) -> Option<T> {
        find_in(self.scripts(), say)
    }

    /// The same, where [`hole`] stands for each value.
    pub fn find_marked<T>(&self, say: impl Fn(&[Word], Shell) -> Option<T>) -> Option<T> {
        find_in(self.marked(), say)
    }

    /// The words of its simple commands, none of one that can't be taken apart. A value is a word made of its expression: what
    /// reads alike is equal.
    pub fn named(&self) -> &[Vec<Word>] {
        self.parts.named.get_or_init(|| {
            let names: Vec<String> = self.text.holes().map(|hole| name_of(&hole.text)).collect();
            let text = filled(self.text, |number| names.get(number as usize).cloned().unwrap_or_default());
            let simple = self.shells.first().map_or(Vec::new(), |shell| simple_commands(&text, *shell));
            let words = simple.into_iter().map(|command| match command {
                SimpleCommand::Words(words) => words,
                SimpleCommand::Opaque(_) => Vec::new(),
            });
            words.collect()
        })
    }
}

fn find_in<T>(scripts: &[(Shell, Script)], say: impl Fn(&[Word], Shell) -> Option<T>) -> Option<T> {
    scripts.iter().find_map(|(shell, script)| {
        script.commands.iter().flatten().find_map(|command| match command {
            SimpleCommand::Words(words) => say(words, *shell),
            SimpleCommand::Opaque(_) => None,
        })
    })
}

/// Every command that the file sends.
pub(super) fn commands<'a>(file: &File<'a>) -> Vec<Command<'a>> {
    let look = || {
        let mut search = Search { shells: HashMap::new(), kept: false, commands: Vec::new() };
        file.walk(&mut search);
        search.commands
    };
    file.commands.get_or_init(look).clone()
}

/// A text with something in place of each value.
pub(super) fn filled(text: &Text, hole: impl Fn(u32) -> String) -> String {
    let mut holes = 0..;
    let part = |part: &Part| match part {
        Part::Literal(text) => text.value.clone(),
        Part::Hole(_) => hole(holes.next().unwrap_or_default()),
    };
    text.parts.iter().map(part).collect()
}

/// A word for an expression, with nothing in it that a shell would look at.
fn name_of(expression: &str) -> String {
    expression.bytes().map(|byte| format!("{byte:02x}")).collect()
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
    /// The next request stands right of a `let`.
    kept: bool,
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
        self.kept = matches!(statement.kind, StatementKind::Let(Let { value: LetValue::Request(_), .. }));
        walk_statement(self, statement);
    }

    fn request(&mut self, request: &'a Request) {
        let kept = std::mem::take(&mut self.kept);
        if let Operation::Command(text) = &request.operation {
            let known = self.shells.get(request.target.value.as_str()).copied();
            let shells = known.map_or(vec![Shell::Sh, Shell::PowerShell], |shell| vec![shell]);
            self.commands.push(Command { request, text, shells, kept, parts: Rc::default() });
        }
        walk_request(self, request);
    }
}
