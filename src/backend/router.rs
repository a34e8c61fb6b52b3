//! Sends each request to the backend that its target names.

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Backend, ConfigFiles, Http, Local, Outputs, Reply, Request, Ssh};
use crate::ids::RunId;
use crate::value::BackendKind;

/// The backends of a real run.
#[derive(Debug)]
pub struct Router {
    local: Local,
    http: Http,
    ssh: Ssh,
}

/// What the backends of a run are told beforehand.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub ssh_config: ConfigFiles,
}

impl Router {
    /// The backends of `run`, which tell their output to `output`. Nothing is opened yet.
    #[must_use]
    pub fn new(run: &RunId, output: impl Into<Outputs>, settings: Settings) -> Self {
        let output = output.into();
        let ssh = Ssh::new(settings.ssh_config, output.clone());
        Self { local: Local::new(output), http: Http::new(run), ssh }
    }
}

impl Backend for Router {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        match &request.target.backend {
            BackendKind::Local => self.local.perform(request, cancel),
            BackendKind::Http => self.http.perform(request, cancel),
            BackendKind::Ssh => self.ssh.perform(request, cancel),
            BackendKind::Plugin(name) => absent(format!(
                "plugin targets can be planned and rehearsed; carrying out by the plugin `{name}` is not in this version"
            )),
        }
    }
}

fn absent(why: String) -> BoxFuture<'static, Reply> {
    Box::pin(std::future::ready(Reply::Refused { why }))
}
