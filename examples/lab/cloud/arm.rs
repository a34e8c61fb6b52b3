//! Azure Resource Manager: what all resource providers have in common. Credentials, api-versions,
//! resources by their path, errors, throttling; operations that go on are in `operations`.
//!
//! A scene mounts its providers: `Arm::new(token, throttling).group(subscription, group)
//! .provider(Compute::new(…)).router()`.
//!
//! References: <https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations>,
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>.

mod call;
mod operations;
mod refusal;
#[cfg(test)]
mod tests;
mod throttle;

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

pub use self::call::Call;
pub use self::operations::{Operations, Outcome, Tracking};
pub use self::refusal::Refusal;
use self::throttle::Throttle;
pub use self::throttle::Throttling;
use super::guid;

/// Under which name it is reached, and tells its own addresses.
pub const ORIGIN: &str = "https://management.azure.com";

/// No request of a runbook is longer.
const LONGEST: usize = 1 << 20;

/// A resource provider, such as Microsoft.Compute.
pub trait Provider: Send + Sync + 'static {
    /// Such as `Microsoft.Compute`.
    fn namespace(&self) -> &'static str;

    /// The api-versions that it takes.
    fn versions(&self) -> &'static [&'static str];

    /// Answers a call to one of its resources. What takes its time is begun in `operations`.
    ///
    /// # Errors
    ///
    /// What Azure would refuse, as it does.
    fn answer(&self, call: &Call, operations: &Operations) -> Result<Response, Refusal>;
}

/// The common part, and the providers on it.
pub struct Arm {
    authorization: String,
    groups: Vec<(String, String)>,
    providers: Vec<Box<dyn Provider>>,
    operations: Operations,
    throttle: Throttle,
}

impl Arm {
    /// Takes this token for bearer, and refuses reads as often as `throttling` says.
    pub fn new(token: &str, throttling: Throttling) -> Arm {
        let authorization = format!("Bearer {token}");
        let operations = Operations::default();
        Arm {
            authorization,
            groups: vec![],
            providers: vec![],
            operations,
            throttle: Throttle::new(throttling),
        }
    }

    /// A resource group that exists.
    pub fn group(mut self, subscription: &str, group: &str) -> Arm {
        self.groups.push((subscription.to_owned(), group.to_owned()));
        self
    }

    /// Mounts a provider.
    pub fn provider(mut self, provider: impl Provider) -> Arm {
        self.providers.push(Box::new(provider));
        self
    }

    /// Answers whatever management.azure.com is asked.
    pub fn router(self) -> Router {
        let arm = Arc::new(self);
        Router::new().fallback(move |request: Request| {
            let arm = Arc::clone(&arm);
            async move { arm.serve(request).await }
        })
    }

    async fn serve(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, LONGEST).await else {
            return Refusal::new(413, "RequestEntityTooLarge", "The request is too large.").into_response();
        };
        let read = parts.method == Method::GET;
        let mut answer = self.respond(&parts, &body).unwrap_or_else(IntoResponse::into_response);
        self.sign(&mut answer, read);
        answer
    }

    fn respond(&self, parts: &Parts, body: &Bytes) -> Result<Response, Refusal> {
        self.admit(parts)?;
        let call = Call::read(parts, json(body)?)?;
        if parts.method == Method::GET {
            self.throttle.take(&call.subscription)?;
        }
        if let Some(told) = self.operations.told(&call) {
            return Ok(told);
        }
        self.find(&call)?.answer(&call, &self.operations)
    }

    fn admit(&self, parts: &Parts) -> Result<(), Refusal> {
        let Some(given) = parts.headers.get(header::AUTHORIZATION) else {
            return Err(Refusal::new(
                401,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
            ));
        };
        if given.as_bytes() == self.authorization.as_bytes() {
            return Ok(());
        }
        match given.as_bytes().starts_with(b"Bearer ") {
            true => Err(Refusal::new(401, "InvalidAuthenticationToken", "The access token is invalid.")),
            false => Err(Refusal::new(
                401,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is provided in an invalid format.",
            )),
        }
    }

    /// The provider of a call, if all that it names is there.
    fn find(&self, call: &Call) -> Result<&dyn Provider, Refusal> {
        self.in_group(call)?;
        let provider =
            self.providers.iter().find(|one| one.namespace().eq_ignore_ascii_case(&call.namespace));
        let provider = provider.ok_or_else(|| Refusal::no_provider(&call.namespace))?;
        if !provider.versions().contains(&call.version.as_str()) {
            return Err(Refusal::version(call, provider.versions()));
        }
        Ok(provider.as_ref())
    }

    fn in_group(&self, call: &Call) -> Result<(), Refusal> {
        let here = |subscription: &str| subscription.eq_ignore_ascii_case(&call.subscription);
        if !self.groups.iter().any(|(subscription, _)| here(subscription)) {
            return Err(Refusal::no_subscription(&call.subscription));
        }
        let Some(wanted) = &call.group else { return Ok(()) };
        let found = self
            .groups
            .iter()
            .any(|(subscription, group)| here(subscription) && group.eq_ignore_ascii_case(wanted));
        found.then_some(()).ok_or_else(|| Refusal::no_group(wanted))
    }

    /// The headers of every answer.
    fn sign(&self, answer: &mut Response, read: bool) {
        let request = guid();
        let route = format!("WESTEUROPE:{}:{request}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ"));
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                answer.headers_mut().entry(name).or_insert(value);
            }
        };
        put("cache-control", "no-cache");
        put("pragma", "no-cache");
        put("x-ms-request-id", &request);
        put("x-ms-correlation-request-id", &request);
        put("x-ms-routing-request-id", &route);
        put("strict-transport-security", "max-age=31536000; includeSubDomains");
        put("x-content-type-options", "nosniff");
        if read {
            put("x-ms-ratelimit-remaining-subscription-reads", &self.throttle.left().to_string());
        }
    }
}

fn json(body: &Bytes) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("The request content was invalid and could not be deserialized: '{error}'.");
        Refusal::new(400, "InvalidRequestContent", message)
    })
}
