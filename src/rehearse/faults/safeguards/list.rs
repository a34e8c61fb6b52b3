//! The safeguards of a runbook's own file, and what of its text each one is.

use super::spot::Spot;
use crate::ids::ModuleId;
use crate::rehearse::load::Rehearsal;
use crate::resolve::ResolvedRunbook;
use crate::resolve::visit::{Visit, walk_file, walk_item, walk_request, walk_statement};
use crate::source::Span;
use crate::syntax::ast::*;

/// By what a runbook is safe there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Means {
    /// `wait until`
    Wait,
    /// A call of a library's action that only looks.
    Look,
    /// `stable N times`
    Stable,
    /// `done when {…}`
    DoneWhen,
    /// `undo {…}`
    Undo,
    Guard,
    Invariant,
    Assert,
    Approve,
}

impl Means {
    /// Each of them.
    pub const ALL: [Means; 9] = [
        Means::Wait,
        Means::Look,
        Means::Stable,
        Means::DoneWhen,
        Means::Undo,
        Means::Guard,
        Means::Invariant,
        Means::Assert,
        Means::Approve,
    ];

    /// As it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Means::Wait => "wait",
            Means::Look => "look",
            Means::Stable => "stable",
            Means::DoneWhen => "done when",
            Means::Undo => "undo",
            Means::Guard => "guard",
            Means::Invariant => "invariant",
            Means::Assert => "assert",
            Means::Approve => "approve",
        }
    }

    /// Whether it is a statement, in whose place another one may stand.
    pub(super) fn is_statement(self) -> bool {
        match self {
            Means::Wait | Means::Look | Means::Assert | Means::Approve => true,
            Means::Stable | Means::DoneWhen | Means::Undo | Means::Guard | Means::Invariant => false,
        }
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Safeguard {
    /// What it is called.
    pub spot: Spot,
    /// All that is taken out with it.
    pub span: Span,
    /// The file, as it was read.
    pub file: String,
    /// Its first line.
    pub text: String,
    /// The title of the stage or checklist that it is in.
    pub stage: Option<String>,
}

/// Every safeguard, in the order of the file.
pub(super) fn safeguards(rehearsal: &Rehearsal) -> Vec<Safeguard> {
    let runbook = &rehearsal.world.runbook;
    let file = &runbook.root().file;
    let mut walk =
        Walk { runbook, text: &rehearsal.sources.get(file.id).text, stage: None, found: Vec::new() };
    walk_file(&mut walk, file);
    let mut found = walk.found;
    found.sort_by_key(|one| one.shown);
    let mut safeguards: Vec<Safeguard> = Vec::with_capacity(found.len());
    for one in found {
        let mut safeguard = one.safeguard(rehearsal);
        let Spot { means, line, .. } = safeguard.spot;
        let before = |other: &&Safeguard| (other.spot.means, other.spot.line) == (means, line);
        safeguard.spot.number += safeguards.iter().filter(before).count() as u32;
        safeguards.push(safeguard);
    }
    safeguards
}

/// What was found, and where it begins to be shown.
struct Found {
    means: Means,
    span: Span,
    shown: Span,
    stage: Option<String>,
}

impl Found {
    fn safeguard(self, rehearsal: &Rehearsal) -> Safeguard {
        let Self { means, span, shown, stage } = self;
        let source = rehearsal.sources.get(span.file);
        let line = source.line_column(shown.start as usize).line;
        let text = rehearsal.sources.slice(shown).lines().next().unwrap_or_default().trim().to_owned();
        let (spot, file) = (Spot { means, line, number: 1 }, source.path.display().to_string());
        Safeguard { spot, span, file, text, stage }
    }
}

struct Walk<'a> {
    runbook: &'a ResolvedRunbook,
    text: &'a str,
    stage: Option<String>,
    found: Vec<Found>,
}

impl Walk<'_> {
    fn add(&mut self, means: Means, span: Span) {
        self.found.push(Found { means, span, shown: span, stage: self.stage.clone() });
    }

    /// A clause goes with the comma that parts it from the others.
    fn add_clause(&mut self, means: Means, clause: Span) {
        let span = with_comma(self.text, clause);
        self.found.push(Found { means, span, shown: clause, stage: self.stage.clone() });
    }

    /// Only looks, and nothing is made of it.
    fn only_looks(&self, call: &Call) -> bool {
        let of_library = call.path.names.len() == 2;
        let action = self.runbook.action(ModuleId(0), &call.path);
        of_library && action.is_some_and(|(_, action)| action.effect == Some(Effect::Check))
    }
}

