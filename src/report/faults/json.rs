//! What came of a sweep, as one JSON document.

use serde_json::{Map, Value, json};

use super::{Spent, at, file, reproducing};
use crate::rehearse::faults::{
    Conclusion, Counts, Coverage, End, Explored, Extent, Fate, Line, Part, Row, ScenarioSweep, Sometimes,
    Story, SweepReport, Told, Verdict, Where, WorldSweep,
};
use crate::report::findings_as_json;
use crate::source::Sources;

/// Everything that is known of a sweep.
#[must_use]
pub fn sweeps_as_json(report: &SweepReport, spent: Option<Spent>) -> Value {
    let harmful: usize = report.scenarios().map(|sweep| sweep.harmful().count()).sum();
    let (schedules, extent) = (report.played(), &report.extent);
    let worlds: Vec<_> = report.worlds.iter().map(|world| world_as_json(world, extent)).collect();
    let mut document = json!({
        "passed": report.count(Conclusion::Passed), "failed": report.count(Conclusion::Failed),
        "stopped": report.count(Conclusion::Stopped),
        "schedules": schedules, "harmful": harmful, "worlds": worlds,
    });
    if let Some(spent) = spent {
        document["spent"] = json!({
            "seconds": spent.took.as_secs_f64(),
            "schedules_per_second": spent.per_second(schedules),
            "memory_bytes": spent.memory,
        });
    }
    document
}

fn world_as_json(world: &WorldSweep, extent: &Extent) -> Value {
    let scenarios: Vec<_> =
        world.scenarios.iter().map(|sweep| scenario_as_json(sweep, world, extent)).collect();
    json!({
        "file": file(world), "title": world.title, "passed": world.passed(),
        "findings": findings_as_json(&world.findings, &world.sources),
        "scenarios": scenarios, "not_begun": world.not_begun,
        "coverage": coverage_as_json(&world.coverage, &world.sources),
    })
}

fn coverage_as_json(coverage: &Coverage, sources: &Sources) -> Value {
    let precautions = coverage.precautions.iter().map(
        |(what, span, exercised)| json!({ "what": what.word(), "at": at(*span, sources), "exercised": exercised }),
    );
    let undecided = coverage.undecided.iter().map(|undecided| {
        let (at, schedules) = (at(undecided.span, sources), undecided.schedules);
        json!({ "at": at, "request": undecided.request, "schedules": schedules })
    });
    json!({
        "precautions": precautions.collect::<Vec<_>>(),
        "once_without_done_when_settled_by_a_person": undecided.collect::<Vec<_>>(),
    })
}

fn scenario_as_json(sweep: &ScenarioSweep, world: &WorldSweep, extent: &Extent) -> Value {
    let tally = sweep.tally();
    let statements: Vec<_> = tally.rows.iter().map(|row| row_as_json(row, &world.sources)).collect();
    let schedules = sweep.schedules.iter();
    let schedules: Vec<_> =
        schedules.map(|(place, verdict)| schedule_as_json(place, verdict, sweep, world, extent)).collect();
    let reached = sweep.sometimes();
    let reached = Sometimes::ALL.into_iter().filter(|(what, _)| reached.contains(what));
    let mut object = json!({
        "scenario": sweep.scenario, "passed": sweep.passed(), "left_out": sweep.left_out,
        "without_a_fault": without_as_json(sweep, world),
        "fates": counts_as_json(&tally.counts()),
        "statements": statements, "schedules": schedules,
        "came_by": reached.map(|(_, text)| text).collect::<Vec<_>>(),
    });
    if extent.only.is_none() {
        object["explored"] = explored_as_json(&sweep.explored(extent), extent);
    }
    if let Some(story) = &sweep.story {
        object["story"] = story_as_json(story);
    }
    object
}

fn without_as_json(sweep: &ScenarioSweep, world: &WorldSweep) -> Value {
    match &sweep.without {
        Ok(verdict) => json!({
            "end": end(verdict.end), "harms": harms_as_json(verdict),
            "failure": verdict.failure.as_ref().map(|failure| &failure.title),
        }),
        Err(findings) => json!({ "findings": findings_as_json(findings, &world.sources) }),
    }
}

fn explored_as_json(explored: &Explored, extent: &Extent) -> Value {
    let part = |part: &Part| json!({ "played": part.played, "of": part.of });
    let mut object = json!({ "single_faults": explored.total, "standing_for_all": part(&explored.singles) });
    if let Some(pairs) = &explored.pairs {
        object["pairs"] = part(pairs);
        object["pairs"]["within"] = json!(extent.pairs);
    }
    if let Some(samples) = &explored.samples {
        object["samples"] = part(samples);
        object["samples"]["seed"] = json!(extent.samples.map(|(seed, _)| seed));
    }
    object
}

fn counts_as_json(counts: &Counts) -> Value {
    let fates = Fate::ALL.into_iter().filter(|fate| counts.of(*fate) > 0);
    fates.map(|fate| (fate.word().to_owned(), json!(counts.of(fate)))).collect::<Map<_, _>>().into()
}

fn place_as_json(place: &Where, sources: &Sources) -> Value {
    json!({
        "stage": place.stage, "title": place.title, "at": place.span.map(|span| at(span, sources)),
        "effect": place.effect.map(crate::value::Effect::word), "text": place.text,
    })
}

fn row_as_json(row: &Row, sources: &Sources) -> Value {
    let kinds = row.kinds.iter().map(|(kind, counts)| (kind.word().to_owned(), counts_as_json(counts)));
    let mut object = place_as_json(&row.place, sources);
    object["faults"] = kinds.collect::<Map<_, _>>().into();
    object
}

fn schedule_as_json(
    place: &Where,
    verdict: &Verdict,
    sweep: &ScenarioSweep,
    world: &WorldSweep,
    extent: &Extent,
) -> Value {
    let settled: Vec<_> = verdict.settled.iter().map(|doubt| &doubt.key).collect();
    let mut object = json!({
        "schedule": verdict.schedule.to_string(),
        "at": place.span.map(|span| at(span, &world.sources)),
        "fate": sweep.fate(verdict).word(), "end": end(verdict.end), "runners": verdict.lives,
        "virtual_seconds": verdict.lasted.as_secs_f64(),
    });
    if !settled.is_empty() {
        object["settled"] = json!(settled);
    }
    if let Some(failure) = &verdict.failure {
        object["failure"] = json!(failure.title);
    }
    if !verdict.harms.is_empty() {
        object["harms"] = harms_as_json(verdict);
    }
    if !verdict.harms.is_empty() && extent.only.is_none() {
        object["reproduce"] = json!(reproducing(world, sweep, verdict));
    }
    object
}

fn harms_as_json(verdict: &Verdict) -> Value {
    verdict.harms.iter().map(|harm| json!(harm.to_string())).collect()
}

fn story_as_json(story: &Story) -> Value {
    let line = |line: &Line| {
        let what = match &line.told {
            Told::Part(_) => "part",
            Told::Sent { .. } => "sent",
            Told::Struck { .. } => "fault",
            Told::Known(_) => "known",
            Told::Person(_) => "person",
            Told::Harm(_) => "harm",
        };
        let text = super::text::told(&line.told);
        json!({ "virtual_seconds": line.at.as_secs_f64(), "what": what, "text": text.trim() })
    };
    story.lines.iter().map(line).collect()
}

fn end(end: End) -> &'static str {
    match end {
        End::Succeeded => "succeeded",
        End::Undone => "undone",
        End::Stopped => "stopped",
    }
}
