//! Requests over HTTP.
//!
//! Whatever status comes back is an answer, `Retry-After` with it: whether to ask again is for the
//! engine, `wait` and `retry` to say. Nothing of TLS is touched before the first request.

mod client;
mod origin;
mod redirect;
mod send;

pub use self::origin::origin;

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use self::client::Clients;
use super::{Backend, Operation, Reply, Request};
use crate::ids::RunId;

/// Carries requests out over HTTP; connections are kept for the run.
#[derive(Debug)]
pub struct Http {
    clients: Clients,
    run: RunId,
}

impl Http {
    /// The backend of one run, whose name goes into each Idempotency-Key.
    #[must_use]
    pub fn new(run: &RunId) -> Self {
        Self { clients: Clients::default(), run: run.clone() }
    }
}

impl Backend for Http {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        match &request.operation {
            Operation::Http(call) => Box::pin(send::send(&self.clients, &self.run, request, call, cancel)),
            Operation::Command(_) => refuse("an http target runs no commands"),
            Operation::Put { .. } | Operation::Get { .. } => refuse("an http target takes no files"),
            Operation::Plugin { .. } => refuse("an http target has no operations of a plugin"),
        }
    }
}

fn refuse(why: &str) -> BoxFuture<'static, Reply> {
    Box::pin(std::future::ready(Reply::NotSent { why: why.to_owned() }))
}
