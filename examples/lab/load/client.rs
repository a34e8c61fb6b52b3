//! A client of one target: kept connections over HTTP/1.1, one request at a time on each.

use std::cell::RefCell;
use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, HeaderMap};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::plan::{Plan, Target, Witness};

/// A connection that has been idle for longer is closed, as clients do.
const IDLE: Duration = Duration::from_secs(5);
/// So many connections at most are open at once; a request that waits for one is late by that.
const CONNECTIONS: usize = 64;
/// After so many requests a client goes, and another comes with a new connection.
const REQUESTS: u32 = 200;

type Sender = SendRequest<Empty<Bytes>>;

/// What became of a request: who served it, or why it failed.
pub type Outcome = Result<String, String>;

/// Asks one target.
#[derive(Debug)]
pub struct Client {
    target: Target,
    uri: Uri,
    at: String,
    tls: Option<Tls>,
    idle: RefCell<Vec<Kept>>,
    /// A request for each connection that there may be.
    places: Semaphore,
}

struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.name.fmt(f)
    }
}

/// A connection between two requests.
#[derive(Debug)]
struct Kept {
    sender: Sender,
    served: u32,
    since: Instant,
}

impl Client {
    pub fn new(target: &Target, plan: &Plan) -> io::Result<Self> {
        let uri: Uri = target.url.parse().map_err(io::Error::other)?;
        let host = uri.host().ok_or_else(|| io::Error::other(format!("{} names no host", target.url)))?;
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let at = target.at.clone().unwrap_or_else(|| format!("{host}:{port}"));
        let tls = if secure { Some(tls(host, plan)?) } else { None };
        Ok(Self {
            target: target.clone(),
            uri,
            at,
            tls,
            idle: RefCell::default(),
            places: Semaphore::new(CONNECTIONS),
        })
    }

    /// Asks once; what has not been answered at `limit` has failed.
    pub async fn ask(&self, limit: Instant) -> Outcome {
        match timeout_at(limit, self.exchange()).await {
            // An answer is late also if this process was too busy to see that its time was over.
            Ok(outcome) if Instant::now() <= limit => outcome,
            _ => Err("no answer in time".to_owned()),
        }
    }

    async fn exchange(&self) -> Outcome {
        let _place = self.places.acquire().await.map_err(|error| error.to_string())?;
        let mut kept = match self.kept().await {
            Some(kept) => kept,
            None => self.open().await?,
        };
        let mut sent = kept.sender.try_send_request(self.request()?).await;
        if let Err(error) = &mut sent
            && let Some(request) = error.take_message()
        {
            // The server had closed the connection before anything was sent on it.
            kept = self.open().await?;
            sent = kept.sender.try_send_request(request).await;
        }
        let response = sent.map_err(|error| broke(error.error()))?;
        let (status, headers, body) = read(response).await?;
        self.keep(kept);
        self.judge(status, &headers, &body)
    }

    /// A kept connection that is still open, the one used last.
    async fn kept(&self) -> Option<Kept> {
        loop {
            let mut kept = self.idle.borrow_mut().pop()?;
            if kept.since.elapsed() < IDLE && kept.sender.ready().await.is_ok() {
                return Some(kept);
            }
        }
    }

    fn keep(&self, kept: Kept) {
        let served = kept.served + 1;
        if served < REQUESTS {
            self.idle.borrow_mut().push(Kept { served, since: Instant::now(), ..kept });
        }
    }

    async fn open(&self) -> Result<Kept, String> {
        let stream = TcpStream::connect(&self.at).await.map_err(not_connected)?;
        stream.set_nodelay(true).map_err(not_connected)?;
        let sender = match &self.tls {
            None => shake(stream).await?,
            Some(tls) => {
                let shaken = tls.connector.connect(tls.name.clone(), stream).await;
                shake(shaken.map_err(not_connected)?).await?
            }
        };
        Ok(Kept { sender, served: 0, since: Instant::now() })
    }

    fn request(&self) -> Result<Request<Empty<Bytes>>, String> {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let host = self.uri.authority().map_or("", |authority| authority.as_str());
        let request = Request::get(path).header(HOST, host).body(Empty::new());
        request.map_err(|error| error.to_string())
    }

    /// Whether an answer is right, and who gave it.
    fn judge(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Outcome {
        if status != self.target.status {
            return Err(format!("status {status}"));
        }
        let json = serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
        let field = |name: &str| json.get(name).and_then(serde_json::Value::as_str);
        for (name, wanted) in &self.target.fields {
            if field(name) != Some(wanted) {
                return Err(format!("{name} is {}, not {wanted}", field(name).unwrap_or("missing")));
            }
        }
        let witness = match &self.target.served_by {
            Witness::Nothing => Some(String::new()),
            Witness::Body => Some(String::from_utf8_lossy(body).trim().to_owned()),
            Witness::Field(name) => field(name).map(str::to_owned),
            Witness::Header(name) => {
                headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
            }
        };
        witness.ok_or_else(|| "the answer does not say who served it".to_owned())
    }
}

async fn shake<S>(stream: S) -> Result<Sender, String>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| broke(&error))?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn read(response: Response<Incoming>) -> Result<(u16, HeaderMap, Bytes), String> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| broke(&error))?.to_bytes();
    Ok((head.status.as_u16(), head.headers, body))
}

fn not_connected(error: impl Display) -> String {
    format!("no connection: {error}")
}

fn broke(error: &hyper::Error) -> String {
    format!("the connection broke: {error}")
}

/// TLS, trusting the plan's authority alone.
fn tls(host: &str, plan: &Plan) -> io::Result<Tls> {
    let mut roots = RootCertStore::empty();
    if let Some(authority) = &plan.authority {
        for certificate in CertificateDer::pem_file_iter(authority).map_err(io::Error::other)? {
            roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    Ok(Tls { connector: TlsConnector::from(Arc::new(config)), name })
}
