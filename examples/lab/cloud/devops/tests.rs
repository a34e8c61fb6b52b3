use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};

use super::{Pipeline, Project, Release, router};

const PATH: &str = "/homealign/web/_apis/pipelines";

/// Three pipelines, two a page; what is released is kept, and that of `nobody` fails.
fn devops() -> (Router, Arc<Mutex<Vec<Release>>>) {
    let released = Arc::new(Mutex::new(vec![]));
    let kept = Arc::clone(&released);
    let named = |(id, name): (u32, &str)| Pipeline { id, name: name.to_owned() };
    let project = Project {
        token: "k".to_owned(),
        organisation: "homealign".to_owned(),
        name: "web".to_owned(),
        pipelines: [(11, "Web"), (12, "Tasks"), (13, "Docs")].map(named).to_vec(),
        page: 2,
        branches: vec!["release".to_owned()],
        vms: vec!["THB-P-WEB8".to_owned()],
        delay: Duration::ZERO,
        deploy: Arc::new(move |release: &Release| {
            kept.lock().unwrap().push(release.clone());
            if release.tenant == "nobody" { Err("no such tenant".to_owned()) } else { Ok(()) }
        }),
    };
    (router(project), released)
}

async fn ask(router: &Router, method: &str, url: &str, body: Option<Value>) -> (u16, HeaderMap, Value) {
    ask_as(router, method, url, body, Some(format!("Basic {}", STANDARD.encode(":k")))).await
}

