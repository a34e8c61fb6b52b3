//! Connectors come in: each connection is registered, watched, drained and dropped.

use std::io;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::hop::say;
use crate::tunnel::{self, Hello, Welcome};

use super::{Carrier, Edge};

/// How long a connector may take to say who it is.
const HELLO: Duration = Duration::from_secs(5);
/// How long what is in flight on a leaving connection may take.
const FINISH: Duration = Duration::from_secs(30);

type Connection = http2::Connection<TokioIo<TcpStream>, Full<Bytes>, TokioExecutor>;

/// Registers connectors until it is ended.
pub async fn open(listener: TcpListener, edge: Edge) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let edge = edge.clone();
        tokio::spawn(async move {
            if let Err(error) = hold(stream, edge).await {
                say(format_args!("ERR a connector was not registered: {error}"));
            }
        });
    }
}

/// One connection, from its first word to its end.
async fn hold(mut stream: TcpStream, edge: Edge) -> io::Result<()> {
    let hello: Hello = timeout(HELLO, tunnel::hear(&mut stream)).await??;
    let refused = refusal(&edge, &hello);
    tunnel::tell(&mut stream, &Welcome { refused: refused.map(str::to_owned) }).await?;
    if let Some(why) = refused {
        return Err(io::Error::other(format!("{} for {}: {why}", hello.connector, hello.tunnel)));
    }
    let shaken = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (carrier, connection) = shaken.map_err(io::Error::other)?;
    let id = edge.pool().add(&hello.tunnel, &hello.connector, &hello.side, carrier.clone());
    say(format_args!("INF registered connection {id}: {hello}"));
    watch(id, carrier, connection, &edge).await;
    Ok(())
}

fn refusal(edge: &Edge, hello: &Hello) -> Option<&'static str> {
    if !edge.pool().knows(&hello.tunnel) {
        return Some("Tunnel not found");
    }
    (hello.secret != tunnel::secret(&hello.tunnel)).then_some("Unauthorized: Invalid tunnel secret")
}

/// Until the connection breaks, or has been drained.
async fn watch(id: u64, carrier: Carrier, mut connection: Connection, edge: &Edge) {
    let broke = tokio::select! {
        result = &mut connection => Some(result),
        () = drained(id, carrier, edge) => None,
    };
    let lost = edge.pool().remove(id);
    match broke {
        Some(result) => say(format_args!("ERR connection {id} broke with {lost} in flight: {result:?}")),
        // No one can send on it any more, so it closes.
        None => {
            let _ = timeout(FINISH, connection).await;
            say(format_args!("INF dropped connection {id}"));
        }
    }
}

/// Waits for the connector's word that it goes, then for the drain, then for what is in flight.
async fn drained(id: u64, mut carrier: Carrier, edge: &Edge) {
    if carrier.send_request(tunnel::until_draining()).await.is_err() {
        return std::future::pending().await;
    }
    edge.pool().drain(id);
    say(format_args!("INF connection {id} drains"));
    sleep(edge.drain).await;
    edge.pool().leave(id);
    let idle = async {
        while !edge.pool().is_idle(id) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = timeout(FINISH, idle).await;
}
