//! What came of a sweep, as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::harmless::harmless_line;
use super::layout::{BAD, DIM, GOOD, WARN};
use super::look::Look;
use super::words::{length, plural};
use crate::rehearse::faults::{End, Line, ScenarioSweep, Story, Told, Verdict};

/// So many harmful schedules of a kind are written out.
const SHOWN: usize = 5;

/// What of a world and a scenario is typed to play a schedule again.
#[derive(Clone, Copy, Debug)]
pub struct Named<'n> {
    pub file: &'n str,
    pub scenario: &'n str,
}

/// A scenario's line, and below it what did harm.
#[must_use]
pub fn sweep_as_text(sweep: &ScenarioSweep, named: Named<'_>, look: Look) -> String {
    let (style, word) = if sweep.passed() { (GOOD, "PASS") } else { (BAD, "FAIL") };
    let name = format!("{}::{}", harmless_line(named.file), harmless_line(named.scenario));
    let played = sweep.schedules.len();
    let mut text = format!("{} {name}\n", look.paint(style.bold(), word));
    let _ = writeln!(text, "     {}", look.paint(DIM, ends(sweep, played)));
    harms(sweep, named, look, &mut text);
    text
}

/// `412 schedules: 300 came through by themselves, 80 when resumed, 3 after a person's word, 20 undone, 9 stopped`
fn ends(sweep: &ScenarioSweep, played: usize) -> String {
    let lives = sweep.without.as_ref().map_or(1, |without| without.lives);
    let end = sweep.without.as_ref().map_or(End::Succeeded, |without| without.end);
    let count = |wanted: fn(&Verdict, End, usize) -> bool| {
        sweep.schedules.iter().filter(|(_, verdict)| wanted(verdict, end, lives)).count()
    };
    let by_itself = count(|one, end, lives| one.end == end && one.settled.is_empty() && one.lives <= lives);
    let resumed = count(|one, end, lives| one.end == end && one.settled.is_empty() && one.lives > lives);
    let settled = count(|one, end, _| one.end == end && !one.settled.is_empty());
    let undone = count(|one, end, _| one.end != end && one.end == End::Undone);
    let stopped = count(|one, end, _| one.end != end && one.end == End::Stopped);
    format!(
        "{}: {by_itself} came through, {resumed} when resumed, {settled} after a person's word, {undone} taken back, {stopped} stopped for a person",
        plural(played, "schedule", "schedules")
    )
}

fn harms(sweep: &ScenarioSweep, named: Named<'_>, look: Look, text: &mut String) {
    let mut kinds: BTreeMap<String, Vec<&Verdict>> = BTreeMap::new();
    if let Ok(without) = &sweep.without {
        for harm in &without.harms {
            let _ = writeln!(
                text,
                "     {} {}",
                look.paint(BAD, "without a fault:"),
                harmless_line(&harm.to_string())
            );
        }
    }
    for (_, verdict) in sweep.harmful() {
        for harm in verdict.harms.iter().take(1) {
            kinds.entry(harmless_line(&harm.to_string())).or_default().push(verdict);
        }
    }
    for (harm, verdicts) in kinds {
        let _ = writeln!(
            text,
            "     {} ({})",
            look.paint(BAD, harm),
            plural(verdicts.len(), "schedule", "schedules")
        );
        for verdict in verdicts.iter().take(SHOWN) {
            let _ = writeln!(text, "       {}", reproduce(named, verdict));
        }
        if verdicts.len() > SHOWN {
            let _ =
                writeln!(text, "       {}", look.paint(DIM, format!("and {} more", verdicts.len() - SHOWN)));
        }
    }
}

/// The line that plays one schedule alone and tells its story.
fn reproduce(named: Named<'_>, verdict: &Verdict) -> String {
    let Named { file, scenario } = named;
    let (file, scenario, fault) = (typed(file), typed(scenario), typed(&verdict.schedule.to_string()));
    format!("rutter test {file} --scenario {scenario} --fault {fault}")
}

/// As it is typed in a shell.
fn typed(text: &str) -> String {
    let text = harmless_line(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=%,".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// A story, a line for each thing that happened.
#[must_use]
pub fn story_as_text(story: &Story, look: Look) -> String {
    story.lines.iter().map(|line| line_as_text(line, look)).collect()
}

fn line_as_text(line: &Line, look: Look) -> String {
    let at = format!("{:>9}", length(line.at));
    let text = match &line.told {
        Told::Part(part) => look.paint(DIM, harmless_line(part)).to_string(),
        Told::Sent { effect, target, text, answer } => {
            let text = harmless_line(text);
            format!("{} on {target} {text} -> {answer}", effect.word())
        }
        Told::Struck { kind, text } => {
            let told = format!("FAULT {kind}: {} ({})", kind.tells(), harmless_line(text));
            look.paint(WARN.bold(), told).to_string()
        }
        Told::Known(text) => format!("  {}", harmless_line(text)),
        Told::Person(text) => format!("person: {}", harmless_line(text)),
        Told::Harm(text) => look.paint(BAD, harmless_line(text)).to_string(),
    };
    format!("{} {text}\n", look.paint(DIM, at))
}