async fn ask_as(
    router: &Router,
    method: &str,
    url: &str,
    body: Option<Value>,
    authorization: Option<String>,
) -> (u16, HeaderMap, Value) {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let answer = TowerToHyperService::new(router.clone()).call(request.body(body).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status.as_u16(), parts.headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn names(body: &Value) -> Vec<&str> {
    body["value"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn wanted(tenant: &str) -> Value {
    json!({
        "resources": {"repositories": {"self": {"refName": "refs/heads/release"}}},
        "templateParameters": {"tenant": tenant, "deploymentVm": "THB-P-WEB8"},
    })
}

#[tokio::test]
async fn pipelines_come_page_by_page_and_by_name() {
    let (devops, _) = devops();
    let (status, headers, first) = ask(&devops, "GET", &format!("{PATH}?api-version=7.1"), None).await;
    assert_eq!((status, names(&first)), (200, vec!["Docs", "Tasks"]));
    let token = headers["x-ms-continuationtoken"].to_str().unwrap();
    let (_, headers, second) =
        ask(&devops, "GET", &format!("{PATH}?api-version=7.1&continuationToken={token}"), None).await;
    assert_eq!((names(&second), second["count"].clone()), (vec!["Web"], json!(1)));
    assert!(!headers.contains_key("x-ms-continuationtoken"));
    let (_, _, one) = ask(&devops, "GET", &format!("{PATH}?$top=1&api-version=7.1"), None).await;
    assert_eq!(names(&one), ["Docs"]);
}

#[tokio::test]
async fn a_dry_run_gives_the_pipeline_filled_in_and_deploys_nothing() {
    let (devops, released) = devops();
    let mut body = wanted("demo");
    body["previewRun"] = json!(true);
    for url in [format!("{PATH}/11/runs?api-version=7.1"), format!("{PATH}/11/preview?api-version=7.1")] {
        let (status, _, dry) = ask(&devops, "POST", &url, Some(body.clone())).await;
        let yaml = dry["finalYaml"].as_str().unwrap();
        assert_eq!(status, 200);
        assert!(yaml.contains("value: demo") && yaml.contains("value: THB-P-WEB8"), "{yaml}");
    }
    let (_, _, runs) = ask(&devops, "GET", &format!("{PATH}/11/runs?api-version=7.1"), None).await;
    assert_eq!((&runs["count"], released.lock().unwrap().len()), (&json!(0), 0));
}

/// Asks until a run has completed.
async fn completed(devops: &Router, id: &Value) -> Value {
    loop {
        let (_, _, run) = ask(devops, "GET", &format!("{PATH}/11/runs/{id}?api-version=7.1"), None).await;
        if run["state"] == "completed" {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_run_deploys_and_tells_how_it_ended() {
    let (devops, released) = devops();
    for (tenant, result) in [("demo", "succeeded"), ("nobody", "failed")] {
        let url = format!("{PATH}/11/runs?api-version=7.1");
        let (status, _, run) = ask(&devops, "POST", &url, Some(wanted(tenant))).await;
        assert_eq!((status, &run["state"]), (200, &json!("inProgress")));
        assert_eq!(run["templateParameters"]["tenant"], tenant);
        let ended = completed(&devops, &run["id"]).await;
        assert_eq!(ended["result"], result);
        assert!(ended["finishedDate"].is_string());
        let url = format!("/homealign/web/_apis/build/builds/{}/timeline?api-version=7.1", run["id"]);
        let (_, _, timeline) = ask(&devops, "GET", &url, None).await;
        assert_eq!(timeline["records"][1]["result"], result);
        let why = timeline["records"][1]["issues"][0]["message"].as_str();
        assert_eq!(why, (result == "failed").then_some("no such tenant"));
    }
    let vm = Some("THB-P-WEB8".to_owned());
    let release = Release { pipeline: "Web".to_owned(), tenant: "demo".to_owned(), vm };
    assert_eq!(released.lock().unwrap()[0], release);
    let (_, _, runs) = ask(&devops, "GET", &format!("{PATH}/11/runs?api-version=7.1"), None).await;
    assert_eq!(runs["count"], 2);
    assert_eq!(runs["value"][0]["templateParameters"]["tenant"], "nobody", "the newest first");
    let (status, _, _) = ask(&devops, "GET", &format!("{PATH}/12/runs/7001?api-version=7.1"), None).await;
    assert_eq!(status, 404, "it is a run of another pipeline");
}

#[tokio::test]
async fn refusals_are_written_as_azure_devops_writes_them() {
    let (devops, released) = devops();
    let (mut branch, mut parameter, mut vm, mut tenant) =
        (wanted("demo"), wanted("demo"), wanted("demo"), wanted("demo"));
    branch["resources"]["repositories"]["self"]["refName"] = json!("refs/heads/other");
    parameter["templateParameters"]["tenent"] = json!("demo");
    vm["templateParameters"]["deploymentVm"] = json!("THB-P-WEB99");
    tenant["templateParameters"] = json!({});
    let runs = format!("{PATH}/11/runs?api-version=7.1");
    for (method, url, body, status, key) in [
        ("GET", "/homealign/other/_apis/pipelines", None, 404, "ProjectDoesNotExistWithNameException"),
        ("GET", "/other/web/_apis/pipelines", None, 404, "HttpException"),
        ("GET", &format!("{PATH}/99"), None, 404, "PipelineNotFoundException"),
        ("GET", &format!("{PATH}/11/runs/1"), None, 404, "RunNotFoundException"),
        ("GET", &format!("{PATH}?$top=x"), None, 400, "VssPropertyValidationException"),
        ("POST", &format!("{PATH}/11/runs"), Some(wanted("demo")), 400, "VssVersionNotSpecifiedException"),
        ("POST", &runs, None, 400, "ArgumentNullException"),
        ("POST", &runs, Some(branch), 400, "GitUnresolvableToCommitException"),
        ("POST", &runs, Some(parameter), 400, "PipelineValidationException"),
        ("POST", &runs, Some(vm), 400, "PipelineValidationException"),
        ("POST", &runs, Some(tenant), 400, "PipelineValidationException"),
    ] {
        let (got, _, body) = ask(&devops, method, url, body).await;
        assert_eq!((got, &body["typeKey"]), (status, &json!(key)), "{method} {url} {body}");
    }
    assert_eq!(*released.lock().unwrap(), []);
}

#[tokio::test]
async fn without_credentials_there_is_a_page_to_sign_in_and_with_others_a_refusal() {
    let (devops, _) = devops();
    let url = format!("{PATH}?api-version=7.1");
    let other = format!("Basic {}", STANDARD.encode(":other"));
    for (authorization, status) in [(None, 203), (Some(other), 401), (Some("Bearer k".to_owned()), 401)] {
        let (got, headers, body) = ask_as(&devops, "GET", &url, None, authorization).await;
        assert_eq!((got, body), (status, Value::Null));
        assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
    }
}
