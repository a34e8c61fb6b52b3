//! The front end of the platform: TLS for the names of both slots, each request to one of the instances in
//! turn, or to the one that its cookie names. Which pool serves which slot is told to it; to swap is to
//! tell it otherwise. It also serves the slot's Kudu site.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, COOKIE};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{APP, CONTROL, INSTANCES, Pool, SLOT};
use crate::cloud::token;
use crate::hop::{self, Answer, Question, Upstream, plain, say};
use crate::web::{self, Tls};

/// Which pool serves which slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routes {
    pub production: Pool,
    pub staging: Pool,
}

/// What was deployed beside the code.
const WEB_CONFIG: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <system.web>
    <httpRuntime fcnMode="Disabled" />
  </system.web>
  <system.webServer>
    <applicationInitialization>
      <add initializationPage="/health" />
    </applicationInitialization>
  </system.webServer>
</configuration>
"#;

struct Front {
    routes: Mutex<Routes>,
    instances: Vec<(&'static str, HashMap<Pool, Upstream>)>,
    turn: AtomicUsize,
}

/// Serves until it is ended.
pub async fn run(args: Tls) -> io::Result<()> {
    let limit = Duration::from_secs(20);
    let upstream = |pool: Pool, address| (pool, Upstream::new(format!("{address}:{}", pool.port()), limit));
    let of = |address| HashMap::from(Pool::ALL.map(|pool| upstream(pool, address)));
    let instances = INSTANCES.map(|instance| (instance.name, of(instance.host.address))).into();
    let routes = Mutex::new(Routes { production: Pool::A, staging: Pool::B });
    let front = Arc::new(Front { routes, instances, turn: AtomicUsize::new(0) });
    let control = {
        let front = Arc::clone(&front);
        let listener = TcpListener::bind(("0.0.0.0", CONTROL)).await?;
        hop::serve(listener, move |request| told(Arc::clone(&front), request))
    };
    let acceptor = TlsAcceptor::from(Arc::new(web::config(&args.certificate, &args.key)?));
    let listener = TcpListener::bind(("0.0.0.0", 443)).await?;
    tokio::select! {
        result = control => result,
        result = clients(listener, acceptor, front) => result,
    }
}

async fn clients(listener: TcpListener, acceptor: TlsAcceptor, front: Arc<Front>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, front) = (acceptor.clone(), Arc::clone(&front));
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                hop::connection(stream, move |request| answer(Arc::clone(&front), request)).await;
            }
        });
    }
}

/// `PUT /routes`, from the cloud.
async fn told(front: Arc<Front>, request: Question) -> Answer {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    match serde_json::from_slice(&body) {
        Ok(routes) => {
            say(format_args!("{routes:?}"));
            *front.routes.lock().unwrap_or_else(PoisonError::into_inner) = routes;
            plain(StatusCode::OK, "so be it\n")
        }
        Err(error) => plain(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

async fn answer(front: Arc<Front>, request: Question) -> Answer {
    let host = hop::authority(&request).split(':').next().unwrap_or_default().to_owned();
    let routes = *front.routes.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = match host.strip_suffix(".azurewebsites.net").and_then(|name| name.strip_prefix(APP)) {
        Some("") => routes.production,
        Some(slot) if slot.strip_prefix('-') == Some(SLOT) => routes.staging,
        Some(slot) if slot.strip_prefix('-') == Some(&format!("{SLOT}.scm")) => return kudu(&request),
        _ => return plain(StatusCode::NOT_FOUND, "404 Web Site not found.\n"),
    };
    let answer = front.instance(&request)[&pool].pass(request).await;
    match answer.status() {
        // No process listens: so says the platform.
        StatusCode::BAD_GATEWAY => plain(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable\n"),
        _ => answer,
    }
}

impl Front {
    /// The instance that the request's cookie names, or the next.
    fn instance(&self, request: &Question) -> &HashMap<Pool, Upstream> {
        let cookies = request.headers().get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let named = cookies
            .flat_map(|text| text.split(';'))
            .find_map(|pair| pair.trim().strip_prefix("ARRAffinity="));
        let found = self.instances.iter().find(|(name, _)| Some(*name) == named);
        let next = || &self.instances[self.turn.fetch_add(1, Ordering::Relaxed) % self.instances.len()];
        &found.unwrap_or_else(next).1
    }
}

fn kudu(request: &Question) -> Answer {
    let wanted = format!("Bearer {}", token("AZURE_TOKEN"));
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(wanted.as_str()) {
        return plain(
            StatusCode::UNAUTHORIZED,
            "You do not have permission to view this directory or page.\n",
        );
    }
    match request.uri().path() {
        "/api/vfs/site/wwwroot/web.config" => plain(StatusCode::OK, WEB_CONFIG),
        _ => plain(StatusCode::NOT_FOUND, "404 Not Found\n"),
    }
}
