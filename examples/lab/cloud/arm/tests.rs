use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Arm, ORIGIN, Throttling};
use crate::cloud::compute::{Compute, Machine, Machines};

const VM: &str = "/subscriptions/s/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/WEB1";
const VERSION: &str = "api-version=2024-07-01";

/// One machine, whose restart takes until it is told to end, and then ends so.
#[derive(Clone, Default)]
struct One {
    restarting: Arc<Mutex<bool>>,
    ends: Arc<Notify>,
    trouble: Option<String>,
}

impl Machines for One {
    fn names(&self) -> Vec<String> {
        vec!["WEB1".to_owned()]
    }

    fn machine(&self, name: &str) -> Option<Machine> {
        let updating = *self.restarting.lock().unwrap();
        let version = "10.0.20348.4052".to_owned();
        let machine = Machine { name: "WEB1".to_owned(), version, up: !updating, updating };
        name.eq_ignore_ascii_case("web1").then_some(machine)
    }

    fn restart(&self, _: &str) -> BoxFuture<'static, Result<(), String>> {
        *self.restarting.lock().unwrap() = true;
        let one = self.clone();
        async move {
            one.ends.notified().await;
            *one.restarting.lock().unwrap() = false;
            one.trouble.map_or(Ok(()), Err)
        }
        .boxed()
    }
}

fn arm(one: &One, throttling: Throttling) -> Arm {
    Arm::new("t", throttling).group("s", "prod").provider(Compute::new(one.clone()))
}

async fn ask(arm: &Arm, method: &str, url: &str) -> (u16, HeaderMap, Value) {
    ask_as(arm, method, url, Some("Bearer t")).await
}

async fn ask_as(arm: &Arm, method: &str, url: &str, bearer: Option<&str>) -> (u16, HeaderMap, Value) {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(bearer) = bearer {
        request = request.header("authorization", bearer);
    }
    let (parts, body) = arm.serve(request.body(Body::empty()).unwrap()).await.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    (parts.status.as_u16(), parts.headers, body)
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn refusals_are_written_as_azure_writes_them() {
    let arm = arm(&One::default(), Throttling::default());
    let other_group = VM.replace("prod", "test");
    let other_subscription = VM.replace("/s/", "/other/");
    let other_machine = VM.replace("WEB1", "WEB2");
    let other_provider = VM.replace("Compute", "Nothing");
    for (method, path, query, status, code) in [
        ("GET", VM, "", 400, "MissingApiVersionParameter"),
        ("GET", VM, "api-version=2000-01-01", 400, "NoRegisteredProviderFound"),
        ("GET", &other_group, VERSION, 404, "ResourceGroupNotFound"),
        ("GET", &other_subscription, VERSION, 404, "SubscriptionNotFound"),
        ("GET", &other_machine, VERSION, 404, "ResourceNotFound"),
        ("GET", &other_provider, VERSION, 404, "InvalidResourceNamespace"),
        ("GET", "/nothing", VERSION, 404, "NotFound"),
        ("POST", &format!("{VM}/explode"), VERSION, 404, "InvalidResourceType"),
    ] {
        let (got, headers, body) = ask(&arm, method, &format!("{path}?{query}")).await;
        assert_eq!((got, &body["error"]["code"]), (status, &json!(code)), "{body}");
        assert!(body["error"]["message"].as_str().unwrap().ends_with(['.', 'x', '\'']), "{body}");
        assert_eq!(header(&headers, "x-ms-request-id").len(), 36);
    }
}

#[tokio::test]
async fn the_resource_is_named_in_the_refusal() {
    let arm = arm(&One::default(), Throttling::default());
    let (_, _, body) = ask(&arm, "POST", &format!("{}/restart?{VERSION}", VM.replace("WEB1", "WEB2"))).await;
    let message = body["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with(
            "The Resource 'Microsoft.Compute/virtualMachines/WEB2' under resource group 'prod' was not found."
        ),
        "{message}"
    );
}

#[tokio::test]
async fn machines_are_listed_with_their_ids() {
    let arm = arm(&One::default(), Throttling::default());
    let list = VM.trim_end_matches("/WEB1");
    let (status, _, body) = ask(&arm, "GET", &format!("{list}?{VERSION}")).await;
    assert_eq!((status, &body["value"][0]["id"]), (200, &json!(VM)));
    assert_eq!(body["value"][0]["properties"]["provisioningState"], "Succeeded");
}

