//! A process of the web app, as its code was deployed: it starts, fills its caches, and says on its health
//! page how warm it is. What it runs from (network drive or local cache) it is told by its environment, as on Azure.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use ring::digest::{SHA256, digest};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::hop::{self, Answer, Question, plain};

/// `lab part slot-app`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[arg(long)]
    pub port: u16,
    /// What was deployed
    #[arg(long)]
    pub version: String,
    /// The database, as ADDRESS:PORT
    #[arg(long)]
    pub database: String,
    /// Milliseconds until its caches are filled
    #[arg(long, default_value_t = 4000)]
    pub start: u64,
    #[arg(long, env = "WEBSITE_INSTANCE_ID")]
    pub instance: String,
    #[arg(long, env = "WEBSITE_LOCAL_CACHE_OPTION", default_value = "Never")]
    pub local_cache: String,
    /// `TRUE` where the process runs from the copy
    #[arg(long, env = "WEBSITE_LOCALCACHE_READY", default_value = "")]
    pub local_cache_ready: String,
}

/// What a file takes that is read over the network.
const NETWORK_DRIVE: Duration = Duration::from_millis(150);

struct App {
    args: Args,
    filled: Instant,
    hash: String,
}

/// Runs until it is ended.
pub async fn run(args: Args) -> io::Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", args.port)).await?;
    let name = format!("{}:{}", args.instance, args.port);
    let hash =
        digest(&SHA256, name.as_bytes()).as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let filled = Instant::now() + Duration::from_millis(args.start);
    let app = Arc::new(App { args, filled, hash });
    hop::serve(listener, move |request| answer(Arc::clone(&app), request)).await
}

async fn answer(app: Arc<App>, request: Question) -> Answer {
    match request.uri().path() {
        "/health" => app.health().await,
        _ => app.page().await,
    }
}

impl App {
    fn is_filled(&self) -> bool {
        Instant::now() >= self.filled
    }

    fn is_copied(&self) -> bool {
        self.args.local_cache_ready == "TRUE"
    }

    /// What customers ask for: not there before the caches are filled, and slow from the network drive.
    async fn page(&self) -> Answer {
        if !self.is_filled() {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable\n");
        }
        if !self.is_copied() {
            sleep(NETWORK_DRIVE).await;
        }
        hop::json(StatusCode::OK, &json!({"app": "your-website", "version": self.args.version}))
    }

    /// 200 only where customers may come: where there is to be a local cache, not without it.
    async fn health(&self) -> Answer {
        let connected = timeout(Duration::from_secs(1), TcpStream::connect(&self.args.database)).await;
        let database = matches!(connected, Ok(Ok(_)));
        let cached = self.is_copied() || self.args.local_cache != "Always";
        let ready = self.is_filled() && cached && database;
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = json!({
            "instance": self.hash,
            "localCache": self.is_copied(),
            "database": database,
            "staticCaches": self.is_filled(),
            "version": self.args.version,
        });
        hop::json(status, &body)
    }
}
