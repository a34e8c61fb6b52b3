//! Columns that the author aligned over neighbouring lines stay aligned.

use crate::syntax::ast::{Field, Item, ItemKind, Name, Statement, StatementKind};

/// Where a line may have padding: after `param name:`, before the `=` of `secret name =`.
#[derive(Clone, Copy)]
pub(super) struct Anchor {
    /// How long the text before the padding is, as printed.
    head: usize,
    line: usize,
    /// Where what stands on the line ends.
    last: usize,
    column: usize,
    padded: bool,
}

/// The blanks to print at each anchor. Neighbouring lines whose anchors stand in one column, at
/// least one of them padded, are a group; all others have one blank.
pub(super) fn paddings(anchors: &[Option<Anchor>]) -> Vec<usize> {
    let mut blanks = vec![1; anchors.len()];
    let mut start = 0;
    while start < anchors.len() {
        let end = group_end(anchors, start);
        let group: Vec<Anchor> = anchors[start..end].iter().copied().flatten().collect();
        if group.iter().any(|anchor| anchor.padded) && group.len() > 1 {
            let widest = group.iter().map(|anchor| anchor.head).max().unwrap_or(0);
            for (number, anchor) in group.iter().enumerate() {
                blanks[start + number] = widest - anchor.head + 1;
            }
        }
        start = end;
    }
    blanks
}

fn group_end(anchors: &[Option<Anchor>], start: usize) -> usize {
    let mut end = start + 1;
    while let (Some(before), Some(next)) = (anchors[end - 1], anchors.get(end).copied().flatten()) {
        if next.line != before.last + 1 || next.column != before.column {
            break;
        }
        end += 1;
    }
    end
}

/// Finds anchors; lines are counted as they are passed, so that a file is walked once.
pub(super) struct Anchors<'t> {
    source: &'t str,
    /// How far lines were counted; they are counted from the first anchor.
    at: Option<usize>,
    line: usize,
}

impl<'t> Anchors<'t> {
    pub fn new(source: &'t str) -> Self {
        Self { source, at: None, line: 0 }
    }

    pub fn of_item(&mut self, item: &Item) -> Option<Anchor> {
        let anchor = self.in_item(item)?;
        Some(self.until(item.span.range().end, anchor))
    }

    pub fn of_statement(&mut self, statement: &Statement) -> Option<Anchor> {
        let anchor = match &statement.kind {
            StatementKind::Let(let_) => self.before_equals(&let_.name, "let ".len()),
            StatementKind::Target(target) => self.before_equals(&target.name, "target ".len()),
            _ => None,
        }?;
        Some(self.until(statement.span.range().end, anchor))
    }

    pub fn of_field(&mut self, field: &Field) -> Option<Anchor> {
        let ty = field.ty.span.range();
        let anchor = self.before_type(&field.name, 0, ty.start)?;
        let end = field.default.as_ref().map_or(ty.end, |default| default.span.range().end);
        Some(self.until(end, anchor))
    }

    /// The anchor that was found last, of what goes on to byte `end`.
    fn until(&self, end: usize, anchor: Anchor) -> Anchor {
        let rest = self.source.get(self.at.unwrap_or(end)..end).unwrap_or("");
        Anchor { last: anchor.line + rest.matches('\n').count(), ..anchor }
    }

    fn in_item(&mut self, item: &Item) -> Option<Anchor> {
        match &item.kind {
            ItemKind::Param(param) => {
                self.before_type(&param.name, "param ".len(), param.ty.span.range().start)
            }
            ItemKind::Secret(secret) => self.before_equals(&secret.name, "secret ".len()),
            ItemKind::Let(let_) => self.before_equals(&let_.name, "let ".len()),
            ItemKind::Target(target) => self.before_equals(&target.name, "target ".len()),
            ItemKind::State(state) => self.before_equals(&state.name, "state ".len()),
            ItemKind::About(_)
            | ItemKind::Use(_)
            | ItemKind::Lock(_)
            | ItemKind::Guard(_)
            | ItemKind::Invariant(_)
            | ItemKind::Action(_)
            | ItemKind::Commands(_)
            | ItemKind::Stage(_)
            | ItemKind::Checklist(_)
            | ItemKind::Rehearses(_)
            | ItemKind::Handler(_)
            | ItemKind::Always(_)
            | ItemKind::Scenario(_) => None,
        }
    }

    fn before_type(&mut self, name: &Name, keyword: usize, ty: usize) -> Option<Anchor> {
        self.anchor(name, keyword + name.value.len() + 1, name.span.range().end + 1, ty)
    }

    fn before_equals(&mut self, name: &Name, keyword: usize) -> Option<Anchor> {
        let end = name.span.range().end;
        let equals = end + self.source.get(end..)?.find('=')?;
        self.anchor(name, keyword + name.value.len(), end, equals)
    }

    fn anchor(&mut self, name: &Name, head: usize, from: usize, to: usize) -> Option<Anchor> {
        let blanks = self.source.get(from..to)?;
        if !blanks.bytes().all(|byte| byte == b' ') {
            return None;
        }
        let start = name.span.range().start;
        self.line += self.source.get(self.at.unwrap_or(start)..start)?.matches('\n').count();
        self.at = Some(start);
        let line_start = self.source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let indent = self.source[line_start..].len() - self.source[line_start..].trim_start().len();
        let (line, column) = (self.line, to - line_start - indent);
        Some(Anchor { head, line, last: line, column, padded: blanks.len() > 1 })
    }
}
