//! Azure Resource Manager for the web app, and the database that the app connects to.

use std::io;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::provider::Web;
use super::swap::Site;
use super::{DATABASE, GROUP, NEW, OLD, SUBSCRIPTION};
use crate::cloud::arm::{Arm, Throttling};
use crate::cloud::{Clouds, token};
use crate::web::{self, Tls};

/// After so many reads the next is refused, for so many seconds.
const THROTTLING: Throttling = Throttling { every: 60, seconds: 3 };

/// Starts the web app afresh, and serves until it is ended.
pub async fn run(args: Tls) -> io::Result<()> {
    let site = Site::new(OLD, NEW);
    tokio::spawn(Arc::clone(&site).start());
    let arm = Arm::new(token("AZURE_TOKEN"), THROTTLING).group(SUBSCRIPTION, GROUP).provider(Web(site));
    let clouds = Clouds::default().host("management.azure.com", arm.router()).router();
    let database = TcpListener::bind(("0.0.0.0", DATABASE)).await?;
    tokio::select! {
        result = web::tls(443, clouds, &args.certificate, &args.key) => result,
        result = accept(database) => result,
    }
}

/// The database: it can be connected to, and no more is asked of it.
async fn accept(listener: TcpListener) -> io::Result<()> {
    loop {
        drop(listener.accept().await?);
    }
}
