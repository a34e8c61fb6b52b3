//! The scene of `webapp-swap-with-preview`: a web app on three instances, with a staging slot, behind the
//! platform's front end. Processes, their restarts and the exchange of what is served are real; of Azure
//! there is the API.

pub mod app;
pub mod cancel;
pub mod cloud;
pub mod front;
mod provider;
mod swap;
pub mod worker;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::token;
use crate::load::{Plan, Target, Witness};
use crate::place::{self, CLOUD, Host, LOAD, SLOT_1, SLOT_2, SLOT_3, SLOT_FRONT};
use crate::run::Options;
use crate::scene::{Measure, Scene};
use crate::system::{Result, wait_until};
use crate::{parts, trust};

/// As the shipped params have them.
const APP: &str = "your-website";
const SLOT: &str = "staging";
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const GROUP: &str = "web";
/// What serves at the beginning, and what was deployed to staging.
const OLD: &str = "2.3.0";
const NEW: &str = "2.4.0";

/// Where the front end and the instances are told what to do.
const CONTROL: u16 = 7000;
const DATABASE: u16 = 5432;
const FRONT: Host = SLOT_FRONT;

/// An instance of the app's plan.
#[derive(Clone, Copy, Debug)]
struct Instance {
    host: Host,
    /// As Azure names it, and the cookie of its front end.
    name: &'static str,
    /// Seconds that the copy to its disk takes.
    copy: &'static str,
}

const INSTANCES: [Instance; 3] = [
    Instance { host: SLOT_1, name: "9f1c5be2a0d44e6a8a51", copy: "12" },
    Instance { host: SLOT_2, name: "c07d3e914b2f4d0c9b7e", copy: "20" },
    Instance { host: SLOT_3, name: "e5528ab6f3174c1fa2d0", copy: "31" },
];

/// An application pool of the app: it serves whatever slot the front end takes it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pool {
    A,
    B,
}

impl Pool {
    const ALL: [Pool; 2] = [Pool::A, Pool::B];

    fn named(name: &str) -> Option<Pool> {
        Pool::ALL.into_iter().find(|pool| pool.path().ends_with(&format!("/{name}")))
    }

    /// Where its process listens.
    fn port(self) -> u16 {
        match self {
            Pool::A => 8001,
            Pool::B => 8002,
        }
    }

    /// Where an instance is told of it.
    fn path(self) -> String {
        match self {
            Pool::A => "/pools/a".to_owned(),
            Pool::B => "/pools/b".to_owned(),
        }
    }
}

/// Where the platform writes down what the app has come to.
fn state_file() -> PathBuf {
    place::path("slots.json")
}

/// The scene of `webapp-swap-with-preview`.
#[derive(Clone, Copy, Debug)]
pub struct Slots;

impl Scene for Slots {
    fn runbook(&self) -> &'static str {
        "webapp-swap-with-preview"
    }

    fn hosts(&self) -> Vec<Host> {
        let instances = INSTANCES.map(|instance| instance.host);
        [vec![CLOUD, LOAD, FRONT], instances.into()].concat()
    }

    fn names(&self) -> Vec<(Host, String)> {
        let sites =
            ["", "-staging", "-staging.scm"].map(|slot| (FRONT, format!("{APP}{slot}.azurewebsites.net")));
        [vec![(CLOUD, "management.azure.com".to_owned())], sites.into()].concat()
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![("AZURE_TOKEN", token("AZURE_TOKEN").to_owned())]
    }

    fn up(&self) -> Result {
        let database = format!("{}:{DATABASE}", CLOUD.address);
        for Instance { host, name, copy } in INSTANCES {
            let part = format!("slot-worker-{}", host.name);
            let words = ["part", "slot-worker", "--instance", name, "--database", &database, "--copy", copy];
            parts::own(&part, host, &words)?;
            parts::await_port(&part, CONTROL, Duration::from_secs(20))?;
        }
        served("slot-front", FRONT)?;
        // Another scene's cloud has the same name and address.
        parts::end("cloud")?;
        served("slot-cloud", CLOUD)
    }

    fn reset(&self, _options: &Options) -> Result {
        parts::end("load")?;
        parts::end("slot-cloud")?;
        let _ = fs::remove_file(state_file());
        served("slot-cloud", CLOUD)?;
        wait_until("production is warm", Duration::from_secs(120), || Ok(state()?["warm"] == true))
    }

    fn safeguards(&self) -> &'static str {
        include_str!("without-safeguards.diff")
    }

    fn begin_load(&self, options: &Options) -> Result {
        let folder = place::path("load");
        let target = Target {
            name: APP.to_owned(),
            url: format!("https://{APP}.azurewebsites.net/"),
            at: Some(format!("{}:443", FRONT.address)),
            status: 200,
            fields: BTreeMap::from([("app".to_owned(), APP.to_owned())]),
            served_by: Witness::Field("version".to_owned()),
        };
        let (rate, authority) = (f64::from(options.rate), Some(trust::authority()));
        let plan = Plan {
            targets: vec![target],
            rate,
            seconds: None,
            timeout: 5.0,
            authority,
            folder: folder.clone(),
        };
        fs::create_dir_all(&folder)?;
        let file = folder.join("plan.json");
        fs::write(&file, serde_json::to_string_pretty(&plan)?)?;
        let _ = fs::remove_file(folder.join("report.json"));
        parts::own("load", LOAD, &["part", "load", "--plan", &file.display().to_string()])
    }

    fn end_load(&self) -> Result<Option<Measure>> {
        parts::end("load")?;
        let folder = place::path("load");
        let report: Value = serde_json::from_slice(&fs::read(folder.join("report.json"))?)?;
        let count = |field: &str| report[field].as_u64().ok_or(format!("the report lacks `{field}`"));
        let text = fs::read_to_string(folder.join("report.txt"))?;
        Ok(Some(Measure { requests: count("requests")?, failures: count("failed")?, report: text }))
    }

    fn verify(&self, _options: &Options) -> Result {
        let state = state()?;
        let wanted = [("phase", "idle"), ("production", NEW), ("staging", OLD)];
        for (name, value) in wanted {
            if state[name] != value {
                return Err(format!("{name} is {}, not {value}", state[name]).into());
            }
        }
        match (state["swaps"].as_u64(), state["settings"].as_u64()) {
            (Some(1), Some(3)) => Ok(()),
            (swaps, settings) => {
                Err(format!("{swaps:?} swaps, and production has {settings:?} settings").into())
            }
        }
    }
}

/// Starts a part that serves TLS, and waits until it does.
fn served(name: &str, host: Host) -> Result {
    let (certificate, key) = (trust::certificate().display().to_string(), trust::key().display().to_string());
    parts::own(name, host, &["part", name, "--certificate", &certificate, "--key", &key])?;
    parts::await_port(name, 443, Duration::from_secs(20))
}

/// What the platform wrote down last; nothing before it has begun.
fn state() -> Result<Value> {
    match fs::read(state_file()) {
        Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
        Err(_) => Ok(Value::Null),
    }
}
