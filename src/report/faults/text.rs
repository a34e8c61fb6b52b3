//! What came of a sweep, as text.

use std::fmt::Write as _;

use super::{Spent, at, file, harms, mark, reproducing, table};
use crate::rehearse::faults::{
    Conclusion, Explored, Extent, Fate, Line, ScenarioSweep, Story, SweepReport, Told, WorldSweep,
};
use crate::report::harmless::harmless_line;
use crate::report::layout::{BAD, DIM, GOOD, WARN};
use crate::report::look::Look;
use crate::report::words::{grouped, length, plural};

/// So many harmful schedules of a kind are written out.
const SHOWN: usize = 5;

/// A scenario's line; below it what became of the faults, and which did harm.
#[must_use]
pub fn sweep_as_text(sweep: &ScenarioSweep, world: &WorldSweep, extent: &Extent, look: Look) -> String {
    let (style, word) = mark(sweep.conclusion());
    let name = format!("{}::{}", harmless_line(&file(world)), harmless_line(&sweep.scenario));
    let mut text = format!("{} {name}\n", look.paint(style.bold(), word));
    if sweep.without.is_err() {
        return text;
    }
    // Of a play without a fault there is nothing to count.
    if extent.only.as_ref().is_none_or(|only| !only.0.is_empty()) {
        push(&mut text, &fates(sweep), look);
    }
    if extent.only.is_none() {
        text.push_str(&table::table(&sweep.tally(), &world.sources, look));
    }
    text.push_str(&harms_as_text(sweep, world, extent, look));
    if extent.only.is_none() {
        for line in explored(&sweep.explored(extent), extent) {
            push(&mut text, &line, look);
        }
    }
    text
}

/// A dim line, or as many as it needs.
fn push(text: &mut String, line: &str, look: Look) {
    let options = textwrap::Options::new(look.width).initial_indent("     ").subsequent_indent("       ");
    for line in textwrap::wrap(line, options) {
        let _ = writeln!(text, "{}", look.paint(DIM, line));
    }
}

/// `412 schedules: 300 came through by themselves, 80 when resumed, 9 stopped for a person`
pub(super) fn fates(sweep: &ScenarioSweep) -> String {
    let counts = sweep.tally().counts();
    let fates = Fate::ALL.into_iter().filter(|fate| counts.of(*fate) > 0);
    let fates: Vec<_> = fates.map(|fate| format!("{} {}", grouped(counts.of(fate)), fate.tells())).collect();
    let schedules = if counts.total() == 1 { "schedule" } else { "schedules" };
    let became = if fates.is_empty() { String::new() } else { format!(": {}", fates.join(", ")) };
    format!("{} {schedules}{became}", grouped(counts.total()))
}

/// How much was played of how much, a line each for single faults, pairs and samples.
pub(super) fn explored(explored: &Explored, extent: &Extent) -> Vec<String> {
    let Explored { singles, total, pairs, samples } = explored;
    let left_out = |number: usize| match number {
        0 => String::new(),
        number => format!("; {} LEFT OUT, the sweep was stopped", grouped(number)),
    };
    let others = total.saturating_sub(singles.of);
    let standing = match others {
        0 => String::new(),
        others => format!(
            "; {} more are looks repeated while nothing happened, or ends that leave the same behind, for which those stand",
            grouped(others)
        ),
    };
    let (played, total) = (grouped(singles.played), grouped(*total));
    let mut lines =
        vec![format!("{played} of {total} single faults played{standing}{}", left_out(singles.left_out()))];
    if let (Some(pairs), Some(bound)) = (pairs, extent.pairs) {
        let (played, of) = (grouped(pairs.played), grouped(pairs.of));
        let places = match bound {
            1 => "the next place that changes something or asks a person".to_owned(),
            bound => format!("one of the next {bound} places that change something or ask a person"),
        };
        let unknown = match singles.left_out() {
            0 => "",
            _ => ", beside those that begin with a single fault that was left out",
        };
        lines.push(format!(
            "{played} of {of} pairs played, the second fault at {places}{}{unknown}",
            left_out(pairs.left_out())
        ));
    }
    if let (Some(samples), Some((seed, _))) = (samples, extent.samples) {
        let (played, of) = (grouped(samples.played), grouped(samples.of));
        let left = left_out(samples.left_out());
        lines.push(format!("{played} of {of} samples of two or three faults played, seed {seed}{left}"));
    }
    lines
}

