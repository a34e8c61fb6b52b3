//! What became of a runbook without each of its safeguards, as JSON.

use super::reproducing;
use crate::rehearse::faults::{Exposure, Loss, Safeguard, WorldSafeguards};

/// One JSON document of all worlds.
#[must_use]
pub fn safeguards_as_json(worlds: &[WorldSafeguards]) -> serde_json::Value {
    let worlds: Vec<_> = worlds.iter().map(world_as_json).collect();
    serde_json::json!({ "worlds": worlds })
}

fn world_as_json(world: &WorldSafeguards) -> serde_json::Value {
    let safeguards: Vec<_> =
        world.safeguards.iter().map(|(one, loss)| safeguard_as_json(world, one, loss)).collect();
    serde_json::json!({
        "file": world.path.display().to_string(),
        "passed": world.passed(),
        "failing_as_it_is": world.failing,
        "breaking_as_it_is": world.known,
        "safeguards": safeguards,
    })
}

fn safeguard_as_json(world: &WorldSafeguards, safeguard: &Safeguard, loss: &Loss) -> serde_json::Value {
    let mut one = serde_json::json!({
        "safeguard": safeguard.spot.to_string(),
        "file": safeguard.file,
        "line": safeguard.spot.line,
        "kind": safeguard.spot.means.word(),
        "text": safeguard.text,
    });
    let loss = match loss {
        Loss::Exposed(exposure) => {
            let Exposure { scenario, schedule, broke } = exposure;
            let (schedule, line) =
                (schedule.as_ref().map(ToString::to_string), reproducing(world, safeguard, exposure));
            serde_json::json!({
                "loss": "exposed", "scenario": scenario, "schedule": schedule, "broke": broke, "reproduce": line,
            })
        }
        Loss::Unexposed { scenarios, schedules } => {
            serde_json::json!({ "loss": "unexposed", "scenarios": scenarios, "schedules": schedules })
        }
        Loss::Stays { why } => serde_json::json!({ "loss": "can't be taken out", "why": why }),
        Loss::Untried => serde_json::json!({ "loss": "not tried" }),
    };
    if let (Some(one), serde_json::Value::Object(loss)) = (one.as_object_mut(), loss) {
        one.extend(loss);
    }
    one
}
