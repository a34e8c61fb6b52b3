//! What became of faults, a line a statement.

use std::fmt::Write as _;

use crate::rehearse::faults::{Counts, Fate, Kind, Row, Tally, Where};
use crate::report::harmless::harmless_line;
use crate::report::layout::{BAD, DIM, WARN, fit};
use crate::report::look::Look;
use crate::report::words::{grouped, plural};
use crate::source::Sources;

use super::at_short;

/// How wide the column of a fate is.
const COLUMN: usize = 8;
/// How far in a statement stands.
const INDENT: usize = 7;

/// The statements at which some fault did not just come through, and a line for all.
pub(super) fn table(tally: &Tally, sources: &Sources, look: Look) -> String {
    let (told, fine): (Vec<&Row>, Vec<&Row>) = tally.rows.iter().partition(|row| is_told(row));
    let mut text = String::new();
    let mut stage = None;
    for row in &told {
        if stage.replace(row.place.stage) != Some(row.place.stage) {
            let head = fit(&part(&row.place), label_width(look));
            let _ = writeln!(text, "     {}{}", padded(&head, look), look.paint(DIM, heads()));
        }
        line(row, sources, look, &mut text);
    }
    if !told.is_empty() {
        if !fine.is_empty() {
            let fine = plural(fine.len(), "other statement", "other statements");
            let all = format!("  {fine}: through or resumed, whatever struck");
            let _ = writeln!(text, "     {}", look.paint(DIM, fit(&all, look.width.saturating_sub(5))));
        }
        let _ = writeln!(text, "     {}{}", padded("all statements", look), counts(&tally.counts(), look));
    }
    text
}

/// That a run must be resumed after its runner died says nothing of the statement.
fn is_told(row: &Row) -> bool {
    row.counts().worst().is_some_and(|worst| worst > Fate::Resumed)
}

/// `stage 1 "Restart"`; what goes on beside the stages has no number.
pub(super) fn part(place: &Where) -> String {
    match place.stage {
        0 => harmless_line(&place.title),
        number => harmless_line(&format!("{number}. {}", place.title)),
    }
}

/// `restart.runbook:8 run $ systemctl restart web`
pub(super) fn statement(place: &Where, sources: &Sources) -> String {
    let at = place.span.map(|span| format!("{} ", at_short(span, sources))).unwrap_or_default();
    let effect = place.effect.map_or("asks", crate::value::Effect::word);
    harmless_line(&format!("{at}{effect} {}", place.text))
}

fn line(row: &Row, sources: &Sources, look: Look, text: &mut String) {
    let label = fit(&format!("  {}", statement(&row.place, sources)), label_width(look));
    let _ = writeln!(text, "     {}{}", padded(&label, look), counts(&row.counts(), look));
    let worse = Fate::ALL.into_iter().rev().filter(|fate| *fate > Fate::Resumed);
    for fate in worse {
        let kinds: Vec<_> = row.kinds_with(fate).map(kind).collect();
        if kinds.is_empty() {
            continue;
        }
        let said = format!("{}: {}", fate.word(), kinds.join(", "));
        let indent = " ".repeat(INDENT + 2);
        let options = textwrap::Options::new(look.width)
            .initial_indent(&indent)
            .subsequent_indent(&indent)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&said, options) {
            let _ = writeln!(text, "{}", look.paint(DIM, line));
        }
    }
}

fn kind((kind, count): (Kind, usize)) -> String {
    if count == 1 { kind.word().to_owned() } else { format!("{} ({count})", kind.word()) }
}

fn label_width(look: Look) -> usize {
    look.width.saturating_sub(5 + Fate::ALL.len() * COLUMN).max(24)
}

fn padded(label: &str, look: Look) -> String {
    let gap = label_width(look).saturating_sub(console::measure_text_width(label));
    format!("{label}{:gap$}", "")
}

fn heads() -> String {
    Fate::ALL.map(|fate| format!("{:>COLUMN$}", fate.word())).concat()
}

fn counts(counts: &Counts, look: Look) -> String {
    let count = |fate| {
        let text = match counts.of(fate) {
            0 => "-".to_owned(),
            count => grouped(count),
        };
        let text = format!("{text:>COLUMN$}");
        match fate {
            _ if counts.of(fate) == 0 => look.paint(DIM, text),
            Fate::Harm => look.paint(BAD.bold(), text),
            Fate::Stopped | Fate::Settled => look.paint(WARN, text),
            Fate::CameThrough | Fate::Resumed | Fate::Undone => text,
        }
    };
    Fate::ALL.map(count).concat()
}
