//! An instance: a machine of the plan, on which each of the app's two sites is an application pool with a
//! process of its own. A pool is restarted by ending its process and starting another; with a local cache
//! the code is copied first, and the process restarted once more to run from the copy.

use std::collections::HashMap;
use std::io;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::{CONTROL, Pool};
use crate::hop::{self, Answer, Question, plain, say};
use crate::place;

/// `lab part slot-worker`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The instance's name
    #[arg(long)]
    pub instance: String,
    /// The database, as ADDRESS:PORT
    #[arg(long)]
    pub database: String,
    /// Seconds that the copy to the local disk takes
    #[arg(long)]
    pub copy: f64,
}

/// On what a pool is (re)started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    pub version: String,
    pub settings: HashMap<String, String>,
}

/// How a pool stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Standing {
    pub pid: Option<u32>,
    /// What of its environment the cloud tells.
    pub environment: HashMap<String, String>,
}

#[derive(Default)]
struct Running {
    child: Option<Child>,
    environment: HashMap<String, String>,
    /// How often it was restarted: a copy that was begun before is of no use.
    restarts: u64,
}

struct Worker {
    args: Args,
    pools: Mutex<HashMap<Pool, Running>>,
}

/// Runs until it is ended, and its processes with it.
pub async fn run(args: Args) -> io::Result<()> {
    let worker = Arc::new(Worker { args, pools: Mutex::default() });
    let listener = TcpListener::bind(("0.0.0.0", CONTROL)).await?;
    hop::serve(listener, move |request| answer(Arc::clone(&worker), request)).await
}

/// `GET /pools/a` tells of a pool, `POST /pools/a` restarts it.
async fn answer(worker: Arc<Worker>, request: Question) -> Answer {
    let Some(pool) = request.uri().path().strip_prefix("/pools/").and_then(Pool::named) else {
        return plain(StatusCode::NOT_FOUND, "no such pool\n");
    };
    if request.method() == Method::GET {
        return hop::json(StatusCode::OK, &json!(worker.standing(pool)));
    }
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    match serde_json::from_slice(&body) {
        Ok(start) => worker.restart(pool, start).await,
        Err(error) => plain(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

impl Worker {
    fn with<T>(&self, pool: Pool, change: impl FnOnce(&mut Running) -> T) -> T {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        change(pools.entry(pool).or_default())
    }

    fn standing(&self, pool: Pool) -> Standing {
        self.with(pool, |running| Standing {
            pid: running.child.as_ref().and_then(Child::id),
            environment: running.environment.clone(),
        })
    }

    async fn restart(self: &Arc<Self>, pool: Pool, start: Start) -> Answer {
        let restarts = self.with(pool, |running| {
            running.restarts += 1;
            running.restarts
        });
        if let Err(error) = self.launch(pool, &start, false).await {
            return plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
        }
        if start.settings.get("WEBSITE_LOCAL_CACHE_OPTION").is_some_and(|option| option == "Always") {
            tokio::spawn(Arc::clone(self).copy(pool, start, restarts));
        }
        plain(StatusCode::OK, "restarted\n")
    }

    /// Copies the code, then restarts the process, unless the pool was restarted meanwhile.
    async fn copy(self: Arc<Self>, pool: Pool, start: Start, restarts: u64) {
        sleep(Duration::from_secs_f64(self.args.copy)).await;
        if self.with(pool, |running| running.restarts) == restarts {
            say(format_args!("pool {pool:?}: the copy is complete"));
            if let Err(error) = self.launch(pool, &start, true).await {
                say(format_args!("pool {pool:?}: {error}"));
            }
        }
    }

    /// Ends the pool's process, whatever it does, and starts another.
    async fn launch(&self, pool: Pool, start: &Start, copied: bool) -> io::Result<()> {
        let before = self.with(pool, |running| running.child.take());
        if let Some(mut child) = before {
            child.kill().await?;
        }
        let mut environment = start.settings.clone();
        environment.insert("WEBSITE_INSTANCE_ID".to_owned(), self.args.instance.clone());
        if copied {
            environment.insert("WEBSITE_LOCALCACHE_READY".to_owned(), "TRUE".to_owned());
        }
        let mut command = Command::new(place::path("bin/lab"));
        command.args(["part", "slot-app", "--port", &pool.port().to_string(), "--version", &start.version]);
        command.args(["--database", &self.args.database]).envs(&environment);
        let child = command.stdin(Stdio::null()).kill_on_drop(true).spawn()?;
        say(format_args!("pool {pool:?}: {} as {:?}, local cache {copied}", start.version, child.id()));
        self.with(pool, |running| {
            running.child = Some(child);
            running.environment = environment;
        });
        Ok(())
    }
}
