//! Sends each request to the backend that its target names.

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Backend, Http, Local, Outputs, Reply, Request};
use crate::ids::RunId;
use crate::value::BackendKind;

/// The backends of a real run.
#[derive(Debug)]
pub struct Router {
    local: Local,
    http: Http,
}

impl Router {
    /// The backends of `run`, which tell their output to `output`. Nothing is opened yet.
    #[must_use]
    pub fn new(run: &RunId, output: impl Into<Outputs>) -> Self {
        let output = output.into();
        Self { local: Local::new(output), http: Http::new(run) }
    }
}

impl Backend for Router {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        match &request.target.backend {
            BackendKind::Local => self.local.perform(request, cancel),
            BackendKind::Http => self.http.perform(request, cancel),
            BackendKind::Ssh => absent(
                "ssh targets can be planned and rehearsed; carrying out over ssh is not in this version"
                    .to_owned(),
            ),
            BackendKind::Plugin(name) => absent(format!(
                "plugin targets can be planned and rehearsed; carrying out by the plugin `{name}` is not in this version"
            )),
        }
    }
}

fn absent(why: String) -> BoxFuture<'static, Reply> {
    Box::pin(std::future::ready(Reply::NotSent { why }))
}
