//! What became of a runbook without each of its safeguards: as text, JSON and JUnit.

mod json;
mod junit;
mod text;

use super::faults::typed;
use crate::rehearse::faults::{Exposure, Safeguard, WorldSafeguards};

pub use json::safeguards_as_json;
pub use junit::safeguards_as_junit;
pub use text::safeguards_as_text;

/// The line that shows what the safeguard is missed by.
fn reproducing(world: &WorldSafeguards, safeguard: &Safeguard, exposure: &Exposure) -> String {
    let (file, scenario) = (typed(&world.path.display().to_string()), typed(&exposure.scenario));
    let fault =
        exposure.schedule.as_ref().map(|schedule| format!(" --fault {}", typed(&schedule.to_string())));
    let fault = fault.unwrap_or_default();
    format!("rutter test {file} --scenario {scenario} --without {}{fault}", safeguard.spot)
}
