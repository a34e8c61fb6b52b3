//! The tunnel: what a connector and the edge say to each other, and the connector itself, which stands
//! in for cloudflared.
//!
//! A connector dials the edge, once for each of its connections. It says in a line of JSON who it is
//! ([`Hello`]); the edge answers with a line ([`Welcome`]). From then on the edge is the HTTP/2 client of
//! that same connection, and what it asks is passed on to the origin. One question is the edge's own
//! ([`until_draining`]): it is answered when the connector is told to end. After that the connector
//! goes on serving, until the edge has closed all of its connections.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::hop::{self, Answer, Question, Upstream, plain, say};

/// The longest line that is read.
const LONGEST: usize = 4096;
/// Whom the edge asks for when it means the connector itself.
const CONNECTOR: &str = "connector.invalid";
/// What the origin may take to answer.
const ORIGIN: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);
/// How long to wait before a connection is made anew.
const AGAIN: Duration = Duration::from_secs(1);

/// What a connector says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    pub tunnel: String,
    pub connector: String,
    /// The pair it runs on, such as `WEB1`.
    pub side: String,
    /// Which of its connections this is.
    pub index: u32,
    pub secret: String,
}

impl fmt::Display for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tunnel={} connector={} side={}", self.tunnel, self.connector, self.side)?;
        write!(f, " connIndex={}", self.index)
    }
}

/// What the edge answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Welcome {
    /// Why not, if not.
    pub refused: Option<String>,
}

/// The secret of a tunnel's credentials, as the edge keeps it.
pub fn secret(tunnel: &str) -> String {
    format!("secret-of-{tunnel}")
}

/// The edge's own question; its answer is the connector's word that it goes.
pub fn until_draining() -> Question {
    let mut request = Request::new(Full::new(Bytes::new()));
    *request.uri_mut() = hyper::Uri::from_static("http://connector.invalid/draining");
    request
}

/// Sends a line.
pub async fn tell(stream: &mut TcpStream, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    stream.write_all(&line).await
}

/// Reads a line, and nothing of what follows it.
pub async fn hear<T: DeserializeOwned>(stream: &mut TcpStream) -> io::Result<T> {
    let mut line = Vec::new();
    loop {
        match stream.read_u8().await? {
            b'\n' => return Ok(serde_json::from_slice(&line)?),
            _ if line.len() == LONGEST => return Err(io::ErrorKind::InvalidData.into()),
            byte => line.push(byte),
        }
    }
}

/// `lab part cloudflared`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The edge, as NAME:PORT
    #[arg(long, env = "EDGE", default_value = "10.77.0.3:7844")]
    pub edge: String,
    /// The tunnel's id
    #[arg(long, env = "TUNNEL")]
    pub tunnel: String,
    /// The secret of its credentials; without it, the right one
    #[arg(long, env = "TUNNEL_SECRET")]
    pub secret: Option<String>,
    /// The pair it runs on, such as WEB1
    #[arg(long, env = "SIDE")]
    pub side: String,
    /// Whom it passes requests on to, as NAME:PORT
    #[arg(long, env = "ORIGIN", default_value = "caddy:8080")]
    pub origin: String,
    /// How many connections it keeps
    #[arg(long, default_value_t = 4)]
    pub connections: u32,
}

/// Runs a connector until SIGTERM has come and the edge has dropped it.
pub async fn run(args: Args) -> io::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let (drain, draining) = watch::channel(false);
    let connector = connect(&args, draining)?;
    tokio::pin!(connector);
    tokio::select! {
        () = &mut connector => return Ok(()),
        _ = term.recv() => {}
    }
    say("INF Initiating graceful shutdown due to signal terminated ...");
    drain.send_replace(true);
    connector.await;
    say("INF Tunnel server stopped");
    Ok(())
}

/// Keeps all connections of one connector, until `draining` holds and the edge has closed them.
pub fn connect(args: &Args, draining: watch::Receiver<bool>) -> io::Result<impl Future<Output = ()> + use<>> {
    let connector = std::fs::read_to_string("/proc/sys/kernel/random/uuid")?.trim().to_owned();
    let origin = Arc::new(Upstream::new(&args.origin, ORIGIN));
    let mut connections = JoinSet::new();
    for index in 0..args.connections {
        let hello = Hello {
            tunnel: args.tunnel.clone(),
            connector: connector.clone(),
            side: args.side.clone(),
            index,
            secret: args.secret.clone().unwrap_or_else(|| secret(&args.tunnel)),
        };
        connections.spawn(keep(args.edge.clone(), hello, Arc::clone(&origin), draining.clone()));
    }
    Ok(async move { while connections.join_next().await.is_some() {} })
}

/// One connection, made anew when it breaks.
async fn keep(edge: String, hello: Hello, origin: Arc<Upstream>, mut draining: watch::Receiver<bool>) {
    while !*draining.borrow() {
        match register(&edge, &hello).await {
            Ok(stream) => {
                let (index, id) = (hello.index, &hello.connector);
                say(format_args!("INF Registered tunnel connection connIndex={index} connection={id}"));
                serve(stream, &origin, &draining).await;
                say(format_args!("INF Connection to the edge ended connIndex={index}"));
            }
            Err(error) => say(format_args!("ERR Register tunnel error error=\"{error}\"")),
        }
        tokio::select! {
            _ = draining.wait_for(|draining| *draining) => {}
            () = sleep(AGAIN) => {}
        }
    }
}

async fn register(edge: &str, hello: &Hello) -> io::Result<TcpStream> {
    let exchange = async {
        let mut stream = TcpStream::connect(edge).await?;
        stream.set_nodelay(true)?;
        tell(&mut stream, hello).await?;
        let welcome: Welcome = hear(&mut stream).await?;
        welcome.refused.map_or(Ok(stream), |why| Err(io::Error::other(why)))
    };
    timeout(CONNECT, exchange).await?
}

/// Answers the edge over one connection until it is closed.
async fn serve(stream: TcpStream, origin: &Arc<Upstream>, draining: &watch::Receiver<bool>) {
    let service = service_fn(|request| {
        let (origin, draining) = (Arc::clone(origin), draining.clone());
        hop::answered(request, move |request| answer(Arc::clone(&origin), draining.clone(), request))
    });
    let server = http2::Builder::new(TokioExecutor::new());
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(origin: Arc<Upstream>, mut draining: watch::Receiver<bool>, request: Question) -> Answer {
    if hop::authority(&request) == CONNECTOR {
        let _ = draining.wait_for(|draining| *draining).await;
        return plain(StatusCode::OK, "");
    }
    origin.pass(request).await
}
