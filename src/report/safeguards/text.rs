//! What became of a runbook without each of its safeguards, as text.

use std::fmt::Write as _;

use super::reproducing;
use crate::rehearse::faults::{Exposure, Loss, Means, Safeguard, Spot, WorldSafeguards};
use crate::report::faults::mark;
use crate::report::harmless::harmless_line;
use crate::report::layout::{BAD, DIM, GOOD, WARN};
use crate::report::look::Look;
use crate::report::words::plural;

/// A world's safeguards: those that are exposed, those that are not, and how many there are of each.
#[must_use]
pub fn safeguards_as_text(world: &WorldSafeguards, look: Look) -> String {
    let (style, word) = mark(world.conclusion());
    let file = harmless_line(&world.path.display().to_string());
    let mut text = format!("{} {file}\n", look.paint(style.bold(), word));
    beforehand(world, look, &mut text);
    for (safeguard, loss) in &world.safeguards {
        if let Loss::Exposed(exposure) = loss {
            let _ = writeln!(text, "  {}\n      {}", head(safeguard, look), exposed(exposure, look));
            let line = reproducing(world, safeguard, exposure);
            let _ = writeln!(text, "      {}", look.paint(DIM, line));
        }
    }
    others(world, look, &mut text);
    let _ = writeln!(text, "  {}", look.paint(DIM, counts(world)));
    text
}

/// What is amiss while every safeguard is in its place.
fn beforehand(world: &WorldSafeguards, look: Look, text: &mut String) {
    for scenario in &world.failing {
        let told = format!("`{}` does not pass as it is, and exposes nothing", harmless_line(scenario));
        let _ = writeln!(text, "  {}", look.paint(WARN, told));
    }
    for known in &world.known {
        let told = format!("{} breaks under faults as it is, and exposes nothing", harmless_line(known));
        let _ = writeln!(text, "  {}", look.paint(WARN, told));
    }
}

/// `restart.runbook:7 guard "no restart under load" on worker`
pub(super) fn head(safeguard: &Safeguard, look: Look) -> String {
    let Safeguard { spot: Spot { means, line, .. }, file, text, .. } = safeguard;
    let place = harmless_line(&format!("{file}:{line}"));
    let text = harmless_line(text);
    let text = text.trim_end_matches('{').trim_end();
    match text.starts_with(means.word()) {
        true => format!("{} {text}", look.paint(DIM, place)),
        false => format!("{} {}: {text}", look.paint(DIM, place), means.word()),
    }
}

pub(super) fn exposed(exposure: &Exposure, look: Look) -> String {
    let Exposure { scenario, schedule, broke } = exposure;
    let schedule = match schedule {
        None => String::new(),
        Some(schedule) if schedule.0.is_empty() => ", resumed".to_owned(),
        Some(schedule) => format!(" with {schedule}"),
    };
    let by = harmless_line(&format!("\"{scenario}\"{schedule}"));
    format!("{by}: {}", look.paint(GOOD, harmless_line(broke)))
}

fn others(world: &WorldSafeguards, look: Look, text: &mut String) {
    for (safeguard, loss) in &world.safeguards {
        let (style, told) = match loss {
            Loss::Exposed(_) => continue,
            Loss::Unexposed { scenarios, schedules } => (BAD, unexposed(safeguard, *scenarios, *schedules)),
            Loss::Stays { why } => (DIM, format!("can't be taken out: {}", harmless_line(why))),
            Loss::Untried => (WARN, "not tried".to_owned()),
        };
        let _ = writeln!(text, "  {}\n      {}", head(safeguard, look), look.paint(style, told));
    }
}

pub(super) fn unexposed(safeguard: &Safeguard, scenarios: usize, schedules: usize) -> String {
    let what = without_which(safeguard.spot.means);
    let scenarios = plural(scenarios, "scenario", "scenarios");
    let tried = match schedules {
        0 => scenarios,
        _ => format!("{scenarios}, {}", plural(schedules, "schedule", "schedules")),
    };
    format!("{what} the procedure still passes: {tried}")
}

fn without_which(means: Means) -> &'static str {
    match means {
        Means::Wait => "a wait without which",
        Means::Look => "a call that only looks, without which",
        Means::Stable => "a stability clause without which",
        Means::DoneWhen => "a `done when` without which",
        Means::Undo => "an undo without which",
        Means::Guard => "a guard without which",
        Means::Invariant => "an invariant without which",
        Means::Assert => "an assert without which",
        Means::Approve => "an approval without which",
    }
}

/// `12 safeguards: 7 exposed by a scenario, 3 by a schedule, 1 by nothing; 1 can't be taken out`
fn counts(world: &WorldSafeguards) -> String {
    let count = |wanted: fn(&Loss) -> bool| world.safeguards.iter().filter(|(_, loss)| wanted(loss)).count();
    let exposed = count(|loss| matches!(loss, Loss::Exposed(_)));
    let by_scenario = count(|loss| matches!(loss, Loss::Exposed(exposure) if !exposure.needs_a_fault()));
    let by_schedule = exposed - by_scenario;
    let by_nothing = count(|loss| matches!(loss, Loss::Unexposed { .. }));
    let (stays, untried) =
        (count(|loss| matches!(loss, Loss::Stays { .. })), count(|loss| *loss == Loss::Untried));
    let all = plural(world.safeguards.len(), "safeguard", "safeguards");
    let untried = if untried == 0 { String::new() } else { format!(", {untried} not tried") };
    format!(
        "{all}: {by_scenario} exposed by a scenario, {by_schedule} by a schedule, {by_nothing} by nothing; {stays} can't be taken out{untried}"
    )
}
