//! What is under way at the moment: requests, waits, pauses, questions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::harmless::harmless_line;
use super::layout::{Row, WARN};
use super::passes::Passes;
use super::units::around;
use super::words::length;
use crate::ids::StepKey;

/// One of them.
#[derive(Clone, Debug)]
pub struct Activity {
    pub title: String,
    pub began: Duration,
    /// The longest it may last.
    within: Option<Duration>,
    /// The last line of output, or why it is not yet so.
    last: Option<String>,
    asks: Asks,
}

/// What was heard last is worth more room than what it is about.
const SHORT: usize = 44;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    Nobody,
    APerson,
}

impl Activity {
    /// A request.
    pub fn step(title: String, began: Duration) -> Self {
        Self { title, began, within: None, last: None, asks: Asks::Nobody }
    }

    /// A wait or pause that ends `within` a time.
    pub fn wait(title: String, within: Duration, began: Duration) -> Self {
        Self { within: Some(within), ..Self::step(title, began) }
    }

    /// A question to a person.
    pub fn asking(title: String, began: Duration) -> Self {
        Self { asks: Asks::APerson, ..Self::step(title, began) }
    }

    /// What it is, and the last that was heard of it.
    pub fn text(&self) -> String {
        let ask = if self.asks == Asks::APerson { "asking: " } else { "" };
        match &self.last {
            Some(last) => format!("{ask}{}: {last}", console::truncate_str(&self.title, SHORT, "…")),
            None => format!("{ask}{}", self.title),
        }
    }

    /// `2m10s of 40m00s`
    pub fn time(&self, now: Duration) -> String {
        let lasted = length(now.saturating_sub(self.began));
        self.within.map_or(lasted.clone(), |within| format!("{lasted} of {}", length(within)))
    }

    /// A row of its own.
    pub fn row(&self, now: Duration, spinner: &'static str) -> Row {
        let mark = if self.asks == Asks::APerson { "?" } else { spinner };
        Row::new(WARN, mark, self.text()).right(self.time(now))
    }
}

/// All that is under way, by key.
#[derive(Debug, Default)]
pub struct Activities(BTreeMap<StepKey, Activity>);

impl Activities {
    pub fn begin(&mut self, key: &StepKey, activity: Activity) {
        self.0.insert(key.clone(), activity);
    }

    pub fn end(&mut self, key: &StepKey) -> Option<Activity> {
        self.0.remove(key)
    }

    /// Ends all inside `key`: what was cut off has no end of its own.
    pub fn end_inside(&mut self, key: &StepKey) {
        self.0.retain(|inner, _| !is_inside(inner, key));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A line of output came.
    pub fn output(&mut self, key: &StepKey, line: &str) {
        if let Some(activity) = self.0.get_mut(key) {
            activity.last = Some(harmless_line(line)).filter(|line| !line.is_empty());
        }
    }

    /// A wait was tried: it passed so many times of those needed, or why not.
    pub fn polled(&mut self, key: &StepKey, (passed, needed): (u32, u32), reason: Option<&str>) {
        let Some(activity) = self.0.get_mut(key) else { return };
        activity.last = match reason {
            Some(reason) => Some(harmless_line(reason)),
            None if needed > 1 => Some(format!("held {passed} of {needed} times")),
            None => None,
        };
    }

    /// Those of the pass `key`.
    pub fn inside<'a>(&'a self, key: &'a StepKey) -> impl Iterator<Item = &'a Activity> {
        let after = self.0.range(key.clone()..);
        after
            .take_while(|(inner, _)| inner.0.starts_with(&*key.0))
            .filter(|(inner, _)| is_inside(inner, key))
            .map(|(_, activity)| activity)
    }

    /// Those that are in none of these loops.
    pub fn outside<'a>(
        &'a self,
        loops: impl Iterator<Item = &'a Passes> + Clone,
    ) -> impl Iterator<Item = &'a Activity> {
        let free = move |key: &StepKey| !loops.clone().any(|passes| passes.holds(key));
        self.0.iter().filter(move |(key, _)| free(key)).map(|(_, activity)| activity)
    }
}

fn is_inside(inner: &StepKey, outer: &StepKey) -> bool {
    around(inner).any(|key| *key == *outer.0)
}
