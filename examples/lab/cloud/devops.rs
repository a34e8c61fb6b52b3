//! Azure DevOps: pipelines, dry runs of them, and runs that deploy.
//!
//! References: <https://learn.microsoft.com/rest/api/azure/devops/pipelines/pipelines/list>,
//! <https://learn.microsoft.com/rest/api/azure/devops/pipelines/runs/run-pipeline>,
//! <https://learn.microsoft.com/rest/api/azure/devops/pipelines/preview/preview>,
//! <https://learn.microsoft.com/rest/api/azure/devops/build/timeline/get>.

mod refusal;
mod runs;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::refusal::Refusal;
use self::runs::{Asked, Runs};
use super::guid;

/// A pipeline of the project.
#[derive(Clone, Debug)]
pub struct Pipeline {
    pub id: u32,
    pub name: String,
}

/// What a run is to deploy, and where; blocks until it is done.
pub type Deploy = Arc<dyn Fn(&Release) -> Result<(), String> + Send + Sync>;

/// One run's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub pipeline: String,
    pub tenant: String,
    /// The VM that was named instead of the tenant's own.
    pub vm: Option<String>,
}

/// A project with its pipelines.
#[derive(Clone)]
pub struct Project {
    pub token: String,
    pub organisation: String,
    pub name: String,
    pub pipelines: Vec<Pipeline>,
    /// How many pipelines are listed at once, at most.
    pub page: usize,
    pub branches: Vec<String>,
    /// What the parameter `deploymentVm` may be.
    pub vms: Vec<String>,
    /// How long a run goes on before it deploys.
    pub delay: Duration,
    pub deploy: Deploy,
}

struct DevOps {
    project: Project,
    authorization: String,
    runs: Arc<Runs>,
}

type Shared = State<Arc<DevOps>>;
type Asks = Query<HashMap<String, String>>;
type Answer = Result<Response, Refusal>;

/// Answers whatever dev.azure.com is asked.
pub fn router(project: Project) -> Router {
    let authorization = format!("Basic {}", STANDARD.encode(format!(":{}", project.token)));
    let devops = Arc::new(DevOps { project, authorization, runs: Arc::default() });
    let admit = middleware::from_fn_with_state(Arc::clone(&devops), admit);
    Router::new()
        .route("/{organisation}/{project}/_apis/pipelines", get(pipelines))
        .route("/{organisation}/{project}/_apis/pipelines/{pipeline}", get(pipeline))
        .route("/{organisation}/{project}/_apis/pipelines/{pipeline}/preview", post(preview))
        .route("/{organisation}/{project}/_apis/pipelines/{pipeline}/runs", get(list_runs).post(run))
        .route("/{organisation}/{project}/_apis/pipelines/{pipeline}/runs/{run}", get(run_state))
        .route("/{organisation}/{project}/_apis/build/builds/{run}/timeline", get(timeline))
        .fallback(async || Refusal::no_page())
        .layer(admit)
        .with_state(devops)
}

/// Who asks, whom, and in which version.
async fn admit(State(devops): Shared, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let Some(given) = headers.get("authorization") else { return Refusal::sign_in() };
    if given.as_bytes() != devops.authorization.as_bytes() {
        return Refusal::access_denied();
    }
    let mut words = request.uri().path().split('/').skip(1);
    let organisation = words.next().unwrap_or_default().to_owned();
    let project = words.next().unwrap_or_default().to_owned();
    if !organisation.eq_ignore_ascii_case(&devops.project.organisation) {
        return Refusal::no_page().into_response();
    }
    if !project.eq_ignore_ascii_case(&devops.project.name) {
        return Refusal::no_project(&project).into_response();
    }
    let versioned =
        request.uri().query().unwrap_or_default().split('&').any(|one| one.starts_with("api-version="));
    if request.method() != Method::GET && !versioned {
        return Refusal::no_version(request.method()).into_response();
    }
    next.run(request).await
}

impl DevOps {
    fn url(&self, path: &str) -> String {
        format!("https://dev.azure.com/{}/{}/{path}", self.project.organisation, self.project.name)
    }

    fn pipeline(&self, id: &str) -> Result<&Pipeline, Refusal> {
        let found = self.project.pipelines.iter().find(|one| one.id.to_string() == id);
        found.ok_or_else(|| Refusal::no_pipeline(id))
    }

    fn shown(&self, pipeline: &Pipeline) -> Value {
        let url = self.url(&format!("_apis/pipelines/{}?revision=1", pipeline.id));
        let web = self.url(&format!("_build/definition?definitionId={}", pipeline.id));
        json!({
            "_links": {"self": {"href": url}, "web": {"href": web}},
            "url": url,
            "id": pipeline.id,
            "revision": 1,
            "name": pipeline.name,
            "folder": "\\",
        })
    }

