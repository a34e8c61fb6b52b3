//! Stands in for caddy: between cloudflared and webapp, which it finds by its name in swarm DNS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::hop::{self, Upstream};

/// What webapp may take to answer.
const LIMIT: Duration = Duration::from_secs(15);

/// `lab part caddy`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Whom it passes requests on to, as NAME:PORT
    #[arg(long, env = "WEBAPP", default_value = "webapp:8080")]
    pub webapp: String,
    #[arg(long, default_value = "0.0.0.0:8080")]
    pub listen: String,
}

/// Runs the proxy until it is ended.
pub async fn run(args: Args) -> io::Result<()> {
    proxy(TcpListener::bind(&args.listen).await?, &args).await
}

/// Passes on what comes in at `listener`.
pub async fn proxy(listener: TcpListener, args: &Args) -> io::Result<()> {
    let webapp = Arc::new(Upstream::new(&args.webapp, LIMIT));
    let answer = move |request| {
        let webapp = Arc::clone(&webapp);
        async move { webapp.pass(request).await }
    };
    hop::serve(listener, answer).await
}
