//! Lines that are longer than the author of `rutter.toml` wants them are broken after commas.
//!
//! In: what was printed, and where commas stand in it. Out: the same in lines that are short enough, where commas make that possible.
//! Must not know: what stands between the commas.

use std::ops::RangeInclusive;

use super::{Printer, STEP};

/// How many columns a line may have before it is broken after a comma; by default lines are as long as they were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Width(Option<u16>);

impl Width {
    /// What can be asked for.
    pub const BOUNDS: RangeInclusive<u16> = 40..=320;

    /// So many columns, if that is within the bounds.
    #[must_use]
    pub fn of(columns: u16) -> Option<Self> {
        Self::BOUNDS.contains(&columns).then_some(Self(Some(columns)))
    }

    fn is_less_than(self, columns: usize) -> bool {
        self.0.is_some_and(|width| usize::from(width) < columns)
    }
}

/// A blank after a comma, where the line may be broken.
pub(super) struct Fold {
    at: usize,
    depth: usize,
}

impl Printer<'_> {
    /// A blank, or a line break if the line gets too long.
    pub(super) fn fold(&mut self) {
        if self.width != Width::default() {
            self.folds.push(Fold { at: self.out.len(), depth: self.depth + 1 });
        }
        self.put(" ");
    }

    /// Whether the line that is being printed is too long, or would be with `more` columns.
    pub(super) fn is_too_long_with(&self, more: usize) -> bool {
        let line = self.out.rfind('\n').map_or(0, |newline| newline + 1);
        self.width.is_less_than(columns(&self.out[line..]) + more)
    }

    /// The same, where lines can be broken at all: not in a block that stands on one line.
    pub(super) fn is_broken_with(&self, more: usize) -> bool {
        self.inline == 0 && self.is_too_long_with(more)
    }

    /// Gives all whole lines since the last time their form: line ends are ours, long lines are broken.
    pub(super) fn settle(&mut self) {
        let folds = std::mem::take(&mut self.folds);
        if folds.is_empty() && !self.out[self.settled..].contains('\r') {
            self.settled = self.out.len();
            return;
        }
        let (tail, mut at) = (self.out.split_off(self.settled), self.settled);
        for line in tail.split_inclusive('\n') {
            let first = folds.partition_point(|fold| fold.at < at);
            let inside = folds[first..].iter().take_while(|fold| fold.at < at + line.len());
            let folds: Vec<_> = inside.map(|fold| Fold { at: fold.at - at, depth: fold.depth }).collect();
            self.out.push_str(&self.folded(line, &folds).replace("\r\n", "\n"));
            at += line.len();
        }
        self.settled = self.out.len();
    }

    /// The line, broken before each piece with which it would be too long.
    fn folded(&self, line: &str, folds: &[Fold]) -> String {
        let ends = folds.iter().map(|fold| fold.at).skip(1).chain([line.len()]);
        let mut out = line[..folds.first().map_or(line.len(), |fold| fold.at)].to_owned();
        let mut begins = 0;
        for (fold, end) in folds.iter().zip(ends) {
            let piece = &line[fold.at..end];
            if self.width.is_less_than(columns(&out[begins..]) + columns(piece.trim_end())) {
                out.push('\n');
                begins = out.len();
                out.push_str(&STEP.repeat(fold.depth));
                out.push_str(&piece[1..]);
            } else {
                out.push_str(piece);
            }
        }
        out
    }
}

fn columns(text: &str) -> usize {
    text.chars().count()
}
