//! Microsoft.Web: one web app with a staging slot, as far as one looks at it and swaps it.
//!
//! Reference: <https://learn.microsoft.com/rest/api/appservice/web-apps>.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::swap::{Phase, STICKY, Site, Slot};
use super::{APP, INSTANCES, SLOT};
use crate::cloud::arm::{Call, ORIGIN, Operations, Provider, Refusal, Tracking};

/// The provider.
pub struct Web(pub Arc<Site>);

/// Seconds between questions after an operation.
const RETRY_AFTER: u32 = 5;
/// How many items a page of a list has.
const PAGE: usize = 2;

impl Provider for Web {
    fn namespace(&self) -> &'static str {
        "Microsoft.Web"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["2022-03-01", "2022-09-01", "2023-01-01", "2023-12-01", "2024-04-01", "2024-11-01"]
    }

    fn answer(&self, call: &Call, operations: &Operations) -> Result<Response, Refusal> {
        let (slot, names) = located(call)?;
        let rest = call.shape.trim_start_matches("sites/*").trim_start_matches("/slots/*");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match (&call.method, rest.trim_start_matches('/'), names.as_slice()) {
            (&Method::GET, "", _) => Ok(Json(self.site(call, slot)).into_response()),
            (&Method::GET, "config/*", [name]) => self.config(call, name),
            (&Method::POST, "config/*/list", [name]) => self.listed(call, slot, name),
            (&Method::GET, "instances", _) => Ok(instances(call)),
            (&Method::GET, "instances/*/processes", [instance]) => Ok(self.processes(call, slot, instance)),
            (&Method::GET, "instances/*/processes/*", [instance, pid]) => {
                self.process(call, slot, instance, pid)
            }
            (&Method::POST, action, _) => self.act(call, operations, slot, action),
            _ => Err(Refusal::no_such(call)),
        }
    }
}

/// The slot that a call is about, and the names behind it.
fn located(call: &Call) -> Result<(Slot, &[String]), Refusal> {
    match call.names.as_slice() {
        [app, slot, rest @ ..] if call.shape.starts_with("sites/*/slots/*") => {
            let known = app.eq_ignore_ascii_case(APP) && slot.eq_ignore_ascii_case(SLOT);
            known.then_some((Slot::Staging, rest)).ok_or_else(|| Refusal::not_found(call))
        }
        [app, rest @ ..] if call.shape.starts_with("sites/*") => {
            let known = app.eq_ignore_ascii_case(APP);
            known.then_some((Slot::Production, rest)).ok_or_else(|| Refusal::not_found(call))
        }
        _ => Err(Refusal::no_such(call)),
    }
}

impl Web {
    fn site(&self, call: &Call, slot: Slot) -> Value {
        let state = self.0.state();
        let (name, kind, other) = match slot {
            Slot::Production => (APP.to_owned(), "Microsoft.Web/sites", SLOT),
            Slot::Staging => (format!("{APP}/{SLOT}"), "Microsoft.Web/sites/slots", "production"),
        };
        let host = format!("{}.azurewebsites.net", name.replace('/', "-"));
        let operation = match &state.phase {
            Phase::Swapping(id) => json!(id),
            Phase::Idle | Phase::Prepared => Value::Null,
        };
        let last = state.last.map(
            |at| json!({"timestampUtc": at, "sourceSlotName": SLOT, "destinationSlotName": "Production"}),
        );
        let target = if state.phase == Phase::Idle { Value::Null } else { json!(other) };
        let properties = json!({
            "state": "Running", "enabled": true, "availabilityState": "Normal", "usageState": "Normal",
            "defaultHostName": host, "hostNames": [host], "inProgressOperationId": operation,
            "slotSwapStatus": last, "targetSwapSlot": target,
        });
        let (id, location) = (call.resource(), "West Europe");
        json!({"id": id, "name": name, "type": kind, "kind": "app", "location": location, "properties": properties})
    }

