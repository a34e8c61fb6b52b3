//! The passes of one loop, a row each as long as there is room.

use std::collections::HashMap;
use std::time::Duration;

use super::activity::Activities;
use super::harmless::harmless_line;
use super::layout::{BAD, DIM, GOOD, Row, WARN, marks};
use super::look::Look;
use super::units::around;
use super::words::{kind, length, plural};
use crate::event::UnitResult;
use crate::ids::StepKey;

/// A loop that is under way.
#[derive(Debug)]
pub struct Passes {
    name: String,
    at_a_time: usize,
    total: usize,
    /// Those that have begun, in order.
    begun: Vec<Pass>,
    by_key: HashMap<StepKey, usize>,
    to_come: Vec<String>,
    /// The width of the widest item, so that what is said of each begins in one column.
    widest: usize,
}

/// Wider items do not push the others' texts aside.
const WIDEST: usize = 24;

#[derive(Debug)]
struct Pass {
    key: StepKey,
    item: String,
    began: Duration,
    end: Option<End>,
}

#[derive(Debug)]
enum End {
    Good(Duration),
    Bad(String),
    Skipped,
}

/// A loop with more passes than this shows only those under way and those that failed.
const ALL_SHOWN: usize = 12;

impl Passes {
    pub fn new(name: &str, items: &[String], at_a_time: usize) -> Self {
        let to_come: Vec<_> = items.iter().take(ALL_SHOWN + 1).map(|item| harmless_line(item)).collect();
        let (begun, by_key) = (Vec::new(), HashMap::new());
        let widths = items.iter().map(|item| console::measure_text_width(item));
        let widest = widths.max().unwrap_or(0).min(WIDEST);
        Self { name: harmless_line(name), at_a_time, total: items.len(), begun, by_key, to_come, widest }
    }

    /// `for each tenant: 5 passes, 3 at a time`
    pub fn title(&self) -> String {
        let pace = if self.at_a_time > 1 { format!(", {} at a time", self.at_a_time) } else { String::new() };
        format!("for each {}: {}{pace}", self.name, plural(self.total, "pass", "passes"))
    }

    pub fn begin(&mut self, key: &StepKey, item: &str, at: Duration) {
        self.by_key.insert(key.clone(), self.begun.len());
        let item = harmless_line(item);
        if let Some(place) = self.to_come.iter().position(|waiting| *waiting == item) {
            self.to_come.remove(place);
        }
        self.begun.push(Pass { key: key.clone(), item, began: at, end: None });
    }

    pub fn end(&mut self, key: &StepKey, result: &UnitResult, lasted: Duration) {
        let Some(pass) = self.by_key.get(key).and_then(|at| self.begun.get_mut(*at)) else { return };
        pass.end = Some(match result {
            UnitResult::Ok => End::Good(lasted),
            UnitResult::Failed { failure } => {
                End::Bad(format!("{}: {}", kind(failure.kind), harmless_line(&failure.title)))
            }
            UnitResult::Skipped => End::Skipped,
        });
    }

    /// Whether `key` is in one of these passes.
    pub fn holds(&self, key: &StepKey) -> bool {
        around(key).any(|outer| self.by_key.contains_key(outer))
    }

    /// A head, and the passes that there is room for: all of a short loop, else what matters now.
    pub fn rows(&self, activities: &Activities, now: Duration, room: usize, look: Look) -> Vec<Row> {
        let done = self.begun.iter().filter(|pass| pass.end.is_some()).count();
        let head = Row::new(DIM, "·", self.title()).right(format!("{done} of {}", self.total));
        let short = self.total <= ALL_SHOWN && self.total < room;
        let shown = self.begun.iter().filter(|pass| short || !matches!(pass.end, Some(End::Good(_))));
        let shown = shown.map(|pass| pass.row(self.widest, activities, now, look).deeper());
        let to_come = self.to_come.iter().filter(|_| short);
        let to_come = to_come.map(|item| Row::new(DIM, "·", item.clone()).deeper());
        std::iter::once(head).chain(shown).chain(to_come).take(room).collect()
    }
}

impl Pass {
    fn row(&self, widest: usize, activities: &Activities, now: Duration, look: Look) -> Row {
        let name = console::pad_str(&self.item, widest, console::Alignment::Left, None);
        match &self.end {
            Some(End::Good(lasted)) => Row::new(GOOD, "✓", self.item.clone()).right(length(*lasted)),
            Some(End::Bad(why)) => Row::new(BAD, "✗", format!("{name}  {why}")),
            Some(End::Skipped) => Row::new(DIM, "-", self.item.clone()),
            None => self.running(&name, activities, now, look),
        }
    }

    fn running(&self, name: &str, activities: &Activities, now: Duration, look: Look) -> Row {
        let spinner = marks(look).spinner(now);
        let mut under_way = activities.inside(&self.key);
        let Some(first) = under_way.next() else {
            return Row::new(WARN, spinner, self.item.clone()).right(length(now.saturating_sub(self.began)));
        };
        let more = under_way.count();
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        let text = format!("{name}  {}{more}", first.text());
        Row::new(WARN, spinner, text).right(first.time(now))
    }
}
