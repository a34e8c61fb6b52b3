//! A site of IIS: a listener that goes when the site is stopped, a monitor file, and an application that is
//! served from the files of its folder and is nothing but errors while they are being replaced.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, OnceCell, Semaphore, watch};
use tokio::time::sleep;

use super::{FILES, SITE};

/// The port of the site.
pub const PORT: u16 = 80;
/// So many requests are worked on at once; others wait in the queue of the application pool.
const WORKERS: usize = 500;
/// What the first request after a start waits for, and all behind it.
const WARM_UP: Duration = Duration::from_secs(3);
/// How long a site is Stopping at least.
const STOPPING: Duration = Duration::from_millis(1500);

/// A site, started or stopped.
#[derive(Debug)]
pub struct Site {
    server: String,
    root: PathBuf,
    /// While it is started: closes its listener and its connections.
    started: Mutex<Option<watch::Sender<bool>>>,
    state: Mutex<&'static str>,
    workers: Semaphore,
    queued: AtomicUsize,
}

/// The application since the site was started.
#[derive(Clone, Debug)]
struct Application {
    site: Arc<Site>,
    warm: Arc<OnceCell<()>>,
}

impl Site {
    /// The site of a server, stopped, whose files are in `root`.
    pub fn new(server: &str, root: &Path) -> Arc<Site> {
        Arc::new(Site {
            server: server.to_owned(),
            root: root.to_owned(),
            started: Mutex::default(),
            state: Mutex::new("Stopped"),
            workers: Semaphore::new(WORKERS),
            queued: AtomicUsize::new(0),
        })
    }

    /// Started, Stopping or Stopped.
    pub async fn state(&self) -> &'static str {
        *self.state.lock().await
    }

    /// How many requests are worked on, and how many wait.
    pub fn requests(&self) -> (usize, usize) {
        (WORKERS - self.workers.available_permits(), self.queued.load(Ordering::Relaxed))
    }

    /// Takes requests from now on. One that is `warm` has answered some before.
    pub async fn start(self: &Arc<Self>, warm: bool) -> io::Result<()> {
        let mut started = self.started.lock().await;
        if started.is_none() {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
            let (close, closed) = watch::channel(false);
            let warm = Arc::new(OnceCell::new_with(warm.then_some(())));
            let application = Application { site: Arc::clone(self), warm };
            tokio::spawn(accept(listener, application.router(), closed));
            *started = Some(close);
            *self.state.lock().await = "Started";
        }
        Ok(())
    }

    /// Takes no more requests, and comes back at once; it is stopped when those that it has are answered.
    pub async fn stop(self: &Arc<Self>) {
        let Some(close) = self.started.lock().await.take() else { return };
        close.send_replace(true);
        *self.state.lock().await = "Stopping";
        let site = Arc::clone(self);
        tokio::spawn(async move {
            sleep(STOPPING).await;
            while site.requests() != (0, 0) {
                sleep(Duration::from_millis(20)).await;
            }
            *site.state.lock().await = "Stopped";
        });
    }

    /// The version that is deployed; none while its files are not of one version.
    fn version(&self) -> Option<String> {
        let read = |number| std::fs::read_to_string(self.root.join(file(number))).ok();
        let versions: Option<Vec<String>> = (0..FILES).map(read).collect();
        let versions = versions?;
        versions.iter().all(|version| *version == versions[0]).then(|| versions[0].clone())
    }
}

/// The name of a file of the application.
pub fn file(number: usize) -> String {
    format!("application-{number}.dll")
}

impl Application {
    fn router(self) -> Router {
        Router::new().route("/monitor.htm", get(monitor)).fallback(page).with_state(self)
    }
}

/// A static file: the application is not asked.
async fn monitor(State(application): State<Application>) -> Response {
    match std::fs::read(application.site.root.join("monitor.htm")) {
        Ok(text) => text.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn page(State(application): State<Application>, uri: Uri) -> Response {
    let site = &application.site;
    site.queued.fetch_add(1, Ordering::Relaxed);
    let worker = site.workers.acquire().await;
    site.queued.fetch_sub(1, Ordering::Relaxed);
    application.warm.get_or_init(|| sleep(WARM_UP)).await;
    sleep(Duration::from_millis(if uri.path() == "/report" { 300 } else { 15 })).await;
    drop(worker);
    match site.version().filter(|version| !version.contains("broken")) {
        Some(version) => {
            axum::Json(json!({"site": SITE, "server": site.server, "version": version})).into_response()
        }
        None => (StatusCode::INTERNAL_SERVER_ERROR, "Server Error in '/' Application.").into_response(),
    }
}

async fn accept(listener: TcpListener, router: Router, mut closed: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = closed.wait_for(|closed| *closed) => return,
        };
        if let Ok((stream, _)) = accepted {
            tokio::spawn(serve(stream, router.clone(), closed.clone()));
        }
    }
}

/// Serves a connection; when the site is stopped, the request under way is answered and no other.
async fn serve(stream: TcpStream, router: Router, mut closed: watch::Receiver<bool>) {
    let server = auto::Builder::new(TokioExecutor::new());
    let connection = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // That it broke off is the client's affair.
        _ = connection.as_mut() => return,
        _ = closed.wait_for(|closed| *closed) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
