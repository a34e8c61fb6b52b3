//! Runs of pipelines: what was asked of each, and how far it is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::refusal::Refusal;
use super::{Pipeline, Project, Release};
use crate::hop::say;

/// What the body of a run asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub branch: String,
    pub parameters: Map<String, Value>,
}

impl Asked {
    pub fn read(body: &Value) -> Result<Asked, Refusal> {
        if !body.is_object() {
            return Err(Refusal::no_body());
        }
        let name = body.pointer("/resources/repositories/self/refName").and_then(Value::as_str);
        let name = name.unwrap_or("refs/heads/main");
        let branch = name.strip_prefix("refs/heads/").unwrap_or(name).to_owned();
        let parameters = body.get("templateParameters").and_then(Value::as_object).cloned();
        Ok(Asked { branch, parameters: parameters.unwrap_or_default() })
    }

    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters.get(name).and_then(Value::as_str).map(str::to_owned)
    }
}

/// All runs, by their numbers.
#[derive(Default)]
pub struct Runs(Mutex<BTreeMap<u32, Run>>);

struct Run {
    pipeline: u32,
    asked: Asked,
    began: Timestamp,
    ended: Option<(Timestamp, Result<(), String>)>,
}

const FIRST: u32 = 7001;

impl Runs {
    fn all(&self) -> MutexGuard<'_, BTreeMap<u32, Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a run, and gives its number.
    pub fn begin(self: &Arc<Self>, pipeline: &Pipeline, asked: Asked, project: &Project) -> u32 {
        let (release, id) = (release(pipeline, &asked), {
            let mut all = self.all();
            let id = all.last_key_value().map_or(FIRST, |(last, _)| last + 1);
            all.insert(id, Run { pipeline: pipeline.id, asked, began: Timestamp::now(), ended: None });
            id
        });
        let (runs, delay, deploy) = (Arc::clone(self), project.delay, Arc::clone(&project.deploy));
        tokio::spawn(async move {
            sleep(delay).await;
            let done = spawn_blocking(move || deploy(&release)).await;
            runs.end(id, done.unwrap_or_else(|error| Err(error.to_string())));
        });
        id
    }

    fn end(&self, id: u32, done: Result<(), String>) {
        if let Err(why) = &done {
            say(format_args!("run {id} failed: {why}"));
        }
        if let Some(run) = self.all().get_mut(&id) {
            run.ended = Some((Timestamp::now(), done));
        }
    }

    /// The numbers of a pipeline's runs, the newest first.
    pub fn of(&self, pipeline: u32) -> Vec<u32> {
        let all = self.all();
        all.iter().rev().filter(|(_, run)| run.pipeline == pipeline).map(|(id, _)| *id).collect()
    }

    /// What is told of a run's one stage and of the task in it.
    pub fn records(&self, id: u32) -> Option<Value> {
        let all = self.all();
        let run = all.get(&id)?;
        let mut records = json!([
            {"id": "stage", "parentId": null, "type": "Stage", "name": "deploy", "state": "inProgress"},
            {"id": "task", "parentId": "stage", "type": "Task", "name": "docker stack deploy", "state": "inProgress"},
        ]);
        let Some((at, done)) = &run.ended else { return Some(records) };
        for record in records.as_array_mut().into_iter().flatten() {
            record["state"] = json!("completed");
            record["result"] = json!(if done.is_ok() { "succeeded" } else { "failed" });
            record["finishTime"] = json!(at.to_string());
        }
        if let Err(why) = done {
            records[1]["issues"] = json!([{"type": "error", "category": "General", "message": why}]);
            records[1]["errorCount"] = json!(1);
        }
        Some(records)
    }

    /// A run, but for its links.
    pub fn shown(&self, pipeline: u32, id: u32) -> Option<Value> {
        let all = self.all();
        let run = all.get(&id).filter(|run| run.pipeline == pipeline)?;
        let branch = format!("refs/heads/{}", run.asked.branch);
        let mut shown = json!({
            "id": id,
            "name": format!("{}.{}", run.began.strftime("%Y%m%d"), id - FIRST + 1),
            "state": "inProgress",
            "createdDate": run.began.to_string(),
            "templateParameters": run.asked.parameters,
            "resources": {"repositories": {"self": {
                "repository": {"type": "azureReposGit"},
                "refName": branch,
                "version": "9f3c1ab0d6a1f2c3b4a5968778695a4b3c2d1e0f",
            }}},
        });
        if let Some((at, done)) = &run.ended {
            shown["state"] = json!("completed");
            shown["result"] = json!(if done.is_ok() { "succeeded" } else { "failed" });
            shown["finishedDate"] = json!(at.to_string());
        }
        Some(shown)
    }
}

fn release(pipeline: &Pipeline, asked: &Asked) -> Release {
    let tenant = asked.parameter("tenant").unwrap_or_default();
    Release { pipeline: pipeline.name.clone(), tenant, vm: asked.parameter("deploymentVm") }
}
