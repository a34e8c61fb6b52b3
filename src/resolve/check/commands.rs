//! Commands and patterns of commands: what a shell can be asked about them before a run.

use super::super::CommandSet;
use super::super::types::{a, holds_secret, present};
use super::Checker;
use super::scope::TargetFacts;
use crate::finding::Finding;
use crate::shell::{Pattern, Piece, Place, Unquotable, places};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Commands, Expr, Part, Text};
use crate::value::{Shell, Type};

pub(super) const SHELLS: [Shell; 5] = [Shell::Sh, Shell::Bash, Shell::PowerShell, Shell::Pwsh, Shell::Cmd];

impl<'a> Checker<'a> {
    /// A command: each value in it must be quotable where it stands.
    pub(super) fn command(&mut self, text: &'a Text, facts: Option<&TargetFacts>) {
        let holes: Vec<(&'a Expr, Type)> = text.holes().map(|hole| (hole, self.expr(hole))).collect();
        let places = facts.map(|facts| places_of(text, facts.shell)).transpose();
        let places = match places {
            Ok(places) => places,
            Err(unquotable) => {
                self.unquotable(text, &unquotable);
                None
            }
        };
        for (at, (hole, ty)) in holes.iter().enumerate() {
            let place = places.as_ref().and_then(|places| places.get(at));
            self.command_value(hole, ty, place);
        }
    }

    /// A list becomes words where it stands alone, or where the shell is not known yet.
    fn command_value(&mut self, hole: &Expr, ty: &Type, place: Option<&Place>) {
        let list = matches!(present(ty), Type::List(_)) && !holds_secret(ty);
        match place {
            _ if list && place.is_none_or(|place| place.takes_lists()) => {}
            Some(_) if list => {
                let title = format!("{} can't stand inside a word", a(ty));
                let finding = Finding::error("not-text", title, hole.span, a(ty));
                self.report(
                    finding.help("put spaces around it and no quotes: each item becomes a word of its own"),
                );
            }
            _ => self.is_text(ty, hole.span),
        }
    }

    fn unquotable(&mut self, text: &Text, unquotable: &Unquotable) {
        let hole = text.holes().nth(unquotable.hole);
        let span = hole.map_or(text.span, |hole| hole.span);
        let title = "a value can't stand here in a command";
        self.report(Finding::error("unquotable", title, span, &unquotable.why).help(&unquotable.help));
    }

    /// Reads the patterns of a `commands` set for every shell that can read them.
    pub(super) fn commands(&mut self, commands: &'a Commands) {
        let set = SHELLS.iter().filter_map(|shell| {
            let patterns =
                commands.patterns.iter().map(|entry| Pattern::command(&entry.pattern.value, *shell));
            Some((*shell, patterns.collect::<Result<_, _>>().ok()?))
        });
        let set: Vec<(Shell, Vec<Pattern>)> = set.collect();
        for entry in &commands.patterns {
            let all = SHELLS.map(|shell| Pattern::command(&entry.pattern.value, shell));
            if all.iter().all(Result::is_err) {
                self.pattern(&entry.pattern, Shell::Sh);
            }
        }
        if set.is_empty() && commands.patterns.iter().all(|entry| readable(&entry.pattern.value)) {
            let title = format!("no shell reads all patterns of `{}`", commands.name.value);
            let finding =
                Finding::error("bad-pattern", title, commands.name.span, "patterns of several shells");
            self.report(finding.help("make a set of its own for each shell"));
        }
        self.facts[self.module].commands.insert(commands.name.value.clone(), CommandSet::new(set));
    }

    /// A pattern of a command.
    pub(super) fn pattern(&mut self, pattern: &Spanned<String>, shell: Shell) {
        if let Err((at, why)) = Pattern::command(&pattern.value, shell) {
            self.bad_pattern(pattern.span, at, why);
        }
    }

    /// A pattern of a URL or path.
    pub(super) fn string_pattern(&mut self, pattern: &Spanned<String>) {
        if let Err((at, why)) = Pattern::string(&pattern.value) {
            self.bad_pattern(pattern.span, at, why);
        }
    }

    fn bad_pattern(&mut self, span: Span, at: usize, why: String) {
        let place = if at == 0 { span } else { span.part(at, 1) };
        let finding = Finding::error("bad-pattern", "this pattern can't be read", place, why);
        self.report(finding.help(
            "a pattern is typed like a command: `a|b` are alternatives, `<name>` captures, `...` is any words",
        ));
    }
}

fn readable(pattern: &str) -> bool {
    SHELLS.iter().any(|shell| Pattern::command(pattern, *shell).is_ok())
}

/// Where each hole of a command stands.
fn places_of(text: &Text, shell: Shell) -> Result<Vec<Place>, Unquotable> {
    let pieces: Vec<Piece<'_>> = text
        .parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => Piece::Literal(&text.value),
            Part::Hole(_) => Piece::Hole,
        })
        .collect();
    places(&pieces, shell)
}