    /// What a body asks for, if the pipeline takes it.
    fn asked(&self, pipeline: &Pipeline, body: &Value) -> Result<Asked, Refusal> {
        let asked = Asked::read(body)?;
        if !self.project.branches.contains(&asked.branch) {
            return Err(Refusal::no_branch(&asked.branch));
        }
        for name in asked.parameters.keys() {
            if !["tenant", "deploymentVm"].contains(&name.as_str()) {
                return Err(Refusal::invalid(&format!("Unexpected parameter '{name}'")));
            }
        }
        if asked.parameter("tenant").is_none() {
            return Err(Refusal::invalid("A value for the 'tenant' parameter must be provided."));
        }
        match asked.parameter("deploymentVm") {
            Some(vm) if !self.project.vms.contains(&vm) => Err(Refusal::invalid(&format!(
                "The '{}' parameter value 'deploymentVm' is not a valid value: '{vm}'",
                pipeline.name
            ))),
            _ => Ok(asked),
        }
    }
}

async fn pipelines(State(devops): Shared, Query(asked): Asks) -> Answer {
    let mut all: Vec<&Pipeline> = devops.project.pipelines.iter().collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    let number =
        |key: &str| asked.get(key).map(|value| value.parse::<usize>().map_err(|_| Refusal::bad_query(key)));
    let start = number("continuationToken").transpose()?.unwrap_or(0);
    let top = number("$top").transpose()?.unwrap_or(usize::MAX).min(devops.project.page);
    let end = start.saturating_add(top).min(all.len());
    let page: Vec<Value> =
        all.get(start..end).unwrap_or_default().iter().map(|one| devops.shown(one)).collect();
    let mut answer = listed(page);
    if end < all.len() {
        answer.headers_mut().insert("x-ms-continuationtoken", end.into());
    }
    Ok(answer)
}

/// A list, as Azure DevOps gives each.
fn listed(value: Vec<Value>) -> Response {
    Json(json!({"count": value.len(), "value": value})).into_response()
}

async fn pipeline(State(devops): Shared, Path((_, _, id)): Path<(String, String, String)>) -> Answer {
    Ok(Json(devops.shown(devops.pipeline(&id)?)).into_response())
}

async fn preview(
    State(devops): Shared,
    Path((_, _, id)): Path<(String, String, String)>,
    body: Result<Json<Value>, JsonRejection>,
) -> Answer {
    let (pipeline, body) = (devops.pipeline(&id)?, body.map_err(|_| Refusal::no_body())?);
    Ok(Json(json!({"finalYaml": yaml(&devops.asked(pipeline, &body)?)})).into_response())
}

async fn run(
    State(devops): Shared,
    Path((_, _, id)): Path<(String, String, String)>,
    body: Result<Json<Value>, JsonRejection>,
) -> Answer {
    let (pipeline, body) = (devops.pipeline(&id)?, body.map_err(|_| Refusal::no_body())?);
    let asked = devops.asked(pipeline, &body)?;
    if body["previewRun"] == json!(true) {
        let dry = json!({"finalYaml": yaml(&asked), "state": "unknown", "id": -1, "pipeline": devops.shown(pipeline)});
        return Ok(Json(dry).into_response());
    }
    let id = devops.runs.begin(pipeline, asked, &devops.project);
    Ok(Json(devops.run(pipeline, id)?).into_response())
}

async fn list_runs(State(devops): Shared, Path((_, _, id)): Path<(String, String, String)>) -> Answer {
    let pipeline = devops.pipeline(&id)?;
    let ids = devops.runs.of(pipeline.id);
    let shown: Result<Vec<Value>, Refusal> = ids.into_iter().map(|id| devops.run(pipeline, id)).collect();
    Ok(listed(shown?))
}

async fn run_state(
    State(devops): Shared,
    Path((_, _, id, run)): Path<(String, String, String, String)>,
) -> Answer {
    let pipeline = devops.pipeline(&id)?;
    let number = run.parse().map_err(|_| Refusal::no_run(&run))?;
    Ok(Json(devops.run(pipeline, number)?).into_response())
}

/// A run is a build of the same number; its timeline tells what its tasks said.
async fn timeline(State(devops): Shared, Path((_, _, run)): Path<(String, String, String)>) -> Answer {
    let id = run.parse().map_err(|_| Refusal::no_run(&run))?;
    let records = devops.runs.records(id).ok_or_else(|| Refusal::no_run(&run))?;
    let url = devops.url(&format!("_apis/build/builds/{id}/Timeline"));
    Ok(Json(json!({"id": guid(), "changeId": 1, "url": url, "records": records})).into_response())
}

impl DevOps {
    fn run(&self, pipeline: &Pipeline, id: u32) -> Result<Value, Refusal> {
        let mut run = self.runs.shown(pipeline.id, id).ok_or_else(|| Refusal::no_run(&id.to_string()))?;
        let url = self.url(&format!("_apis/pipelines/{}/runs/{id}", pipeline.id));
        let web = self.url(&format!("_build/results?buildId={id}"));
        run["url"] = json!(url);
        run["_links"] = json!({"self": {"href": url}, "web": {"href": web}});
        run["pipeline"] = self.shown(pipeline);
        Ok(run)
    }
}

/// The pipeline with its parameters filled in.
fn yaml(asked: &Asked) -> String {
    let tenant = asked.parameter("tenant").unwrap_or_default();
    let vm = asked.parameter("deploymentVm").unwrap_or_else(|| "tenant-default".to_owned());
    format!(
        "stages:\n- stage: deploy\n  jobs:\n  - deployment: release\n    environment:\n      name: production\n    \
         variables:\n    - name: tenant\n      value: {tenant}\n    - name: deploymentVm\n      value: {vm}\n"
    )
}
