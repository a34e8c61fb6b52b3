//! What became of a request that rutter had sent when it was killed: a person looks in Azure DevOps, or at
//! the machine, as the runbook's operator would.

use std::thread::sleep;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::stacks::PAIRS;
use crate::cloud::token;
use crate::scene::Scene;
use crate::session::{latest, rutter};
use crate::system::{Result, output};
use crate::{runner, worker};

/// The words for `rutter settle` about a step in doubt.
pub fn settle(scene: &dyn Scene, doubt: &Value) -> Result<Vec<String>> {
    let text = |field: &str| doubt[field].as_str().unwrap_or_default();
    let (step, request) = (text("step"), text("request"));
    // What was on its way has arrived by then.
    sleep(Duration::from_secs(3));
    let sent = sent(scene, step)?;
    let gave = if request.contains("/_apis/pipelines/") {
        begun(scene, step, request, sent)?
    } else if request.contains("/restart?") {
        restarted(request, sent)?
    } else {
        return Err(format!("nobody knows what became of {doubt}").into());
    };
    Ok(match gave {
        Some(gave) => vec!["--happened".to_owned(), "--gave".to_owned(), gave],
        None => vec!["--did-not".to_owned()],
    })
}

/// When a step was about to be sent, as the run's record tells.
fn sent(scene: &dyn Scene, step: &str) -> Result<Timestamp> {
    let run = latest(scene)?.ok_or("there is no run")?;
    let log = rutter(scene, &["log", &run, "--format", "json"])?;
    let mut events = log.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let last = events.find(|event| event["event"] == "step-intended" && event["key"] == step);
    let last = last.ok_or_else(|| format!("{step} was not begun"))?;
    Ok(last["wall"].as_str().unwrap_or_default().parse()?)
}

/// The run of the pipeline that a request has begun for the tenant of its step, since then.
fn begun(scene: &dyn Scene, step: &str, request: &str, sent: Timestamp) -> Result<Option<String>> {
    let tenant = step.split('/').find_map(|part| part.strip_prefix("for:tenant=")).unwrap_or_default();
    let url = request.trim_start_matches("POST ");
    let (path, query) = url.split_once('?').ok_or("the request has no api-version")?;
    let list = ask(scene, url)?;
    for id in list["value"].as_array().into_iter().flatten().map(|run| run["id"].to_string()) {
        let run = ask(scene, &format!("{path}/{id}?{query}"))?;
        let created: Timestamp = run["createdDate"].as_str().unwrap_or_default().parse()?;
        if created >= sent && run["templateParameters"]["tenant"] == tenant {
            return Ok(Some(run.to_string()));
        }
    }
    Ok(None)
}

/// Asks Azure DevOps, from the runner.
fn ask(scene: &dyn Scene, url: &str) -> Result<Value> {
    let mut command = runner::shell(scene);
    command.args(["curl", "--silent", "--show-error", "--fail", "--user"]);
    command.arg(format!(":{}", token("ADO_TOKEN"))).arg(url);
    Ok(serde_json::from_str(&output(&mut command)?)?)
}

/// Whether the machine of a request was restarted since: it is away, or has booted.
fn restarted(request: &str, sent: Timestamp) -> Result<Option<String>> {
    let named = PAIRS.into_iter().find(|pair| request.contains(&format!("/{}/", pair.windows.name)));
    let state = worker::state(named.ok_or("which machine?")?.windows)?;
    Ok((!state.up || state.booted > sent).then(String::new))
}
