//! The whole way of a request on loopback: load, edge, connector, proxy, webapp, the worker's process.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{Edge, dock, door};
use crate::load::{Plan, Report, carry_out};
use crate::tenants::Tenant;
use crate::{caddy, tunnel, web, webapp};

const TUNNEL: &str = "t-demo";
const HOST: &str = "demo.myhomealign.com";

/// An edge with one tenant, on ports of the system's choice.
struct Lab {
    folder: TempDir,
    edge: Edge,
    clients: String,
    tunnels: String,
}

/// What serves a tenant on one side, down to the worker.
struct Side {
    drain: watch::Sender<bool>,
    connector: JoinHandle<()>,
    origin: JoinHandle<io::Result<()>>,
    worker: String,
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

fn origin(side: &str, work: u64) -> webapp::Origin {
    webapp::Origin { side: side.to_owned(), version: "9f3c1ab".to_owned(), work, listen: String::new() }
}

/// An authority and a certificate for the tenant's host.
fn trust(folder: &Path) {
    let mut root = CertificateParams::new(vec![]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![HOST.to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    for (name, text) in [("ca.pem", root.pem()), ("leaf.pem", leaf.pem()), ("leaf.key", key.serialize_pem())]
    {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

impl Lab {
    async fn new(drain: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        trust(folder.path());
        let edge = Edge::new(&[(HOST.to_owned(), TUNNEL.to_owned())], drain);
        let ((door, clients), (dock, tunnels)) = (listener().await, listener().await);
        let config = web::config(&folder.path().join("leaf.pem"), &folder.path().join("leaf.key")).unwrap();
        tokio::spawn(door::open(door, config, edge.clone()));
        tokio::spawn(dock::open(dock, edge.clone()));
        Self { folder, edge, clients, tunnels }
    }

    /// Stands up a side whose requests take so many milliseconds, and waits until it is registered.
    async fn side(&self, side: &str, work: u64) -> Side {
        let before = self.connections();
        let (origin_at, worker) = listener().await;
        let origin = tokio::spawn(webapp::originate(origin_at, origin(side, work)));
        let (webapp_at, webapp) = listener().await;
        let args = webapp::Args { tenant: "demo".to_owned(), worker: worker.clone(), listen: String::new() };
        tokio::spawn(async move { webapp::relay(webapp_at, &args).await });
        let (caddy_at, origin_of_tunnel) = listener().await;
        let args = caddy::Args { webapp, listen: String::new() };
        tokio::spawn(async move { caddy::proxy(caddy_at, &args).await });
        let (drain, connector) = self.connector(side, origin_of_tunnel, None);
        self.until(|connections| connections == before + 4).await;
        Side { drain, connector, origin, worker }
    }

    fn connector(
        &self,
        side: &str,
        origin: String,
        secret: Option<&str>,
    ) -> (watch::Sender<bool>, JoinHandle<()>) {
        let args = tunnel::Args {
            edge: self.tunnels.clone(),
            tunnel: TUNNEL.to_owned(),
            secret: secret.map(str::to_owned),
            side: side.to_owned(),
            origin,
            connections: 4,
        };
        let (drain, draining) = watch::channel(false);
        (drain, tokio::spawn(tunnel::connect(&args, draining).unwrap()))
    }

    fn connections(&self) -> u64 {
        let shown = self.edge.pool().shown();
        shown[TUNNEL].as_array().unwrap().iter().filter_map(|connector| connector["conns"].as_u64()).sum()
    }

    async fn until(&self, holds: impl Fn(u64) -> bool) {
        let wait = async {
            while !holds(self.connections()) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("the edge gets there");
    }

    /// A load on the tenant, which goes on until it is told to end.
    fn load(&self, rate: f64) -> (watch::Sender<bool>, impl Future<Output = Report> + use<>) {
        let tenant = Tenant {
            name: "demo".to_owned(),
            tunnel: TUNNEL.to_owned(),
            stack: String::new(),
            url: format!("https://{HOST}/api/healthcheck"),
        };
        let path = |name: &str| -> PathBuf { self.folder.path().join(name) };
        let mut plan = Plan::of_tenants(&[tenant], &self.clients, rate, path("ca.pem"), path("load"));
        // What is slow because the machine is busy is not lost.
        plan.timeout = 60.0;
        let (end, ended) = watch::channel(false);
        (end, async move { carry_out(&plan, ended).await.unwrap() })
    }
}

/// What the load sees while `script` goes on, and the second before and after.
async fn measured(lab: &Lab, rate: f64, script: impl Future<Output = ()>) -> Report {
    let (end, load) = lab.load(rate);
    let script = async {
        sleep(Duration::from_millis(300)).await;
        script.await;
        sleep(Duration::from_millis(300)).await;
        end.send_replace(true);
    };
    tokio::join!(load, script).0
}

#[tokio::test]
async fn a_connector_is_drained_at_300_requests_a_second_without_one_that_fails() {
    let lab = Lab::new(Duration::from_millis(500)).await;
    let source = lab.side("WEB1", 5).await;
    let _spare = lab.side("WEB8", 5).await;
    let report = measured(&lab, 300.0, async {
        source.drain.send_replace(true);
        lab.until(|connections| connections == 4).await;
        source.connector.await.unwrap();
        source.origin.abort();
    })
    .await;
    assert!(report.requests > 200, "{report}");
    assert_eq!(report.failed, 0, "{report}");
    let last = report.served[0].spans.last().unwrap();
    assert!(last.by.contains(&"WEB8".to_owned()), "{report}");
}

#[tokio::test]
async fn a_connector_that_drains_goes_on_serving_until_the_edge_drops_it() {
    let lab = Lab::new(Duration::from_secs(60)).await;
    let source = lab.side("WEB1", 0).await;
    let report = measured(&lab, 100.0, async {
        source.drain.send_replace(true);
        let draining = || lab.edge.pool().shown()[TUNNEL][0]["draining"].as_u64();
        while draining() != Some(4) {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(report.failed, 0, "{report}");
    assert!(!source.connector.is_finished());
}

#[tokio::test]
async fn a_connector_that_breaks_fails_the_requests_that_were_on_it() {
    let lab = Lab::new(Duration::from_millis(100)).await;
    let source = lab.side("WEB1", 200).await;
    let _spare = lab.side("WEB8", 200).await;
    let report = measured(&lab, 100.0, async {
        source.connector.abort();
        lab.until(|connections| connections == 4).await;
    })
    .await;
    assert!(report.failed > 0 && report.failed < report.requests, "{report}");
    assert_eq!(report.causes.keys().collect::<Vec<_>>(), ["status 502"], "{report}");
}

#[tokio::test]
async fn a_tunnel_without_a_connector_fails_all_that_is_asked() {
    let lab = Lab::new(Duration::ZERO).await;
    let source = lab.side("WEB1", 0).await;
    let report = measured(&lab, 100.0, async {
        source.drain.send_replace(true);
        lab.until(|connections| connections == 0).await;
    })
    .await;
    assert!(report.causes.contains_key("status 530"), "{report}");
}

#[tokio::test]
async fn a_worker_that_is_away_fails_all_that_its_side_is_given_until_it_is_back() {
    let lab = Lab::new(Duration::ZERO).await;
    let source = lab.side("WEB1", 0).await;
    let report = measured(&lab, 100.0, async { source.origin.abort() }).await;
    assert!(report.failed > 0, "{report}");
    assert_eq!(report.causes.keys().collect::<Vec<_>>(), ["status 502"], "{report}");
    assert_eq!(lab.connections(), 4);

    let back = TcpListener::bind(&source.worker).await.unwrap();
    tokio::spawn(webapp::originate(back, origin("WEB1", 0)));
    let report = measured(&lab, 100.0, async {}).await;
    assert_eq!(report.failed, 0, "{report}");
}

#[tokio::test]
async fn a_connector_with_the_wrong_secret_is_not_registered() {
    let lab = Lab::new(Duration::ZERO).await;
    let _source = lab.side("WEB1", 0).await;
    let (_drain, refused) = lab.connector("WEB8", "127.0.0.1:1".to_owned(), Some("another"));
    sleep(Duration::from_millis(200)).await;
    assert_eq!(lab.connections(), 4);
    assert!(!refused.is_finished());
}

#[test]
fn a_tenant_is_given_as_its_host_and_its_tunnel() {
    assert_eq!(super::tenant("a.example=t-1"), Ok(("a.example".to_owned(), "t-1".to_owned())));
    assert!(super::tenant("a.example").is_err());
}
