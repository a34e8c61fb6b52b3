//! The scene of the flagship: two pairs of hosts with a swarm each, tenants on the first, an edge before
//! them, and the clouds that deploy and reboot.

mod swarm;

use crate::place::{CLOUD, EDGE, Host, LOAD, RUNNER, WEB_N, WEB1_LINUX, WEB1_WIN, WEB8_LINUX, WEB8_WIN};
use crate::run::Options;
use crate::scene::{Measure, Scene};
use crate::system::Result;
use crate::{machine, ssh};

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
        let tenants =
            ["demo", "cna", "imperial", "simpra", "thb"].map(|tenant| format!("{tenant}.myhomealign.com"));
        let all = cloud.map(|name| (CLOUD, name.to_owned())).into_iter();
        all.chain(tenants.map(|name| (EDGE, name))).chain([(EDGE, "*.myhomealign.com".to_owned())]).collect()
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        let secret = |name, value: &str| (name, value.to_owned());
        vec![
            secret("AZURE_TOKEN", "azure-token-of-the-lab"),
            secret("ADO_TOKEN", "ado-token-of-the-lab"),
            secret("CLOUDFLARE_TOKEN", "cloudflare-token-of-the-lab"),
        ]
    }

    fn up(&self) -> Result {
        for (linux, windows) in [(WEB1_LINUX, WEB1_WIN), (WEB8_LINUX, WEB8_WIN)] {
            machine::boot(linux)?;
            ssh::serve(linux, None)?;
            swarm::up(linux, windows)?;
        }
        let _ = LOAD;
        Ok(())
    }

    fn reset(&self, _options: &Options) -> Result {
        Ok(())
    }

    fn safeguards(&self) -> &'static str {
        ""
    }

    fn begin_load(&self, _options: &Options) -> Result {
        Ok(())
    }

    fn end_load(&self) -> Result<Measure> {
        Ok(Measure::default())
    }

    fn verify(&self, _options: &Options) -> Result {
        Ok(())
    }
}
