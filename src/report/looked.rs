//! What was looked at in a run beside its steps: rows of diagnoses, items of checklists, what was done by hand, and what
//! guards and invariants said.

use std::collections::HashMap;

use anstyle::{AnsiColor, Style};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Value, json};

use super::harmless::{harmless, harmless_line};
use super::layout::{BAD, DIM, GOOD, WARN};
use super::look::{Frames, Look};
use super::units::Units;
use super::words::{failure_of, kind, seen, stamp, streak};
use crate::event::{Actor, Event, EventKind, UnitResult, Values};
use crate::ids::StepKey;

/// Gathers it from events, those of earlier parts of the run among them; what is looked at again counts as it is seen
/// then.
#[derive(Debug, Default)]
pub struct Looked {
    units: Units,
    rows: IndexMap<StepKey, Row>,
    asked: HashMap<StepKey, (String, String)>,
    overridden: IndexSet<(String, Actor, String)>,
    broken: IndexMap<String, Broken>,
}

/// One of them, in the pass of a loop that it was seen in.
#[derive(Clone, Debug)]
struct Row {
    place: Vec<String>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Diagnosis {
        applies: bool,
        condition: String,
        cause: String,
        fix: String,
        values: Values,
        untold: Option<String>,
    },
    Item {
        title: String,
        result: UnitResult,
        values: Values,
        by: Option<Actor>,
    },
    ByHand {
        text: String,
        by: Option<Actor>,
    },
    Guard {
        guard: String,
        request: String,
        because: String,
        reason: String,
        values: Values,
    },
}

#[derive(Clone, Debug)]
struct Broken {
    reason: String,
    failures: u32,
    since: std::time::Duration,
    values: Values,
}

impl Looked {
    /// What these events tell, the first of a run first.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        let mut looked = Self::default();
        events.iter().for_each(|event| looked.event(event));
        looked
    }

    /// Takes an event in.
    pub fn event(&mut self, event: &Event) {
        self.units.begin(event);
        if let Some((key, what)) = self.what(&event.kind) {
            let place = self.units.items(key).into_iter().map(str::to_owned).collect();
            self.rows.insert(key.clone(), Row { place, what });
        }
        self.of_the_run(&event.kind);
        self.units.end(event);
    }

    fn what<'e>(&mut self, kind: &'e EventKind) -> Option<(&'e StepKey, What)> {
        if let EventKind::Diagnosed { key, applies, condition, cause, fix, values, untold, .. } = kind {
            let (condition, cause, fix) = (condition.clone(), cause.clone(), fix.clone());
            let (values, untold) = (values.clone(), untold.clone());
            return Some((key, What::Diagnosis { applies: *applies, condition, cause, fix, values, untold }));
        }
        if let EventKind::ItemChecked { key, title, result, values, by } = kind {
            let (title, result) = (title.clone(), result.clone());
            return Some((key, What::Item { title, result, values: values.clone(), by: by.clone() }));
        }
        if let EventKind::ManualAsked { key, text } = kind {
            return Some((key, What::ByHand { text: text.clone(), by: None }));
        }
        if let EventKind::ManualDone { key, by } = kind
            && let Some(Row { what: What::ByHand { text, .. }, .. }) = self.rows.get(key)
        {
            return Some((key, What::ByHand { text: text.clone(), by: Some(by.clone()) }));
        }
        if let EventKind::GuardAsked { key, request, because, .. } = kind {
            self.asked.insert(key.clone(), (request.to_string(), because.clone()));
        }
        if let EventKind::GuardAnswered { key, guard, denied: true, reason, values } = kind {
            let (request, because) = self.asked.remove(key).unwrap_or_default();
            let (guard, reason, values) = (guard.clone(), reason.clone(), values.clone());
            return Some((key, What::Guard { guard, request, because, reason, values }));
        }
        None
    }

    fn of_the_run(&mut self, kind: &EventKind) {
        if let EventKind::GuardOverridden { guard, by, reason } = kind {
            self.overridden.insert((guard.clone(), by.clone(), reason.clone()));
        } else if let EventKind::InvariantBroken { title, reason, failures, since, values } = kind {
            let (reason, values) = (reason.clone(), values.clone());
            let broken = Broken { reason, failures: *failures, since: *since, values };
            self.broken.insert(title.clone(), broken);
        }
    }

    /// The causes that were found, each with its fix.
    #[must_use]
    pub fn causes(&self, look: Look) -> String {
        let label = |word| look.paint(AnsiColor::Yellow.on_default().bold(), word);
        let found = self.rows.values().filter_map(|row| match &row.what {
            What::Diagnosis { applies: true, untold: None, cause, fix, .. } => Some((cause, fix)),
            _ => None,
        });
        let found: IndexSet<_> = found.collect();
        let told = found.into_iter().map(|(cause, fix)| {
            let (cause, fix) = (harmless(cause), harmless(fix));
            format!("{} {cause}\n{} {fix}\n\n", label("cause:"), label("  fix:"))
        });
        told.collect()
    }

    /// Every row, under a heading for each kind.
    #[must_use]
    pub fn text(&self, look: Look) -> String {
        let of = |wanted: fn(&What) -> bool| -> Vec<String> {
            self.rows.values().filter(|row| wanted(&row.what)).map(|row| row.text(look)).collect()
        };
        let mut guards: Vec<_> = self.overridden.iter().map(|said| overridden(said, look)).collect();
        guards.extend(of(|what| matches!(what, What::Guard { .. })));
        let broken = self.broken.iter().map(|(title, broken)| broken.text(title, look));
        [
            ("Guards", guards),
            ("Invariants", broken.collect()),
            ("Looked for", of(|what| matches!(what, What::Diagnosis { .. }))),
            ("Checked", of(|what| matches!(what, What::Item { .. }))),
            ("By hand", of(|what| matches!(what, What::ByHand { .. }))),
        ]
        .into_iter()
        .map(|(heading, rows)| section(heading, rows))
        .collect()
    }

    /// For programs, as fields of what is told of a run.
    #[must_use]
    pub fn json(&self) -> Vec<(&'static str, Value)> {
        let of = |wanted: fn(&What) -> bool| -> Value {
            let rows = self.rows.iter().filter(|(_, row)| wanted(&row.what));
            rows.map(|(key, row)| row.json(key)).collect()
        };
        let overridden = self.overridden.iter();
        let overridden =
            overridden.map(|(guard, by, reason)| json!({ "guard": guard, "by": by, "reason": reason }));
        let broken = self.broken.iter().map(|(title, broken)| broken.json(title));
        vec![
            ("overridden", overridden.collect()),
            ("denied", of(|what| matches!(what, What::Guard { .. }))),
            ("broken_invariants", broken.collect()),
            ("diagnoses", of(|what| matches!(what, What::Diagnosis { .. }))),
            ("checked", of(|what| matches!(what, What::Item { .. }))),
            ("by_hand", of(|what| matches!(what, What::ByHand { .. }))),
        ]
    }
}