    fn config(&self, call: &Call, name: &str) -> Result<Response, Refusal> {
        let properties = match name.to_ascii_lowercase().as_str() {
            "web" => json!({"alwaysOn": true, "autoHealEnabled": false, "numberOfWorkers": INSTANCES.len()}),
            "slotconfignames" => json!({
                "appSettingNames": [STICKY], "connectionStringNames": null, "azureStorageConfigNames": null,
            }),
            _ => return Err(Refusal::not_found(call)),
        };
        Ok(resource(call, name, &properties))
    }

    fn listed(&self, call: &Call, slot: Slot, name: &str) -> Result<Response, Refusal> {
        let properties = match name.to_ascii_lowercase().as_str() {
            "appsettings" => json!(self.0.settings(slot)),
            "authsettings" => json!({"enabled": false, "unauthenticatedClientAction": null}),
            _ => return Err(Refusal::not_found(call)),
        };
        Ok(resource(call, name, &properties))
    }

    fn processes(&self, call: &Call, slot: Slot, instance: &str) -> Response {
        let pid = self.0.standing(instance, slot).pid;
        let value: Vec<Value> = pid
            .iter()
            .map(|pid| json!({"id": format!("{}/{pid}", call.path), "name": pid.to_string(), "properties": {"identifier": pid}}))
            .collect();
        Json(json!({"value": value, "nextLink": null})).into_response()
    }

    fn process(&self, call: &Call, slot: Slot, instance: &str, pid: &str) -> Result<Response, Refusal> {
        let standing = self.0.standing(instance, slot);
        let Some(found) = standing.pid.filter(|found| found.to_string() == pid) else {
            return Err(Refusal::not_found(call));
        };
        let environment: HashMap<String, String> = standing.environment;
        let properties =
            json!({"identifier": found, "is_scm_site": false, "environment_variables": environment});
        Ok(resource(call, pid, &properties))
    }

    fn act(
        &self,
        call: &Call,
        operations: &Operations,
        slot: Slot,
        action: &str,
    ) -> Result<Response, Refusal> {
        match (action, slot) {
            ("applyslotconfig", Slot::Staging) => {
                target(call)?;
                self.0.prepare()?;
            }
            ("resetslotconfig", Slot::Staging) => self.0.cancel()?,
            ("resetslotconfig", Slot::Production) => self.0.cancel_from_production(),
            ("restart", slot) => self.0.restart_slot(slot),
            ("slotsswap", _) => {
                target(call)?;
                let swap = self.0.swap();
                let result = Some(format!("{}/operationresults/{{id}}", call.resource()));
                let tracking = Tracking { status: None, result, retry_after: RETRY_AFTER };
                return Ok(operations.accepted(call, &tracking, async move {
                    swap.await;
                    Ok(None)
                }));
            }
            _ => return Err(Refusal::no_such(call)),
        }
        Ok(StatusCode::OK.into_response())
    }
}

/// Fails unless the body names the slot to swap with, as both phases demand.
fn target(call: &Call) -> Result<(), Refusal> {
    let (target, preserve) = (&call.body["targetSlot"], &call.body["preserveVnet"]);
    if target.as_str().is_some_and(|name| !name.is_empty()) && preserve.is_boolean() {
        return Ok(());
    }
    Err(Refusal::new(400, "BadRequest", "The parameter CsmSlotEntity has an invalid value."))
}

fn resource(call: &Call, name: &str, properties: &Value) -> Response {
    let id = call.path.trim_end_matches("/list");
    Json(json!({"id": id, "name": name, "location": "West Europe", "properties": properties})).into_response()
}

fn instances(call: &Call) -> Response {
    let from = call.query.get("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let page = INSTANCES.iter().skip(from).take(PAGE);
    let value: Vec<Value> = page
        .map(|instance| {
            json!({"id": format!("{}/{}", call.path, instance.name), "name": instance.name, "properties": {"state": "READY"}})
        })
        .collect();
    let next = from + PAGE;
    let link = (next < INSTANCES.len())
        .then(|| format!("{ORIGIN}{}?api-version={}&$skiptoken={next}", call.path, call.version));
    Json(json!({"value": value, "nextLink": link})).into_response()
}
