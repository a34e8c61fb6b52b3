//! Naming things, and finding what a name means.

use super::Checker;
use super::scope::{Found, Kind, Symbol};
use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::syntax::ast::{Name, Path};
use crate::value::Type;

/// Words that expressions have for themselves.
const RESERVED: [&str; 15] = [
    "and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None", "range",
    "dict",
];

/// So many unknown names get a guess of what was meant.
const MAX_GUESSES: usize = 50;

impl<'a> Checker<'a> {
    /// Names an item of the file. Gives whether the name is free.
    pub(super) fn declare_in_file(&mut self, name: &'a Name, kind: Kind, ty: Type, item: usize) -> bool {
        if !self.not_reserved(name) {
            return false;
        }
        let symbol = Symbol { kind, ty, span: name.span, item };
        let Some(first) = self.scopes.declare_in_file(&name.value, symbol) else { return true };
        let what = first.kind.described();
        let finding = taken(name, first.span, what);
        self.report(finding);
        false
    }

    /// Names something in the innermost block.
    pub(super) fn declare(&mut self, name: &'a Name, kind: Kind, ty: Type) {
        if !self.not_reserved(name) {
            return;
        }
        let of_action = matches!(kind, Kind::ActionParam | Kind::Field);
        let hidden = match of_action {
            true => self.scopes.in_innermost(&name.value),
            false => match self.scopes.find(&name.value) {
                Found::Symbol(symbol) => Some(symbol),
                Found::Later(_) | Found::Nowhere => None,
            },
        };
        if let Some(first) = hidden {
            let finding = taken(name, first.span, first.kind.described());
            self.report(finding);
        }
        let symbol = Symbol { kind, ty, span: name.span, item: usize::MAX };
        self.scopes.declare(&name.value, symbol);
    }

    fn not_reserved(&mut self, name: &Name) -> bool {
        if self.is_of_the_world(&name.value) {
            self.names_the_end(&name.value, name.span);
            return false;
        }
        if !RESERVED.contains(&name.value.as_str()) {
            return true;
        }
        let title = format!("`{}` is a word of the language", name.value);
        let finding = Finding::error("reserved-name", title, name.span, "it can't be a name");
        self.report(finding.help("choose another name"));
        false
    }

    /// What a name means here. A name that means nothing is reported.
    pub(super) fn look_up(&mut self, name: &str, span: Span) -> Option<Symbol> {
        let finding = match self.scopes.find(name) {
            Found::Symbol(symbol) => return Some(symbol.clone()),
            Found::Later(symbol) => Finding::error(
                "used-before-declared",
                format!("`{name}` is used above its declaration"),
                span,
                "not known yet",
            )
            .also(symbol.span, "declared here")
            .help("the top of a file is read from above: move the declaration up"),
            Found::Nowhere => self.unknown(name, span),
        };
        self.report(finding);
        None
    }

    fn unknown(&mut self, name: &str, span: Span) -> Finding {
        let finding =
            Finding::error("unknown-name", format!("there is no `{name}` here"), span, "not a known name");
        if let Some(ended) = self.scopes.ended(name) {
            return finding
                .also(ended, "named here, in a block that has ended")
                .help("a name ends with its block: name it before the block, or use it inside");
        }
        match self.guess(name, |symbol| symbol.kind.is_value()) {
            Some(near) => finding.meant(near),
            None => finding.help("declare it with `param` or `let`, or put it in quotes if it is text"),
        }
    }

    /// The name that was most likely meant, among those that can be seen here.
    pub(super) fn guess(&mut self, wrong: &str, fits: impl Fn(&Symbol) -> bool) -> Option<&'a str> {
        if !self.may_guess() {
            return None;
        }
        let names = self.scopes.names().filter(|(_, symbol)| fits(symbol));
        nearest(wrong, names.map(|(name, _)| name))
    }

    /// Guessing takes time, so that it ends after some names.
    pub(super) fn may_guess(&mut self) -> bool {
        self.guesses += 1;
        self.guesses <= MAX_GUESSES
    }

    /// The type of the value that a name has in an expression.
    pub(super) fn value_of(&mut self, name: &str, span: Span) -> Type {
        let Some(symbol) = self.look_up(name, span) else { return Type::Any };
        if symbol.kind.is_value() {
            return symbol.ty;
        }
        let what = symbol.kind.described();
        let finding = Finding::error("not-a-value", format!("`{name}` is {what}, not a value"), span, what)
            .also(symbol.span, "declared here");
        self.report(match symbol.kind {
            Kind::Library(_) | Kind::Action => finding.help(
                "an action is called by a statement: write `let x = …(…)` on a line of its own, then use `x`",
            ),
            _ => finding,
        });
        Type::Any
    }

    /// The module and name that a path of one or two names means: `action`, `library.action`.
    pub(super) fn member(&mut self, path: &'a Path) -> Option<(usize, &'a Name)> {
        match path.names.as_slice() {
            [name] => Some((self.module, name)),
            [library, name] => {
                let symbol = self.look_up_library(library)?;
                let Kind::Library(module) = symbol.kind else {
                    let finding = not_a_library(library, &symbol);
                    self.report(finding);
                    return None;
                };
                Some((module.0 as usize, name))
            }
            _ => {
                let title = "a name here has one dot at most";
                let finding = Finding::error("unknown-name", title, path.span, "too many dots");
                self.report(finding.help("write `action` or `library.action`"));
                None
            }
        }
    }

    fn look_up_library(&mut self, library: &Name) -> Option<Symbol> {
        if let Found::Symbol(symbol) = self.scopes.find(&library.value) {
            return Some(symbol.clone());
        }
        let title = format!("there is no library `{}` here", library.value);
        let near = nearest(&library.value, self.uses.keys().map(String::as_str));
        let finding = Finding::error("unknown-library", title, library.span, "not used by this file");
        self.report(match near {
            Some(near) => finding.meant(near),
            None if super::super::std_library(&library.value).is_some() => {
                finding.help(format!("add `use std.{}` at the top of the file", library.value))
            }
            None => finding
                .help(format!("name it at the top of the file: `use \"./….runbook\" as {}`", library.value)),
        });
        None
    }
}

fn not_a_library(library: &Name, symbol: &Symbol) -> Finding {
    let what = symbol.kind.described();
    let title = format!("`{}` is {what}, not a library", library.value);
    Finding::error("not-a-library", title, library.span, what).also(symbol.span, "declared here")
}

fn taken(name: &Name, first: Span, what: &str) -> Finding {
    let title = format!("`{}` is named twice", name.value);
    Finding::error("duplicate-name", title, name.span, "named again here")
        .also(first, format!("the first is {what}"))
        .help("nothing is ever reassigned: give one of them another name")
}
