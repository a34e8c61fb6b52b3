//! One request from its sending to its whole answer.

use std::error::Error;

use bytes::{Bytes, BytesMut};
use indexmap::IndexMap;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::client::{Clients, Kind};
use super::redirect;
use crate::backend::{Cut, HttpCall, Reply, Request, Sensitive, Terms};
use crate::ids::RunId;
use crate::value::{Effect, HttpOutcome, Outcome};

/// How long an answer may be.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

/// A request that can be sent.
struct Call {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Bytes>,
    effect: Effect,
    terms: Terms,
}

/// Sends a request and reads its answer, within its time.
pub(super) async fn send(
    clients: &Clients,
    run: &RunId,
    request: &Request,
    call: &HttpCall,
    cancel: &CancellationToken,
) -> Reply {
    if cancel.is_cancelled() {
        return Reply::Ended { why: Cut::Cancelled };
    }
    let began = Instant::now();
    let call = match prepare(run, request, call) {
        Ok(call) => call,
        Err(why) => return Reply::NotSent { why },
    };
    let answered = tokio::select! {
        answered = timeout_at(began + request.within, exchange(clients, call)) => answered,
        () = cancel.cancelled() => {
            return Reply::Unknown { why: Cut::Cancelled, detail: "it was sent, and not waited for".to_owned() };
        }
    };
    match answered {
        Ok(Ok(mut outcome)) => {
            outcome.seconds = began.elapsed().as_secs_f64();
            Reply::Answered(Outcome::Http(outcome))
        }
        Ok(Err(reply)) => *reply,
        Err(_) => Reply::Unknown { why: Cut::TimedOut, detail: "no whole answer came in time".to_owned() },
    }
}

fn prepare(run: &RunId, request: &Request, call: &HttpCall) -> Result<Call, String> {
    let url = Url::parse(&call.url).map_err(|error| format!("`{}` is not an address: {error}", call.url))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{}` is not an address of http or https", call.url));
    }
    let method = Method::from_bytes(call.method.as_bytes());
    let method = method.map_err(|_| format!("`{}` is not a method of HTTP", call.method))?;
    let mut headers = headers(&call.headers)?;
    if request.effect == Effect::Once && !headers.contains_key("idempotency-key") {
        headers.insert("idempotency-key", idempotency_key(run, request)?);
    }
    let (body, terms) = (call.body.clone(), request.terms.clone());
    Ok(Call { method, url, headers, body, effect: request.effect, terms })
}

fn headers(given: &[(String, Sensitive)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, text) in given {
        let parsed =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is not a header"))?;
        let value = HeaderValue::from_bytes(text.reveal().as_bytes());
        let mut value =
            value.map_err(|_| format!("the header `{name}` holds a character that can't be sent"))?;
        value.set_sensitive(matches!(text, Sensitive::Secret(_)));
        headers.append(parsed, value);
    }
    Ok(headers)
}

/// The same for each sending of one step of one run, and for nothing else.
fn idempotency_key(run: &RunId, request: &Request) -> Result<HeaderValue, String> {
    let digest = ring::digest::digest(&ring::digest::SHA256, format!("{run}\0{}", request.key).as_bytes());
    let key: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&key).map_err(|error| error.to_string())
}

/// Sends, follows redirections, and reads the answer that comes at their end.
async fn exchange(clients: &Clients, mut call: Call) -> Result<HttpOutcome, Box<Reply>> {
    let mut followed = 0;
    loop {
        let response = send_once(clients, &call).await?;
        let taken = call.terms.answers.contains(&response.status().as_u16());
        let next = redirect::next(&response, &call.method, &call.url).filter(|_| !taken);
        let may = |next: &Url| call.terms.redirects.may_go_to(call.method.as_str(), next.as_str());
        let Some(next) = next.filter(|next| followed < redirect::MOST && may(next)) else {
            return read(response).await;
        };
        redirect::leave_secrets(&mut call.headers, &call.url, &next);
        call.url = next;
        followed += 1;
    }
}

async fn send_once(clients: &Clients, call: &Call) -> Result<Response, Box<Reply>> {
    let client = clients
        .client(Kind::of(&call.url, call.effect, &call.terms))
        .map_err(|why| Box::new(Reply::NotSent { why }))?;
    let mut request = client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
    if let Some(body) = &call.body {
        request = request.body(body.clone());
    }
    request.send().await.map_err(|error| {
        let why = innermost(&error);
        Box::new(if error.is_connect() || error.is_builder() {
            Reply::NotSent { why }
        } else {
            Reply::Unknown { why: Cut::ConnectionLost, detail: why }
        })
    })
}

/// What lies at the bottom of an error, in lower case: the words around it only say where.
fn innermost(error: &reqwest::Error) -> String {
    let mut inner: &dyn Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let text = inner.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

async fn read(mut response: Response) -> Result<HttpOutcome, Box<Reply>> {
    let lost = |detail| Box::new(Reply::Unknown { why: Cut::ConnectionLost, detail });
    let status = response.status().as_u16();
    let headers = lower_case(response.headers());
    let mut body = BytesMut::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| lost(format!("the answer broke off: {}", innermost(&error))))?;
        let Some(chunk) = chunk else { break };
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(lost("the answer is longer than 64 MiB".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpOutcome { status, headers, body: body.freeze(), seconds: 0.0 })
}

fn lower_case(headers: &HeaderMap) -> IndexMap<String, String> {
    let mut all: IndexMap<String, String> = IndexMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        all.entry(name.as_str().to_owned())
            .and_modify(|before| *before = format!("{before}, {value}"))
            .or_insert(value);
    }
    all
}
