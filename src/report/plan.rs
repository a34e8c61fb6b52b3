//! A plan as a tree of steps, and as JSON.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::harmless::{harmless, harmless_line};
use super::layout::{DIM, WARN};
use super::look::Look;
use super::plain::short_hash;
use super::words::{length, plural};
use crate::plan::{Plan, PlannedGuard, PlannedKind, PlannedStage, PlannedStep, Preview};
use crate::template::show;
use crate::value::{BackendKind, Effect, Target, Value};
use minijinja::value::ValueKind;

const LONGEST_PARAM: usize = 2000;
const SHORT_PARAM: usize = 80;

/// Everything that a run of `plan` would do, as far as it can be known.
#[must_use]
pub fn plan_as_text(title: &str, plan: &Plan, preview: &Preview, look: Look) -> String {
    let mut lines = head(title, plan, look);
    for (at, stage) in preview.stages.iter().enumerate() {
        lines.push(String::new());
        push_stage(&mut lines, at + 1, stage, look);
    }
    lines.push(String::new());
    lines.push(foot(preview));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The same as one JSON document.
#[must_use]
pub fn plan_as_json(title: &str, plan: &Plan, preview: &Preview) -> serde_json::Value {
    let targets: serde_json::Map<_, _> = plan
        .targets
        .iter()
        .map(|(name, target)| {
            (name.clone(), json!({ "backend": backend(target), "address": target.address }))
        })
        .collect();
    json!({
        "title": title, "hash": plan.hash, "params": plan.params, "targets": targets,
        "locks": plan.locks, "plan": preview,
    })
}

fn head(title: &str, plan: &Plan, look: Look) -> Vec<String> {
    let bold = Style::new().bold();
    let mut lines = vec![look.paint(bold, harmless_line(title)), format!("plan {}", short_hash(&plan.hash))];
    lines.extend(bound(plan));
    lines
}

/// What the plan is bound to: params, targets, locks.
fn bound(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let params = plan.params.iter().flat_map(|(name, value)| param_lines(name, value));
    push_part(&mut lines, "params", params);
    let targets = plan
        .targets
        .iter()
        .map(|(name, target)| format!("  {name} = {} {}", backend(target), harmless_line(&target.address)));
    push_part(&mut lines, "targets", targets);
    push_part(&mut lines, "locks", plan.locks.iter().map(|lock| format!("  {}", harmless_line(lock))));
    lines
}

/// The lines of a plan, without what follows from others of them.
pub(super) fn plan_lines(plan: &Plan, preview: &Preview) -> Vec<String> {
    let mut lines = bound(plan);
    for (at, stage) in preview.stages.iter().enumerate() {
        lines.push(format!("{} {}", at + 1, harmless_line(&stage.title)));
        push_inside(&mut lines, stage, Look::PLAIN);
    }
    lines
}

/// A list has a line for each of its values.
fn param_lines(name: &str, value: &Value) -> Vec<String> {
    let whole = show(value, LONGEST_PARAM);
    let items = value.try_iter().ok().filter(|_| value.kind() == ValueKind::Seq && whole.len() > SHORT_PARAM);
    let Some(items) = items else { return vec![format!("  {name} = {whole}")] };
    let mut lines = vec![format!("  {name} = [")];
    lines.extend(items.map(|item| format!("    {},", show(&item, LONGEST_PARAM))));
    lines.push("  ]".to_owned());
    lines
}

fn push_part(lines: &mut Vec<String>, name: &str, entries: impl Iterator<Item = String>) {
    let before = lines.len();
    lines.extend(entries.map(|entry| harmless(&entry).into_owned()));
    if lines.len() > before {
        lines.insert(before, name.to_owned());
    }
}

fn backend(target: &Target) -> &str {
    match &target.backend {
        BackendKind::Local => "local",
        BackendKind::Ssh => "ssh",
        BackendKind::Http => "http",
        BackendKind::Plugin(name) => name,
    }
}

fn push_stage(lines: &mut Vec<String>, number: usize, stage: &PlannedStage, look: Look) {
    let title = look.paint(Style::new().bold(), format_args!("{number} {}", harmless_line(&stage.title)));
    let longest = look.paint(DIM, at_most(stage.worst_case, stage.open_waits));
    lines.push(format!("{title}  {longest}"));
    push_inside(lines, stage, look);
}

fn push_inside(lines: &mut Vec<String>, stage: &PlannedStage, look: Look) {
    push_steps(lines, &stage.steps, 1, look);
    if !stage.undo.is_empty() {
        lines.push(format!("  {}", look.paint(DIM, "undo")));
        push_steps(lines, &stage.undo, 2, look);
    }
}

fn push_steps(lines: &mut Vec<String>, steps: &[PlannedStep], depth: usize, look: Look) {
    for step in steps {
        lines.push(format!("{}{}", "  ".repeat(depth), step_line(&step.kind, look)));
        if let PlannedKind::Request { guards, .. } = &step.kind {
            lines.extend(guards.iter().map(|guard| guard_line(guard, depth + 1, look)));
        }
        push_steps(lines, &step.steps, depth + 1, look);
    }
}

fn guard_line(guard: &PlannedGuard, depth: usize, look: Look) -> String {
    let text = format!("guard \"{}\": {}", guard.title, guard.because);
    format!("{}{}", "  ".repeat(depth), look.paint(WARN, harmless_line(&text)))
}

fn step_line(kind: &PlannedKind, look: Look) -> String {
    if let PlannedKind::Request { effect, target, address, request, .. } = kind {
        let word = look.paint(colour(*effect), format_args!("{:<5}", effect.word()));
        // A URL says where it leads; what follows `ssh` does not stand in its command.
        let told = address.is_empty() || request.contains(address.as_str());
        let place = if told { target.clone() } else { format!("{target} ({address})") };
        return format!("{word} on {} {}", harmless_line(&place), harmless_line(request));
    }
    let style = match kind {
        PlannedKind::Approve { .. } | PlannedKind::Manual { .. } => WARN.bold(),
        _ if is_frame(kind) => DIM,
        _ => Style::new(),
    };
    look.paint(style, harmless_line(&words(kind)))
}

/// Whether the line only says how the lines under it are taken.
fn is_frame(kind: &PlannedKind) -> bool {
    matches!(
        kind,
        PlannedKind::Together
            | PlannedKind::Branch { .. }
            | PlannedKind::Attempt
            | PlannedKind::Otherwise
            | PlannedKind::Always
            | PlannedKind::OnFailure
            | PlannedKind::DoneWhen
            | PlannedKind::Call { .. }
    )
}

fn words(kind: &PlannedKind) -> String {
    let also = |word: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!(", {word} {value}")).unwrap_or_default()
    };
    match kind {
        PlannedKind::Request { request, .. } => request.clone(),
        PlannedKind::Approve { text, by, within } => {
            let by = if by == "1" { String::new() } else { format!(", by {by}") };
            format!("approve \"{text}\"{by}{}", also("within", within))
        }
        PlannedKind::Manual { text } => format!("manual \"{text}\""),
        PlannedKind::Wait { title, within, every, stable } => {
            let stable = if stable == "1" { String::new() } else { format!(", stable {stable} times") };
            format!("wait until \"{title}\", within {within}, every {every}{stable}")
        }
        PlannedKind::Retry { times, every } => format!("retry {times} times, every {every}"),
        PlannedKind::Pause { length, reason } => format!("pause {length}{}", also("for:", reason)),
        PlannedKind::Loop { over, at_a_time, tolerating } => {
            let pace = if at_a_time == "1" { String::new() } else { format!(", {at_a_time} at a time") };
            format!("for each {over}{pace}{}", also("tolerating", tolerating))
        }
        PlannedKind::Pass { item } => item.clone(),
        PlannedKind::Together => "together".to_owned(),
        PlannedKind::Branch { condition: Some(condition) } => format!("if {condition}"),
        PlannedKind::Branch { condition: None } => "else".to_owned(),
        PlannedKind::Attempt => "attempt".to_owned(),
        PlannedKind::Otherwise => "otherwise".to_owned(),
        PlannedKind::Always => "always".to_owned(),
        PlannedKind::OnFailure => "on failure".to_owned(),
        PlannedKind::DoneWhen => "done when".to_owned(),
        PlannedKind::Call { action } => action.clone(),
        PlannedKind::Assert { condition } => format!("assert {condition}"),
        PlannedKind::Diagnose { condition, cause, .. } => format!("diagnose {condition}: {cause}"),
        PlannedKind::Note { text } => format!("note \"{text}\""),
        PlannedKind::Fail { text } => format!("fail \"{text}\""),
        PlannedKind::Item { title } => format!("item \"{title}\""),
    }
}

