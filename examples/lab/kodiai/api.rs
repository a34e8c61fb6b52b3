//! What Azure tells and is told of the app: Microsoft.App over the Resource Manager, the stream of its
//! logs, and the ingress.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http_body_util::Full;
use serde_json::{Value, json};

use super::platform::{APP, Platform, Revision, Shared};
use crate::cloud::arm::{Call, Operations, Provider, Refusal, Tracking};
use crate::hop::Upstream;
use crate::place::KODIAI_APP;

/// Where the app is reached.
pub const FQDN: &str = "ca-kodiai.lab.azurecontainerapps.io";
/// Where logs are read.
pub const STREAMS: &str = "lab.azurecontainerapps.dev";

/// Azure gives so many revisions at once.
const PAGE: usize = 2;

/// Microsoft.App, with one app.
pub struct ContainerApps(pub Shared);

impl Provider for ContainerApps {
    fn namespace(&self) -> &'static str {
        "Microsoft.App"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["2024-03-01", "2025-01-01", "2025-07-01"]
    }

    fn answer(&self, call: &Call, operations: &Operations) -> Result<Response, Refusal> {
        if call.names.first().map(String::as_str) != Some(APP) {
            return Err(Refusal::not_found(call));
        }
        match (&call.method, call.shape.as_str()) {
            (&Method::GET, "containerapps/*") => Ok(Json(self.app(call)).into_response()),
            (&Method::PATCH, "containerapps/*") => self.patch(call, operations),
            (&Method::POST, "containerapps/*/getauthtoken") => {
                Ok(Json(json!({"properties": {"token": "stream-token-of-the-lab"}})).into_response())
            }
            (&Method::GET, "containerapps/*/revisions") => Ok(Json(self.revisions(call)).into_response()),
            _ => self.of_revision(call),
        }
    }
}

impl ContainerApps {
    fn app(&self, call: &Call) -> Value {
        let platform = self.0.lock();
        let of_latest = platform.revisions.iter().find(|one| one.name == platform.latest);
        let ready = platform.revisions.iter().rev().find(|one| one.health == "Healthy");
        let secrets: Vec<Value> = platform.secrets.iter().map(|(name, _)| json!({"name": name})).collect();
        json!({
            "id": call.resource(), "name": APP, "type": "Microsoft.App/containerApps", "location": "West Europe",
            "properties": {
                "provisioningState": "Succeeded",
                "runningStatus": "Running",
                "latestRevisionName": platform.latest,
                "latestReadyRevisionName": ready.map(|one| &one.name),
                "configuration": {
                    "activeRevisionsMode": platform.mode,
                    "secrets": secrets,
                    "ingress": {"fqdn": FQDN, "external": true, "targetPort": 3000, "traffic": platform.traffic},
                },
                "template": of_latest.map(|one| &one.template),
            },
        })
    }