impl<'a> Visit<'a> for Walk<'_> {
    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::Guard(_) => self.add(Means::Guard, item.span),
            ItemKind::Invariant(_) => self.add(Means::Invariant, item.span),
            ItemKind::Stage(stage) => {
                self.stage = stage.title.as_literal();
                if let Some(undo) = &stage.undo {
                    self.add(Means::Undo, undo.keyword.to(undo.body.span));
                }
            }
            ItemKind::Checklist(checklist) => self.stage = checklist.title.as_literal(),
            ItemKind::About(_)
            | ItemKind::Use(_)
            | ItemKind::Param(_)
            | ItemKind::Secret(_)
            | ItemKind::Let(_)
            | ItemKind::Target(_)
            | ItemKind::Lock(_)
            | ItemKind::Action(_)
            | ItemKind::Commands(_)
            | ItemKind::Rehearses(_)
            | ItemKind::State(_)
            | ItemKind::Handler(_)
            | ItemKind::Always(_)
            | ItemKind::Scenario(_) => {}
        }
        walk_item(self, item);
        self.stage = None;
    }

    fn statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Wait(wait) => {
                self.add(Means::Wait, statement.span);
                let clause = wait.stable.as_ref().and_then(|times| stable(self.text, times.span));
                if let Some(clause) = clause {
                    self.add_clause(Means::Stable, clause);
                }
            }
            StatementKind::Call(call) if self.only_looks(call) => self.add(Means::Look, statement.span),
            StatementKind::Assert(_) => self.add(Means::Assert, statement.span),
            StatementKind::Approve(_) => self.add(Means::Approve, statement.span),
            StatementKind::Let(_)
            | StatementKind::Target(_)
            | StatementKind::Request(_)
            | StatementKind::Call(_)
            | StatementKind::Retry(_)
            | StatementKind::Pause(_)
            | StatementKind::ForEach(_)
            | StatementKind::Together(_)
            | StatementKind::If(_)
            | StatementKind::Attempt(_)
            | StatementKind::Manual(_)
            | StatementKind::Diagnose(_)
            | StatementKind::Note(_)
            | StatementKind::Fail(_)
            | StatementKind::Return(_)
            | StatementKind::Set(_)
            | StatementKind::After(_)
            | StatementKind::Reply(_) => {}
        }
        walk_statement(self, statement);
    }

    fn request(&mut self, request: &'a Request) {
        for clause in &request.clauses {
            if matches!(clause.kind, ClauseKind::DoneWhen(_)) {
                self.add_clause(Means::DoneWhen, clause.span);
            }
        }
        walk_request(self, request);
    }
}

/// The whole of `stable N times` around its number.
fn stable(text: &str, times: Span) -> Option<Span> {
    let before = text.get(..times.start as usize)?.trim_end().strip_suffix("stable")?;
    let after = text.get(times.end as usize..)?;
    let word = after.trim_start();
    let gap = after.len() - word.len();
    let word = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
    Some(Span::new(times.file, before.len(), times.end as usize + gap + word))
}

/// The clause, and the comma before it, or else the one after it.
fn with_comma(text: &str, clause: Span) -> Span {
    let (before, after) = (&text[..clause.start as usize], &text[clause.end as usize..]);
    let leading = before.trim_end().strip_suffix(',').map(str::len);
    let trailing = after.trim_start().strip_prefix(',').map(|rest| text.len() - rest.len());
    match (leading, trailing) {
        (Some(start), _) => Span::new(clause.file, start, clause.end as usize),
        (None, Some(end)) => Span::new(clause.file, clause.start as usize, end),
        (None, None) => clause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn a_clause_goes_with_its_comma() {
        let text = "wait until \"it runs\", within 2m, stable 3 times {";
        let at = text.find('3').unwrap_or_default();
        let clause = stable(text, Span::new(FileId(0), at, at + 1)).unwrap_or_default();
        assert_eq!(&text[clause.range()], "stable 3 times");
        assert_eq!(&text[with_comma(text, clause).range()], ", stable 3 times");
    }

    #[test]
    fn the_first_clause_goes_with_the_comma_after_it() {
        let text = "wait until stable 3 times, within 2m {";
        let clause = Span::new(FileId(0), 11, 25);
        assert_eq!(&text[with_comma(text, clause).range()], "stable 3 times,");
    }
}
