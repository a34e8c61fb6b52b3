//! The scene of `graceful-restart-deploy`: a builder with deploy.sh, az and psql, a PostgreSQL server, an
//! app on a stand-in for Container Apps, and GitHub, which sends webhooks all along.

mod api;
pub mod app;
mod builder;
mod database;
pub mod deliveries;
mod platform;
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use self::platform::{APP, Shared};
use crate::cloud::arm::{Arm, Throttling};
use crate::cloud::{Clouds, token};
use crate::place::{self, CLOUD, Host, KODIAI_APP, KODIAI_BUILDER, KODIAI_DATABASE, LOAD};
use crate::run::Options;
use crate::scene::{Measure, Scene};
use crate::session::{Session, latest};
use crate::system::{Result, output, wait_until};
use crate::{namespaces, parts, people, trust, web};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const GROUP: &str = "rg-kodiai";
/// The address of the database host, since replicas run where no names are known.
const DATABASE_URL: &str = "postgres://kodiai:queue-of-the-lab@10.77.0.32:5432/kodiai";

/// Short times, so that a deploy takes a minute. Seconds.
const SHUTDOWN_GRACE: u64 = 4;
const TERMINATION_GRACE: u64 = 10;
const STARTUP_PERIOD: u64 = 1;
const STARTUP_FAILURES: u64 = 40;

/// Webhooks a second, and for how long the first one's review goes on.
const RATE: &str = "2";
const REVIEW: &str = "20";

/// The scene. It has turns (`--turn`): `stuck`, in which rows stay in processing, and `rollback`, in which
/// the new build can't start.
#[derive(Clone, Copy, Debug)]
pub struct Kodiai;

impl Scene for Kodiai {
    fn runbook(&self) -> &'static str {
        "graceful-restart-deploy"
    }

    fn hosts(&self) -> Vec<Host> {
        vec![CLOUD, LOAD, KODIAI_BUILDER, KODIAI_DATABASE, KODIAI_APP]
    }

    fn names(&self) -> Vec<(Host, String)> {
        let names = ["management.azure.com", api::FQDN, api::STREAMS];
        names.map(|name| (CLOUD, name.to_owned())).to_vec()
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![("AZURE_TOKEN", token("AZURE_TOKEN").to_owned())]
    }

    fn up(&self) -> Result {
        server::up()?;
        builder::up()
    }

    fn reset(&self, options: &Options) -> Result {
        let image = match options.turn.as_deref() {
            None => "kodiai:next",
            Some("stuck") => "kodiai:stumbling",
            Some("rollback") => "kodiai:broken",
            Some(other) => return Err(format!("no turn `{other}`; there are: stuck, rollback").into()),
        };
        builder::wants(image)?;
        fs::write(place::path("kodiai-turn"), options.turn.as_deref().unwrap_or_default())?;
        ["deliveries", "kodiai-platform", "cloud"].iter().try_for_each(|part| parts::end(part))?;
        let _ = fs::remove_file(place::path("kodiai-stumbled"));
        let _ = fs::remove_file(report());
        server::empty()?;
        let (certificate, key) = (trust::certificate(), trust::key());
        let words = ["part", "kodiai-platform", "--certificate", &certificate.display().to_string(), "--key"];
        parts::own("kodiai-platform", CLOUD, &[&words[..], &[&key.display().to_string()]].concat())?;
        parts::await_port("kodiai-platform", deliveries::PORT, Duration::from_secs(20))?;
        wait_until("the first revision answers", Duration::from_secs(60), || Ok(answers()))
    }

    fn params(&self, _options: &Options) -> Result<Vec<PathBuf>> {
        let file = place::path("kodiai.params.json");
        let seconds = |seconds: u64| format!("{seconds}s");
        let params = json!({
            "azure": {"subscription": SUBSCRIPTION, "group": GROUP},
            "checkout": builder::checkout(),
            "shutdown_grace": seconds(SHUTDOWN_GRACE),
            "termination_grace": seconds(TERMINATION_GRACE),
            "startup_period": seconds(STARTUP_PERIOD),
            "startup_failures": STARTUP_FAILURES,
            "patience": "2m",
        });
        fs::write(&file, params.to_string())?;
        Ok(vec![file])
    }

    fn safeguards(&self) -> &'static str {
        include_str!("without-safeguards.diff")
    }

    fn begin_load(&self, _options: &Options) -> Result {
        let report = report().display().to_string();
        let words = ["part", "deliveries", "--rate", RATE, "--review", REVIEW, "--report", &report];
        parts::own("deliveries", LOAD, &words)
    }

    fn end_load(&self) -> Result<Option<Measure>> {
        // GitHub goes on while a deploy is taken back.
        if turn() == "rollback" {
            take_back(self)?;
        }
        parts::end("deliveries")?;
        measure().map(Some)
    }

    fn ends_with(&self, options: &Options) -> i32 {
        i32::from(options.turn.as_deref() == Some("rollback"))
    }

    fn verify(&self, _options: &Options) -> Result {
        let waiting = server::ask("SELECT count(*) FROM webhook_queue WHERE status <> 'completed'")?;
        match waiting.trim() {
            "0" => Ok(()),
            waiting => Err(format!("{waiting} webhooks wait in the queue").into()),
        }
    }
}