    fn revisions(&self, call: &Call) -> Value {
        let from = call.query.get("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
        let platform = self.0.lock();
        let page = platform.revisions.iter().skip(from).take(PAGE);
        let mut list = json!({"value": page.map(|one| resource(&platform, one)).collect::<Vec<_>>()});
        if from + PAGE < platform.revisions.len() {
            let (path, version) = (&call.path, &call.version);
            let next = format!(
                "https://management.azure.com{path}?api-version={version}&$skiptoken={}",
                from + PAGE
            );
            list["nextLink"] = json!(next);
        }
        list
    }

    fn of_revision(&self, call: &Call) -> Result<Response, Refusal> {
        let name = call.names.get(1).ok_or_else(|| Refusal::no_such(call))?;
        let known = self.0.change(name, |revision| replicas(revision));
        let replicas = known.ok_or_else(|| Refusal::not_found(call))?;
        match (&call.method, call.shape.as_str()) {
            (&Method::GET, "containerapps/*/revisions/*") => {
                let platform = self.0.lock();
                let found = platform.revisions.iter().find(|one| one.name == *name);
                return Ok(Json(found.map(|one| resource(&platform, one))).into_response());
            }
            (&Method::GET, "containerapps/*/revisions/*/replicas") => {
                return Ok(Json(json!({"value": replicas})).into_response());
            }
            (&Method::POST, "containerapps/*/revisions/*/activate") => self.0.activate(name),
            (&Method::POST, "containerapps/*/revisions/*/deactivate") => self.0.deactivate(name),
            (&Method::POST, "containerapps/*/revisions/*/restart") => self.0.restart(name),
            _ => return Err(Refusal::no_such(call)),
        }
        Ok(StatusCode::OK.into_response())
    }

    /// A merge patch, as far as the app is changed by any.
    fn patch(&self, call: &Call, operations: &Operations) -> Result<Response, Refusal> {
        let wanted = &call.body["properties"];
        let traffic = &wanted["configuration"]["ingress"]["traffic"];
        {
            let mut platform = self.0.lock();
            if let Some(mode) = wanted["configuration"]["activeRevisionsMode"].as_str() {
                mode.clone_into(&mut platform.mode);
            }
            if traffic.is_array() {
                platform.admits(traffic)?;
                platform.traffic = traffic.clone();
            }
            for secret in wanted["configuration"]["secrets"].as_array().into_iter().flatten() {
                let text = |field: &str| secret[field].as_str().unwrap_or_default().to_owned();
                platform.secrets.retain(|(name, _)| *name != text("name"));
                platform.secrets.push((text("name"), text("value")));
            }
        }
        if wanted["template"].is_object() {
            let suffix = wanted["template"]["revisionSuffix"].as_str().unwrap_or("next");
            self.0.roll(&format!("{APP}--{suffix}"), wanted["template"].clone());
        }
        let result = format!(
            "/subscriptions/{}/providers/Microsoft.App/locations/westeurope/containerappOperationResults/{{id}}",
            call.subscription
        );
        let tracking = Tracking { result: Some(result), retry_after: 1, ..Tracking::default() };
        let app = self.app(call);
        Ok(operations.accepted(call, &tracking, async move { Ok(Some(app)) }))
    }
}

impl Platform {
    fn admits(&self, traffic: &Value) -> Result<(), Refusal> {
        let refused = |message: String| Err(Refusal::new(400, "InvalidTrafficConfiguration", message));
        if self.mode == "Single" {
            return refused("Revision weights can not be used in revisions mode Single.".to_owned());
        }
        let rules = traffic.as_array().into_iter().flatten();
        for name in rules.filter_map(|rule| rule["revisionName"].as_str()) {
            if !self.revisions.iter().any(|one| one.name == name && one.active) {
                return refused(format!("Revision {name} is not active."));
            }
        }
        Ok(())
    }
}

fn resource(platform: &Platform, revision: &Revision) -> Value {
    json!({
        "name": revision.name, "type": "Microsoft.App/containerapps/revisions",
        "properties": {
            "createdTime": revision.created,
            "active": revision.active,
            "replicas": i32::from(revision.replica.is_some()),
            "trafficWeight": platform.weight(&revision.name),
            "provisioningState": "Provisioned",
            "runningState": revision.running,
            "healthState": revision.health,
            "template": revision.template,
        },
    })
}

fn replicas(revision: &Revision) -> Vec<Value> {
    let of = |replica: &super::platform::Replica| {
        json!({
            "name": replica.name, "type": "Microsoft.App/containerapps/revisions/replicas",
            "properties": {"runningState": "Running", "containers": [{
                "name": APP, "ready": replica.ready, "started": replica.ready,
                "restartCount": replica.restarts, "runningState": "Running",
            }]},
        })
    };
    revision.replica.iter().map(of).collect()
}

#[derive(Debug, serde::Deserialize)]
struct Tail {
    #[serde(rename = "tailLines")]
    lines: Option<usize>,
}

fn tail(lines: &[String], tail: &Tail) -> String {
    let from = lines.len().saturating_sub(tail.lines.unwrap_or(20));
    lines[from..].iter().map(|line| format!("{line}\n")).collect()
}

/// The logs of replicas, and what Azure itself says.
pub fn streams(shared: Shared) -> Router {
    let replica = "/subscriptions/{s}/resourceGroups/{g}/containerApps/{a}/revisions/{revision}/replicas/{r}/containers/{c}/logstream";
    let events = "/subscriptions/{s}/resourceGroups/{g}/containerApps/{a}/eventstream";
    Router::new().route(replica, get(console)).route(events, get(system)).with_state(shared)
}

async fn console(
    State(shared): State<Shared>,
    Path(path): Path<std::collections::HashMap<String, String>>,
    Query(wanted): Query<Tail>,
) -> Response {
    let name = path.get("revision").map(String::as_str).unwrap_or_default();
    let lines = shared.change(name, |one| one.replica.as_ref().map(|replica| tail(&replica.lines, &wanted)));
    lines.flatten().map_or_else(|| StatusCode::NOT_FOUND.into_response(), IntoResponse::into_response)
}

async fn system(State(shared): State<Shared>, Query(wanted): Query<Tail>) -> String {
    let lines: Vec<String> = shared.lock().events.iter().map(Value::to_string).collect();
    tail(&lines, &wanted)
}

/// The way of requests to the app.
pub fn ingress(shared: Shared) -> Router {
    let shared = Arc::new(shared);
    Router::new().fallback(move |request: Request| {
        let shared = Arc::clone(&shared);
        async move { pass(&shared, request).await }
    })
}

async fn pass(shared: &Shared, request: Request) -> Response {
    let Some(port) = shared.way() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "no replica is ready\n").into_response();
    };
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 1 << 20).await else { return StatusCode::BAD_REQUEST.into_response() };
    let upstream = Upstream::new(format!("{}:{port}", KODIAI_APP.address), Duration::from_secs(30));
    let answer = upstream.pass(Request::from_parts(head, Full::new(body))).await;
    answer.map(Body::new)
}
