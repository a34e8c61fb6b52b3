//! What became of many schedules: by statement and kind of fault, and how many were explored of how many.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::kind::Kind;
use super::points::Where;
use super::sweep::{Extent, ScenarioSweep};
use super::verdict::{End, Verdict};
use crate::source::Span;

/// What became of a schedule, beside the same scenario without a fault; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// It ended as it does without the fault, and nobody had to do anything.
    CameThrough,
    /// So it did when it was resumed.
    Resumed,
    /// So it did after a person had said what became of a step in doubt.
    Settled,
    /// What had begun was taken back.
    Undone,
    /// It stopped, and what goes on is for a person to say.
    Stopped,
    /// Something happened that must not.
    Harm,
}

impl Fate {
    /// Each of them, the best first.
    pub const ALL: [Fate; 6] =
        [Fate::CameThrough, Fate::Resumed, Fate::Settled, Fate::Undone, Fate::Stopped, Fate::Harm];

    /// Its name in the head of a column.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fate::CameThrough => "through",
            Fate::Resumed => "resumed",
            Fate::Settled => "settled",
            Fate::Undone => "undone",
            Fate::Stopped => "stopped",
            Fate::Harm => "harm",
        }
    }

    /// What it means, after a number of schedules.
    #[must_use]
    pub fn tells(self) -> &'static str {
        match self {
            Fate::CameThrough => "came through by themselves",
            Fate::Resumed => "when resumed",
            Fate::Settled => "after a person settled a doubt",
            Fate::Undone => "taken back",
            Fate::Stopped => "stopped for a person",
            Fate::Harm => "did harm",
        }
    }
}

/// How many schedules had each fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; Fate::ALL.len()]);

impl Counts {
    #[must_use]
    pub fn of(&self, fate: Fate) -> usize {
        self.0[fate as usize]
    }

    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// The worst that happened; nothing when nothing was played.
    #[must_use]
    pub fn worst(&self) -> Option<Fate> {
        Fate::ALL.into_iter().rev().find(|fate| self.of(*fate) > 0)
    }

    fn count(&mut self, fate: Fate) {
        self.0[fate as usize] += 1;
    }

    fn add(&mut self, other: &Counts) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum += more);
    }
}

/// What became of the faults at one statement. A schedule of several faults counts where its first one strikes.
#[derive(Clone, Debug)]
pub struct Row {
    pub place: Where,
    pub kinds: BTreeMap<Kind, Counts>,
}

impl Row {
    /// Of all kinds of fault.
    #[must_use]
    pub fn counts(&self) -> Counts {
        sum(self.kinds.values())
    }

    /// The kinds of fault of which some had this fate, and how many had.
    pub fn kinds_with(&self, fate: Fate) -> impl Iterator<Item = (Kind, usize)> + '_ {
        let counts = self.kinds.iter().map(move |(kind, counts)| (*kind, counts.of(fate)));
        counts.filter(|(_, count)| *count > 0)
    }
}

/// What became of every fault of a scenario, statement by statement.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// In the order in which the run comes by; what goes on beside the stages last.
    pub rows: Vec<Row>,
}

impl Tally {
    /// Of all statements.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let counts: Vec<_> = self.rows.iter().map(Row::counts).collect();
        sum(&counts)
    }

    /// Every kind of fault that was tried somewhere.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        let tried = |kind: &Kind| self.rows.iter().any(|row| row.kinds.contains_key(kind));
        Kind::ALL.into_iter().filter(tried).collect()
    }
}

fn sum<'c>(counts: impl IntoIterator<Item = &'c Counts>) -> Counts {
    let mut sum = Counts::default();
    counts.into_iter().for_each(|counts| sum.add(counts));
    sum
}

/// The same statement in the same stage; a question is told by its text.
type Statement<'s> = (usize, &'s str, Option<Span>, &'s str);

fn statement(place: &Where) -> Statement<'_> {
    let text = if place.span.is_some() { "" } else { place.text.as_str() };
    (place.stage, &place.title, place.span, text)
}

impl ScenarioSweep {
    /// What became of a schedule of this scenario.
    #[must_use]
    pub fn fate(&self, verdict: &Verdict) -> Fate {
        let (end, lives) =
            self.without.as_ref().map_or((End::Succeeded, 1), |without| (without.end, without.lives));
        match verdict.end {
            _ if !verdict.harms.is_empty() => Fate::Harm,
            End::Undone if end != End::Undone => Fate::Undone,
            End::Stopped if end != End::Stopped => Fate::Stopped,
            _ if !verdict.settled.is_empty() => Fate::Settled,
            _ if verdict.lives > lives => Fate::Resumed,
            _ => Fate::CameThrough,
        }
    }

    /// What became of every fault, by statement and kind.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut rows: IndexMap<Statement<'_>, Row> = IndexMap::new();
        for (place, verdict) in &self.schedules {
            let Some(first) = verdict.schedule.0.first() else { continue };
            let new = || Row { place: place.clone(), kinds: BTreeMap::new() };
            let row = rows.entry(statement(place)).or_insert_with(new);
            row.kinds.entry(first.kind).or_default().count(self.fate(verdict));
        }
        let mut rows: Vec<_> = rows.into_values().collect();
        rows.sort_by_key(|row| if row.place.stage == 0 { usize::MAX } else { row.place.stage });
        Tally { rows }
    }

    /// How many schedules were played of how many.
    #[must_use]
    pub fn explored(&self, extent: &Extent) -> Explored {
        let (listed, drawn) = self.schedules.split_at(self.schedules.len().saturating_sub(self.drawn));
        let of_length =
            |length| listed.iter().filter(|(_, verdict)| verdict.schedule.0.len() == length).count();
        let samples = extent.samples.map(|(_, samples)| Part { played: drawn.len(), of: samples });
        let pairs = self.pairs.map(|of| Part { played: of_length(2), of });
        Explored {
            singles: Part { played: of_length(1), of: self.standing },
            total: self.total,
            pairs,
            samples,
        }
    }
}

/// How many of so many were played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub played: usize,
    pub of: usize,
}

impl Part {
    /// How many were not.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.of.saturating_sub(self.played)
    }
}

/// How much of a scenario was explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explored {
    /// The single faults that stand for all.
    pub singles: Part,
    /// All single faults, with those for which others stand.
    pub total: usize,
    /// Within the bound. Of single faults that were left out it is not known how many pairs they begin.
    pub pairs: Option<Part>,
    pub samples: Option<Part>,
}

impl Explored {
    /// Whether all was played that was to be.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let parts = [Some(self.singles), self.pairs, self.samples];
        parts.into_iter().flatten().all(|part| part.left_out() == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts() {
        let mut counts = Counts::default();
        assert_eq!(counts.worst(), None);
        for fate in [Fate::Stopped, Fate::CameThrough, Fate::CameThrough] {
            counts.count(fate);
        }
        assert_eq!((counts.worst(), counts.total()), (Some(Fate::Stopped), 3));
        assert_eq!(counts.of(Fate::CameThrough), 2);
    }
}
