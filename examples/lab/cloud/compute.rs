//! Microsoft.Compute: virtual machines, as far as one looks at them and restarts them.
//!
//! References: <https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view>,
//! <https://learn.microsoft.com/rest/api/compute/virtual-machines/restart>.

use std::sync::Arc;

use axum::Json;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::arm::{Call, Operations, Outcome, Provider, Refusal, Tracking};

/// A virtual machine, as Azure sees it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// As it is called, however one asked for it.
    pub name: String,
    /// Such as `10.0.20348.4052`.
    pub version: String,
    /// Its agent answers.
    pub up: bool,
    /// An operation on it goes on.
    pub updating: bool,
}

/// The machines that there are.
pub trait Machines: Send + Sync + 'static {
    /// The names of all.
    fn names(&self) -> Vec<String>;

    /// The machine of this name, in capital or small letters.
    fn machine(&self, name: &str) -> Option<Machine>;

    /// Restarts it, and comes back when it is up again, or with why it is not.
    fn restart(&self, name: &str) -> BoxFuture<'static, Result<(), String>>;
}

/// The provider.
pub struct Compute<M>(Arc<M>);

/// Seconds between questions after an operation.
const RETRY_AFTER: u32 = 5;

impl<M: Machines> Compute<M> {
    pub fn new(machines: M) -> Compute<M> {
        Compute(Arc::new(machines))
    }

    fn list(&self, call: &Call) -> Response {
        let machines = self.0.names().into_iter().filter_map(|name| self.0.machine(&name));
        let value: Vec<Value> = machines.map(|machine| resource(call, &machine)).collect();
        Json(json!({"value": value})).into_response()
    }

    fn restart(&self, call: &Call, operations: &Operations, machine: &Machine) -> Result<Response, Refusal> {
        if machine.updating {
            return Err(Refusal::conflict());
        }
        let work = self.0.restart(&machine.name);
        let work = async move { outcome(work.await) };
        Ok(operations.accepted(call, &Tracking::monitored(call, RETRY_AFTER), work))
    }
}

fn outcome(restarted: Result<(), String>) -> Outcome {
    let failed = |why: String| Refusal::new(409, "OSProvisioningTimedOut", why);
    restarted.map(|()| None).map_err(failed)
}

impl<M: Machines> Provider for Compute<M> {
    fn namespace(&self) -> &'static str {
        "Microsoft.Compute"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["2023-09-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-04-01"]
    }

    fn answer(&self, call: &Call, operations: &Operations) -> Result<Response, Refusal> {
        let machine = || {
            let machine = call.names.first().and_then(|name| self.0.machine(name));
            machine.ok_or_else(|| Refusal::not_found(call))
        };
        match (&call.method, call.shape.as_str()) {
            (&Method::GET, "virtualmachines") => Ok(self.list(call)),
            (&Method::GET, "virtualmachines/*") => Ok(Json(resource(call, &machine()?)).into_response()),
            (&Method::GET, "virtualmachines/*/instanceview") => Ok(Json(view(&machine()?)).into_response()),
            (&Method::POST, "virtualmachines/*/restart") => self.restart(call, operations, &machine()?),
            _ => Err(Refusal::no_such(call)),
        }
    }
}

fn id(call: &Call, machine: &Machine) -> String {
    let (subscription, group) = (&call.subscription, call.group.as_deref().unwrap_or_default());
    let provider = "Microsoft.Compute/virtualMachines";
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/{}", machine.name)
}

fn resource(call: &Call, machine: &Machine) -> Value {
    let provisioning = if machine.updating { "Updating" } else { "Succeeded" };
    let mut body = json!({
        "name": machine.name,
        "id": id(call, machine),
        "type": "Microsoft.Compute/virtualMachines",
        "location": "westeurope",
        "properties": {"provisioningState": provisioning},
    });
    if call.query.get("$expand").is_some_and(|expand| expand.eq_ignore_ascii_case("instanceView")) {
        body["properties"]["instanceView"] = view(machine);
    }
    body
}

fn view(machine: &Machine) -> Value {
    let now = Timestamp::now().to_string();
    let provisioning = match machine.updating {
        true => status("ProvisioningState/updating", "Updating"),
        false => status("ProvisioningState/succeeded", "Provisioning succeeded"),
    };
    let mut view = json!({
        "vmAgent": agent(machine.up, &now),
        "hyperVGeneration": "V2",
        "statuses": [provisioning, status("PowerState/running", "VM running")],
    });
    view["statuses"][0]["time"] = json!(now);
    if machine.up {
        view["computerName"] = json!(machine.name);
        view["osName"] = json!("Windows Server 2022 Datacenter");
        view["osVersion"] = json!(machine.version);
    }
    view
}

fn status(code: &str, display: &str) -> Value {
    json!({"code": code, "level": "Info", "displayStatus": display})
}

fn agent(up: bool, now: &str) -> Value {
    let (version, mut status, message) = match up {
        true => (
            "2.7.41491.1172",
            status("ProvisioningState/succeeded", "Ready"),
            "GuestAgent is running and processing the extensions.",
        ),
        false => (
            "Unknown",
            status("ProvisioningState/Unavailable", "Not Ready"),
            "VM status blob is found but not yet populated.",
        ),
    };
    status["level"] = json!(if up { "Info" } else { "Warning" });
    status["message"] = json!(message);
    status["time"] = json!(now);
    json!({"vmAgentVersion": version, "statuses": [status]})
}