/// Each harm, and the lines that play again what did it; of what was asked for alone the line was typed just now.
pub(super) fn harms_as_text(
    sweep: &ScenarioSweep,
    world: &WorldSweep,
    extent: &Extent,
    look: Look,
) -> String {
    let mut text = String::new();
    for harm in sweep.without.iter().flat_map(|without| &without.harms) {
        let harm = harmless_line(&harm.to_string());
        let _ = writeln!(text, "     {} {harm}", look.paint(BAD, "HARM without a fault:"));
    }
    for (harm, verdicts) in harms(sweep) {
        let times = plural(verdicts.len(), "schedule", "schedules");
        if extent.only.is_some() {
            let _ = writeln!(text, "     {} {harm}", look.paint(BAD.bold(), "HARM"));
            continue;
        }
        let _ = writeln!(text, "     {} {harm} ({times})", look.paint(BAD.bold(), "HARM"));
        for verdict in verdicts.iter().take(SHOWN) {
            let _ = writeln!(text, "       {}", reproducing(world, sweep, verdict));
        }
        if let Some(more) = verdicts.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            let _ = writeln!(text, "       {}", look.paint(DIM, format!("and {more} more")));
        }
    }
    text
}

/// How many scenarios of a world are missing from a sweep that was stopped.
fn not_begun(world: &WorldSweep, look: Look) -> String {
    let number = world.not_begun.len();
    if number == 0 {
        return String::new();
    }
    let (style, word) = mark(Conclusion::Stopped);
    let scenarios = plural(number, "scenario", "scenarios");
    format!("{} {}: {scenarios} NOT BEGUN\n", look.paint(style.bold(), word), harmless_line(&file(world)))
}

/// What all scenarios of a world together say of its runbook, and how many of them had not begun when the sweep was stopped.
#[must_use]
pub fn world_sweep_as_text(world: &WorldSweep, look: Look) -> String {
    let coverage = &world.coverage;
    let mut text = not_begun(world, look);
    let never: Vec<_> = coverage.never_exercised().collect();
    if !never.is_empty() {
        let head = look.paint(WARN.bold(), "NEVER EXERCISED");
        let all = coverage.precautions.len();
        let _ = writeln!(text, "{head} by any schedule: {} of {all} that deal with faults", never.len());
    }
    for (what, span) in never {
        let _ = writeln!(text, "     {:<10}  {}", what.word(), at(span, &world.sources));
    }
    if !coverage.undecided.is_empty() {
        let head = look.paint(WARN.bold(), "NEEDED A PERSON");
        let _ = writeln!(text, "{head} to say whether it happened: a `once` without `done when`");
    }
    for undecided in &coverage.undecided {
        let (at, times) =
            (at(undecided.span, &world.sources), plural(undecided.schedules, "schedule", "schedules"));
        let _ = writeln!(text, "     {at} once {} ({times})", harmless_line(&undecided.request));
    }
    text
}

/// The last line: how many scenarios passed, how many schedules there were, and what they took.
#[must_use]
pub fn sweeps_as_text(report: &SweepReport, spent: Option<Spent>, look: Look) -> String {
    let conclusions = [Conclusion::Passed, Conclusion::Failed, Conclusion::Stopped];
    let [passed, failed, stopped] = conclusions.map(|wanted| report.count(wanted));
    let style = match (failed, stopped) {
        (0, 0) => GOOD,
        (0, _) => WARN,
        _ => BAD,
    };
    let stopped = if stopped == 0 { String::new() } else { format!(", {stopped} stopped") };
    let counts = format!("{passed} passed, {failed} failed{stopped}");
    let schedules = report.played();
    let harmful: usize = report.scenarios().map(|sweep| sweep.harmful().count()).sum();
    let spent = spent.map(|spent| format!(" {}", spent.in_words(schedules))).unwrap_or_default();
    let schedules =
        format!("{} {}", grouped(schedules), if schedules == 1 { "schedule" } else { "schedules" });
    let harm = format!("{} did harm", grouped(harmful));
    format!("{}: {schedules}, {harm}{}\n", look.paint(style.bold(), counts), look.paint(DIM, spent))
}

/// A story, a line for each thing that happened.
#[must_use]
pub fn story_as_text(story: &Story, look: Look) -> String {
    story.lines.iter().map(|line| line_as_text(line, look)).collect()
}

fn line_as_text(line: &Line, look: Look) -> String {
    let at = format!("{:>9}", length(line.at));
    let (told, style) = (told(&line.told), style(&line.told));
    format!(
        "{} {}\n",
        look.paint(DIM, at),
        style.map_or_else(|| told.clone(), |style| look.paint(style, &told))
    )
}

fn style(told: &Told) -> Option<anstyle::Style> {
    match told {
        Told::Part(_) => Some(DIM),
        Told::Struck { .. } => Some(WARN.bold()),
        Told::Harm(_) => Some(BAD),
        Told::Sent { .. } | Told::Known(_) | Told::Person(_) => None,
    }
}

/// What happened, in words.
pub(super) fn told(told: &Told) -> String {
    match told {
        Told::Part(part) => harmless_line(part),
        Told::Sent { effect, target, text, answer } => {
            format!("{} on {} {} -> {answer}", effect.word(), harmless_line(target), harmless_line(text))
        }
        Told::Struck { kind, text } => format!("FAULT {kind}: {} ({})", kind.tells(), harmless_line(text)),
        Told::Known(text) => format!("  {}", harmless_line(text)),
        Told::Person(text) => format!("person: {}", harmless_line(text)),
        Told::Harm(text) => harmless_line(text),
    }
}
