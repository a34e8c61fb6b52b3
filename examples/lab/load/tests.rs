//! The load against servers that stall, close, lie or say nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HeaderValue};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::{Barrier, watch};

use super::plan::Witness;
use super::{Plan, Report, Target, carry_out};
use crate::hop::{self, Answer, Question, json as answer_json, plain};

/// A load on a server that answers so: `requests` of them at 200 a second.
async fn load<A, F>(requests: u32, served_by: Witness, answer: A) -> Report
where
    A: Fn(Question) -> F + Clone + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(hop::serve(listener, answer));
    ask(&url, requests, served_by).await
}

async fn ask(url: &str, requests: u32, served_by: Witness) -> Report {
    within(60.0, url, requests, served_by).await
}

async fn within(timeout: f64, url: &str, requests: u32, served_by: Witness) -> Report {
    let folder = TempDir::new().unwrap();
    let plan = Plan {
        targets: vec![Target {
            name: "one".to_owned(),
            url: url.to_owned(),
            at: None,
            status: 200,
            fields: BTreeMap::from([("tenant".to_owned(), "one".to_owned())]),
            served_by,
        }],
        rate: 200.0,
        seconds: Some(f64::from(requests) / 200.0),
        timeout,
        authority: None,
        folder: folder.path().to_owned(),
    };
    let (_go_on, ended) = watch::channel(false);
    let report = carry_out(&plan, ended).await.unwrap();
    assert_eq!(report.to_string(), Report::read(&plan).unwrap().to_string());
    report
}

fn right() -> Answer {
    answer_json(StatusCode::OK, &json!({"tenant": "one", "side": "WEB1"}))
}

fn by_side() -> Witness {
    Witness::Field("side".to_owned())
}

fn causes(report: &Report) -> Vec<(&str, u64)> {
    report.causes.iter().map(|(cause, count)| (cause.as_str(), *count)).collect()
}

#[tokio::test]
async fn every_request_that_is_due_is_sent_and_its_answer_checked() {
    let report = load(40, by_side(), async |_| right()).await;
    assert_eq!((report.requests, report.failed), (40, 0), "{report}");
    assert_eq!(report.served[0].spans[0].by, ["WEB1"]);
}

#[tokio::test]
async fn requests_are_sent_when_they_are_due_though_none_before_has_been_answered() {
    // No answer is given before twenty requests are there.
    let all = Arc::new(Barrier::new(20));
    let report = load(20, by_side(), move |_| {
        let all = Arc::clone(&all);
        async move {
            all.wait().await;
            right()
        }
    })
    .await;
    assert_eq!((report.requests, report.failed), (20, 0), "{report}");
    // The first waited for the last, and that shows.
    assert!(report.ms.slowest > report.ms.p50, "{report}");
}

#[tokio::test]
async fn what_is_not_answered_in_time_has_failed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(hop::serve(listener, async |_| std::future::pending().await));
    let report = within(0.2, &url, 5, by_side()).await;
    assert_eq!(causes(&report), [("no answer in time", 5)], "{report}");
}

#[tokio::test]
async fn a_connection_that_the_server_closes_between_requests_is_opened_anew() {
    let report = load(20, by_side(), async |_| {
        let mut answer = right();
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        answer
    })
    .await;
    assert_eq!((report.requests, report.failed), (20, 0), "{report}");
}

#[tokio::test]
async fn a_connection_that_ends_instead_of_an_answer_is_a_failure_and_nothing_is_sent_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let accepted = tokio::spawn(async move {
        let mut accepted = 0;
        while accepted < 5 {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            accepted += 1;
        }
        // The listener ends here: one more connection would be refused.
    });
    let report = ask(&url, 5, by_side()).await;
    accepted.await.unwrap();
    assert_eq!(report.failed, 5, "{report}");
    assert!(report.causes.keys().all(|cause| cause.starts_with("the connection broke")), "{report}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_failure() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let report = ask(&format!("http://{free}/"), 3, by_side()).await;
    assert_eq!(report.failed, 3, "{report}");
    assert!(report.causes.keys().all(|cause| cause.starts_with("no connection")), "{report}");
}

#[tokio::test]
async fn wrong_answers_are_failures_each_by_what_is_wrong() {
    let wrong = load(2, by_side(), async |_| plain(StatusCode::BAD_GATEWAY, "")).await;
    assert_eq!(causes(&wrong), [("status 502", 2)]);
    let other = load(2, by_side(), async |_| answer_json(StatusCode::OK, &json!({"tenant": "cna"}))).await;
    assert_eq!(causes(&other), [("tenant is cna, not one", 2)]);
    let no_json = load(2, by_side(), async |_| plain(StatusCode::OK, "<html>")).await;
    assert_eq!(causes(&no_json), [("tenant is missing, not one", 2)]);
    let nobody = load(2, by_side(), async |_| answer_json(StatusCode::OK, &json!({"tenant": "one"}))).await;
    assert_eq!(causes(&nobody), [("the answer does not say who served it", 2)]);
}

#[tokio::test]
async fn who_served_may_stand_in_a_header() {
    let report = load(3, Witness::Header("x-server".to_owned()), async |_| {
        let mut answer: hyper::Response<Full<Bytes>> = right();
        answer.headers_mut().insert("x-server", HeaderValue::from_static("Server1"));
        answer
    })
    .await;
    assert_eq!(report.served[0].spans[0].by, ["Server1"], "{report}");
}

#[test]
fn a_plan_may_be_written_by_hand() {
    let text = r#"{"targets": [{"name": "a", "url": "http://10.77.0.50/", "served_by": {"header": "x-server"}}],
                   "rate": 100, "folder": "/tmp/load"}"#;
    let plan: Plan = serde_json::from_str(text).unwrap();
    let target = &plan.targets[0];
    assert_eq!((target.status, &target.served_by), (200, &Witness::Header("x-server".to_owned())));
    assert_eq!((plan.seconds, plan.timeout, target.fields.len()), (None, 15.0, 0));
}