/// Whether kodiai is healthy, as its ingress has it.
fn answers() -> bool {
    let url = format!("http://{}:{}/healthz", CLOUD.address, deliveries::PORT);
    let mut command = namespaces::enter(LOAD);
    command.args(["curl", "--silent", "--fail", "--max-time", "5", &url]);
    output(&mut command).is_ok()
}

/// The turn of this run, as `reset` has kept it.
fn turn() -> String {
    fs::read_to_string(place::path("kodiai-turn")).unwrap_or_default()
}

/// `rutter undo`, with its question answered from another terminal.
fn take_back(scene: &dyn Scene) -> Result {
    let run = latest(scene)?.ok_or("there is no run")?;
    println!("lab: rutter undo {run}");
    let mut session = Session::start(scene, "rutter-undo", &["undo", &run])?;
    let mut code = None;
    wait_until("the end of `rutter undo`", Duration::from_secs(300), || {
        people::answer(scene, &run)?;
        code = session.ended()?;
        Ok(code.is_some())
    })?;
    println!("{}", session.printed());
    if code == Some(0) { Ok(()) } else { Err(format!("rutter undo ended with {code:?}").into()) }
}

/// What became of the webhooks: each that was taken is dispatched once, or waits in the queue, and no review
/// was cut off.
fn measure() -> Result<Measure> {
    let text = fs::read_to_string(report())?;
    let mut lines = text.lines();
    let sent: u64 = lines.next().and_then(|line| line.strip_prefix("sent ")?.parse().ok()).unwrap_or(0);
    let taken: BTreeMap<&str, u64> = lines
        .filter_map(|line| line.split_once(' '))
        .map(|(name, again)| (name, again.parse().unwrap_or(0)))
        .collect();
    let rows = server::ask("SELECT delivery_id, how FROM dispatched")?;
    let queued = server::ask("SELECT delivery_id FROM webhook_queue WHERE status <> 'completed'")?;
    let mut dispatched: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, _) in rows.lines().filter_map(|row| row.split_once('|')) {
        *dispatched.entry(name).or_default() += 1;
    }
    let lost: Vec<&str> = taken
        .keys()
        .filter(|name| !dispatched.contains_key(*name) && !queued.lines().any(|one| one == **name))
        .copied()
        .collect();
    let twice: Vec<&str> =
        dispatched.iter().filter(|(_, times)| **times > 1).map(|(name, _)| *name).collect();
    let replayed = rows.lines().filter(|row| row.ends_with("|replayed")).count();
    let again = taken.values().filter(|again| **again > 0).count();
    let not_taken = sent - taken.len() as u64;
    let cut_off: u64 = server::ask("SELECT count(*) FROM reviews WHERE NOT done")?.trim().parse()?;
    let report = format!(
        "webhooks: {sent} sent, {} taken ({again} of them not at the first try), {not_taken} not taken\n\
         dispatched: {} ({replayed} of them replayed from the queue), waiting in the queue: {}\n\
         lost: {} {}\ntwice: {} {}\nreviews cut off: {cut_off}",
        taken.len(),
        dispatched.len(),
        queued.lines().count(),
        lost.len(),
        lost.join(" "),
        twice.len(),
        twice.join(" "),
    );
    Ok(Measure { requests: sent, failures: (lost.len() + twice.len()) as u64 + not_taken + cut_off, report })
}

fn report() -> PathBuf {
    place::path("deliveries.txt")
}

/// What a revision is made of, as deploy.sh asks for it: `IMAGE` and `SUFFIX` are its to fill in.
fn template() -> Value {
    json!({
        "revisionSuffix": "SUFFIX",
        "terminationGracePeriodSeconds": TERMINATION_GRACE,
        "scale": {"minReplicas": 1, "maxReplicas": 1},
        "containers": [{
            "name": APP,
            "image": "IMAGE",
            "env": [
                {"name": "DATABASE_URL", "secretRef": "database-url"},
                {"name": "SHUTDOWN_GRACE_MS", "value": (SHUTDOWN_GRACE * 1000).to_string()},
            ],
            "probes": [{
                "type": "Startup",
                "httpGet": {"path": "/healthz", "port": 3000},
                "periodSeconds": STARTUP_PERIOD,
                "failureThreshold": STARTUP_FAILURES,
            }],
        }],
    })
}

/// `lab part kodiai-platform`
pub async fn platform(args: web::Tls) -> io::Result<()> {
    let shared = Shared::new(vec![("database-url".to_owned(), DATABASE_URL.to_owned())]);
    let mut first = template();
    first["containers"][0]["image"] = json!("kodiai:first");
    shared.roll(&format!("{APP}--first"), first);
    let arm = Arm::new(token("AZURE_TOKEN"), Throttling::default()).group(SUBSCRIPTION, GROUP);
    let arm = arm.provider(api::ContainerApps(shared.clone())).router();
    let clouds = Clouds::default().host("management.azure.com", arm);
    let clouds = clouds.host(api::STREAMS, api::streams(shared.clone()));
    let clouds = clouds.host(api::FQDN, api::ingress(shared.clone()));
    let plain = web::plain(deliveries::PORT, api::ingress(shared));
    tokio::try_join!(crate::cloud::run(args, clouds), plain).map(drop)
}
