//! `lab show cancel`: a person does not want the swap that is prepared, and it is called off from the slot,
//! while customers are served by what served them.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{NEW, OLD, Slots, state};
use crate::ground;
use crate::run::Options;
use crate::scene::Scene;
use crate::session::{Session, latest, show as standing};
use crate::show::{expect, rutter};
use crate::system::{Result, wait_until};

/// How long it may take until the question is asked.
const PATIENCE: Duration = Duration::from_secs(240);

pub fn show() -> Result {
    println!("== A prepared swap is refused by a person, and cancelled from the staging slot");
    let (scene, options) = (Slots, Options::default());
    ground::up(&scene)?;
    scene.reset(&options)?;
    scene.begin_load(&options)?;
    let cancelled = cancel(&scene);
    let measure = scene.end_load()?.ok_or("there was no load")?;
    println!("{}", measure.report.trim_end());
    cancelled?;
    expect("requests that failed", &measure.failures, &0)
}

fn cancel(scene: &dyn Scene) -> Result {
    let (mut session, run) = begin(scene)?;
    let mut step = None;
    wait_until("the question before the swap", PATIENCE, || {
        step = question(&standing(scene, &run)?);
        Ok(step.is_some())
    })?;
    let refused =
        ["approve", &run, &step.unwrap_or_default(), "--refuse", "--by", "ann", "--reason", "not today"];
    expect("ann's no", &rutter(scene, &refused)?.0, &0)?;
    session.wait()?;
    expect("how far the swap is", &state()?["phase"], &Value::from("prepared"))?;
    expect("rutter's exit code", &rutter(scene, &["undo", &run])?.0, &0)?;
    let after = state()?;
    for (name, wanted) in [("phase", "idle"), ("production", OLD), ("staging", NEW)] {
        expect(name, &after[name], &Value::from(wanted))?;
    }
    expect("settings of production", &after["settings"], &Value::from(3))?;
    expect("swaps", &after["swaps"], &Value::from(0))
}

/// Starts the shipped runbook at a terminal; gives its session, and the name of its run.
fn begin(scene: &dyn Scene) -> Result<(Session, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks").join(scene.runbook());
    let (runbook, params) = (file.with_extension("runbook"), file.with_extension("params.yaml"));
    let words = ["run", &runbook.display().to_string(), "--params", &params.display().to_string()];
    println!("$ rutter {}", words.join(" "));
    let before = latest(scene)?;
    let session = Session::start(scene, "show-cancel", &words)?;
    let mut run = None;
    wait_until("a run", Duration::from_secs(20), || {
        run = latest(scene)?.filter(|run| Some(run) != before.as_ref());
        Ok(run.is_some())
    })?;
    Ok((session, run.unwrap_or_default()))
}

/// The step that waits for a word on the swap.
fn question(run: &Value) -> Option<String> {
    let waiting = run["waiting"].as_array()?;
    let asked = waiting
        .iter()
        .find(|asked| asked["text"].as_str().is_some_and(|text| text.contains("into production")))?;
    asked["step"].as_str().map(str::to_owned)
}
