//! What was asked of a world: how often each expected request came.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexSet;

use super::asked::Asked;
use super::handlers::Matcher;
use crate::finding::{Finding, nearest};
use crate::syntax::ast::{ScenarioClause, ScenarioClauseKind};

/// So many different requests are remembered, to name the nearest.
const REMEMBERED: usize = 1_000;

/// How often the requests of one `expect … on` reached the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub times: u64,
    /// When the first came, since the rehearsal began, and what it was.
    pub first: Option<(Duration, String)>,
    /// What came that was most alike, when none was counted.
    pub nearest: Option<String>,
}

#[derive(Clone, Debug)]
struct Counter {
    matcher: Arc<Matcher>,
    counted: Counted,
}

/// A counter for each `expect … on` of a scenario, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    counters: Vec<Counter>,
    seen: IndexSet<String>,
}

impl Tally {
    pub(super) fn new(clauses: &[ScenarioClause]) -> Result<Self, Finding> {
        let mut counters = Vec::new();
        for clause in clauses {
            if let ScenarioClauseKind::ExpectRequests { place, request, .. } = &clause.kind {
                let matcher = Arc::new(Matcher::new(place, request)?);
                let counted = Counted { times: 0, first: None, nearest: None };
                counters.push(Counter { matcher, counted });
            }
        }
        Ok(Self { counters, seen: IndexSet::new() })
    }

    /// A request reached the other side; gives the counters that it counted for.
    pub(super) fn count(&mut self, asked: &Asked<'_>, now: Duration) -> Vec<usize> {
        if self.counters.is_empty() {
            return Vec::new();
        }
        if self.seen.len() < REMEMBERED {
            self.seen.insert(asked.handler());
        }
        let mut counting = Vec::new();
        for (at, counter) in self.counters.iter_mut().enumerate() {
            if counter.matcher.matches(asked).is_some() {
                counter.counted.add(asked, now);
                counting.push(at);
            }
        }
        counting
    }

    /// The same request came once more, for which these had counted.
    pub(super) fn count_again(&mut self, counting: &[usize]) {
        for at in counting {
            self.counters[*at].counted.times += 1;
        }
    }

    pub(super) fn counted(&self) -> Vec<Counted> {
        let with_nearest = |counter: &Counter| {
            let seen = self.seen.iter().map(String::as_str);
            let near = (counter.counted.times == 0).then(|| nearest(counter.matcher.text(), seen)).flatten();
            Counted { nearest: near.map(str::to_owned), ..counter.counted.clone() }
        };
        self.counters.iter().map(with_nearest).collect()
    }
}

impl Counted {
    fn add(&mut self, asked: &Asked<'_>, now: Duration) {
        self.times += 1;
        self.first.get_or_insert_with(|| (now, asked.text()));
    }
}
