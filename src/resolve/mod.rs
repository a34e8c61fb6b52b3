//! Files and libraries, names, types and effects: from text to a runbook in which all is known.
//!
//! In: the path of a file and a [`Loader`]. Out: a [`ResolvedRunbook`] or a [`ResolvedWorld`], and
//! findings. Must not know: how anything runs.

mod check;
mod embedded;
mod files;
mod intake;
mod load;
mod run_end;
mod shelf;
mod subject;
#[cfg(test)]
mod tests;
mod types;
pub mod visit;
mod whole;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::finding::Finding;
use crate::ids::ModuleId;
use crate::shell::Pattern;
use crate::source::Sources;
use crate::syntax::ast;
use crate::template::{Expression, Expressions};
use crate::value::{Effect, Shell, Type};

/// Reads files; the CLI reads the disk, tests a map.
pub trait Loader: Sync {
    /// The bytes of a file. Of one larger than [`MAX_FILE_BYTES`] a part that shows it is enough.
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error>;
}

/// What resolving gave. `runbook` is there when no finding is an error.
#[derive(Debug)]
pub struct Resolution {
    pub sources: Sources,
    pub findings: Vec<Finding>,
    pub subject: Option<Subject>,
}

/// What the file was.
#[derive(Debug)]
pub enum Subject {
    Runbook(ResolvedRunbook),
    /// A library on its own: it can be linted, not planned.
    Library(ResolvedRunbook),
    World(ResolvedWorld),
}

/// A runbook and its libraries with every name, type and effect known.
#[derive(Debug)]
pub struct ResolvedRunbook {
    /// The runbook is `ModuleId(0)`.
    pub modules: Vec<Module>,
}

/// One file of a runbook.
#[derive(Debug)]
pub struct Module {
    pub id: ModuleId,
    /// `std.swarm`, or the path as written.
    pub name: String,
    pub path: PathBuf,
    pub file: Arc<ast::File>,
    /// By `ExprId`.
    pub expressions: Arc<[Expression]>,
    /// `use`s by the name they have here.
    pub uses: IndexMap<String, ModuleId>,
    pub actions: IndexMap<String, Action>,
    pub commands: IndexMap<String, CommandSet>,
}

/// A `commands` set, read for each shell that can read all of its patterns: a shell has words,
/// and a regard for case, of its own.
#[derive(Debug, Default)]
pub struct CommandSet {
    by_shell: Vec<(Shell, Vec<Pattern>)>,
}

impl CommandSet {
    /// A set that was read for these shells.
    #[must_use]
    pub fn new(by_shell: Vec<(Shell, Vec<Pattern>)>) -> Self {
        Self { by_shell }
    }

    /// The patterns as `shell` reads them.
    #[must_use]
    pub fn patterns(&self, shell: Shell) -> Option<&[Pattern]> {
        self.by_shell.iter().find(|(known, _)| *known == shell).map(|(_, patterns)| patterns.as_slice())
    }
}

/// What is known of an action.
#[derive(Debug)]
pub struct Action {
    /// Its place in `file.items`.
    pub item: usize,
    pub params: Vec<ActionParam>,
    pub returns: Type,
    /// The strongest effect in its body; `None` when it touches nothing.
    pub effect: Option<Effect>,
}

#[derive(Debug)]
pub struct ActionParam {
    pub name: String,
    pub ty: Type,
    pub has_default: bool,
}

/// A world and the runbook that it rehearses.
#[derive(Debug)]
pub struct ResolvedWorld {
    pub path: PathBuf,
    pub file: Arc<ast::File>,
    pub expressions: Arc<[Expression]>,
    pub runbook: Arc<ResolvedRunbook>,
}

impl Expressions for Module {
    fn expression(&self, expr: &ast::Expr) -> &Expression {
        &self.expressions[expr.id.0 as usize]
    }
}

impl Expressions for ResolvedWorld {
    fn expression(&self, expr: &ast::Expr) -> &Expression {
        &self.expressions[expr.id.0 as usize]
    }
}

impl ResolvedRunbook {
    /// The runbook's own file.
    #[must_use]
    pub fn root(&self) -> &Module {
        &self.modules[0]
    }

    #[must_use]
    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }

    /// The action that `path` names in `from`.
    #[must_use]
    pub fn action(&self, from: ModuleId, path: &ast::Path) -> Option<(ModuleId, &Action)> {
        let (module, name) = self.member(from, path)?;
        Some((module, self.module(module).actions.get(name)?))
    }

    /// The patterns of the `commands` set that `path` names in `from`, as `shell` reads them.
    #[must_use]
    pub fn commands(&self, from: ModuleId, path: &ast::Path, shell: Shell) -> Option<&[Pattern]> {
        let (module, name) = self.member(from, path)?;
        self.module(module).commands.get(name)?.patterns(shell)
    }

    fn member<'p>(&self, from: ModuleId, path: &'p ast::Path) -> Option<(ModuleId, &'p str)> {
        match path.names.as_slice() {
            [name] => Some((from, &name.value)),
            [library, name] => Some((*self.module(from).uses.get(&library.value)?, &name.value)),
            _ => None,
        }
    }
}

pub use embedded::{std_library, std_names};
pub use files::{MAX_FILE_BYTES, normal};
pub use run_end::RunEnd;
pub use shelf::Shelf;
pub use subject::{resolve, resolve_beside};
pub use types::lower as declared_type;
pub use whole::WholeMatch;
