//! The state in which the flagship begins, and in which it ends: all tenants whole on WEB1 and served
//! from there alone, the spare empty but for its log shipper.

use std::time::Duration;

use serde_json::Value;

use super::stacks::{self, PAIRS, Pair, WEB1, WEB8, Which};
use crate::namespaces;
use crate::place::EDGE;
use crate::system::{Result, output, wait_until};
use crate::tenants::Tenant;

/// Brings about the start, from whatever a run has left.
pub fn reset(tenants: &[Tenant]) -> Result {
    let wanted: Vec<String> = tenants
        .iter()
        .flat_map(|tenant| [Which::Web, Which::Tasks].map(|which| which.stack(tenant)))
        .collect();
    for pair in PAIRS {
        for stack in stacks::stacks(pair)? {
            if pair != WEB1 || !wanted.contains(&stack) {
                stacks::remove(pair, &stack)?;
            }
        }
    }
    if whole(WEB1, tenants).is_err() {
        for tenant in tenants {
            again(|| stacks::deploy(WEB1, tenant, Which::Web))?;
            again(|| stacks::deploy(WEB1, tenant, Which::Tasks))?;
        }
    }
    wait(180, || whole(WEB1, tenants))?;
    wait(120, || empty(WEB8))?;
    wait(120, || registered(tenants))
}

/// Waits until a check passes; fails as it does.
fn wait(seconds: u64, mut check: impl FnMut() -> Result) -> Result {
    let mut last = Ok(());
    let waited = wait_until("the start", Duration::from_secs(seconds), || {
        last = check();
        Ok(last.is_ok())
    });
    waited.map_err(|error| last.err().unwrap_or(error))
}

/// A network that is being removed is in the way of a new one with its name.
pub fn again(mut deploy: impl FnMut() -> Result) -> Result {
    wait(30, &mut deploy)
}

/// Fails unless all services of the tenants' stacks run all of their tasks.
pub fn whole(pair: Pair, tenants: &[Tenant]) -> Result {
    let services = stacks::services(pair)?;
    let count = |stack: &str| {
        let own = services.iter().filter(|line| line.starts_with(&format!("{stack}_")));
        own.filter(|line| line.ends_with(" 1/1")).count()
    };
    for tenant in tenants {
        for (which, wanted) in [(Which::Web, 3), (Which::Tasks, 1)] {
            let (stack, found) = (which.stack(tenant), count(&which.stack(tenant)));
            if found != wanted {
                return Err(format!("{} of {wanted} services of {stack} run on {}", found, pair.side).into());
            }
        }
    }
    Ok(())
}

/// Fails unless nothing is left on a pair but its log shipper.
pub fn empty(pair: Pair) -> Result {
    let services = stacks::services(pair)?;
    match services.as_slice() {
        [one] if one == "logspout 1/1" => Ok(()),
        _ => Err(format!("on {} there are: {}", pair.side, services.join(", ")).into()),
    }
}

/// Fails unless the edge holds exactly one connector to each tenant's tunnel, from WEB1.
pub fn registered(tenants: &[Tenant]) -> Result {
    let tunnels = tunnels()?;
    for tenant in tenants {
        let empty = vec![];
        let connectors = tunnels[&tenant.tunnel].as_array().unwrap_or(&empty);
        let right = |one: &Value| one["side"] == WEB1.side && one["conns"] == 4 && one["draining"] == 0;
        if connectors.len() != 1 || !connectors.iter().all(right) {
            return Err(format!("the connectors of {}: {}", tenant.name, tunnels[&tenant.tunnel]).into());
        }
    }
    Ok(())
}

/// What the edge holds, as its control tells.
pub fn tunnels() -> Result<Value> {
    let mut command = namespaces::enter(EDGE);
    command.args(["busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/tunnels"]);
    Ok(serde_json::from_str(&output(&mut command)?)?)
}
