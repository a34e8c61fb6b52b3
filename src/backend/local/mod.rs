//! Commands and files on the machine that rutter runs on.
//!
//! A command runs in a process group of its own. Its output is read while it runs, shown line by
//! line, and kept within bounds. When its time is over or the run is stopped, the group is told
//! to end, and then made to.

#[cfg(unix)]
mod claimed;
mod files;
mod launch;
pub(super) mod process;

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Backend, Command, Operation, Outputs, Reply, Request};
use crate::value::Shell;

/// Carries requests out here.
#[derive(Clone)]
pub struct Local {
    output: Outputs,
}

impl Local {
    /// A backend whose commands print to `output`.
    #[must_use]
    pub fn new(output: impl Into<Outputs>) -> Self {
        Self { output: output.into() }
    }
}

impl Local {
    #[cfg(unix)]
    fn command<'a>(
        &'a self,
        request: &'a Request,
        command: &'a Command,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Reply> {
        match (&request.claim, request.target.shell) {
            (Some(claim), Shell::Sh | Shell::Bash) => {
                Box::pin(claimed::run(&self.output, request, command, claim, cancel))
            }
            _ => Box::pin(process::run(&self.output, request, command, cancel)),
        }
    }

    #[cfg(not(unix))]
    fn command<'a>(
        &'a self,
        request: &'a Request,
        command: &'a Command,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Reply> {
        Box::pin(process::run(&self.output, request, command, cancel))
    }
}

impl std::fmt::Debug for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Local").finish_non_exhaustive()
    }
}

impl Backend for Local {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        match &request.operation {
            Operation::Command(command) => self.command(request, command, cancel),
            Operation::Put { local, remote } => Box::pin(files::copy(local, remote, request.within, cancel)),
            Operation::Get { remote, local } => Box::pin(files::copy(remote, local, request.within, cancel)),
            Operation::Http(_) => refuse("a local target can't be asked over HTTP"),
            Operation::Plugin { .. } => refuse("a local target has no operations of a plugin"),
        }
    }
}

fn refuse(why: &str) -> BoxFuture<'static, Reply> {
    Box::pin(std::future::ready(Reply::NotSent { why: why.to_owned() }))
}
