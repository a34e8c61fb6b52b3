//! One hop of a request's way: serving it, and sending it on over one kept connection.
//!
//! Questions and answers are small, so each is read whole before it goes on: whoever asked gets all of
//! an answer or a plain failure, never half of one.

use std::fmt::Display;
use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderName, TE, TRANSFER_ENCODING, UPGRADE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rutter::backend::SystemClock;
use rutter::clock::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub type Question = Request<Full<Bytes>>;
pub type Answer = Response<Full<Bytes>>;

/// What belongs to one connection, and not to the request.
const OF_THE_CONNECTION: [HeaderName; 5] = [HOST, CONNECTION, TE, TRANSFER_ENCODING, UPGRADE];

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);

/// A line of a part's log, with the time of day.
pub fn say(line: impl Display) {
    let now = SystemClock::new().wall();
    eprintln!("{} {line}", now.strftime("%Y-%m-%dT%H:%M:%SZ"));
}

/// Answers all that comes in at `listener`, over HTTP/1.1 or HTTP/2, until it is ended; its connections
/// end with it.
pub async fn serve<A, F>(listener: TcpListener, answer: A) -> io::Result<()>
where
    A: Fn(Question) -> F + Clone + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            Some(_) = connections.join_next() => continue,
        };
        stream.set_nodelay(true)?;
        connections.spawn(connection(stream, answer.clone()));
    }
}

/// Answers what comes over one connection; that it broke off is the caller's affair.
pub async fn connection<A, F>(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, answer: A)
where
    A: Fn(Question) -> F + Clone + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let service = service_fn(move |request| answered(request, answer.clone()));
    let server = auto::Builder::new(TokioExecutor::new());
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

/// The answer to a request, once its body has come.
pub async fn answered<A, F>(request: Request<Incoming>, answer: A) -> Result<Answer, hyper::Error>
where
    A: Fn(Question) -> F,
    F: Future<Output = Answer>,
{
    let (head, body) = request.into_parts();
    let body = if body.is_end_stream() { Bytes::new() } else { body.collect().await?.to_bytes() };
    Ok(answer(Request::from_parts(head, Full::new(body))).await)
}

/// Who is asked: the name in the address, or in `Host`.
pub fn authority<B>(request: &Request<B>) -> &str {
    let by_header = || request.headers().get(HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(|authority| authority.as_str()).or_else(by_header).unwrap_or("")
}

/// The request as HTTP/2 wants it: its address whole, and no header of the connection it came by.
pub fn onward(mut request: Question) -> Question {
    if request.uri().authority().is_none() {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let whole = format!("http://{}{path}", authority(&request));
        *request.uri_mut() = whole.parse::<Uri>().unwrap_or_default();
    }
    for name in &OF_THE_CONNECTION {
        request.headers_mut().remove(name);
    }
    request
}

/// An answer in plain words.
pub fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()));
    *answer.status_mut() = status;
    answer
}

/// An answer of JSON.
pub fn json(status: StatusCode, value: &serde_json::Value) -> Answer {
    let mut answer = plain(status, value.to_string());
    answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    answer
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failed {
    /// Nothing came within the limit.
    Late,
    /// The connection could not be made, or broke.
    Broke(String),
}

impl Failed {
    /// What a proxy says of it.
    pub fn answer(&self, whom: &str) -> Answer {
        match self {
            Failed::Late => plain(StatusCode::GATEWAY_TIMEOUT, format!("{whom} does not answer\n")),
            Failed::Broke(why) => plain(StatusCode::BAD_GATEWAY, format!("{whom}: {why}\n")),
        }
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Failed::Broke(error.to_string())
    }
}

impl From<hyper::Error> for Failed {
    fn from(error: hyper::Error) -> Self {
        Failed::Broke(error.to_string())
    }
}

/// The next hop: one HTTP/2 connection, kept, and made anew (its name looked up again) after it broke.
#[derive(Debug)]
pub struct Upstream {
    /// `NAME:PORT`
    address: String,
    limit: Duration,
    kept: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Upstream {
    pub fn new(address: impl Into<String>, limit: Duration) -> Self {
        Self { address: address.into(), limit, kept: Mutex::new(None) }
    }

    /// Passes a request on and gives its answer, or the proxy's own if there is none.
    pub async fn pass(&self, request: Question) -> Answer {
        match self.send(request).await {
            Ok(answer) => answer,
            Err(failed) => failed.answer(&self.address),
        }
    }

    /// Sends a request and reads its answer. After a failure the connection is not used again.
    pub async fn send(&self, request: Question) -> Result<Answer, Failed> {
        let result = match timeout(self.limit, self.exchange(onward(request))).await {
            Ok(result) => result,
            Err(_) => Err(Failed::Late),
        };
        if result.is_err() {
            *self.kept.lock().await = None;
        }
        result
    }

    /// A request that was never sent, because the kept connection had been closed, goes over a new one.
    async fn exchange(&self, request: Question) -> Result<Answer, Failed> {
        let mut sender = self.sender().await?;
        let response = match sender.try_send_request(request).await {
            Ok(response) => response,
            Err(mut error) => match error.take_message() {
                Some(request) => self.anew().await?.send_request(request).await?,
                None => return Err(error.into_error().into()),
            },
        };
        whole(response).await
    }

    async fn sender(&self) -> Result<SendRequest<Full<Bytes>>, Failed> {
        let mut kept = self.kept.lock().await;
        match &*kept {
            Some(sender) if !sender.is_closed() => Ok(sender.clone()),
            _ => {
                let sender = open(&self.address).await?;
                *kept = Some(sender.clone());
                Ok(sender)
            }
        }
    }

    async fn anew(&self) -> Result<SendRequest<Full<Bytes>>, Failed> {
        *self.kept.lock().await = None;
        self.sender().await
    }
}

/// An answer with all of its body.
pub async fn whole(response: Response<Incoming>) -> Result<Answer, Failed> {
    let (head, body) = response.into_parts();
    Ok(Response::from_parts(head, Full::new(body.collect().await?.to_bytes())))
}

/// The JSON of an answer.
pub async fn read(answer: Answer) -> Option<serde_json::Value> {
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    serde_json::from_slice(&body).ok()
}

async fn open(address: &str) -> Result<SendRequest<Full<Bytes>>, Failed> {
    let stream = timeout(CONNECT, TcpStream::connect(address)).await.map_err(|_| Failed::Late)??;
    stream.set_nodelay(true)?;
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}
