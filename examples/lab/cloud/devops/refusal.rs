//! Errors, as Azure DevOps writes them.

use axum::Json;
use axum::http::{Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

/// Why a request is not done.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    key: &'static str,
    message: String,
}

const HTML: &str = "text/html; charset=utf-8";

impl Refusal {
    fn new(status: StatusCode, key: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, key, message: message.into() }
    }

    /// Nobody asks: the page on which people sign in.
    pub fn sign_in() -> Response {
        let page = "<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head></html>";
        (StatusCode::NON_AUTHORITATIVE_INFORMATION, Html(page)).into_response()
    }

    /// Not with this token.
    pub fn access_denied() -> Response {
        let page = "<!DOCTYPE html><html><head><title>Access Denied: The Personal Access Token used has expired.</title></head></html>";
        let headers = [
            (header::CONTENT_TYPE, HTML),
            (header::WWW_AUTHENTICATE, "Basic realm=\"https://dev.azure.com/\""),
        ];
        (StatusCode::UNAUTHORIZED, headers, page).into_response()
    }

    pub fn no_page() -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "HttpException", "The page cannot be found.")
    }

    pub fn no_project(name: &str) -> Refusal {
        let message = format!(
            "TF200016: The following project does not exist: {name}. Verify that the name of the project is correct \
             and that the project exists on the specified Azure DevOps Server."
        );
        Refusal::new(StatusCode::NOT_FOUND, "ProjectDoesNotExistWithNameException", message)
    }

    pub fn no_version(method: &Method) -> Refusal {
        let message = format!(
            "No api-version was supplied for the \"{method}\" request. The version must be supplied either as part of \
             the Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \
             \"?api-version=1.0\")."
        );
        Refusal::new(StatusCode::BAD_REQUEST, "VssVersionNotSpecifiedException", message)
    }

    pub fn no_pipeline(id: &str) -> Refusal {
        let message = format!("Pipeline with ID {id} could not be found.");
        Refusal::new(StatusCode::NOT_FOUND, "PipelineNotFoundException", message)
    }

    pub fn no_run(id: &str) -> Refusal {
        let message = format!("Run with ID {id} could not be found.");
        Refusal::new(StatusCode::NOT_FOUND, "RunNotFoundException", message)
    }

    pub fn no_body() -> Refusal {
        let message = "Value cannot be null.\r\nParameter name: runParameters";
        Refusal::new(StatusCode::BAD_REQUEST, "ArgumentNullException", message)
    }

    pub fn bad_query(name: &str) -> Refusal {
        let message = format!("The value of the parameter '{name}' is not valid.");
        Refusal::new(StatusCode::BAD_REQUEST, "VssPropertyValidationException", message)
    }

    pub fn no_branch(branch: &str) -> Refusal {
        let message = format!(
            "TF401175:The version descriptor <Branch: {branch} > could not be resolved to a version in the repository web"
        );
        Refusal::new(StatusCode::BAD_REQUEST, "GitUnresolvableToCommitException", message)
    }

    pub fn invalid(why: &str) -> Refusal {
        let message = format!("/azure-pipelines.yml: {why}");
        Refusal::new(StatusCode::BAD_REQUEST, "PipelineValidationException", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let name =
            format!("Microsoft.Azure.Pipelines.WebApi.{0}, Microsoft.Azure.Pipelines.WebApi", self.key);
        let body = json!({
            "$id": "1",
            "innerException": null,
            "message": self.message,
            "typeName": name,
            "typeKey": self.key,
            "errorCode": 0,
            "eventId": 3000,
        });
        (self.status, Json(body)).into_response()
    }
}
