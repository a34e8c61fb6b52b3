//! Cloudflare's API: which connections the edge holds to a tunnel, from the edge's own control.
//!
//! Reference: <https://developers.cloudflare.com/api/resources/zero_trust/subresources/tunnels/subresources/cloudflared/subresources/connections/methods/get/>.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

/// A connector, as the edge's control tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Connector {
    pub connector: String,
    pub conns: usize,
}

/// Asks the edge for the connectors of a tunnel; nothing for one that it does not know.
pub type Ask =
    Arc<dyn Fn(String) -> BoxFuture<'static, Result<Option<Vec<Connector>>, String>> + Send + Sync>;

/// The API of one account.
#[derive(Clone)]
pub struct Cloudflare {
    pub token: String,
    pub account: String,
    pub ask: Ask,
}

/// Answers whatever api.cloudflare.com is asked.
pub fn router(cloudflare: Cloudflare) -> Router {
    let admit = middleware::from_fn_with_state(cloudflare.clone(), admit);
    Router::new()
        .route("/client/v4/accounts/{account}/cfd_tunnel/{tunnel}/connections", get(connections))
        .fallback(async || {
            refusal(
                StatusCode::NOT_FOUND,
                7003,
                "Could not route to the path, perhaps your object identifier is invalid?",
            )
        })
        .layer(admit)
        .with_state(cloudflare)
}

async fn admit(State(cloudflare): State<Cloudflare>, request: Request, next: Next) -> Response {
    match refused(request.headers(), &cloudflare.token) {
        None => next.run(request).await,
        Some(refusal) => refusal,
    }
}

/// What a request without the token is answered.
fn refused(headers: &HeaderMap, token: &str) -> Option<Response> {
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        let message = "Missing X-Auth-Key, X-Auth-Email or Authorization headers";
        return Some(refusal(StatusCode::BAD_REQUEST, 9106, message));
    };
    let given = given.to_str().unwrap_or_default();
    match given.strip_prefix("Bearer ") {
        Some(given) if given == token => None,
        Some(_) => Some(refusal(StatusCode::FORBIDDEN, 10000, "Authentication error")),
        None => Some(refusal(StatusCode::BAD_REQUEST, 6003, "Invalid request headers")),
    }
}

async fn connections(
    State(cloudflare): State<Cloudflare>,
    Path((account, tunnel)): Path<(String, String)>,
) -> Response {
    if account != cloudflare.account {
        return refusal(StatusCode::FORBIDDEN, 10000, "Authentication error");
    }
    match (cloudflare.ask)(tunnel).await {
        Ok(Some(connectors)) => {
            let result: Vec<Value> = connectors.iter().filter(|one| one.conns > 0).map(shown).collect();
            Json(json!({"success": true, "errors": [], "messages": [], "result": result})).into_response()
        }
        Ok(None) => refusal(StatusCode::NOT_FOUND, 1003, "Tunnel not found"),
        Err(why) => refusal(StatusCode::BAD_GATEWAY, 1000, &why),
    }
}

const COLOS: [&str; 4] = ["fra03", "fra08", "ams04", "ams16"];

fn shown(connector: &Connector) -> Value {
    let since = "2026-01-01T08:00:00.000000Z";
    let conns: Vec<Value> = (0..connector.conns)
        .map(|at| {
            json!({
                "id": format!("{}-{at}", connector.connector),
                "uuid": format!("{}-{at}", connector.connector),
                "client_id": connector.connector,
                "client_version": "2025.11.1",
                "colo_name": COLOS[at % COLOS.len()],
                "is_pending_reconnect": false,
                "opened_at": since,
                "origin_ip": "10.77.0.0",
            })
        })
        .collect();
    json!({
        "id": connector.connector,
        "arch": "linux_amd64",
        "config_version": 1,
        "features": ["ha-origin"],
        "run_at": since,
        "version": "2025.11.1",
        "conns": conns,
    })
}

fn refusal(status: StatusCode, code: u32, message: &str) -> Response {
    let errors = json!([{"code": code, "message": message}]);
    let body = json!({"success": false, "errors": errors, "messages": [], "result": null});
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use futures::FutureExt;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use super::*;

    fn api() -> Router {
        let ask: Ask = Arc::new(|tunnel: String| {
            let held = |connector: &str, conns| Connector { connector: connector.to_owned(), conns };
            let known = (tunnel == "t").then(|| vec![held("a", 4), held("b", 0), held("c", 3)]);
            async move { if tunnel == "dark" { Err("no answer".to_owned()) } else { Ok(known) } }.boxed()
        });
        router(Cloudflare { token: "k".to_owned(), account: "acc".to_owned(), ask })
    }

    async fn ask(path: &str, authorization: Option<&str>) -> (u16, Value) {
        let mut request = Request::builder().uri(path);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let answer =
            TowerToHyperService::new(api()).call(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn connections_stand_below_their_connectors() {
        let (status, body) = ask("/client/v4/accounts/acc/cfd_tunnel/t/connections", Some("Bearer k")).await;
        assert_eq!((status, &body["success"]), (200, &json!(true)));
        let result = body["result"].as_array().unwrap();
        let counts: Vec<usize> = result.iter().map(|one| one["conns"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [4, 3]);
        assert_eq!(result[0]["conns"][0]["client_id"], "a");
    }

    #[tokio::test]
    async fn refusals_are_told_as_cloudflare_tells_them() {
        let path = |account: &str, tunnel: &str| {
            format!("/client/v4/accounts/{account}/cfd_tunnel/{tunnel}/connections")
        };
        for (path, authorization, status, code) in [
            (path("acc", "t"), None, 400, 9106),
            (path("acc", "t"), Some("Basic OnQ="), 400, 6003),
            (path("acc", "t"), Some("Bearer other"), 403, 10000),
            (path("other", "t"), Some("Bearer k"), 403, 10000),
            (path("acc", "unknown"), Some("Bearer k"), 404, 1003),
            (path("acc", "dark"), Some("Bearer k"), 502, 1000),
            ("/client/v4/zones".to_owned(), Some("Bearer k"), 404, 7003),
        ] {
            let (got, body) = ask(&path, authorization).await;
            assert_eq!((got, &body["errors"][0]["code"]), (status, &json!(code)), "{path}");
            assert_eq!((&body["success"], &body["result"]), (&json!(false), &Value::Null));
        }
    }
}
