//! Operations that go on after their request was answered, and the two ways to ask after them:
//! `Azure-AsyncOperation` (200 with a status) and `Location` (202 until it has ended).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Call, ORIGIN, Refusal};
use crate::cloud::guid;

/// How an operation ended: with what the request would have answered, if anything, or with why not.
pub type Outcome = Result<Option<Value>, Refusal>;

/// Where one asks after an operation: paths in which `{id}` is its name. A provider gives one or both.
#[derive(Clone, Debug, Default)]
pub struct Tracking {
    /// The path that `Azure-AsyncOperation` tells.
    pub status: Option<String>,
    /// The path that `Location` tells.
    pub result: Option<String>,
    /// Seconds between questions.
    pub retry_after: u32,
}

impl Tracking {
    /// As Microsoft.Compute does: one path, with `monitor=true` in `Location`.
    pub fn monitored(call: &Call, retry_after: u32) -> Tracking {
        let (subscription, namespace) = (&call.subscription, &call.namespace);
        let path = format!(
            "/subscriptions/{subscription}/providers/{namespace}/locations/westeurope/operations/{{id}}"
        );
        Tracking { result: Some(format!("{path}?monitor=true")), status: Some(path), retry_after }
    }
}

/// All operations of a Resource Manager.
#[derive(Default)]
pub struct Operations {
    known: Mutex<HashMap<String, Asked>>,
}

/// A path of an operation, and how it is told there.
#[derive(Clone)]
enum Asked {
    Status(Arc<Operation>),
    Result(Arc<Operation>),
}

struct Operation {
    name: String,
    began: Timestamp,
    ended: Mutex<Option<(Timestamp, Outcome)>>,
    retry_after: u32,
    /// The headers of its first answer.
    headers: HeaderMap,
}

impl Operations {
    /// Starts `work`, and gives the headers that tell where to ask after it.
    pub fn begin<W>(&self, call: &Call, tracking: &Tracking, work: W) -> HeaderMap
    where
        W: Future<Output = Outcome> + Send + 'static,
    {
        let name = guid();
        let headers = headers(call, tracking, &name);
        let (ended, retry_after) = (Mutex::new(None), tracking.retry_after);
        let began = Timestamp::now();
        let operation = Arc::new(Operation { name, began, ended, retry_after, headers: headers.clone() });
        self.know(tracking, &operation);
        tokio::spawn(async move {
            let outcome = work.await;
            *operation.ended() = Some((Timestamp::now(), outcome));
        });
        headers
    }

    /// [`begin`](Self::begin), answered as most are: 202 without a body.
    pub fn accepted<W>(&self, call: &Call, tracking: &Tracking, work: W) -> Response
    where
        W: Future<Output = Outcome> + Send + 'static,
    {
        (StatusCode::ACCEPTED, self.begin(call, tracking, work)).into_response()
    }

    fn know(&self, tracking: &Tracking, operation: &Arc<Operation>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let path = |path: &String| path.replace("{id}", &operation.name).to_ascii_lowercase();
        if let Some(status) = &tracking.status {
            known.insert(path(status), Asked::Status(Arc::clone(operation)));
        }
        if let Some(result) = &tracking.result {
            known.insert(path(result), Asked::Result(Arc::clone(operation)));
        }
    }

    /// The answer, if it is an operation that is asked after.
    pub(super) fn told(&self, call: &Call) -> Option<Response> {
        let monitored = call.query.get("monitor").is_some_and(|monitor| monitor == "true");
        let path = format!("{}{}", call.path, if monitored { "?monitor=true" } else { "" });
        let asked = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&path.to_ascii_lowercase())?.clone()
        };
        Some(match asked {
            Asked::Status(operation) => operation.status(),
            Asked::Result(operation) => operation.result(),
        })
    }
}

impl Operation {
    fn ended(&self) -> MutexGuard<'_, Option<(Timestamp, Outcome)>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self) -> Response {
        let began = written(self.began);
        let Some((at, outcome)) = self.ended().clone() else {
            let body = json!({"startTime": began, "status": "InProgress", "name": self.name});
            return ([(header::RETRY_AFTER, self.retry_after.to_string())], Json(body)).into_response();
        };
        let mut body =
            json!({"startTime": began, "endTime": written(at), "status": "Succeeded", "name": self.name});
        match outcome {
            Ok(None) => {}
            Ok(Some(output)) => body["properties"] = json!({"output": output}),
            Err(refusal) => {
                body["status"] = json!("Failed");
                body["error"] = refusal.error();
            }
        }
        Json(body).into_response()
    }

    fn result(&self) -> Response {
        match self.ended().clone() {
            None => (StatusCode::ACCEPTED, self.headers.clone()).into_response(),
            Some((_, Ok(Some(output)))) => Json(output).into_response(),
            Some((_, Ok(None))) => StatusCode::OK.into_response(),
            Some((_, Err(refusal))) => refusal.into_response(),
        }
    }
}

fn headers(call: &Call, tracking: &Tracking, name: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |header: &'static str, path: &Option<String>| {
        let Some(path) = path.as_ref().map(|path| path.replace("{id}", name)) else { return };
        let joint = if path.contains('?') { '&' } else { '?' };
        let url = format!("{ORIGIN}{path}{joint}api-version={}", call.version);
        if let Ok(url) = HeaderValue::from_str(&url) {
            headers.insert(header, url);
        }
    };
    put("azure-asyncoperation", &tracking.status);
    put("location", &tracking.result);
    headers.insert(header::RETRY_AFTER, tracking.retry_after.into());
    headers
}

fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.7f+00:00").to_string()
}
