//! Clients come in: TLS, and each request to a connection of its tenant's tunnel.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::hop::{self, Answer, Failed, Question, onward, plain, say};

use super::{Carrier, Edge};

/// What a connector may take to answer.
const LIMIT: Duration = Duration::from_secs(30);

/// Serves clients until it is ended.
pub async fn open(listener: TcpListener, config: ServerConfig, edge: Edge) -> io::Result<()> {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, edge) = (acceptor.clone(), edge.clone());
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                hop::connection(stream, move |request| answer(edge.clone(), request)).await;
            }
        });
    }
}

/// Sends a request through the tunnel of its host.
async fn answer(edge: Edge, request: Question) -> Answer {
    let host = hop::authority(&request);
    let host = host.split_once(':').map_or(host, |(name, _)| name);
    let Some(tunnel) = edge.hosts.get(host) else {
        return plain(StatusCode::MISDIRECTED_REQUEST, format!("{host} is served by no tunnel\n"));
    };
    let Some((id, carrier)) = edge.pool().pick(tunnel) else {
        return no_connector();
    };
    let sent = Flight { edge: &edge, id };
    let result = timeout(LIMIT, carry(carrier, onward(request))).await.unwrap_or(Err(Failed::Late));
    drop(sent);
    result.unwrap_or_else(|failed| {
        say(format_args!("ERR a request over connection {id} failed: {failed:?}"));
        failed.answer("the connector")
    })
}

async fn carry(mut carrier: Carrier, request: Question) -> Result<Answer, Failed> {
    hop::whole(carrier.send_request(request).await?).await
}

/// What the vendor's edge says where a tunnel has no connector.
fn no_connector() -> Answer {
    let status = StatusCode::from_u16(530).unwrap_or(StatusCode::BAD_GATEWAY);
    plain(status, "error code: 1033\n")
}

/// A request in flight; also one whose client went away ends so.
struct Flight<'e> {
    edge: &'e Edge,
    id: u64,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.edge.pool().done(self.id);
    }
}
