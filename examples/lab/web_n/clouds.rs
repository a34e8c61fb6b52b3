//! The clouds of the flagship's scene: the two workers as machines of Azure, pipelines that deploy to the
//! swarms, and the edge's tunnels.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use hyper::Uri;
use tokio::task::spawn_blocking;

use super::stacks::{PAIRS, Pair, WEB1, Which, deploy};
use super::start::again;
use crate::cloud::arm::Arm;
use crate::cloud::cloudflare::{self, Ask, Cloudflare, Connector};
use crate::cloud::compute::{Compute, Machine, Machines};
use crate::cloud::devops::{self, Pipeline, Project, Release};
use crate::cloud::{Clouds, token};
use crate::hop::{Question, Upstream, say};
use crate::place::{CLOUD, EDGE};
use crate::settings::{Settings, seconds};
use crate::system::Result;
use crate::tenants::{self, Params, Tenant};
use crate::web::Tls;
use crate::{cloud, parts, trust, worker};

/// The pipeline that deploys a tenant's web stack, and the one for its task service.
const PIPELINES: [(u32, &str, Which); 2] = [
    (11, "WebApp Production Release", Which::Web),
    (12, "InterfaceTaskService Production Release", Which::Tasks),
];

/// What else the project has. Pages of pipelines are there to be turned.
const OTHERS: [&str; 12] = [
    "Caddy Image",
    "Cloudflared Image",
    "Database Deploy",
    "Docs",
    "Feature Flags",
    "InterfaceTaskService CI",
    "Nightly Load",
    "Packages",
    "Terraform Plan",
    "WebApp CI",
    "WebApp Staging Release",
    "Windows Base Image",
];

/// Starts the clouds anew, by the settings as they are now.
pub fn reset() -> Result {
    parts::end("cloud")?;
    up()
}

/// Starts the clouds, unless they run.
pub fn up() -> Result {
    let (certificate, key) = (trust::certificate().display().to_string(), trust::key().display().to_string());
    parts::own("cloud", CLOUD, &["part", "cloud", "--certificate", &certificate, "--key", &key])?;
    parts::await_port("cloud", 443, Duration::from_secs(20))
}

/// `lab part cloud`: serves them until it is ended.
pub async fn run(args: Tls) -> io::Result<()> {
    let (params, settings) = (tenants::params()?, Settings::read().map_err(io::Error::other)?);
    let clouds = Clouds::default()
        .host("management.azure.com", arm(&params, &settings).router())
        .host("dev.azure.com", devops::router(project(&params, &settings)))
        .host("api.cloudflare.com", cloudflare::router(tunnels(&params)));
    cloud::run(args, clouds).await
}

fn arm(params: &Params, settings: &Settings) -> Arm {
    Arm::new(token("AZURE_TOKEN"), settings.throttling)
        .group(&params.azure.subscription, &params.azure.resource_group)
        .provider(Compute::new(Workers::default()))
}

/// The Windows machines of the pairs.
#[derive(Clone, Default)]
struct Workers {
    updating: Arc<Mutex<HashSet<&'static str>>>,
}

impl Workers {
    fn updating(&self) -> MutexGuard<'_, HashSet<&'static str>> {
        self.updating.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pair(vm: &str) -> Option<Pair> {
    PAIRS.into_iter().find(|pair| pair.windows.name.eq_ignore_ascii_case(vm))
}

impl Machines for Workers {
    fn names(&self) -> Vec<String> {
        PAIRS.map(|pair| pair.windows.name.to_owned()).into()
    }

    fn machine(&self, name: &str) -> Option<Machine> {
        let pair = pair(name)?;
        let state = worker::state(pair.windows).ok()?;
        let name = pair.windows.name;
        let updating = self.updating().contains(name);
        Some(Machine { name: name.to_owned(), version: state.build(), up: state.up, updating })
    }

    fn restart(&self, name: &str) -> BoxFuture<'static, std::result::Result<(), String>> {
        let (workers, pair) = (self.clone(), pair(name));
        if let Some(pair) = pair {
            self.updating().insert(pair.windows.name);
        }
        async move {
            let pair = pair.ok_or("no such machine")?;
            let done = spawn_blocking(move || worker::reboot(pair.windows, pair.side)).await;
            workers.updating().remove(pair.windows.name);
            let done = done.map_err(|error| error.to_string())?.map_err(|error| error.to_string());
            done.inspect_err(|why| say(format_args!("restart of {}: {why}", pair.windows.name)))
        }
        .boxed()
    }
}

fn project(params: &Params, settings: &Settings) -> Project {
    let own = PIPELINES.map(|(id, name, _)| (id, name)).into_iter();
    let pipelines = own.chain((21..).zip(OTHERS)).map(|(id, name)| Pipeline { id, name: name.to_owned() });
    let tenants = params.tenants.clone();
    Project {
        token: token("ADO_TOKEN").to_owned(),
        organisation: params.devops.organisation.clone(),
        name: params.devops.project.clone(),
        pipelines: pipelines.collect(),
        page: settings.pipelines_a_page,
        branches: vec!["main".to_owned(), params.branch.clone()],
        vms: PAIRS.map(vm).to_vec(),
        delay: seconds(settings.deploy),
        deploy: Arc::new(move |release| released(&tenants, release)),
    }
}

/// A pair as the pipelines call it: `THB-P-WEB8`.
fn vm(pair: Pair) -> String {
    format!("THB-P-{}", pair.side)
}

fn released(tenants: &[Tenant], release: &Release) -> std::result::Result<(), String> {
    let which = PIPELINES.iter().find(|(_, name, _)| *name == release.pipeline);
    let (_, _, which) = which.ok_or_else(|| format!("{} deploys nothing", release.pipeline))?;
    let tenant = tenants.iter().find(|tenant| tenant.name == release.tenant);
    let tenant = tenant.ok_or_else(|| format!("no tenant is called {}", release.tenant))?;
    let named = release.vm.as_ref().and_then(|name| PAIRS.into_iter().find(|pair| vm(*pair) == *name));
    let pair = named.unwrap_or(WEB1);
    again(|| deploy(pair, tenant, *which)).map_err(|error| error.to_string())
}

fn tunnels(params: &Params) -> Cloudflare {
    let edge = Arc::new(Upstream::new(format!("{}:8080", EDGE.address), Duration::from_secs(3)));
    let ask: Ask = Arc::new(move |tunnel| {
        let edge = Arc::clone(&edge);
        async move { held(&edge).await.map(|mut all| all.remove(&tunnel)) }.boxed()
    });
    let token = token("CLOUDFLARE_TOKEN").to_owned();
    Cloudflare { token, account: params.cloudflare_account.clone(), ask }
}

/// What the edge's control tells, by tunnel.
async fn held(edge: &Upstream) -> std::result::Result<HashMap<String, Vec<Connector>>, String> {
    let mut request = Question::default();
    *request.uri_mut() = Uri::from_static("http://edge/tunnels");
    let answer =
        edge.send(request).await.map_err(|failed| format!("the edge does not answer: {failed:?}"))?;
    let body = answer.into_body().collect().await.map_err(|never| never.to_string())?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| error.to_string())
}
