//! A value decides how much is removed, and any value will do.
//!
//! With `rm -rf {{ base }}/{{ name }}` a `base` of `/` removes `/NAME`, and a `name` of `.` all of
//! `base`; an empty one does the same. Such values come from a params file that somebody edits in
//! a hurry. Say what the param must look like: `matching` refuses the rest before the run begins.
//!
//! ## Bad
//! ```runbook
//! runbook "Clean up"
//!
//! param base: string
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ sudo rm -rf {{ base }}/cache
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Clean up"
//!
//! param base: string matching "^/srv/[a-z0-9-]+$"
//!
//! target host = ssh "web1"
//!
//! stage "Clean up" {
//!   run on host $ sudo rm -rf {{ base }}/cache
//! }
//! ```

use crate::finding::Finding;
use crate::lint::destruction::removes_all;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_statement};
use crate::shell::{Word, hole};
use crate::syntax::ast::{Expr, ItemKind, Name, Param, Statement, StatementKind, TypeKind};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut asserted = Asserted { file, names: Vec::new() };
    file.walk(&mut asserted);
    let sent = commands(file);
    let holes =
        sent.iter().flat_map(|command| command.text.holes().enumerate().map(move |hole| (command, hole)));
    let any = holes.filter_map(|(command, (number, expr))| {
        let param = free_param(file, expr)?;
        let decides = decides(command, &hole(u32::try_from(number).ok()?));
        (decides && !asserted.names.contains(&param.value)).then(|| finding(expr, param))
    });
    any.collect()
}

/// The param that a hole takes, if it may be any text.
fn free_param<'a>(file: &File<'a>, expr: &Expr) -> Option<&'a Name> {
    let name = file.expression(expr).tree().dotted()?;
    let params = file.tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Param(param) => Some(param),
        _ => None,
    });
    let free = |param: &&Param| matches!(&param.ty.kind, TypeKind::Named(word) if word == "string");
    params.filter(free).map(|param| &param.name).find(|param| param.value == name)
}

/// Whether the value says what is removed with all that is in it: it begins or ends the path.
fn decides(command: &Command<'_>, mark: &str) -> bool {
    let whole = |word: &Word| {
        let path = word.trim_end_matches(['/', '\\', '*']);
        path.starts_with(mark) || path.ends_with(&format!("/{mark}")) || path.ends_with(&format!("\\{mark}"))
    };
    command
        .find_marked(|words, shell| {
            (removes_all(words, shell) && words.iter().skip(1).any(whole)).then_some(())
        })
        .is_some()
}

/// The names that the file asserts something of.
struct Asserted<'f, 'a> {
    file: &'f File<'a>,
    names: Vec<String>,
}

impl<'a> Visit<'a> for Asserted<'_, 'a> {
    fn statement(&mut self, statement: &'a Statement) {
        if let StatementKind::Assert(assert) = &statement.kind {
            self.names.extend(self.file.expression(&assert.condition).free_names().iter().cloned());
        }
        walk_statement(self, statement);
    }
}

fn finding(expr: &Expr, param: &Name) -> Finding {
    let title = format!("any `{}` decides what is removed", param.value);
    Finding::warning("destructive-hole", title, expr.span, "an empty or wrong value takes far more")
        .also(param.span, "any text is taken here")
        .help("say what it must look like: `string matching \"^/srv/[a-z0-9-]+$\"`")
}
