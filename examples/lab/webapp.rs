//! A tenant's webapp. On Windows its container and its process are one; here the container on the
//! Linux side passes requests on to the process on the pair's Windows worker, and so answers only
//! while that worker is up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::hop::{self, Answer, Question, Upstream, plain};

/// By which the process on the worker knows for whom it answers.
const TENANT: &str = "x-tenant";
/// What the process may take to answer; after this the worker is held to be away.
const LIMIT: Duration = Duration::from_secs(10);

/// `lab part webapp`: the container
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[arg(long, env = "TENANT")]
    pub tenant: String,
    /// The process on the pair's worker, as ADDRESS:PORT
    #[arg(long, env = "WORKER")]
    pub worker: String,
    #[arg(long, default_value = "0.0.0.0:8080")]
    pub listen: String,
}

/// Runs the container's part until it is ended.
pub async fn run(args: Args) -> io::Result<()> {
    relay(TcpListener::bind(&args.listen).await?, &args).await
}

/// Passes on what comes in at `listener`.
pub async fn relay(listener: TcpListener, args: &Args) -> io::Result<()> {
    let tenant = HeaderValue::from_str(&args.tenant).map_err(io::Error::other)?;
    let worker = Arc::new(Upstream::new(&args.worker, LIMIT));
    let answer = move |mut request: Question| {
        request.headers_mut().insert(TENANT, tenant.clone());
        let worker = Arc::clone(&worker);
        async move { worker.pass(request).await }
    };
    hop::serve(listener, answer).await
}

/// `lab part origin`: the process on the worker, for all tenants
#[derive(Clone, Debug, clap::Args)]
pub struct Origin {
    /// The pair, such as WEB1
    #[arg(long)]
    pub side: String,
    /// What it says its version is
    #[arg(long, default_value = "9f3c1ab")]
    pub version: String,
    /// Milliseconds that a request takes
    #[arg(long, default_value_t = 10)]
    pub work: u64,
    #[arg(long, default_value = "0.0.0.0:8080")]
    pub listen: String,
}

/// Runs the worker's process until it is ended.
pub async fn run_origin(args: Origin) -> io::Result<()> {
    originate(TcpListener::bind(&args.listen).await?, args).await
}

/// Answers what comes in at `listener`.
pub async fn originate(listener: TcpListener, args: Origin) -> io::Result<()> {
    let args = Arc::new(args);
    hop::serve(listener, move |request| healthcheck(Arc::clone(&args), request)).await
}

async fn healthcheck(args: Arc<Origin>, request: Question) -> Answer {
    if request.method() != Method::GET || request.uri().path() != "/api/healthcheck" {
        return plain(StatusCode::NOT_FOUND, "there is only /api/healthcheck\n");
    }
    sleep(Duration::from_millis(args.work)).await;
    let tenant = request.headers().get(TENANT).and_then(|name| name.to_str().ok());
    let answer = json!({"version": args.version, "tenant": tenant, "side": args.side});
    hop::json(StatusCode::OK, &answer)
}
