//! Commands and files on other machines, over SSH, as OpenSSH's client would reach them.
//!
//! In: requests for `ssh` targets, and which ssh_config to read. Out: honest replies: nothing was
//! sent, answered, ended, or nobody knows. Every host has one connection for all of a run, with a
//! channel for each command. Must not know: who asks or why, nor anything of the tree.

mod command;
pub mod config;
mod connect;
mod files;
pub mod known_hosts;
mod pattern;
mod place;
mod pool;
mod refusal;
mod report;
mod session;
mod sessions;
mod windows;

pub use config::ConfigFiles;
pub use report::{HostKeySeen, HostReport, Reached};

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use self::connect::{Connection, Connector, who};
use self::files::Transfer;
use self::place::Place;
use self::pool::Pool;
use self::refusal::Refusal;
use super::{Backend, Credentials, Lane, Operation, Outputs, Reply, Request};
use crate::value::Target;

/// Carries requests to other machines.
pub struct Ssh {
    connector: Connector,
    pool: Pool,
    output: Outputs,
}

impl Ssh {
    /// A backend that reads `files`, and tells its output to `output`. Nothing is read or
    /// opened before the first request.
    #[must_use]
    pub fn new(files: ConfigFiles, output: Outputs) -> Self {
        Self { connector: Connector::new(files), pool: Pool::default(), output }
    }

    /// Connects to a target, and says how; nothing is carried out there.
    pub async fn probe(&self, target: &Target, credentials: &Credentials) -> HostReport {
        let place = Place::of(target, Lane::Steps);
        let meant = self.connector.host(&place);
        match self.pool.connection(&self.connector, &place, credentials).await {
            Ok(connection) => reached(&connection),
            Err(refusal) => HostReport {
                who: meant.as_ref().ok().map(who),
                via: Vec::new(),
                reached: Err(refusal.why().to_owned()),
            },
        }
    }
}

fn reached(connection: &Connection) -> HostReport {
    HostReport {
        who: Some(connection.who.clone()),
        via: connection.via.clone(),
        reached: Ok(Reached { by: connection.by.clone(), host_key: connection.host_key.clone() }),
    }
}

impl std::fmt::Debug for Ssh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ssh").finish_non_exhaustive()
    }
}

impl Backend for Ssh {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        match &request.operation {
            Operation::Command(command) => Box::pin(command::run(self, request, command, cancel)),
            Operation::Put { local, remote } => {
                Box::pin(files::carry(self, request, Transfer::Put { local, remote }, cancel))
            }
            Operation::Get { remote, local } => {
                Box::pin(files::carry(self, request, Transfer::Get { remote, local }, cancel))
            }
            Operation::Http(_) => refuse("an ssh target can't be asked over HTTP"),
            Operation::Plugin { .. } => refuse("an ssh target has no operations of a plugin"),
        }
    }
}

fn refuse(why: &str) -> BoxFuture<'static, Reply> {
    Box::pin(std::future::ready(Reply::Refused { why: why.to_owned() }))
}

impl Refusal {
    fn into_reply(self) -> Reply {
        match self {
            Refusal::Dropped(why) | Refusal::Unreachable(why) => Reply::NotSent { why },
            Refusal::Refused(why) => Reply::Refused { why },
            Refusal::Untrusted(why) => Reply::Untrusted { why },
        }
    }
}
