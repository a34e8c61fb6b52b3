//! What runs on a web server: its site, and the services by which it is managed and deployed to, on a port
//! of their own.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::time::sleep;

use super::site::{Site, file};
use super::{FILES, MANAGEMENT};
use crate::web;

/// How long the replacing of one file takes.
const REPLACING: Duration = Duration::from_millis(400);

/// `lab part iis`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The server's name
    #[arg(long)]
    pub server: String,
    /// Where its site's files are
    #[arg(long)]
    pub root: PathBuf,
}

#[derive(Clone, Debug)]
struct Server {
    site: Arc<Site>,
    root: PathBuf,
}

/// Runs a web server, its site started, until it is ended.
pub async fn run(args: Args) -> io::Result<()> {
    let server = Server { site: Site::new(&args.server, &args.root), root: args.root };
    server.site.start(true).await?;
    let router = Router::new()
        .route("/site", get(look))
        .route("/site/start", post(start))
        .route("/site/stop", post(stop))
        .route("/deploy/{version}", post(deploy));
    web::plain(MANAGEMENT, router.with_state(server)).await
}

async fn look(State(server): State<Server>) -> Response {
    let (executing, queued) = server.site.requests();
    Json(json!({"state": server.site.state().await, "executing": executing, "queued": queued}))
        .into_response()
}

async fn start(State(server): State<Server>) -> Response {
    match server.site.start(false).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => (StatusCode::CONFLICT, error.to_string()).into_response(),
    }
}

async fn stop(State(server): State<Server>) -> StatusCode {
    server.site.stop().await;
    StatusCode::OK
}

/// Makes the site's files those of a package: one after the other, and none that the package doesn't hold is
/// touched. Where `locked` is in the folder above, a file can't be replaced half way.
async fn deploy(State(server): State<Server>, Path(version): Path<String>) -> Response {
    for number in 0..FILES {
        sleep(REPLACING).await;
        let is_locked = server.root.with_file_name("locked").exists();
        let written = std::fs::write(server.root.join(file(number)), &version);
        if written.is_err() || is_locked && number == FILES / 2 {
            let said = "Error Code: ERROR_FILE_IN_USE\nError count: 1.";
            return (StatusCode::INTERNAL_SERVER_ERROR, said).into_response();
        }
    }
    format!("Total changes: {FILES} (0 added, 0 deleted, {FILES} updated)").into_response()
}
