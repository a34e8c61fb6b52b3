//! The edge through which every request to a tenant goes: TLS in front, tunnels behind.
//!
//! A connector that says it goes is told nothing at first: as at a real edge, the news takes its time,
//! and until then requests go on to it as before. After the drain delay it is given nothing more, what
//! it has is finished, and its connections are closed. No request is sent twice: one whose connection
//! breaks before its answer has come fails.

mod dock;
mod door;
mod pool;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http2::SendRequest;
use tokio::net::TcpListener;

use crate::web;

pub use pool::Pool;

/// What carries requests to a connector.
type Carrier = SendRequest<Full<Bytes>>;

/// `lab part edge`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A tenant's host and its tunnel
    #[arg(long = "tenant", value_name = "HOST=TUNNEL", value_parser = tenant, required = true)]
    pub tenants: Vec<(String, String)>,
    /// Seconds for which a connector that goes is still given requests
    #[arg(long, default_value_t = 10.0)]
    pub drain: f64,
    /// Where clients come in
    #[arg(long, default_value = "0.0.0.0:443")]
    pub listen: String,
    /// Where connectors come in
    #[arg(long, default_value = "0.0.0.0:7844")]
    pub tunnels: String,
    /// Where `GET /tunnels` tells what is registered
    #[arg(long, default_value = "0.0.0.0:8080")]
    pub control: String,
    /// The certificate for clients, with its chain; PEM
    #[arg(long)]
    pub certificate: PathBuf,
    /// Its key; PEM
    #[arg(long)]
    pub key: PathBuf,
}

fn tenant(text: &str) -> Result<(String, String), String> {
    let (host, tunnel) = text.split_once('=').ok_or("HOST=TUNNEL is wanted")?;
    Ok((host.to_owned(), tunnel.to_owned()))
}

/// What all of the edge's connections share.
#[derive(Clone, Debug)]
pub struct Edge {
    pool: Arc<Mutex<Pool<Carrier>>>,
    /// The tunnel of each host.
    hosts: Arc<HashMap<String, String>>,
    drain: Duration,
}

impl Edge {
    pub fn new(tenants: &[(String, String)], drain: Duration) -> Self {
        let pool = Pool::new(tenants.iter().map(|(_, tunnel)| tunnel.clone()));
        let hosts = tenants.iter().cloned().collect();
        Self { pool: Arc::new(Mutex::new(pool)), hosts: Arc::new(hosts), drain }
    }

    fn pool(&self) -> MutexGuard<'_, Pool<Carrier>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the edge until it is ended.
pub async fn run(args: Args) -> io::Result<()> {
    let edge = Edge::new(&args.tenants, Duration::from_secs_f64(args.drain));
    let clients = TcpListener::bind(&args.listen).await?;
    let connectors = TcpListener::bind(&args.tunnels).await?;
    let control = TcpListener::bind(&args.control).await?;
    let config = web::config(&args.certificate, &args.key)?;
    tokio::try_join!(
        door::open(clients, config, edge.clone()),
        dock::open(connectors, edge.clone()),
        tell(control, edge),
    )?;
    Ok(())
}

/// The control.
async fn tell(listener: TcpListener, edge: Edge) -> io::Result<()> {
    let tunnels = async move || Json(edge.pool().shown());
    web::accept(listener, Router::new().route("/tunnels", get(tunnels))).await
}
