//! The tenants of the flagship's scene, as its runbook sees them: from the shipped params file.

use std::io;
use std::path::Path;

use rutter::plan::{Inputs, params_as_json, plan};
use rutter::resolve::{Loader, Subject, resolve};
use serde::Deserialize;

/// A tenant, all fields of it as the runbook has them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tenant {
    pub name: String,
    pub tunnel: String,
    pub stack: String,
    pub url: String,
}

/// What the scene must agree on with its runbook.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Params {
    pub tenants: Vec<Tenant>,
    pub branch: String,
    pub azure: Azure,
    pub devops: DevOps,
    pub cloudflare_account: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Azure {
    pub subscription: String,
    pub resource_group: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DevOps {
    pub organisation: String,
    pub project: String,
}

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

/// The tenants of the shipped flagship with its shipped params.
pub fn shipped() -> io::Result<Vec<Tenant>> {
    Ok(params()?.tenants)
}

/// The shipped params of the shipped flagship.
pub fn params() -> io::Result<Params> {
    let name = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/ha-windows-worker-rolling-reboot");
    read(&name.with_extension("runbook"), &name.with_extension("params.yaml"))
}

/// The params of a runbook with a params file.
pub fn read(runbook: &Path, params: &Path) -> io::Result<Params> {
    let resolution = resolve(runbook, &Disk);
    let Some(Subject::Runbook(resolved)) = resolution.subject else {
        return Err(io::Error::other(format!("{} is no sound runbook", runbook.display())));
    };
    let inputs = Inputs { files: vec![params.to_path_buf()], ..Inputs::default() };
    let plan = plan(resolved, resolution.sources, &inputs, &Disk)
        .map_err(|rejected| io::Error::other(format!("{}: {:?}", params.display(), rejected.findings)))?;
    Ok(serde_json::from_value(params_as_json(&plan.params))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_params_give_five_tenants_each_with_its_tunnel_and_address() {
        let tenants = shipped().unwrap();
        assert_eq!(tenants.len(), 5);
        assert_eq!(tenants[0].name, "demo");
        assert_eq!(tenants[0].stack, "demo-prod-webappcaddy-stack");
        assert_eq!(tenants[0].url, "https://demo.myhomealign.com/api/healthcheck");
        assert_eq!(tenants[4].url, "https://thb.myhomealign.com/api/healthcheck?from=web1");
        assert!(tenants.iter().all(|tenant| tenant.tunnel.len() == 36));
    }
}
