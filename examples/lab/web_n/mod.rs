//! The scene of the flagship: two pairs of hosts with a swarm each, tenants on the first, an edge before
//! them, and the clouds that deploy and reboot.

pub mod clouds;
mod doubts;
pub mod stacks;
mod start;
mod swarm;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use self::stacks::{PAIRS, WEB1, WEB8};
use crate::cloud::TOKENS;
use crate::load::{Plan, Report};
use crate::place::{self, CLOUD, EDGE, Host, LOAD, RUNNER, WEB_N};
use crate::run::Options;
use crate::scene::{Measure, Scene};
use crate::settings::Settings;
use crate::system::Result;
use crate::tenants::{self, Tenant};
use crate::{ground, machine, parts, ssh, trust, worker};

/// The scene of `ha-windows-worker-rolling-reboot`.
#[derive(Clone, Copy, Debug)]
pub struct WebN;

impl Scene for WebN {
    fn runbook(&self) -> &'static str {
        "ha-windows-worker-rolling-reboot"
    }

    fn hosts(&self) -> Vec<Host> {
        WEB_N.into_iter().filter(|host| *host != RUNNER).collect()
    }

    fn names(&self) -> Vec<(Host, String)> {
        let cloud = ["management.azure.com", "dev.azure.com", "api.cloudflare.com"];
        let tenants = tenants::shipped().unwrap_or_default();
        let all = cloud.map(|name| (CLOUD, name.to_owned())).into_iter();
        let all = all.chain(tenants.iter().map(|tenant| (EDGE, name(tenant))));
        all.chain([(EDGE, "*.myhomealign.com".to_owned())]).collect()
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        TOKENS.map(|(name, value)| (name, value.to_owned())).into()
    }

    fn up(&self) -> Result {
        edge()?;
        for pair in PAIRS {
            machine::boot(pair.linux)?;
            ssh::serve(pair.linux, None)?;
            swarm::start(pair.linux, pair.windows)?;
        }
        for pair in PAIRS {
            swarm::form(pair.linux)?;
            stacks::prepare(pair)?;
            worker::up(pair.windows, pair.side)?;
        }
        clouds::up()?;
        ground::favour_containers();
        Ok(())
    }

    fn reset(&self, options: &Options) -> Result {
        parts::end("load")?;
        let settings = options.settings.read()?;
        settings.write()?;
        for pair in PAIRS {
            worker::reset(pair.windows, &settings)?;
        }
        clouds::reset()?;
        // One of them may have been in the middle of a reboot.
        for pair in PAIRS {
            worker::up(pair.windows, pair.side)?;
        }
        start::reset(&chosen(options)?)?;
        ground::favour_containers();
        Ok(())
    }

    fn params(&self, options: &Options) -> Result<Vec<PathBuf>> {
        if options.tenants.is_none() {
            return Ok(vec![]);
        }
        let record = |tenant: &Tenant| {
            let Tenant { name, tunnel, stack, url } = tenant;
            json!({"name": name, "tunnel": tunnel, "stack": stack, "url": url})
        };
        let tenants: Vec<Value> = chosen(options)?.iter().map(record).collect();
        let file = place::path("tenants.json");
        fs::write(&file, json!({"tenants": tenants}).to_string())?;
        Ok(vec![file])
    }

    fn safeguards(&self) -> &'static str {
        include_str!("without-safeguards.diff")
    }

    fn begin_load(&self, options: &Options) -> Result {
        let at = format!("{}:443", EDGE.address);
        let (rate, folder) = (f64::from(options.rate), place::path("load"));
        let plan = Plan::of_tenants(&chosen(options)?, &at, rate, trust::authority(), folder.clone());
        fs::create_dir_all(&folder)?;
        let file = folder.join("plan.json");
        fs::write(&file, serde_json::to_string_pretty(&plan)?)?;
        let _ = fs::remove_file(folder.join("report.json"));
        parts::own("load", LOAD, &["part", "load", "--plan", &file.display().to_string()])
    }

    fn end_load(&self) -> Result<Option<Measure>> {
        parts::end("load")?;
        let plan: Plan = serde_json::from_slice(&fs::read(place::path("load/plan.json"))?)?;
        let report = Report::read(&plan)?;
        let (requests, failures) = (report.requests, report.failed);
        Ok(Some(Measure { requests, failures, report: report.to_string() }))
    }

    fn settle(&self, doubt: &Value) -> Result<Vec<String>> {
        doubts::settle(self, doubt)
    }

    fn verify(&self, options: &Options) -> Result {
        let tenants = chosen(options)?;
        start::whole(WEB1, &tenants)?;
        start::empty(WEB8)?;
        start::registered(&tenants)
    }
}

/// The tenants that take part.
fn chosen(options: &Options) -> Result<Vec<Tenant>> {
    let all = tenants::shipped()?;
    let count = options.tenants.unwrap_or(all.len());
    Ok(all.into_iter().take(count.max(1)).collect())
}

/// The name by which clients ask for a tenant.
fn name(tenant: &Tenant) -> String {
    let rest = tenant.url.trim_start_matches("https://");
    rest.split(['/', ':']).next().unwrap_or(rest).to_owned()
}

fn edge() -> Result {
    let tenants = tenants::shipped()?;
    let tunnels = tenants.iter().map(|tenant| format!("--tenant={}={}", name(tenant), tenant.tunnel));
    let tunnels: Vec<String> = tunnels.collect();
    let (certificate, key) = (trust::certificate().display().to_string(), trust::key().display().to_string());
    let mut words = vec!["part", "edge", "--certificate", &certificate, "--key", &key];
    let drain = Settings::read()?.drain.to_string();
    words.extend(["--drain", &drain]);
    words.extend(tunnels.iter().map(String::as_str));
    parts::own("edge", EDGE, &words)?;
    parts::await_port("edge", 443, Duration::from_secs(20))
}