fn colour(effect: Effect) -> Style {
    match effect {
        Effect::Check => AnsiColor::Green.on_default(),
        Effect::Run => AnsiColor::Yellow.on_default(),
        Effect::Once => AnsiColor::Red.on_default().bold(),
    }
}

fn at_most(worst_case: Duration, open_waits: u64) -> String {
    let people = match open_waits {
        0 => String::new(),
        one_or_more => {
            let answers = plural(one_or_more as usize, "answer", "answers");
            format!(", and as long as {answers} of people take")
        }
    };
    format!("at most {}{people}", length(worst_case))
}

fn foot(preview: &Preview) -> String {
    let mut counts = [0_usize; 3];
    preview.stages.iter().for_each(|stage| count(&stage.steps, &mut counts));
    let effects = [(Effect::Check, "check"), (Effect::Run, "run"), (Effect::Once, "once")];
    let effects: Vec<_> =
        effects.iter().map(|(effect, word)| format!("{} {word}", counts[*effect as usize])).collect();
    format!("{}: {}", effects.join(", "), at_most(preview.worst_case, preview.open_waits))
}

fn count(steps: &[PlannedStep], counts: &mut [usize; 3]) {
    for step in steps {
        if let PlannedKind::Request { effect, .. } = &step.kind {
            counts[*effect as usize] += 1;
        }
        count(&step.steps, counts);
    }
}
