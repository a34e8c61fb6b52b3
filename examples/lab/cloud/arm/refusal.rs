//! Errors, in the form and mostly in the words of Azure Resource Manager.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Call;

/// Why a request is not done: a status, and `{"error": {"code", "message"}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
    /// Seconds after which it may be asked again.
    pub retry_after: Option<u32>,
}

impl Refusal {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Refusal {
        Refusal { status, code: code.to_owned(), message: message.into(), retry_after: None }
    }

    /// The resource of a call does not exist.
    pub fn not_found(call: &Call) -> Refusal {
        let (kind, name) = (call.kind(), call.names.join("/"));
        let (namespace, group) = (&call.namespace, call.group.as_deref().unwrap_or_default());
        let message = format!(
            "The Resource '{namespace}/{kind}/{name}' under resource group '{group}' was not found. \
             For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        );
        Refusal::new(404, "ResourceNotFound", message)
    }

    /// The provider knows no such type or action.
    pub fn no_such(call: &Call) -> Refusal {
        let message = format!(
            "The resource type '{}' could not be found in the namespace '{}' for api version '{}'.",
            call.shape.replace("/*", ""),
            call.namespace,
            call.version
        );
        Refusal::new(404, "InvalidResourceType", message)
    }

    /// Another operation on the resource has not ended.
    pub fn conflict() -> Refusal {
        let message = "The request failed due to conflict with a concurrent request. To resolve it, please refer \
                       to https://aka.ms/activitylog to get more details on the conflicting requests.";
        Refusal::new(409, "Conflict", message)
    }

    pub(super) fn no_version() -> Refusal {
        let message = "The api-version query parameter (?api-version=) is required for all requests.";
        Refusal::new(400, "MissingApiVersionParameter", message)
    }

    pub(super) fn no_path(path: &str) -> Refusal {
        Refusal::new(404, "NotFound", format!("The requested path '{path}' does not exist on server."))
    }

    pub(super) fn no_subscription(subscription: &str) -> Refusal {
        let message = format!("The subscription '{subscription}' could not be found.");
        Refusal::new(404, "SubscriptionNotFound", message)
    }

    pub(super) fn no_group(group: &str) -> Refusal {
        let message = format!("Resource group '{group}' could not be found.");
        Refusal::new(404, "ResourceGroupNotFound", message)
    }

    pub(super) fn no_provider(namespace: &str) -> Refusal {
        let message = format!("The resource namespace '{namespace}' is invalid.");
        Refusal::new(404, "InvalidResourceNamespace", message)
    }

    pub(super) fn version(call: &Call, versions: &[&str]) -> Refusal {
        let message = format!(
            "No registered resource provider found for location 'westeurope' and API version '{}' for type '{}'. \
             The supported api-versions are '{}'.",
            call.version,
            call.kind(),
            versions.join(", ")
        );
        Refusal::new(400, "NoRegisteredProviderFound", message)
    }

    pub(super) fn throttled(subscription: &str, seconds: u32) -> Refusal {
        let message = format!(
            "Number of 'read' requests for subscription '{subscription}' actor 'rutter' exceeded. Please try again \
             after '{seconds}' seconds after additional tokens are available. Refer to \
             https://aka.ms/arm-throttling for additional information."
        );
        Refusal { retry_after: Some(seconds), ..Refusal::new(429, "SubscriptionRequestsThrottled", message) }
    }

    /// `{"code", "message"}`
    pub(super) fn error(&self) -> Value {
        json!({"code": self.code, "message": self.message})
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(json!({"error": self.error()}))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == 401 {
            let told = format!(
                "Bearer authorization_uri=\"https://login.microsoftonline.com/\", error=\"invalid_token\", \
                 error_description=\"{}\"",
                self.message
            );
            if let Ok(told) = HeaderValue::from_str(&told) {
                headers.insert(header::WWW_AUTHENTICATE, told);
            }
        }
        headers.insert("x-ms-failure-cause", HeaderValue::from_static("gateway"));
        response
    }
}