#[tokio::test]
async fn only_the_right_token_is_taken() {
    let arm = arm(&One::default(), Throttling::default());
    for (bearer, code) in [
        (None, "AuthenticationFailed"),
        (Some("Basic OnQ="), "AuthenticationFailed"),
        (Some("Bearer other"), "InvalidAuthenticationToken"),
    ] {
        let (status, headers, body) = ask_as(&arm, "GET", &format!("{VM}?{VERSION}"), bearer).await;
        assert_eq!((status, &body["error"]["code"]), (401, &json!(code)));
        assert!(header(&headers, "www-authenticate").starts_with("Bearer authorization_uri="));
    }
}

/// Asks until the operation has ended: it ends a moment after its machine did.
async fn ended(arm: &Arm, url: &str) -> (u16, Value) {
    loop {
        let (status, _, body) = ask(arm, "GET", url).await;
        if status != 202 && body["status"] != "InProgress" {
            return (status, body);
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_restart_goes_on_after_its_answer() {
    let one = One::default();
    let arm = arm(&one, Throttling::default());
    let (status, headers, body) = ask(&arm, "POST", &format!("{VM}/restart?{VERSION}")).await;
    assert_eq!((status, body), (202, Value::Null));
    let (asynchronous, location) = (header(&headers, "azure-asyncoperation"), header(&headers, "location"));
    assert!(
        asynchronous.starts_with(&format!("{ORIGIN}/subscriptions/s/providers/Microsoft.Compute/locations/"))
    );
    let (status, polled, body) = ask(&arm, "GET", &asynchronous).await;
    assert_eq!((status, &body["status"]), (200, &json!("InProgress")));
    assert!(!header(&polled, "retry-after").is_empty());
    let (status, polled, _) = ask(&arm, "GET", &location).await;
    assert_eq!((status, header(&polled, "location")), (202, location.clone()));
    let (_, _, view) = ask(&arm, "GET", &format!("{VM}/instanceView?{VERSION}")).await;
    assert_eq!(view["statuses"][0]["code"], "ProvisioningState/updating");
    let (status, _, body) = ask(&arm, "POST", &format!("{VM}/restart?{VERSION}")).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("Conflict")));

    one.ends.notify_one();
    let (status, body) = ended(&arm, &asynchronous).await;
    assert_eq!((status, &body["status"]), (200, &json!("Succeeded")));
    assert_eq!(ended(&arm, &location).await, (200, Value::Null));
    let (_, _, view) = ask(&arm, "GET", &format!("{VM}/instanceView?{VERSION}")).await;
    assert_eq!(view["statuses"][0]["code"], "ProvisioningState/succeeded");
    assert_eq!(view["statuses"][1]["code"], "PowerState/running");
}

#[tokio::test]
async fn an_operation_that_fails_tells_its_error() {
    let one = One { trouble: Some("It did not come back.".to_owned()), ..One::default() };
    let arm = arm(&one, Throttling::default());
    let (_, headers, _) = ask(&arm, "POST", &format!("{VM}/restart?{VERSION}")).await;
    one.ends.notify_one();
    let (status, body) = ended(&arm, &header(&headers, "azure-asyncoperation")).await;
    assert_eq!((status, &body["status"]), (200, &json!("Failed")));
    assert_eq!(body["error"]["message"], "It did not come back.");
    let (status, body) = ended(&arm, &header(&headers, "location")).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("OSProvisioningTimedOut")));
}

#[tokio::test]
async fn reads_are_too_many_for_a_while_and_writes_go_on() {
    let one = One::default();
    let arm = arm(&one, Throttling { every: 2, seconds: 3600 });
    let url = format!("{VM}/instanceView?{VERSION}");
    let mut seen = vec![];
    for _ in 0..4 {
        seen.push(ask(&arm, "GET", &url).await.0);
    }
    assert_eq!(seen, [200, 200, 429, 429]);
    let (_, headers, body) = ask(&arm, "GET", &url).await;
    let seconds: u32 = header(&headers, "retry-after").parse().unwrap();
    assert!((1..=3600).contains(&seconds));
    assert_eq!(body["error"]["code"], "SubscriptionRequestsThrottled");
    assert_eq!(ask(&arm, "POST", &format!("{VM}/restart?{VERSION}")).await.0, 202);
}

#[tokio::test]
async fn reads_go_on_when_the_bucket_is_full_again() {
    let arm = arm(&One::default(), Throttling { every: 1, seconds: 0 });
    for _ in 0..3 {
        assert_eq!(ask(&arm, "GET", &format!("{VM}?{VERSION}")).await.0, 200);
    }
}