fn section(heading: &str, rows: Vec<String>) -> String {
    let rows: IndexSet<String> = rows.into_iter().collect();
    if rows.is_empty() {
        String::new()
    } else {
        format!("{heading}\n{}", rows.into_iter().collect::<String>())
    }
}

/// `  ✓ text`
fn row(style: Style, marks: (&str, &str), text: &str, look: Look) -> String {
    let mark = match look.frames {
        Frames::Unicode => marks.0,
        Frames::Ascii => marks.1,
    };
    format!("  {} {}\n", look.paint(style, mark), harmless_line(text))
}

const YES: (&str, &str) = ("✓", "ok");
const NO: (&str, &str) = ("✗", "FAILED");
const OPEN: (&str, &str) = ("?", "?");

fn overridden((guard, by, reason): &(String, Actor, String), look: Look) -> String {
    row(WARN, ("!", "!"), &format!("\"{guard}\" overridden by {by}: {reason}"), look)
}

impl Row {
    fn tag(&self) -> String {
        if self.place.is_empty() { String::new() } else { format!("[{}] ", self.place.join(" › ")) }
    }

    fn text(&self, look: Look) -> String {
        let tag = self.tag();
        match &self.what {
            What::Diagnosis { condition, untold: Some(why), .. } => {
                row(WARN, OPEN, &format!("{tag}{condition}: can't be told: {why}"), look)
            }
            What::Diagnosis { applies: true, condition, values, .. } => {
                row(WARN, ("→", "->"), &format!("{tag}{condition}{}", seen(values)), look)
            }
            What::Diagnosis { condition, values, .. } => {
                row(DIM, ("·", "-"), &format!("{tag}not so: {condition}{}", seen(values)), look)
            }
            What::Item { title, result, values, by } => item(&tag, title, result, values, by.as_ref(), look),
            What::ByHand { text, by: Some(by) } => {
                row(GOOD, YES, &format!("{tag}{text} (done by {by})"), look)
            }
            What::ByHand { text, by: None } => row(DIM, OPEN, &format!("{tag}{text} (not done)"), look),
            What::Guard { guard, request, because, reason, values } => {
                let about = if because.is_empty() { request } else { because };
                row(BAD, NO, &format!("{tag}\"{guard}\": {about}: {reason}{}", seen(values)), look)
            }
        }
    }

    fn json(&self, key: &StepKey) -> Value {
        let mut fields = match &self.what {
            What::Diagnosis { applies, condition, cause, fix, values, untold } => json!({
                "condition": condition, "applies": applies, "cause": cause, "fix": fix,
                "values": values_json(values), "untold": untold,
            }),
            What::Item { title, result, values, by } => json!({
                "title": title, "result": result, "values": values_json(values), "by": by,
            }),
            What::ByHand { text, by } => json!({ "text": text, "by": by }),
            What::Guard { guard, request, because, reason, values } => json!({
                "guard": guard, "request": request, "because": because, "reason": reason,
                "values": values_json(values),
            }),
        };
        fields["step"] = json!(key);
        fields["in"] = json!(self.place);
        fields
    }
}

fn item(
    tag: &str,
    title: &str,
    result: &UnitResult,
    values: &Values,
    by: Option<&Actor>,
    look: Look,
) -> String {
    let by = by.map(|by| format!(" (done by {by})")).unwrap_or_default();
    match (result, failure_of(result)) {
        (_, Some(failure)) => {
            let why = format!("{}: {}", kind(failure.kind), failure.title);
            row(BAD, NO, &format!("{tag}{title}: {why}{}", seen(values)), look)
        }
        (UnitResult::Ok, None) => row(GOOD, YES, &format!("{tag}{title}{by}{}", seen(values)), look),
        (UnitResult::Skipped | UnitResult::Failed { .. }, None) => {
            row(DIM, OPEN, &format!("{tag}{title} (not looked at)"), look)
        }
    }
}

impl Broken {
    fn text(&self, title: &str, look: Look) -> String {
        let streak = streak(self.failures, self.since, &self.values);
        row(BAD, NO, &format!("\"{title}\" was broken: {}{streak}", self.reason), look)
    }

    fn json(&self, title: &str) -> Value {
        json!({
            "title": title, "reason": self.reason, "failures": self.failures, "since": stamp(self.since),
            "values": values_json(&self.values),
        })
    }
}

fn values_json(values: &Values) -> Value {
    values.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<serde_json::Map<_, _>>().into()
}
