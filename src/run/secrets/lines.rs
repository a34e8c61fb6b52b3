//! Lines of output on their way to the screen, without the secrets in them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Hider, SHORTEST_HIDDEN, Secrets};
use crate::ids::StepKey;

/// The lines of the steps under way. One that ends with what may be the first part of a secret waits for the
/// next, or for the end of its step.
pub(in crate::run) struct Lines {
    secrets: Secrets,
    under_way: Mutex<HashMap<StepKey, Line>>,
}

struct Line {
    hider: Hider,
    text: Vec<u8>,
}

impl Lines {
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets, under_way: Mutex::default() }
    }

    /// Takes in the next line of a step; gives those that can be shown.
    pub fn push(&self, key: &StepKey, line: &str) -> Vec<String> {
        if self.secrets.is_empty() {
            return vec![line.to_owned()];
        }
        let mut under_way = self.under_way();
        let fresh = || Line { hider: self.secrets.hider(), text: Vec::new() };
        let Line { hider, text } = under_way.entry(key.clone()).or_insert_with(fresh);
        hider.push(line.as_bytes(), text);
        hider.push(b"\n", text);
        hider.let_go(SHORTEST_HIDDEN, text);
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        String::from_utf8_lossy(&text.drain(..whole).collect::<Vec<_>>()).lines().map(str::to_owned).collect()
    }

    /// The step is over: what has waited.
    pub fn end(&self, step: &StepKey) -> Vec<(StepKey, String)> {
        let is_rest = |rest: &str| step.0.is_empty() || rest.is_empty() || rest.starts_with('/');
        let of_step = |key: &StepKey| key.0.strip_prefix(&*step.0).is_some_and(is_rest);
        let ended: Vec<_> = self.under_way().extract_if(|key, _| of_step(key)).collect();
        let rest = |(key, Line { mut hider, mut text }): (StepKey, Line)| {
            hider.finish(&mut text);
            let lines = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect::<Vec<_>>();
            lines.into_iter().map(move |line| (key.clone(), line)).collect::<Vec<_>>()
        };
        ended.into_iter().flat_map(rest).collect()
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<StepKey, Line>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::SecretString;

    fn lines() -> Lines {
        Lines::new([("token", SecretString::new("correct-horse-battery"))].into_iter().collect())
    }

    #[test]
    fn a_secret_on_two_lines_is_hidden_on_both() {
        let (lines, key) = (lines(), StepKey("a".into()));
        assert_eq!(lines.push(&key, "one"), ["one"]);
        assert_eq!(lines.push(&key, "it is correct-h"), [""; 0]);
        assert_eq!(lines.push(&key, "orse-battery, is it"), ["it is •••, is it"]);
        assert_eq!(lines.push(&key, "the whole correct-horse-battery"), ["the whole •••"]);
        assert_eq!(lines.push(&key, "a c"), ["a c"], "less than four characters may be seen");
        assert_eq!(lines.push(&key, "orrect-horse-battery"), ["•••"]);
        assert!(lines.end(&key).is_empty());
    }

    #[test]
    fn what_waits_is_shown_at_the_end_of_its_step() {
        let (lines, step) = (lines(), StepKey("a".into()));
        let of_try = step.child("try:2");
        assert_eq!(lines.push(&of_try, "it is correct"), [""; 0]);
        assert_eq!(lines.push(&StepKey("ab".into()), "it is correct"), [""; 0]);
        assert_eq!(lines.end(&step), [(of_try, "it is correct".to_owned())]);
    }
}
